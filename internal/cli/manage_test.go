// SPDX-License-Identifier: EUPL-1.2

package cli_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/cli"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/node"
	"github.com/samenspel/samenspel/internal/pki"
)

const password = "four small horses run"

func TestPeopleWorkIsDoneByCommands(t *testing.T) {
	provider, consumer, address := federationWithDoors(t)
	publish(t, provider, consumer)
	secret := setUp(t, consumer, address)
	t.Run("acceptance rules", func(t *testing.T) { rules(t, provider) })
	t.Run("routes", func(t *testing.T) { routes(t, consumer) })
	t.Run("people", func(t *testing.T) { people(t, consumer) })
	t.Run("contracts, services and Peers", func(t *testing.T) { contractsAgain(t, provider, consumer) })
	t.Run("a token, from elsewhere", func(t *testing.T) { elsewhere(t, consumer, address, secret) })
	t.Run("a second person", func(t *testing.T) { second(t, consumer, address, secret) })
	t.Run("other components are refused", func(t *testing.T) { components(t, provider) })
	t.Run("log, traffic, certificates and audit trail", func(t *testing.T) { account(t, provider) })
}

// setUp makes the first administrator and gives the secret of a session.
func setUp(t *testing.T, config, address string) string {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(strings.TrimSuffix(config, ".yaml"), "setup-token"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(client.Config{Address: address, HTTP: &http.Client{}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SetUp(t.Context(), client.Setup{Token: strings.TrimSpace(string(token)), Name: "A. Beheer", Email: "beheer@example.nl", Password: password}); err != nil {
		t.Fatal(err)
	}
	s, err := c.LogIn(t.Context(), client.NewSession{Email: "beheer@example.nl", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return s.Secret
}

func rules(t *testing.T, config string) {
	t.Helper()
	id := fact(t, must(t, "rule", "add", "--config", config, "--name", "Buren", "--role", "provider", "--service", "personen",
		"--consumer", consumerID, "--max-validity-days", "400", "--property", `doel="zorg"`, "--disabled"), "rule")
	if got := row(t, must(t, "rule", "list", "--config", config), id); !slices.Equal(got[1:6], []string{"Buren", "no", "provider", "personen", "-"}) {
		t.Errorf("listed as %q", got)
	}
	contains(t, must(t, "rule", "enable", id, "--config", config), "is enabled")
	contains(t, must(t, "rule", "dry-run", id, "--days", "30", "--config", config), "0 of 0 proposals would be accepted")
	contains(t, must(t, "rule", "disable", id, "--config", config, "--json"), `"enabled": false`)
	contains(t, must(t, "rule", "delete", id, "--config", config), "is removed")
	fails(t, cli.ExitFailed, []string{"rule", "enable", id, "--config", config}, "not_found")
	fails(t, cli.ExitFailed, []string{"rule", "add", "--config", config, "--name", "x", "--role", "king"}, "role")
	fails(t, cli.ExitUsage, []string{"rule", "add", "--config", config, "--name", "x"}, "--name and --role are required")
	fails(t, cli.ExitUsage, []string{"rule", "add", "--name", "x", "--role", "provider", "--property", "doel=zorg"}, "is not JSON")
}

func routes(t *testing.T, config string) {
	t.Helper()
	id := fact(t, must(t, "route", "add", "--config", config, "--host", "personen.local", "--provider", providerID, "--service", "personen"), "route")
	if got := row(t, must(t, "route", "list", "--config", config), id); got[1] != "personen.local" || got[len(got)-1] != "none" {
		t.Errorf("listed as %q", got)
	}
	contains(t, must(t, "example", "--route", id, "--path", "/items", "--config", config), "curl", "personen.local", "/items")
	contains(t, must(t, "example", "--route", id, "--language", "go", "--config", config), "package main")
	fails(t, cli.ExitUsage, []string{"example", "--route", id, "--language", "cobol", "--config", config}, "--language is one of curl")
	contains(t, must(t, "route", "delete", id, "--config", config), "is removed")
	if got := must(t, "route", "list", "--json", "--config", config); got != "[]\n" {
		t.Errorf("routes that are left: %s", got)
	}
	fails(t, cli.ExitUsage, []string{"route", "add", "--config", config, "--host", "x"}, "--provider, --service and one of")
	fails(t, cli.ExitFailed, []string{"route", "delete", id, "--config", config}, "not_found")
}

func people(t *testing.T, config string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const email = "j.jansen@example.nl"
	id := fact(t, must(t, "people", "add", email, "--config", config, "--name", "J. Jansen", "--role", "signer,reader", "--password-file", file), "account")
	contains(t, must(t, "people", "change", email, "--config", config, "--role", "auditor"), email+" has the roles auditor")
	contains(t, must(t, "people", "disable", email, "--config", config), "is disabled")
	if got := row(t, must(t, "people", "list", "--config", config), id); got[len(got)-2] != "auditor" && got[len(got)-3] != "auditor" {
		t.Errorf("listed as %q", got)
	}
	must(t, "people", "enable", id, "--config", config)
	must(t, "people", "password", email, "--config", config, "--password-file", file)
	contains(t, must(t, "people", "sessions", "beheer@example.nl", "--config", config), "127.0.0.1")
	if got := must(t, "people", "sessions", email, "--config", config, "--json"); got != "[]\n" {
		t.Errorf("sessions: %s", got)
	}
	contains(t, must(t, "people", "log-out", email, "--config", config), "is logged out")
	fails(t, cli.ExitFailed, []string{"people", "disable", "nobody", "--config", config}, "there is no account nobody")
	r := call(t.Context(), "short", "people", "add", "x@example.nl", "--config", config, "--name", "X", "--role", "reader")
	if r.code != cli.ExitFailed || !strings.Contains(r.stderr, "password") {
		t.Errorf("a short password: %d %s", r.code, r.stderr)
	}
}

func contractsAgain(t *testing.T, provider, consumer string) {
	t.Helper()
	out := must(t, "contract", "create", "--config", consumer, "--type", "connection", "--service", "personen", "--provider", providerID, "--valid-for", "240h")
	hash := fact(t, out, "contract")
	eventually(t, "the proposal is delivered", func() bool {
		return strings.Contains(must(t, "contract", "search", "--awaiting-us", "--config", provider), hash)
	})
	must(t, "contract", "accept", hash, "--config", provider)
	eventually(t, "the accept is delivered", func() bool {
		return strings.Contains(must(t, "contract", "search", "personen", "--state", "valid", "--type", "connection", "--peer", providerID, "--config", consumer), hash)
	})
	contains(t, must(t, "contract", "impact", hash, "--config", provider), "0 calls a day by 0 applications stop", "may call service personen")
	contains(t, must(t, "contract", "retry", hash, "--config", consumer), "0 messages are sent again")
	again(t, consumer, hash)
	if got := row(t, must(t, "service", "users", "personen", "--config", provider), "Gemeente"); !slices.Contains(got, "("+consumerID+")") {
		t.Errorf("users: %q", got)
	}
	must(t, "service", "list", "--directory", "--config", consumer)
	contains(t, must(t, "service", "show", providerID, "personen", "--config", consumer), "PROTOCOL_TCP_HTTP_2", "seen for the first time", "seen last")
	contains(t, must(t, "service", "show", providerID, "personen", "--config", consumer, "--json"), `"firstSeen": "`)
	fails(t, cli.ExitFailed, []string{"service", "check", "personen", "--config", provider}, "the source http://127.0.0.1:9/x doesn't answer")
	limits(t, provider)
	agreement(t, provider)
	contains(t, must(t, "peer", "show", providerID, "--config", consumer), "Gemeente Voorbeeld", hash, "VALID")
	contains(t, must(t, "peer", "probe", providerID, "--config", consumer), "version", "O=Gemeente Voorbeeld")
	fails(t, cli.ExitFailed, []string{"peer", "probe", "00000099000000009000", "--config", consumer}, "isn't known here")
	out = must(t, "explain", "--service", "personen", "--peer", providerID, "--code", "ERROR_CODE_ACCESS_TOKEN_EXPIRED", "--config", consumer)
	contains(t, out, hash, "given by the inway", "Gemeente Voorbeeld")
	if got := row(t, out, "contract"); got[1] != hash {
		t.Errorf("explained: %q", got)
	}
	looked := must(t, "explain", "--service", "personen", "--peer", providerID, "--look", "--json", "--config", consumer)
	_, looked, _ = strings.Cut(looked, `"look": {`)
	contains(t, looked, `"token"`, `"inway_identity"`)
	if strings.Contains(looked, "not_ok") || strings.Contains(looked, "unknown") {
		t.Errorf("a look along a way that works: %s", looked)
	}
	contains(t, must(t, "explain", "--service", "personen", "--peer", consumerID, "--incoming", "--json", "--config", provider), `"direction": "incoming"`)
}

// agreement says that a service requires an agreement, and takes that back.
func agreement(t *testing.T, config string) {
	t.Helper()
	tell := []string{"service", "agreement", "personen", "--config", config}
	out := must(t, tell...)
	for name, want := range map[string]string{"agreement": "not required", "contracts": "1", "without agreement": "1"} {
		contains(t, out, name+" ", want)
	}
	contains(t, must(t, append(tell, "--required")...), "an agreement is required for service personen")
	contains(t, must(t, append(tell, "--json")...), `"requiresAgreement": true`)
	if got := row(t, must(t, "service", "list", "--config", config), "personen"); got[len(got)-1] != "required" {
		t.Errorf("listed: %q", got)
	}
	must(t, "service", "add", "personen", "--upstream", "http://127.0.0.1:9/x", "--config", config)
	contains(t, must(t, append(tell, "--json")...), `"requiresAgreement": true`)
	out = must(t, "explain", "--service", "personen", "--peer", consumerID, "--incoming", "--config", config)
	if got := strings.Join(row(t, out, "agreement"), " "); !strings.Contains(got, "not ok agreement away us") {
		t.Errorf("explained: %q", got)
	}
	must(t, "service", "add", "personen", "--upstream", "http://127.0.0.1:9/x", "--requires-agreement=false", "--config", config)
	contains(t, must(t, tell...), "not required")
}

// limits sets, changes and takes away the limits of a service.
func limits(t *testing.T, config string) {
	t.Helper()
	limit := []string{"service", "limit", "personen", "--config", config}
	contains(t, must(t, append(limit, "--concurrent-calls", "20", "--request-bytes", "1000000")...), "the limits of service personen are set")
	must(t, append(limit, "--request-bytes", "0", "--calls-per-second-per-peer", "7")...)
	out := must(t, limit...)
	for name, most := range map[string]string{"concurrent-calls": "20", "request-bytes": "none", "calls-per-second-per-peer": "7"} {
		if got := row(t, out, name); got[1] != most || got[2] != "0" {
			t.Errorf("%s: %q", name, got)
		}
	}
	contains(t, must(t, append(limit, "--json")...), `"concurrentCalls": 20`)
	fails(t, cli.ExitFailed, append(limit, "--concurrent-calls-per-peer", "21"), "concurrentCallsPerPeer", "can't be more than")
	fails(t, cli.ExitUsage, append(limit, "--response-milliseconds", "-1"), "--response-milliseconds must be 0")
	fails(t, cli.ExitUsage, append(limit, "--concurrent-calls", "many"), "concurrent-calls")
	if got := must(t, append(limit, "--none", "--json")...); strings.TrimSpace(got) != "{}" {
		t.Errorf("after --none: %s", got)
	}
}

// again makes contracts of another one.
func again(t *testing.T, config, hash string) {
	t.Helper()
	validity := func(args ...string) (from, until time.Time) {
		out := must(t, append(args, "--config", config, "--json")...)
		var c struct {
			NotBefore, NotAfter time.Time
			State               string
		}
		if err := json.Unmarshal([]byte(out), &c); err != nil || c.State != "PROPOSED" {
			t.Fatal(out, err)
		}
		return c.NotBefore, c.NotAfter
	}
	_, end := validity("contract", "copy", hash)
	if left := time.Until(end); left < 8759*time.Hour || left > 8761*time.Hour {
		t.Errorf("the copy ends at %s", end)
	}
	first, last := validity("contract", "renew", hash)
	if left := time.Until(first); left < 239*time.Hour || left > 241*time.Hour || last.Sub(first) != 240*time.Hour {
		t.Errorf("renewed from %s until %s", first, last)
	}
	if _, last := validity("contract", "renew", hash, "--valid-for", "48h"); last.Sub(first) != 48*time.Hour {
		t.Errorf("renewed until %s, from %s", last, first)
	}
	begin := time.Now().UTC().AddDate(0, 2, 0).Truncate(24 * time.Hour)
	if first, last := validity("contract", "renew", hash, "--not-before", begin.Format(time.DateOnly)); !first.Equal(begin) || last.Sub(first) != 240*time.Hour {
		t.Errorf("renewed from %s until %s", first, last)
	}
}

func elsewhere(t *testing.T, config, address, secret string) {
	t.Helper()
	session, token := filepath.Join(t.TempDir(), "session"), filepath.Join(t.TempDir(), "token")
	write(t, session, secret)
	var made struct{ ID, Secret string }
	out := must(t, "api-token", "create", "--url", address, "--token-file", session, "--name", "monitoring", "--scope", "read", "--json")
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		t.Fatal(err)
	}
	row(t, must(t, "api-token", "list", "--config", config), made.ID)
	write(t, token, made.Secret)
	contains(t, must(t, "rule", "list", "--url", address+"/", "--token-file", token), "RULE")
	fails(t, cli.ExitFailed, []string{"people", "list", "--url", address, "--token-file", token}, "permission people", "forbidden")
	fails(t, cli.ExitFailed, []string{"api-token", "create", "--config", config, "--name", "x", "--scope", "read"}, "only a person")
	must(t, "api-token", "revoke", made.ID, "--url", address, "--token-file", session)
	fails(t, cli.ExitFailed, []string{"rule", "list", "--url", address, "--token-file", token}, "samenspel: ")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--url", address}, "SAMENSPEL_TOKEN"},
		{[]string{"--url", "http://example.nl", "--token-file", token}, "https://"},
		{[]string{"--url", "example.nl", "--token-file", token}, "it must look like"},
		{[]string{"--url", address, "--config", config}, "--url excludes"},
	} {
		fails(t, cli.ExitUsage, append([]string{"rule", "list"}, c.args...), c.want)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func second(t *testing.T, config, address, secret string) {
	t.Helper()
	session := filepath.Join(t.TempDir(), "session")
	write(t, session, secret)
	out := must(t, "rule", "add", "--url", address, "--token-file", session, "--name", "Buren", "--role", "provider")
	contains(t, out, "this waits for a second person, as request ")
	id := strings.TrimSpace(out[strings.LastIndex(out, "request ")+len("request "):])
	if got := row(t, must(t, "request", "list", "--config", config), id); got[1] != "rule.put" || got[len(got)-1] != "waiting" {
		t.Errorf("listed as %q", got)
	}
	fails(t, cli.ExitFailed, []string{"request", "approve", id, "--config", config}, "only a person")
	fails(t, cli.ExitFailed, []string{"request", "approve", id, "--url", address, "--token-file", session}, "samenspel: ")
	fails(t, cli.ExitFailed, []string{"rule", "add", "--config", config, "--name", "x", "--role", "provider"}, "only an account can ask")
	contains(t, must(t, "request", "withdraw", id, "--url", address, "--token-file", session), "rule.put of Buren: ")
	if got := must(t, "request", "list", "--json", "--config", config); got != "[]\n" {
		t.Errorf("requests: %s", got)
	}
	row(t, must(t, "request", "list", "--all", "--config", config), id)
}

// components have no part in people's work, though they use the same door.
func components(t *testing.T, config string) {
	t.Helper()
	dir, data := t.TempDir(), filepath.Join(filepath.Dir(config), "provider", "internal")
	must(t, "component", "--config", config, "--role", "outway", "--out", dir)
	certificate, err := os.ReadFile(filepath.Join(dir, "outway.pem"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(dir, "outway-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pair, err := pki.ParseKeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	h, err := node.NewInternalHTTPClient(filepath.Join(dir, "ca.pem"), pair, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	address, err := os.ReadFile(filepath.Join(data, "address"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(client.Config{Address: strings.TrimSpace(string(address)) + node.ManagementPath, HTTP: h})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.AcceptanceRules(t.Context())
	if p, ok := errors.AsType[*client.Problem](err); !ok || p.Status != http.StatusForbidden {
		t.Errorf("an Outway reads rules: %v", err)
	}
}

// evidence checks a log that nobody touched, at the node and in a file.
func evidence(t *testing.T, config string) {
	t.Helper()
	contains(t, must(t, "log", "verify", "--config", config), "0 records, 0 checkpoints, all good")
	contains(t, must(t, "log", "checkpoints", "--config", config), "NUMBER")
	file, anchors := filepath.Join(t.TempDir(), "log.ndjson"), filepath.Join(filepath.Dir(config), "pki", "anchor.pem")
	must(t, "log", "export", "--evidence", "--out", file, "--config", config)
	fails(t, cli.ExitFailed, []string{"log", "verify", "--group", "samenspel-test", "--anchors", anchors, file}, "nothing in the file is signed")
	fails(t, cli.ExitFailed, []string{"log", "verify", "--group", "other", "--anchors", anchors, file}, "in the Group samenspel-test")
	fails(t, cli.ExitUsage, []string{"log", "verify", file}, "--group and --anchors")
	fails(t, cli.ExitUsage, []string{"log", "verify", "--service", "persons", "--config", config}, "--service goes with --peer")
	fails(t, cli.ExitUsage, []string{"log", "export", "--evidence", "--service", "persons", "--config", config}, "leave out the filters")
	fails(t, cli.ExitFailed, []string{"log", "verify", "--group", "samenspel-test", "--anchors", anchors, config}, "no log with its checkpoints")
	head, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(head), `"last":0`, `"last":2`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	r := call(t.Context(), "", "log", "verify", "--group", "samenspel-test", "--anchors", anchors, file)
	contains(t, r.stdout, "records 1 to 2: missing")
	contains(t, r.stderr, "doesn't hold")
	if r.code != cli.ExitFailed {
		t.Errorf("ends with %d", r.code)
	}
}

func account(t *testing.T, config string) {
	t.Helper()
	contains(t, must(t, "overview", "--config", config), "services", "ATTENTION")
	contains(t, must(t, "settings", "--config", config), "group.id", "samenspel-test")
	contains(t, must(t, "traffic", "--per-hour", "--config", config), "CALLS")
	contains(t, must(t, "certificate", "list", "--config", config), "trust anchor", "transport,contract", "provider.pem")
	contains(t, must(t, "log", "search", "--peer", consumerID, "--config", config), "TRANSACTION")
	fails(t, cli.ExitFailed, []string{"log", "show", "0190163d-8694-739b-aea5-966c26f8ad90", "--config", config}, "not_found")
	contains(t, must(t, "log", "verify", "--peer", consumerID, "--config", config), "asked     0")
	if got := must(t, "log", "export", "--config", config); got != "" {
		t.Errorf("exported: %s", got)
	}
	evidence(t, config)
	contains(t, must(t, "audit", "list", "--act", "rule", "--config", config), "command line", "rule.put", "rule.delete", "ok")
	events := fact(t, must(t, "audit", "verify", "--config", config), "events")
	file := filepath.Join(t.TempDir(), "audit.ndjson")
	must(t, "audit", "export", "--out", file, "--config", config)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); strconv.Itoa(n) != events && strconv.Itoa(n-1) != events {
		t.Errorf("%d events are exported, of %s", n, events)
	}
	fails(t, cli.ExitFailed, []string{"audit", "export", "--out", file, "--config", config}, "file exists")
	fails(t, cli.ExitUsage, []string{"audit", "list", "--from", "yesterday", "--config", config}, "--from is")
}
