// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// TestTheExamplesWorkTogether starts the two nodes of the documentation with the
// built program and takes them, by the command line alone, from nothing to an
// answered call. Only ports differ from what the documentation says.
func TestTheExamplesWorkTogether(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	configs := l.examples(t)
	provider, consumer := launch(t, configs["provider"]), launch(t, configs["consumer"])
	upstream := newUpstream(t)

	cli(t, "check-config", "--config", provider.file)
	cli(t, "service", "add", "personen", "--upstream", upstream.url, "--config", provider.file)
	cli(t, "service", "publish", "personen", "--directory", string(providerID), "--config", provider.file)
	eventually(t, "the service in the Directory", func() bool {
		return strings.Contains(cli(t, "service", "list", "--directory", "--config", consumer.file), "personen")
	})

	var created internalapi.Contract
	out := cli(t, "contract", "create", "--json", "--type", "connection", "--service", "personen", "--provider", string(providerID), "--config", consumer.file)
	if err := json.Unmarshal([]byte(out), &created); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	hash := string(created.ContentHash)
	if trail := cli(t, "audit", "list", "--config", consumer.file); !strings.Contains(trail, "contract.propose") {
		t.Errorf("the audit trail lacks the proposal:\n%s", trail)
	}
	eventually(t, "the proposal at the provider", func() bool {
		return strings.Contains(cli(t, "contract", "list", "--config", provider.file), hash)
	})
	cli(t, "contract", "accept", hash, "--config", provider.file)
	eventually(t, "the accept at the consumer", func() bool {
		var c internalapi.Contract
		out := cli(t, "contract", "show", hash, "--json", "--config", consumer.file)
		return json.Unmarshal([]byte(out), &c) == nil && c.State == fsc.StateValid
	})

	// The application knows a path and nothing else.
	application := plain(t)
	var a answer
	eventually(t, "an answered call", func() bool {
		a = mustSend(t, application, http.MethodGet, consumer.outway()+"/personen/1?velden=naam", nil, nil)
		return a.status == http.StatusOK
	})
	if string(a.body) != "GET /1?velden=naam" {
		t.Errorf("the service answered %s", a.body)
	}
	id := a.header.Get("Fsc-Transaction-Id")
	for _, p := range []*process{provider, consumer} {
		eventually(t, "the transaction in the log", func() bool {
			return strings.Contains(cli(t, "log", "list", "--transaction-id", id, "--config", p.file), id)
		})
	}

	cli(t, "contract", "revoke", hash, "--config", provider.file)
	eventually(t, "calls are refused after the revoke", func() bool {
		return mustSend(t, application, http.MethodGet, consumer.outway()+"/personen/1", nil, nil).status >= http.StatusBadRequest
	})
	for _, p := range []*process{provider, consumer} {
		if err := p.terminate(t); err != nil {
			t.Errorf("%s ends with %v", p.file, err)
		}
	}
}

var address = regexp.MustCompile(`(127\.0\.0\.1|localhost):([0-9]+)`)

// examples copies the documentation's configurations, with free ports and the
// key files they name.
func (l *lab) examples(t *testing.T) map[string]*setup {
	t.Helper()
	ports := map[string]string{}
	free := freePorts(t, 12)
	out := map[string]*setup{}
	dir := filepath.Join(l.dir, "examples")
	writeFiles(t, filepath.Join(dir, "pki"), map[string][]byte{"anchor.pem": l.anchorPEM()})
	for name, id := range map[string]fsc.PeerID{"provider": providerID, "consumer": consumerID} {
		b, err := os.ReadFile(filepath.Join("..", "docs", "examples", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		text := address.ReplaceAllStringFunc(string(b), func(found string) string {
			host, port, _ := strings.Cut(found, ":")
			if ports[port] == "" {
				_, ports[port], _ = strings.Cut(free[len(ports)], ":")
			}
			return host + ":" + ports[port]
		})
		issued, keys := l.issue(t, localca.Request{PeerID: id})
		s := &setup{peer: fsc.Peer{ID: id}, dir: dir, data: filepath.Join("data", name), file: filepath.Join(dir, name+".yaml"), pair: keys}
		writeFiles(t, dir, map[string][]byte{name + ".yaml": []byte(text)})
		if err := yaml.Unmarshal([]byte(text), &s.cfg); err != nil {
			t.Fatal(err)
		}
		writeFiles(t, dir, map[string][]byte{s.cfg.Keys.Transport.Certificate: issued.CertificatePEM, s.cfg.Keys.Transport.Key: issued.KeyPEM})
		out[name] = s
	}
	return out
}

// TestSeparateProcesses runs each role of the provider in a process of its own.
// Inway and Outway go on when the Manager is away, and hand in their records
// when it is back.
func TestSeparateProcesses(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ports := freePorts(t, 3)
	managerSetup := l.configure(t, providerID, func(c *node.Config) {
		providing(c)
		c.Roles = []string{node.RoleManager}
		c.Manager.Listen, c.Internal.Listen = ports[0], ports[1]
		c.Inway.Address = localhost(ports[2])
	})
	manager := launch(t, managerSetup)
	inway := launch(t, l.component(t, managerSetup, node.RoleInway, func(c *node.Config) { c.Inway.Listen = ports[2] }))
	outway := launch(t, l.component(t, managerSetup, node.RoleOutway, func(*node.Config) {}))

	upstream := newUpstream(t)
	if err := manager.door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: upstream.url}); err != nil {
		t.Fatal(err)
	}
	// The provider is its own consumer: one contract, one party.
	c := propose(t, &running{setup: manager.setup, door: manager.door}, connection(providerID, managerSetup.pair, providerID, service))
	call := func() answer { return callThrough(t, plain(t), outway.outway(), c.GrantHashes[0]) }
	eventually(t, "a call through three processes", func() bool { return call().status == http.StatusOK })

	// Both components wait for a newer snapshot at this moment; that must not
	// keep the Manager from ending.
	began := time.Now()
	if err := manager.terminate(t); err != nil || time.Since(began) > 10*time.Second {
		t.Errorf("the Manager ends with %v after %s", err, time.Since(began))
	}
	a := call()
	if a.status != http.StatusOK {
		t.Fatalf("with the Manager away: %d %s", a.status, a.body)
	}
	id := a.header.Get("Fsc-Transaction-Id")
	if upstream.call(id) == nil {
		t.Fatal("the call didn't reach the service")
	}
	manager = launch(t, managerSetup)
	eventually(t, "both records at the Manager that is back", func() bool { return len(records(t, manager.door, id)) == 2 })
	for _, p := range []*process{manager, inway, outway} {
		if err := p.terminate(t); err != nil {
			t.Errorf("%s ends with %v", p.file, err)
		}
	}
}

// component configures a role in a process of its own, which the Manager lets in.
func (l *lab) component(t *testing.T, of *setup, role string, change func(*node.Config)) *setup {
	t.Helper()
	access := filepath.Join(of.dir, "access-"+role)
	cli(t, "component", "--config", of.file, "--role", role, "--out", access)
	return l.role(t, of, role, func(c *node.Config) {
		c.Internal = node.InternalConfig{
			Address: localhost(of.cfg.Internal.Listen), CA: filepath.Join(access, "ca.pem"),
			Certificate: filepath.Join(access, role+".pem"), Key: filepath.Join(access, role+"-key.pem"),
		}
		change(c)
	})
}

// role writes the configuration of one component beside that of its Manager,
// with the same keys and its own data.
func (l *lab) role(t *testing.T, of *setup, role string, change func(*node.Config)) *setup {
	t.Helper()
	s := &setup{peer: of.peer, dir: of.dir, data: "data-" + role, file: filepath.Join(of.dir, role+".yaml"), pair: of.pair, cfg: of.cfg}
	s.cfg.Roles, s.cfg.DataDir, s.cfg.Log.Name = []string{role}, s.data, role
	change(&s.cfg)
	b, err := yaml.Marshal(s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, s.dir, map[string][]byte{role + ".yaml": b})
	return s
}
