// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/node"
)

const tokenVariable = "SAMENSPEL_TOKEN" //nolint:gosec // the name of a variable, not a token

// management is what a command that asks the management API works with.
type management struct {
	*client.Client
	*app

	asJSON bool
}

// managing gives a command the flags for the management API and its body. Who
// has a token for a Controller elsewhere can use that instead of a node on this
// machine.
func (a *app) managing(f *nodeFlags, cmd *cobra.Command, do func(ctx context.Context, m *management, args []string) error) *cobra.Command {
	m := &management{app: a}
	var remote remoteFlags
	cmd.Flags().StringVar(&remote.url, "url", "", "`URL` of a Controller elsewhere to ask, instead of a node of this machine")
	cmd.Flags().StringVar(&remote.tokenFile, "token-file", "", "`FILE` with an API token for --url (default: the token in $"+tokenVariable+")")
	cmd.Flags().BoolVar(&m.asJSON, "json", false, "print JSON")
	cmd.RunE = a.run(func(cmd *cobra.Command, args []string) (err error) {
		if m.Client, err = a.dialManagement(f, remote); err != nil {
			return err
		}
		err = do(cmd.Context(), m, args)
		if waiting, ok := errors.AsType[*client.Waiting](err); ok {
			return m.tellWaiting(waiting)
		}
		return err
	})
	return cmd
}

// releaseVariable has a code of a second factor where it can't be typed.
const releaseVariable = "SAMENSPEL_RELEASE_CODE"

// signing is managing for a command that signs for the organisation. On a node that
// another organisation hosts it takes a code of a second factor; if there is none
// and somebody sits at a terminal, it is asked for.
func (a *app) signing(f *nodeFlags, cmd *cobra.Command, do func(ctx context.Context, m *management, args []string) error) *cobra.Command {
	var code string
	cmd.Flags().StringVar(&code, "release-code", "", "`CODE` of your second factor, where another organisation hosts the node (default: that in $"+releaseVariable+", or asked for)")
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		if code = cmp.Or(code, a.variable(releaseVariable)); code != "" {
			m.Client = m.Releasing(code)
		}
		err := do(ctx, m, args)
		if p, ok := errors.AsType[*client.Problem](err); !ok || p.Code != "second_factor" || code != "" || !a.typed() {
			return err
		}
		if code, err = a.askCode(); err != nil {
			return err
		}
		m.Client = m.Releasing(code)
		return do(ctx, m, args)
	})
}

// typed tells whether somebody sits at a terminal.
func (a *app) typed() bool {
	f, ok := a.Stdin.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// askCode reads a code that is typed; it counts once and for a minute, so it may show.
func (a *app) askCode() (string, error) {
	if _, err := fmt.Fprint(a.Stderr, "Code of your second factor: "); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(io.LimitReader(a.Stdin, maxTypedCode)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read code: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// maxTypedCode bounds what is read of a code, in bytes.
const maxTypedCode = 100

type remoteFlags struct{ url, tokenFile string }

func (a *app) dialManagement(f *nodeFlags, r remoteFlags) (*client.Client, error) {
	if r.url == "" {
		return a.dialMachine(f)
	}
	if f.config != "" || f.dir != "" {
		return nil, usagef("--url excludes --config and --node")
	}
	base, err := controllerURL(r.url)
	if err != nil {
		return nil, err
	}
	token := a.variable(tokenVariable)
	if r.tokenFile != "" {
		b, err := os.ReadFile(r.tokenFile)
		if err != nil {
			return nil, fmt.Errorf("--token-file: %w", err)
		}
		token = strings.TrimSpace(string(b))
	}
	if token == "" {
		return nil, usagef("--url needs a token: name its file with --token-file, or set the variable %s", tokenVariable)
	}
	return client.New(client.Config{Address: base, Token: token, HTTP: remoteHTTP(remotePatience)})
}

// controllerURL checks the address a token is sent to.
func controllerURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return "", usagef("--url is %q; it must look like https://samenspel.example.nl", text)
	}
	ip, _ := netip.ParseAddr(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && !ip.IsLoopback()) {
		return "", usagef("--url must begin with https://, for the token is sent to it")
	}
	return u.Scheme + "://" + u.Host, nil
}

// dialMachine reaches the API through the internal door of a node of this machine.
func (a *app) dialMachine(f *nodeFlags) (*client.Client, error) {
	in, err := a.access(f)
	if err != nil {
		return nil, err
	}
	c, err := node.NewInternalHTTPClient(filepath.Join(in.dir, "ca.pem"), in.pair, a.Now)
	if err != nil {
		return nil, err
	}
	return client.New(client.Config{Address: in.address + node.ManagementPath, HTTP: c})
}

// show prints v as JSON if that was asked for, and otherwise what text prints.
func (m *management) show(v any, text func() error) error {
	if m.asJSON {
		return m.json(v)
	}
	return text()
}

// said prints v as JSON if that was asked for, and otherwise one line.
func (m *management) said(v any, format string, args ...any) error {
	return m.show(v, func() error { return m.line(format, args...) })
}

// tellWaiting says that an act waits for a second person, which is no failure.
func (m *management) tellWaiting(w *client.Waiting) error {
	text := "this waits for a second person; see samenspel request list"
	if w.DecisionRequestID != "" {
		text = "this waits for a second person, as request " + w.DecisionRequestID
	}
	return m.said(w, "%s", text)
}

// longestPage is how many rows the API gives at once, and everything takes all of them.
const (
	longestPage = 200
	everything  = 0
)

// take reads values up to a number.
func take[T any](values iter.Seq2[T, error], most int) ([]T, error) {
	list := []T{}
	for v, err := range values {
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if len(list) == most {
			break
		}
	}
	return list, nil
}

// peerText names a Peer with its ID.
func peerText(p client.Peer) string {
	if p.Name == "" {
		return string(p.PeerID)
	}
	return p.Name + " (" + string(p.PeerID) + ")"
}

func optionalPeer(p *client.Peer) string {
	if p == nil {
		return ""
	}
	return peerText(*p)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// id gives the PeerID of a Peer that may not be there.
func id(p *client.Peer) fsc.PeerID {
	if p == nil {
		return ""
	}
	return p.PeerID
}

// withLimit adds --limit.
func withLimit(cmd *cobra.Command, limit *int, of string) {
	cmd.Flags().IntVar(limit, "limit", 100, "at most this `NUMBER` of "+of)
	check(cmd, func() error {
		if *limit < 1 {
			return usagef("--limit must be at least 1")
		}
		return nil
	})
}

// check refuses wrong flags before anybody is asked.
func check(cmd *cobra.Command, right func() error) {
	before := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if before != nil {
			if err := before(cmd, args); err != nil {
				return err
			}
		}
		return right()
	}
}

// period are the flags --from and --until.
type period struct {
	fromText, untilText string
	from, until         time.Time
}

func (p *period) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.fromText, "from", "", "only from this `MOMENT`: 2027-01-31 (0:00 UTC) or 2027-01-31T12:00:00+01:00")
	cmd.Flags().StringVar(&p.untilText, "until", "", "only before this `MOMENT`")
	check(cmd, func() (err error) {
		if p.from, err = parseMoment("--from", p.fromText); err != nil {
			return err
		}
		p.until, err = parseMoment("--until", p.untilText)
		return err
	})
}
