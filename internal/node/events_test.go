// SPDX-License-Identifier: EUPL-1.2

package node_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/event"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/node"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

// office keeps the dossiers and buys centrally, and is the node; maker supplies
// and buyer buys, each at a desk of its own.
const (
	office fsc.PeerID = "00000099000000000001"
	maker  fsc.PeerID = "00000099000000000002"
	buyer  fsc.PeerID = "00000099000000000003"

	eventGroup = fsc.GroupID("event-group")
	day        = int64(86400)
	patience   = 30 * time.Second
)

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// town is a node with the desks of others around it.
type town struct {
	t    *testing.T
	ca   *localca.CA
	dir  string
	node *node.Node
	api  *client.Client
	desk map[fsc.PeerID]*collective.Desk
}

func newTown(t *testing.T) *town {
	t.Helper()
	ca, err := localca.New(time.Now())
	fatal(t, err)
	w := &town{t: t, ca: ca, dir: t.TempDir(), desk: map[fsc.PeerID]*collective.Desk{}}
	issued, err := ca.Issue(localca.Request{PeerID: office, Name: "Inkoopbureau", Hosts: []string{"localhost"}})
	fatal(t, err)
	for name, b := range map[string][]byte{"anchor.pem": ca.AnchorPEM(), "cert.pem": issued.CertificatePEM, "key.pem": issued.KeyPEM} {
		fatal(t, os.WriteFile(filepath.Join(w.dir, name), b, 0o600))
	}
	anchors := []string{filepath.Join(w.dir, "anchor.pem")}
	const free = "127.0.0.1:0"
	w.node, err = node.New(t.Context(), &node.Config{
		Roles: []string{node.RoleManager}, DataDir: filepath.Join(w.dir, "data"),
		Group:   node.GroupConfig{ID: eventGroup, Type: "fieldlab", TrustAnchors: anchors, Revocation: node.RevocationConfig{Mode: "off"}},
		Keys:    node.KeysConfig{Transport: node.FilesConfig{Certificate: filepath.Join(w.dir, "cert.pem"), Key: filepath.Join(w.dir, "key.pem")}},
		Manager: node.ManagerConfig{Listen: free}, Internal: node.InternalConfig{Listen: free}, Monitoring: node.MonitoringConfig{Listen: free},
		Controller: node.ControllerConfig{Listen: free},
		Collective: node.CollectiveConfig{TakePart: true, Events: node.EventsConfig{TrustAnchors: anchors}},
	}, node.Options{Logger: slog.New(slog.DiscardHandler)})
	fatal(t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- w.node.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	w.api = w.management()
	w.desk[office] = w.node.Desk()
	for _, p := range []fsc.PeerID{maker, buyer} {
		w.desk[p] = w.newDesk(p)
	}
	return w
}

// management is the API as the command line of this machine reaches it.
func (w *town) management() *client.Client {
	w.t.Helper()
	data := filepath.Join(w.dir, "data")
	pair, address, err := node.ReadAccess(data)
	fatal(w.t, err)
	hc, err := node.NewInternalHTTPClient(filepath.Join(data, "internal", "ca.pem"), pki.Source(pair), time.Now)
	fatal(w.t, err)
	c, err := client.New(client.Config{Address: address + node.ManagementPath, HTTP: hc})
	fatal(w.t, err)
	return c
}

// seal signs deeds.
type seal struct {
	signer *deed.Signer
	chain  [][]byte
}

func (s seal) DeedSigner() (*deed.Signer, [][]byte, error) { return s.signer, s.chain, nil }

func (w *town) newDesk(p fsc.PeerID) *collective.Desk {
	w.t.Helper()
	issued, err := w.ca.Issue(localca.Request{PeerID: p, Name: "Organisatie " + string(p)})
	fatal(w.t, err)
	pair, err := issued.KeyPair()
	fatal(w.t, err)
	var s seal
	for _, c := range pair.Chain {
		s.chain = append(s.chain, c.Raw)
	}
	s.signer, err = deed.NewSigner(pair.Key, s.chain[0])
	fatal(w.t, err)
	trusted, err := pki.LoadAnchors(w.ca.AnchorPEM())
	fatal(w.t, err)
	reg, err := register.Load()
	fatal(w.t, err)
	table, err := collective.NewTable(reg)
	fatal(w.t, err)
	db, err := store.OpenSQLite(w.t.Context(), empty.Dir(w.t), slog.New(slog.DiscardHandler))
	fatal(w.t, err)
	w.t.Cleanup(func() { _ = db.Close() })
	d, err := collective.New(collective.Config{
		Self: p, Group: eventGroup, Store: db.Collective(), Keys: s, Table: table, Follow: []fsc.PeerID{office},
		Authority: collective.Anchors{Group: eventGroup, Trusted: func() *pki.Anchors { return trusted }},
		Remote:    post{w, p}, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	fatal(w.t, err)
	return d
}

// post brings deeds to the node and fetches its feed.
type post struct {
	*town
	self fsc.PeerID
}

func (p post) Put(ctx context.Context, to fsc.PeerID, it collective.Item) error {
	if p.desk[to] == nil {
		return errors.New("no connection")
	}
	return p.desk[to].Receive(ctx, p.self, it)
}

func (p post) Feed(ctx context.Context, keeper fsc.PeerID, after int64, _ time.Duration) (collective.Batch, error) {
	return p.desk[keeper].Feed(ctx, p.self, after, 1000)
}

func (p post) Witness(ctx context.Context, with fsc.PeerID, seen []collective.SignedCheckpoint) ([]collective.SignedCheckpoint, error) {
	return p.desk[with].Witness(ctx, p.self, seen)
}

// carry lets what the desks have travel, until a deed is so at the node.
func (w *town) carry(h deed.Hash, is func(*collective.State) bool) {
	w.t.Helper()
	limit := time.Now().Add(patience)
	for {
		changed := w.desk[office].Changed()
		s, err := w.desk[office].State(w.t.Context(), h)
		done := err == nil && is(s)
		for _, p := range []fsc.PeerID{maker, buyer} {
			fatal(w.t, w.desk[p].Deliver(w.t.Context()))
			fatal(w.t, w.desk[p].Catch(w.t.Context(), office))
			fatal(w.t, w.desk[p].Fold(w.t.Context()))
		}
		if done { // and the others know it as well
			return
		}
		select {
		case <-changed:
		case <-time.After(time.Second):
		}
		if time.Now().After(limit) {
			w.t.Fatalf("deed %s is %+v %v", h, s, err)
		}
	}
}

func in(state string, overlays ...string) func(*collective.State) bool {
	return func(s *collective.State) bool {
		return string(s.State) == state && strings.Join(s.Overlays, " ") == strings.Join(overlays, " ")
	}
}

func (w *town) propose(by fsc.PeerID, d deed.Draft, body any, r deed.Role) deed.Hash {
	w.t.Helper()
	var err error
	d.Body, err = json.Marshal(body)
	fatal(w.t, err)
	h, err := w.desk[by].Propose(w.t.Context(), d, collective.Act{Act: deed.Accept, Role: r})
	fatal(w.t, err)
	return h
}

func (w *town) sign(by fsc.PeerID, h deed.Hash, a deed.Act, r deed.Role) {
	w.t.Helper()
	fatal(w.t, w.desk[by].Sign(w.t.Context(), h, collective.Act{Act: a, Role: r}))
}

// framework concludes one that ends in a little more than 18 months.
func (w *town) framework() deed.Hash {
	w.t.Helper()
	now := time.Now().Unix()
	h := w.propose(office, deed.Draft{
		Type: dossier.TypeFramework, NotBefore: now, NotAfter: now + 600*day, Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{
			{PeerID: office, Role: deed.Secretariat}, {PeerID: office, Role: dossier.RolePurchasingBody}, {PeerID: maker, Role: dossier.RoleSupplier},
		},
	}, dossier.Framework{
		Name: "Webdiensten burgerzaken", Published: now - 90*day, TailDays: 30, Eligible: []fsc.PeerID{buyer},
		Windows: []dossier.Window{{From: now - day, Until: now + 200*day}},
		Lots: []dossier.Lot{{
			ID: "1", Name: "Verhuizing doorgeven", Unit: "meldingen", MaximumQuantity: 1000, MaximumValue: 100_000_000,
			Suppliers: []fsc.PeerID{maker}, Services: []string{"verhuizing-doorgeven"},
		}},
	}, dossier.RolePurchasingBody)
	w.carry(h, func(*collective.State) bool { return true })
	w.sign(maker, h, deed.Accept, dossier.RoleSupplier)
	w.carry(h, in("live"))
	return h
}

// callOff joins a framework and calls something off that both sign.
func (w *town) callOff(framework deed.Hash) deed.Hash {
	w.t.Helper()
	accession := w.propose(buyer, deed.Draft{
		Type: dossier.TypeAccession, Parents: []deed.Hash{framework}, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: buyer, Role: dossier.RoleBuyer}},
	}, dossier.Accession{Lots: []dossier.Reservation{{Lot: "1", Need: 100, Reserved: 100}}}, dossier.RoleBuyer)
	w.carry(accession, in("effective"))
	h := w.propose(buyer, deed.Draft{
		Type: dossier.TypeCallOff, Parents: []deed.Hash{framework, accession}, Rule: deed.Rule{Kind: deed.RuleAll}, NotAfter: time.Now().Unix() + 365*day,
		Parties: []deed.Party{{PeerID: buyer, Role: dossier.RoleBuyer}, {PeerID: maker, Role: dossier.RoleSupplier}},
	}, dossier.CallOff{Lot: "1", Quantity: 10, Value: 1000, Services: []string{"verhuizing-doorgeven"}}, dossier.RoleBuyer)
	w.carry(h, in("offered"))
	w.sign(maker, h, deed.Accept, dossier.RoleSupplier)
	w.carry(h, in("signed", "allocated"))
	return h
}

// notice is what a receiver got, after it verified the signature.
type notice struct {
	Type, Subject, Source, DataRef string
	verified                       error
}

// receiver is an endpoint over https with a certificate of the Group's authority.
type receiver struct {
	url    string
	mu     sync.Mutex
	secret event.Secret
	status int
	got    chan notice
}

func (w *town) receiver() *receiver {
	w.t.Helper()
	issued, err := w.ca.Issue(localca.Request{PeerID: maker, Name: "Ontvanger", Hosts: []string{"localhost"}})
	fatal(w.t, err)
	pair, err := issued.KeyPair()
	fatal(w.t, err)
	r := &receiver{status: http.StatusNoContent, got: make(chan notice, 100)}
	s := httptest.NewUnstartedServer(r)
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair.TLS()}}
	s.StartTLS()
	w.t.Cleanup(s.Close)
	r.url = strings.Replace(s.URL, "127.0.0.1", "localhost", 1) + "/events"
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, 64<<10))
	r.mu.Lock()
	defer r.mu.Unlock()
	n := notice{verified: errors.Join(err, event.Verify(r.secret, req.Header, body, time.Now()))}
	if err := json.Unmarshal(body, &n, json.MatchCaseInsensitiveNames(true)); err != nil {
		n.verified = err
	}
	w.WriteHeader(r.status)
	r.got <- n
}

func (r *receiver) set(secret event.Secret, status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret, r.status = secret, status
}

// next waits for a notification of a type, past those of others.
func (r *receiver) next(t *testing.T, typ string, of deed.Hash) {
	t.Helper()
	limit := time.After(patience)
	for {
		select {
		case n := <-r.got:
			if n.verified != nil {
				t.Fatalf("the signature of %s: %v", n.Type, n.verified)
			}
			if n.Type == typ && n.Subject == string(of) {
				if n.Source != "urn:nld:oin:"+string(office)+":systeem:collective" || n.DataRef != "/collective-v1/deeds/"+string(of) {
					t.Errorf("%s comes from %s, with %s", typ, n.Source, n.DataRef)
				}
				return
			}
		case <-limit:
			t.Fatalf("no %s", typ)
		}
	}
}

func TestAReceiverLearnsThatACallOffLivesAndEnds(t *testing.T) {
	w := newTown(t)
	r := w.receiver()
	ctx := t.Context()
	made, err := w.api.CreateEventSubscription(ctx, client.NewEventSubscription{URL: r.url, Types: []string{"nl.collective.calloff", "nl.collective.window"}})
	fatal(t, err)
	r.set(event.Secret(made.Secret), http.StatusNoContent)
	framework := w.framework()
	callOff := w.callOff(framework)
	r.next(t, "nl.collective.calloff.live", callOff)

	c, err := w.api.Calendar(ctx, "nl")
	fatal(t, err)
	for _, want := range []string{"Laatste dag: Webdiensten burgerzaken", "loopt over 18 maanden af", "Laatste moment om in te haken"} {
		if !strings.Contains(strings.ReplaceAll(c.Text, "\r\n ", ""), want) {
			t.Errorf("the calendar lacks %q:\n%s", want, c.Text)
		}
	}
	moments, err := w.api.UpcomingMoments(ctx, time.Time{})
	fatal(t, err)
	var kinds []string
	for _, m := range moments {
		kinds = append(kinds, m.Kind)
	}
	if got := strings.Join(kinds, " "); got != "expiring window_closing expiring expiring" || moments[0].Months != 18 || moments[0].Deed != string(framework) {
		t.Errorf("moments %s: %+v", got, moments)
	}

	w.sign(buyer, callOff, deed.Revoke, dossier.RoleBuyer)
	w.carry(callOff, func(s *collective.State) bool { return string(s.State) == "terminated" })
	r.next(t, "nl.collective.calloff.ended", callOff)
}

func TestADeliveryThatIsGivenUpCanBeSeenAndSentAgain(t *testing.T) {
	w := newTown(t)
	r := w.receiver()
	ctx := t.Context()
	made, err := w.api.CreateEventSubscription(ctx, client.NewEventSubscription{URL: r.url, Types: []string{"nl.collective.framework.live"}})
	fatal(t, err)
	r.set(event.Secret(made.Secret), http.StatusUnprocessableEntity)
	framework := w.framework()
	r.next(t, "nl.collective.framework.live", framework)
	sent := w.deliveries(func(d client.EventDelivery) bool { return d.Status == http.StatusUnprocessableEntity })
	if sent.State != "waiting" || sent.Problem != "status" || sent.Host == "" || strings.Contains(sent.Host, "/") {
		t.Errorf("sent %+v", sent)
	}
	r.set(event.Secret(made.Secret), http.StatusNoContent)
	fatal(t, w.api.SendEventAgain(ctx, client.NewEventDelivery{SubscriptionID: made.ID, Number: sent.Number}))
	r.next(t, "nl.collective.framework.live", framework)
	w.deliveries(func(d client.EventDelivery) bool { return d.State == "delivered" })

	fatal(t, w.api.DeleteEventSubscription(ctx, made.ID))
	all, err := w.api.EventSubscriptions(ctx)
	if err != nil || len(all) != 1 || all[0].Ended != "removed" {
		t.Errorf("subscriptions %+v, %v", all, err)
	}
	err = w.api.SendEventAgain(ctx, client.NewEventDelivery{SubscriptionID: made.ID, Number: sent.Number})
	if p, ok := errors.AsType[*client.Problem](err); !ok || p.Status != http.StatusNotFound {
		t.Errorf("sending again to an endpoint that was removed: %v", err)
	}
	_, err = w.api.CreateEventSubscription(ctx, client.NewEventSubscription{URL: "https://10.1.2.3/"})
	if p, ok := errors.AsType[*client.Problem](err); !ok || p.Code != "invalid_input" || p.Errors[0].Pointer != "#/url" {
		t.Errorf("an address inside a network: %v", err)
	}
}

// deliveries waits until the newest delivery is so.
func (w *town) deliveries(is func(client.EventDelivery) bool) client.EventDelivery {
	w.t.Helper()
	for limit := time.Now().Add(patience); ; {
		for d, err := range w.api.EventDeliveries(w.t.Context(), client.EventDeliveryFilter{Limit: 1}) {
			fatal(w.t, err)
			if is(d) {
				return d
			}
			if time.Now().After(limit) {
				w.t.Fatalf("the delivery is %+v", d)
			}
			break
		}
		select {
		case <-w.t.Context().Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}
