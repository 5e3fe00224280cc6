// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
)

// fleet is a provider with a Manager and two Inways, each in a process of its own,
// and a consumer in a fourth.
type fleet struct {
	*lab
	manager  *process
	consumer *process
	setups   [2]*setup
	inways   [2]*process
	upstream *upstream
	grant    fsc.GrantHash
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{lab: newLab(t), upstream: newUpstream(t)}
	ports := freePorts(t, 7)
	s := f.configure(t, providerID, func(c *node.Config) {
		providing(c)
		c.Roles = []string{node.RoleManager}
		c.Manager.Listen, c.Internal.Listen = ports[0], ports[1]
	})
	f.manager = launch(t, s)
	for i := range f.inways {
		f.setups[i] = f.inway(t, s, fmt.Sprintf("inway-%d", i+1), ports[2+2*i], ports[3+2*i])
		f.inways[i] = launch(t, f.setups[i])
	}
	f.consumer = launch(t, f.configure(t, consumerID, func(c *node.Config) {
		providing(c)
		c.Manager.Listen = ports[6]
		c.Group.Directories = []node.PeerConfig{{PeerID: providerID, ManagerAddress: f.manager.peer.ManagerAddress}}
	}))
	if err := f.manager.door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: f.upstream.url}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both Inways report", func() bool {
		list, err := f.manager.door.ListInways(t.Context())
		return err == nil && len(list) == 2
	})
	c := propose(t, &running{setup: f.consumer.setup, door: f.consumer.door}, connection(consumerID, f.consumer.pair, providerID, service))
	f.grant = c.GrantHashes[0]
	if a := callThrough(t, plain(t), f.consumer.outway(), f.grant); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	return f
}

// inway configures an Inway beside the Manager m, as the documentation says.
func (l *lab) inway(t *testing.T, m *setup, name, listen, monitoring string) *setup {
	t.Helper()
	dir := filepath.Join(l.dir, name)
	cli(t, "component", "--config", m.file, "--role", "inway", "--out", filepath.Join(dir, "access"))
	c := m.cfg
	c.Roles, c.DataDir = []string{node.RoleInway}, "data"
	c.Group.TrustAnchors = []string{filepath.Join(m.dir, "anchors.pem")}
	c.Keys = node.KeysConfig{Transport: node.FilesConfig{Certificate: filepath.Join(m.dir, "cert.pem"), Key: filepath.Join(m.dir, "key.pem")}}
	c.Inway = node.InwayConfig{Listen: listen, Address: localhost(listen), LeaveFor: 2 * time.Second}
	c.Internal = node.InternalConfig{
		Address: "https://" + m.cfg.Internal.Listen, CA: "access/ca.pem", Certificate: "access/inway.pem", Key: "access/inway-key.pem",
	}
	c.Monitoring.Listen, c.Log.Name = monitoring, name
	b, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, dir, map[string][]byte{"samenspel.yaml": b})
	return &setup{peer: m.peer, dir: dir, data: "data", file: filepath.Join(dir, "samenspel.yaml"), pair: m.pair, cfg: c}
}

// passes waits until the Inway has forwarded calls since it started.
func (p *process) passes(t *testing.T) {
	t.Helper()
	client := plain(t)
	eventually(t, "calls through "+p.file, func() bool {
		a := mustSend(t, client, http.MethodGet, "http://"+p.addresses["monitoring"]+"/metrics", nil, nil)
		return strings.Contains(string(a.body), `samenspel_call_duration_seconds_count{component="inway",outcome="forwarded"}`) &&
			!strings.Contains(string(a.body), `samenspel_call_duration_seconds_count{component="inway",outcome="forwarded"} 0`)
	})
}

// load calls with these methods from many applications until it is ended, and gives
// what went wrong.
func (f *fleet) load(t *testing.T, methods ...string) (end func() (calls int64, failures []string)) {
	t.Helper()
	application, outway := plain(t), f.consumer.outway()
	var over atomic.Bool
	var calls atomic.Int64
	var mu sync.Mutex
	var failures []string
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for n := i; !over.Load(); n++ {
				method := methods[n%len(methods)]
				var body []byte
				if method == http.MethodPost {
					body = []byte("een lichaam")
				}
				a, err := send(application, method, outway+"/", http.Header{"Fsc-Grant-Hash": {string(f.grant)}}, body)
				calls.Add(1)
				if err != nil || a.status != http.StatusOK {
					mu.Lock()
					failures = append(failures, fmt.Sprintf("%s: %v %d %s", method, err, a.status, a.body))
					mu.Unlock()
				}
			}
		})
	}
	return func() (int64, []string) {
		over.Store(true)
		wg.Wait()
		return calls.Load(), failures
	}
}

// TestARollingRestartOfInwaysFailsNoCall restarts two Inways of a service one after
// the other, while calls come in that may be made once only.
func TestARollingRestartOfInwaysFailsNoCall(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	f := newFleet(t)
	end := f.load(t, http.MethodGet, http.MethodPost, http.MethodDelete)
	for i := range f.inways {
		f.inways[0].passes(t)
		f.inways[1].passes(t)
		if err := f.inways[i].terminate(t); err != nil {
			t.Errorf("Inway %d ended with %v", i, err)
		}
		f.inways[i] = launch(t, f.setups[i])
	}
	f.inways[1].passes(t)
	if calls, failures := end(); len(failures) > 0 {
		t.Errorf("%d of %d calls failed: %s", len(failures), calls, strings.Join(failures[:min(len(failures), 5)], "; "))
	}
}

// TestReadsOutliveAnInwayThatIsKilled kills an Inway: what was only read is read
// from the other one.
func TestReadsOutliveAnInwayThatIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	f := newFleet(t)
	end := f.load(t, http.MethodGet, http.MethodHead)
	f.inways[0].passes(t)
	f.inways[1].passes(t)
	f.inways[0].kill(t)
	f.inways[0] = launch(t, f.setups[0])
	f.inways[0].passes(t)
	if calls, failures := end(); len(failures) > 0 {
		t.Errorf("%d of %d calls failed: %s", len(failures), calls, strings.Join(failures[:min(len(failures), 5)], "; "))
	}
}
