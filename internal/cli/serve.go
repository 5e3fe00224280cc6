// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/node"
	"github.com/samenspel/samenspel/internal/pki"
)

func (a *app) serveCommand() *cobra.Command {
	var config, level string
	cmd := &cobra.Command{
		Use: "serve", Short: "Run a node", Args: cobra.NoArgs,
		Long: `Runs a node until it gets SIGINT or SIGTERM; then it finishes the calls that are
under way and ends. A second signal ends it at once.

The configuration is read from --config and then from the environment. The log
goes to standard output: JSON, or plain text on a terminal.`,
		RunE: a.run(func(cmd *cobra.Command, _ []string) error {
			logger, err := newLogger(a.Stdout, level)
			if err != nil {
				return err
			}
			cfg, err := node.LoadConfig(config, a.Environ)
			if err != nil {
				return err
			}
			for _, w := range cfg.Warnings() {
				logger.Warn("configuration", "warning", w)
			}
			n, err := node.New(cmd.Context(), cfg, node.Options{Logger: logger, Now: a.Now})
			if err != nil {
				return err
			}
			debug.FreeOSMemory() // else what only the start needed counts as in use
			return n.Run(cmd.Context())
		}),
	}
	cmd.Flags().StringVar(&config, "config", "", "configuration `FILE`; without it only the environment counts")
	cmd.Flags().StringVar(&level, "log-level", "info", "least `LEVEL` that is logged: debug, info, warn or error")
	return cmd
}

// newLogger logs text to a terminal and JSON to everything else.
func newLogger(w io.Writer, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, usagef("--log-level is debug, info, warn or error, not %q", level)
	}
	o := &slog.HandlerOptions{Level: l}
	if isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, o)), nil
	}
	return slog.New(slog.NewJSONHandler(w, o)), nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (a *app) checkConfigCommand() *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use: "check-config", Short: "Tell everything that is wrong with a configuration", Args: cobra.NoArgs,
		Long: `Reads a configuration as serve would, with the key files, trust anchors and
revocation lists it names, and tells everything that is wrong. It opens no ports
and changes nothing. Warnings don't change the exit code.`,
		RunE: a.run(func(*cobra.Command, []string) error {
			cfg, err := node.LoadConfig(config, a.Environ)
			if cfg == nil {
				return err
			}
			for _, w := range cfg.Warnings() {
				if err := a.line("warning: %s", w); err != nil {
					return err
				}
			}
			if err := errors.Join(err, checkFiles(cfg)); err != nil {
				return err
			}
			return a.line("the configuration is good")
		}),
	}
	cmd.Flags().StringVar(&config, "config", "", "configuration `FILE`; without it only the environment counts")
	return cmd
}

// checkFiles reads the files a configuration names. What isn't named at all was
// reported already.
func checkFiles(c *node.Config) error {
	var errs []error
	seen := map[node.FilesConfig]bool{{}: true}
	for _, k := range []struct {
		key   string
		files node.FilesConfig
	}{
		{"keys.transport", c.Keys.Transport},
		{"keys.contract", c.Keys.Contract},
		{"keys.token", c.Keys.Token},
		{"keys.inway", c.Keys.Inway},
		{"keys.outway", c.Keys.Outway},
		{"outway.tls", c.Outway.TLS},
		{"controller.tls", c.Controller.TLS},
		{"policy.inway.pdp.client", c.Policy.Inway.PDP.Client},
		{"policy.outway.pdp.client", c.Policy.Outway.PDP.Client},
		{"internal", node.FilesConfig{Certificate: c.Internal.Certificate, Key: c.Internal.Key}},
	} {
		if seen[k.files] || k.files.Certificate == "" || k.files.Key == "" {
			continue
		}
		seen[k.files] = true
		if _, err := readPair(k.files); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", k.key, err))
		}
	}
	errs = append(errs, checkAnchors("group.trust_anchors", c.Group.TrustAnchors))
	for i, s := range c.Controller.SignOn {
		key := fmt.Sprintf("controller.sign_on[%d]", i)
		errs = append(errs, checkAnchors(key+".trust_anchors", s.TrustAnchors))
		if s.ClientSecretFile == "" {
			continue
		}
		if _, err := os.ReadFile(s.ClientSecretFile); err != nil {
			errs = append(errs, fmt.Errorf("%s.client_secret_file: %w", key, err))
		}
	}
	errs = append(errs, c.Policy.CheckFiles())
	for _, f := range c.Group.Revocation.CRLFiles {
		if _, err := os.Stat(f); err != nil {
			errs = append(errs, fmt.Errorf("group.revocation.crl_files: %w", err))
		}
	}
	return errors.Join(errs...)
}

// checkAnchors reads files with trust anchors and tells all that is wrong.
func checkAnchors(key string, files []string) error {
	var errs []error
	var anchors [][]byte
	for _, f := range files {
		b, err := os.ReadFile(f) //nolint:gosec // the operator names the file
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
			continue
		}
		anchors = append(anchors, b)
	}
	if _, err := pki.LoadAnchors(anchors...); err != nil && len(anchors) > 0 {
		errs = append(errs, fmt.Errorf("%s: %w", key, err))
	}
	return errors.Join(errs...)
}
