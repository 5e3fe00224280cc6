// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// The Group and the Peers of all tests. Provider and consumer run our node; the
// others are Managers of another maker.
const (
	group = fsc.GroupID("samenspel-e2e")

	providerID = fsc.PeerID("00000099000000001000")
	consumerID = fsc.PeerID("00000099000000002000")
	amberID    = fsc.PeerID("00000099000000003000")
	berylID    = fsc.PeerID("00000099000000004000")
	outsiderID = fsc.PeerID("00000099000000009000")
)

// patience is how long something that happens in the background may take. The
// machine may be busy; nothing waits this long when all is well.
const patience = time.Minute

// lab is a Group: its authority and a folder for everything its Peers keep.
type lab struct {
	dir     string
	ca      *localca.CA
	anchors *pki.Anchors
	odd     *oddCA       // a second trust anchor
	logger  *slog.Logger // of all nodes; nil: see testLogger
}

func newLab(t *testing.T) *lab {
	t.Helper()
	ca, err := localca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{dir: t.TempDir(), ca: ca, odd: newOddCA(t)}
	if l.anchors, err = pki.LoadAnchors(l.anchorPEM()); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *lab) anchorPEM() []byte { return append(l.ca.AnchorPEM(), l.odd.anchorPEM()...) }

// issue makes a key pair; without hosts it is for localhost.
func (l *lab) issue(t *testing.T, r localca.Request) (*localca.Issued, *pki.KeyPair) {
	t.Helper()
	if r.Name == "" {
		r.Name = "Organisatie " + string(r.PeerID)
	}
	if len(r.Hosts) == 0 {
		r.Hosts = []string{"localhost", "127.0.0.1"}
	}
	issued, err := l.ca.Issue(r)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := issued.KeyPair()
	if err != nil {
		t.Fatal(err)
	}
	return issued, pair
}

// clientTLS is what a client of any maker uses: own certificate, the Group's anchors.
func (l *lab) clientTLS(pair *pki.KeyPair) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, RootCAs: l.anchors.Pool(), Certificates: []tls.Certificate{pair.TLS()}, ServerName: "localhost",
	}
}

// setup is a node that was configured but perhaps not started.
type setup struct {
	peer fsc.Peer
	dir  string
	data string // the data folder in dir
	file string // the configuration
	pair *pki.KeyPair
	cfg  node.Config
}

// configure writes the files of a node: all roles, ports chosen by the system.
func (l *lab) configure(t *testing.T, id fsc.PeerID, change func(*node.Config)) *setup {
	t.Helper()
	s := &setup{peer: fsc.Peer{ID: id, Name: "Organisatie " + string(id)}, dir: filepath.Join(l.dir, string(id)), data: "data"}
	issued, pair := l.issue(t, localca.Request{PeerID: id, Name: s.peer.Name})
	s.pair = pair
	writeFiles(t, s.dir, map[string][]byte{
		"anchors.pem": l.anchorPEM(), "cert.pem": issued.CertificatePEM, "key.pem": issued.KeyPEM,
	})
	const free = "127.0.0.1:0"
	s.cfg = node.Config{
		DataDir: s.data,
		Group: node.GroupConfig{
			ID: group, Type: "fieldlab", TrustAnchors: []string{"anchors.pem"}, Revocation: node.RevocationConfig{Mode: "off"},
		},
		Keys:     node.KeysConfig{Transport: node.FilesConfig{Certificate: "cert.pem", Key: "key.pem"}},
		Manager:  node.ManagerConfig{Listen: free},
		Inway:    node.InwayConfig{Listen: free},
		Outway:   node.OutwayConfig{Listen: free},
		Internal: node.InternalConfig{Listen: free}, Monitoring: node.MonitoringConfig{Listen: free},
		Log: node.LogConfig{SegmentMiB: 1},
	}
	if change != nil {
		change(&s.cfg)
	}
	b, err := yaml.Marshal(s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.file = filepath.Join(s.dir, "samenspel.yaml")
	writeFiles(t, s.dir, map[string][]byte{"samenspel.yaml": b})
	return s
}

func writeFiles(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// running is a node in this process.
type running struct {
	*setup
	inway      string // https://localhost:port
	outway     string // http://127.0.0.1:port
	monitoring string
	controller string // http://127.0.0.1:port; empty without one
	door       *internalapi.Client
	// stop ends the node and waits until it has drained.
	stop func()
}

// start runs a configured node until the test ends.
func (l *lab) start(t *testing.T, s *setup) *running {
	t.Helper()
	return l.startWith(t, s, node.Options{})
}

// startWith does so with a clock, or what else there is to say.
func (l *lab) startWith(t *testing.T, s *setup, o node.Options) *running {
	t.Helper()
	cfg, err := node.LoadConfig(s.file, nil)
	if err != nil {
		t.Fatal(err)
	}
	o.Logger = cmp.Or(l.logger, testLogger(t, string(s.peer.ID)))
	n, err := node.New(t.Context(), cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	r := &running{setup: s, outway: "http://" + n.Addresses["outway"], monitoring: "http://" + n.Addresses["monitoring"]}
	if a := n.Addresses["manager"]; a != "" {
		r.peer.ManagerAddress = localhost(a)
	}
	if a := n.Addresses["inway"]; a != "" {
		r.inway = localhost(a)
	}
	if a := n.Addresses["controller"]; a != "" {
		r.controller = "http://" + a
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	var once sync.Once
	r.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("node %s: %v", s.peer.ID, err)
			}
		})
	}
	t.Cleanup(r.stop)
	if cfg.Has(node.RoleManager) {
		r.door = openDoorAt(t, filepath.Join(s.dir, s.data), o.Now)
	}
	return r
}

func (l *lab) node(t *testing.T, id fsc.PeerID, change func(*node.Config)) *running {
	t.Helper()
	return l.start(t, l.configure(t, id, change))
}

// openDoor gives a client for the internal door of the node with this data folder.
func openDoor(t *testing.T, data string) *internalapi.Client {
	t.Helper()
	return openDoorAt(t, data, nil)
}

// openDoorAt does so by the node's own clock; nil is that of the system.
func openDoorAt(t *testing.T, data string, now func() time.Time) *internalapi.Client {
	t.Helper()
	if now == nil {
		now = time.Now
	}
	dir := filepath.Join(data, "internal")
	cert, err := os.ReadFile(filepath.Join(dir, "cli.pem"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(dir, "cli-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pair, err := pki.ParseKeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	address, err := os.ReadFile(filepath.Join(dir, "address"))
	if err != nil {
		t.Fatal(err)
	}
	door, err := node.NewInternalClient(strings.TrimSpace(string(address)), filepath.Join(dir, "ca.pem"), pair, now)
	if err != nil {
		t.Fatal(err)
	}
	return door
}

func localhost(address string) string {
	return "https://localhost" + address[strings.LastIndex(address, ":"):]
}

// eventually polls until ok is true; what says what is waited for.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited %s in vain: %s", patience, what)
		}
	}
}

// receive waits for one value.
func receive[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited %s in vain: %s", patience, what)
		panic("not reached")
	}
}

// testLogger shows a node's log only when E2E_LOG is set: a test that passes
// provokes thousands of refusals.
func testLogger(t *testing.T, name string) *slog.Logger {
	t.Helper()
	if os.Getenv("E2E_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("node", name)
}

// plain is a client for applications: no certificates, no shared connections.
func plain(t *testing.T) *http.Client {
	t.Helper()
	tr := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: patience}
}
