// SPDX-License-Identifier: EUPL-1.2

package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/cli"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

const liveConfig = `
data_dir: %[1]s
group:
  id: samenspel-test
  type: fieldlab
  trust_anchors: [pki/anchor.pem]
  revocation: {mode: "off"}
  directories: %[2]s
keys:
  transport: {certificate: pki/%[1]s.pem, key: pki/%[1]s-key.pem}
manager: {listen: "127.0.0.1:0"}
directory: {auto_sign: true}
inway: {listen: "127.0.0.1:0"}
outway: {listen: "127.0.0.1:0"}
controller: {listen: "127.0.0.1:0", second_person: [%[3]s]}
internal: {listen: "127.0.0.1:0"}
monitoring: {listen: "127.0.0.1:0"}
`

// logText is a log that is read while it is written.
type logText struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serve runs a node with samenspel serve until the test ends, and gives its
// configuration file and the ports of its doors by name.
func serve(t *testing.T, dir, name, directories string) (config string, ports map[string]string) {
	t.Helper()
	return serveWith(t, dir, name, directories, "")
}

// serveWith is serve with more lines in the configuration file.
func serveWith(t *testing.T, dir, name, directories, more string) (config string, ports map[string]string) {
	t.Helper()
	config = filepath.Join(dir, name+".yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, liveConfig+more, name, directories, map[string]string{"consumer": "rule.put"}[name]), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	log, problems, ended := &logText{}, &logText{}, make(chan int, 1)
	go func() {
		ended <- cli.Main(ctx, cli.Process{
			Args: []string{"serve", "--config", config}, Stdin: strings.NewReader(""), Stdout: log, Stderr: problems, Now: time.Now,
		})
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != cli.ExitOK {
			t.Errorf("serve ends with %d: %s", code, problems)
		}
		if t.Failed() {
			t.Logf("log of %s:\n%s", name, log)
		}
	})
	eventually(t, name+" runs", func() bool {
		select {
		case code := <-ended:
			ended <- code
			t.Fatalf("%s ends with %d at the start: %s", name, code, problems)
		default:
		}
		return strings.Contains(log.String(), "node runs")
	})
	for line := range strings.Lines(log.String()) {
		var entry struct {
			Addresses map[string]string `json:"addresses"`
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Addresses != nil {
			ports = map[string]string{}
			for door, address := range entry.Addresses {
				_, ports[door], _ = strings.Cut(address, ":")
			}
		}
	}
	return config, ports
}

// federation starts a provider, which also keeps the Directory, and a consumer,
// and gives their configuration files.
func federation(t *testing.T) (provider, consumer string) {
	t.Helper()
	provider, consumer, _ = federationWithDoors(t)
	return provider, consumer
}

// federationWithDoors also gives the address of the consumer's Controller.
func federationWithDoors(t *testing.T) (provider, consumer, controller string) {
	t.Helper()
	ca, err := localca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := writeKeys(ca, filepath.Join(dir, "pki")); err != nil {
		t.Fatal(err)
	}
	provider, ports := serve(t, dir, "provider", "[]")
	consumer, own := serve(t, dir, "consumer", fmt.Sprintf(`[{peer_id: "%s", manager_address: "https://localhost:%s"}]`, providerID, ports["manager"]))
	eventually(t, "the consumer announced itself", func() bool {
		return strings.Contains(must(t, "peer", "list", "--config", provider), consumerID)
	})
	return provider, consumer, "http://127.0.0.1:" + own["controller"]
}

// row gives the cells of the first line of a table that starts with cell.
func row(t *testing.T, table, cell string) []string {
	t.Helper()
	for line := range strings.Lines(table) {
		if f := strings.Fields(line); len(f) > 0 && f[0] == cell {
			return f
		}
	}
	t.Fatalf("there is no row %s in:\n%s", cell, table)
	return nil
}

func TestTwoNodesAreWorkedWithByCommands(t *testing.T) {
	provider, consumer := federation(t)
	t.Run("a service is offered, published and found", func(t *testing.T) { publish(t, provider, consumer) })
	t.Run("a contract goes from proposal to revocation", func(t *testing.T) { agree(t, provider, consumer) })
	t.Run("wrong questions get helpful answers", func(t *testing.T) { misuse(t, provider, consumer) })
	t.Run("peers, outbox and log can be read", func(t *testing.T) { look(t, provider, consumer) })
}

func publish(t *testing.T, provider, consumer string) {
	t.Helper()
	fails(t, cli.ExitFailed, []string{"service", "publish", "personen", "--config", provider, "--directory", providerID}, "add it first")
	must(t, "service", "add", "personen", "--upstream", "http://127.0.0.1:9/x", "--config", provider)
	if got := row(t, must(t, "service", "list", "--config", provider), "personen"); got[1] != "http://127.0.0.1:9/x" {
		t.Errorf("listed as %q", got)
	}
	out := must(t, "service", "publish", "personen", "--config", provider, "--directory", providerID, "--protocol", "http/2")
	if state := fact(t, out, "state"); state != "VALID" {
		t.Errorf("state %s: %s", state, out)
	}
	listing := row(t, must(t, "service", "list", "--directory", "--config", consumer), "personen")
	if listing[1] != providerID || !slices.Contains(listing, "PROTOCOL_TCP_HTTP_2") {
		t.Errorf("the Directory lists %q", listing)
	}
}

func agree(t *testing.T, provider, consumer string) {
	t.Helper()
	out := must(t, "contract", "create", "--config", consumer, "--type", "connection", "--service", "personen",
		"--provider", providerID, "--valid-for", "24h", "--property", `doel="zorg"`)
	hash, grant := fact(t, out, "contract"), fact(t, out, "grant")
	if fact(t, out, "state") != "PROPOSED" || fact(t, out, "awaiting") != providerID {
		t.Errorf("created: %s", out)
	}
	eventually(t, "the proposal is delivered", func() bool {
		return strings.Contains(must(t, "contract", "list", "--config", provider, "--state", "proposed"), hash)
	})
	contains(t, must(t, "contract", "show", "--config", provider, hash),
		"Gemeente Afnemer ("+consumerID+") may call service personen of Gemeente Voorbeeld ("+providerID+") until ",
		`{"doel":"zorg"}`, "It is your turn: samenspel contract accept '"+hash+"'")
	fails(t, cli.ExitFailed, []string{"token", "--config", consumer, grant}, "gives no access token")
	if out = must(t, "contract", "accept", "--config", provider, hash); fact(t, out, "state") != "VALID" {
		t.Errorf("accepted: %s", out)
	}
	eventually(t, "the accept is delivered", func() bool {
		return strings.Contains(must(t, "contract", "show", "--config", consumer, hash), "the contract can be used")
	})
	if token := must(t, "token", "--config", consumer, grant); strings.Count(token, ".") != 2 || strings.Count(token, "\n") != 1 {
		t.Errorf("token %q", token)
	}
	contains(t, must(t, "token", "--config", consumer, "--claims", grant), `"service": "personen"`, grant, `"doel": "zorg"`)
	if out = must(t, "contract", "revoke", "--config", consumer, hash); fact(t, out, "state") != "REVOKED" {
		t.Errorf("revoked: %s", out)
	}
	fails(t, cli.ExitFailed, []string{"contract", "accept", "--config", consumer, hash}, "has ended", "ERROR_CODE_CONTRACT_VALIDATION_FAILED")
	var all []struct {
		ContentHash string `json:"content_hash"`
	}
	if err := json.Unmarshal([]byte(must(t, "contract", "list", "--json", "--grant", grant, "--config", consumer)), &all); err != nil || len(all) != 1 || all[0].ContentHash != hash {
		t.Errorf("contracts with the grant: %v %v", all, err)
	}
	for kind, want := range map[string]bool{"connection": true, "delegated-connection": false} {
		if got := strings.Contains(must(t, "contract", "list", "--type", kind, "--config", consumer), hash); got != want {
			t.Errorf("contract list --type %s has the connection: %v", kind, got)
		}
	}
}

func misuse(t *testing.T, provider, consumer string) {
	t.Helper()
	list := must(t, "contract", "list", "--json", "--config", consumer)
	_, rest, _ := strings.Cut(list, `"grant_hashes": [`)
	grant := strings.Split(rest, `"`)[1]
	for _, c := range []struct {
		code int
		args []string
		want string
	}{
		{cli.ExitFailed, []string{"contract", "show", grant}, "this is the hash of a grant"},
		{cli.ExitFailed, []string{"contract", "show", "11abc"}, "single quotes"},
		{cli.ExitFailed, []string{"contract", "show", "$1$1$" + strings.Repeat("A", 86)}, "not found (ERROR_CODE_NOT_FOUND)"},
		{cli.ExitFailed, []string{"service", "remove", "nothing"}, "there is no service of that name"},
		{cli.ExitFailed, []string{"service", "add", "personen", "--upstream", "ftp://x"}, "upstream"},
		{cli.ExitUsage, []string{"service", "add", "personen"}, "--upstream is required"},
		{cli.ExitUsage, []string{"contract", "list", "--type", "good"}, "--type is publication,"},
		{cli.ExitUsage, []string{"contract", "list", "--state", "good"}, "--state is one of proposed,"},
		{cli.ExitUsage, []string{"peer", "retry", "x"}, "is not a PeerID"},
		{cli.ExitUsage, []string{"contract", "create", "--type", "connection", "--service", "x"}, "--provider or --consumer is required"},
		{cli.ExitFailed, []string{"contract", "create", "--type", "connection", "--service", "personen", "--provider", consumerID, "--thumbprint", "12"}, "64 hex digits"},
		{cli.ExitFailed, []string{"log", "list", "--limit", "5000"}, "limit must be a number from 1 to 1000"},
	} {
		fails(t, c.code, append(c.args, "--config", provider), c.want)
	}
}

func look(t *testing.T, provider, consumer string) {
	t.Helper()
	if got := row(t, must(t, "peer", "list", "--config", provider), consumerID); !strings.HasPrefix(got[len(got)-1], "https://localhost:") {
		t.Errorf("consumer listed as %q", got)
	}
	contains(t, must(t, "peer", "reconcile", consumerID, "--config", provider), "contracts compared")
	must(t, "peer", "retry", consumerID, "--config", provider)
	data := filepath.Join(filepath.Dir(provider), "provider")
	out := must(t, "contract", "create", "--node", data, "--type", "delegated-connection", "--service", "personen",
		"--consumer", "00000099000000009000", "--delegator", consumerID, "--domain", "outway.example")
	hash := fact(t, out, "contract")
	if got := row(t, must(t, "outbox", "list", "--node", data), "submit"); !slices.Contains(got, hash) {
		t.Errorf("outbox: %q", got)
	}
	contains(t, must(t, "contract", "show", "--node", data, hash), "on behalf of Gemeente Afnemer", "It is the turn of", "waiting", "from the Outway outway.example")
	if got := must(t, "log", "list", "--node", data); !strings.HasPrefix(got, "AT ") || strings.Count(got, "\n") != 1 {
		t.Errorf("log: %s", got)
	}
	if got := must(t, "log", "list", "--json", "--config", consumer, "--service", "personen"); got != "[]\n" {
		t.Errorf("log as JSON: %s", got)
	}
	contains(t, must(t, "log", "compare", "--config", consumer, "--peer", providerID), "by number and hash of calls", "0 calls equal, 0 only on our side, 0 only on theirs")
	fails(t, cli.ExitUsage, []string{"log", "compare", "--config", consumer}, "--peer is needed")
	fails(t, cli.ExitFailed, []string{"log", "compare", "--config", consumer, "--peer", consumerID}, "name another Peer")
	fails(t, cli.ExitFailed, []string{"log", "compare", "--config", provider, "--peer", "00000099000000009999"}, "can't be compared")
	access := filepath.Join(t.TempDir(), "outway-1")
	contains(t, must(t, "component", "--config", provider, "--role", "outway", "--out", access), filepath.Join(access, "outway-key.pem"))
	if _, err := os.Stat(filepath.Join(access, "ca.pem")); err != nil {
		t.Error(err)
	}
}
