// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/exchange"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

const (
	group    = fsc.GroupID("example-group")
	keeper   = fsc.PeerID("00000099000000000001")
	town     = fsc.PeerID("00000099000000000002")
	village  = fsc.PeerID("00000099000000000003")
	founding = deed.Type(110)
	grant    = fsc.GrantHash("$1$4$grant")
	wait     = 10 * time.Second
)

// day is the moment the tests play at.
var day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func clock() time.Time { return day }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// member is an organisation with its key.
type member struct {
	id     fsc.PeerID
	pair   *pki.KeyPair
	signer *deed.Signer
	chain  [][]byte
}

func newMember(t testing.TB, ca *localca.CA, id fsc.PeerID) *member {
	t.Helper()
	issued, err := ca.Issue(localca.Request{PeerID: id, Name: "Organisatie " + string(id), Hosts: []string{"127.0.0.1"}})
	must(t, err)
	pair, err := issued.KeyPair()
	must(t, err)
	m := &member{id: id, pair: pair}
	for _, c := range pair.Chain {
		m.chain = append(m.chain, c.Raw)
	}
	m.signer, err = deed.NewSigner(pair.Key, m.chain[0])
	must(t, err)
	return m
}

func (m *member) leaf() *x509.Certificate { return m.pair.Chain[0] }

// story is a dossier of one deed that the town founds and signs, with its feed.
type story struct {
	keeper, town *member
	content      *deed.Content
	signature    *deed.Signature
	batch        collective.Batch
}

func newStory(t testing.TB) *story {
	t.Helper()
	ca, err := localca.New(day)
	must(t, err)
	s := &story{keeper: newMember(t, ca, keeper), town: newMember(t, ca, town)}
	s.content = draft(t, 1, `{"title":"Verhuizing doorgeven"}`)
	s.signature, err = s.town.signer.Sign(deed.Statement{DeedHash: s.content.Hash(), Act: deed.Accept, Role: "buyer", SignedAt: day.Unix()})
	must(t, err)
	e1, head, err := deed.NewFeed(s.content.Hash()).Append(deed.EntryDeed, s.content.Hash(), day.Unix())
	must(t, err)
	e2, head, err := head.Append(deed.EntrySignature, s.signature.Hash(), day.Unix())
	must(t, err)
	cp, err := s.keeper.signer.Checkpoint(head, day.Unix())
	must(t, err)
	s.batch = collective.Batch{
		Items: []collective.FeedItem{
			{Sequence: 3, Entry: e1, Item: collective.Item{Deed: s.content.Raw()}},
			{Sequence: 7, Entry: e2, Item: collective.Item{JWS: s.signature.JWS, Chain: s.town.chain}},
		},
		Checkpoints: []collective.SignedCheckpoint{{JWS: cp.JWS, Chain: s.keeper.chain}},
	}
	return s
}

func draft(t testing.TB, id byte, body string) *deed.Content {
	t.Helper()
	d := &deed.Draft{
		Type: founding, ID: deed.NewID(day.UnixMilli(), [10]byte{id}), GroupID: group,
		IssuedAt: day.Unix(), NotBefore: day.Unix(), NotAfter: day.AddDate(1, 0, 0).Unix(),
		Parties: []deed.Party{{PeerID: town, Role: "buyer"}, {PeerID: keeper, Role: deed.Secretariat}},
		Rule:    deed.Rule{Kind: deed.RuleOne, Role: "buyer"}, Body: []byte(body),
	}
	c, err := d.Content()
	must(t, err)
	return c
}

// desk keeps what it is given.
type desk struct {
	mu      sync.Mutex
	changed chan struct{}
	from    []fsc.PeerID
	got     []collective.Item
	refuse  error
	batch   collective.Batch
	reads   int
	dossier []byte
	seen    []collective.SignedCheckpoint
	calls   *usage.Tree
	annex   []byte // the town may have it
	savings *collective.Savings
}

func newDesk() *desk { return &desk{changed: make(chan struct{})} }

func (d *desk) Receive(_ context.Context, from fsc.PeerID, it collective.Item) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refuse != nil {
		return d.refuse
	}
	d.from, d.got = append(d.from, from), append(d.got, it)
	return nil
}

// refuseWith makes it refuse all that comes.
func (d *desk) refuseWith(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuse = err
}

// put gives the feed these items and tells everybody.
func (d *desk) put(b collective.Batch) {
	d.mu.Lock()
	d.batch = b
	close(d.changed)
	d.changed = make(chan struct{})
	d.mu.Unlock()
}

func (d *desk) Feed(_ context.Context, _ fsc.PeerID, after int64, most int) (collective.Batch, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads++
	if d.refuse != nil {
		return collective.Batch{}, d.refuse
	}
	var b collective.Batch
	for _, it := range d.batch.Items {
		if it.Sequence > after && len(b.Items) < most {
			b.Items = append(b.Items, it)
		}
	}
	if len(b.Items) > 0 {
		b.Checkpoints = d.batch.Checkpoints
	}
	return b, nil
}

func (d *desk) Changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

func (d *desk) Deed(_ context.Context, h deed.Hash) ([]byte, error) {
	for _, it := range d.batch.Items {
		if it.Entry.Subject == h && it.Item.Deed != nil {
			return it.Item.Deed, nil
		}
	}
	return nil, collective.ErrNotFound
}

func (d *desk) Signatures(ctx context.Context, h deed.Hash) (out []collective.Item, err error) {
	if _, err := d.Deed(ctx, h); err != nil {
		return nil, err
	}
	for _, it := range d.batch.Items {
		if it.Item.Deed == nil {
			out = append(out, it.Item)
		}
	}
	return out, nil
}

func (d *desk) State(ctx context.Context, h deed.Hash) (*collective.State, error) {
	if _, err := d.Deed(ctx, h); err != nil {
		return nil, err
	}
	return &collective.State{
		Deed: h, Dossier: h, Type: founding, State: "proposed", IssuedAt: day.Unix(),
		Parties: []collective.PartyTurn{{Party: deed.Party{PeerID: town, Role: "buyer"}, Turn: true}},
	}, nil
}

func (d *desk) MayRead(context.Context, fsc.PeerID, deed.Hash) (bool, error) { return true, nil }

func (d *desk) DossierFor(context.Context, fsc.PeerID, deed.Hash) ([]byte, error) {
	if d.dossier == nil {
		return nil, collective.ErrNotFound
	}
	return d.dossier, nil
}

func (d *desk) Witness(_ context.Context, _ fsc.PeerID, seen []collective.SignedCheckpoint) ([]collective.SignedCheckpoint, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = append(d.seen, seen...)
	return d.batch.Checkpoints, nil
}

func (d *desk) SavingsFor(_ context.Context, reader fsc.PeerID, _ deed.Hash) (*collective.Savings, error) {
	switch {
	case d.savings == nil:
		return nil, collective.ErrNotFound
	case reader != town:
		return nil, &collective.Refusal{Code: collective.CodeTotals, Detail: "isn't told to others"}
	}
	return d.savings, nil
}

func (d *desk) StatedUsage(_ context.Context, from fsc.PeerID, h deed.Hash, _ usage.Month) (*collective.UsageSide, error) {
	switch {
	case d.calls == nil:
		return nil, collective.ErrNotFound
	case from != town:
		return nil, &collective.Refusal{Code: collective.CodeSide, Detail: "isn't told to others"}
	}
	s := d.calls.Summary()
	return &collective.UsageSide{Deed: h, Count: s.Count, Root: s.Root, ReceivedAt: day.Unix()}, nil
}

func (d *desk) AnswerUsage(ctx context.Context, from fsc.PeerID, h deed.Hash, m usage.Month, q *usage.Question) (*usage.Answer, error) {
	if _, err := d.StatedUsage(ctx, from, h, m); err != nil {
		return nil, err
	}
	return d.calls.Answer(q), nil
}

func (d *desk) AnnexFor(_ context.Context, reader fsc.PeerID, h deed.Hash) (io.ReadCloser, int64, error) {
	if reader != town || d.annex == nil || h != deed.AnnexHash(d.annex) {
		return nil, 0, collective.ErrNotFound
	}
	return io.NopCloser(bytes.NewReader(d.annex)), int64(len(d.annex)), nil
}

func (d *desk) readCount() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.reads
}

// node is a server on a real port, and a client that reaches it.
type node struct {
	t      testing.TB
	desk   *desk
	url    string
	client *exchange.Client
	http   *http.Client
}

// as names the caller in place of a token.
const as = "X-Test-Peer"

func byHeader(r *http.Request) (fsc.PeerID, error) {
	id := fsc.PeerID(r.Header.Get(as))
	if id == "" {
		return "", fsc.Errorf(fsc.CodeAccessTokenMissing, "who are you?")
	}
	return id, nil
}

func start(t testing.TB, change ...func(*exchange.ServerConfig)) *node {
	t.Helper()
	noLeak(t)
	n := &node{t: t, desk: newDesk()}
	cfg := exchange.ServerConfig{Desk: n.desk, Authenticate: byHeader, Now: time.Now, Logger: quiet(), Limits: exchange.Limits{CallsPerSecond: 10_000}}
	for _, c := range change {
		c(&cfg)
	}
	srv := httptest.NewServer(exchange.NewServer(cfg))
	t.Cleanup(srv.Close)
	n.url, n.http = srv.URL, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	t.Cleanup(n.http.CloseIdleConnections)
	n.client = clientOf(srv.URL, &http.Client{Transport: peerHeader{n.http.Transport}})
	return n
}

func clientOf(url string, via *http.Client) *exchange.Client {
	return exchange.NewClient(exchange.ClientConfig{
		HTTP: via, Now: time.Now,
		Outway: func(_ context.Context, peer fsc.PeerID) (string, fsc.GrantHash, error) {
			if peer != keeper {
				return "", "", errors.New("no contract")
			}
			return url, grant, nil
		},
	})
}

// peerHeader says that the town calls.
type peerHeader struct{ next http.RoundTripper }

func (p peerHeader) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set(as, string(town))
	return p.next.RoundTrip(r)
}

// answer is a response that was read whole.
type answer struct {
	status int
	header http.Header
	body   string
}

func (n *node) do(method, path string, body io.Reader, header ...string) answer {
	n.t.Helper()
	a, err := n.try(method, path, body, header...)
	must(n.t, err)
	return a
}

func (n *node) try(method, path string, body io.Reader, header ...string) (answer, error) {
	r, err := http.NewRequestWithContext(n.t.Context(), method, n.url+path, body)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set(as, string(town))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Del(header[i])
		if header[i+1] != "" {
			r.Header.Set(header[i], header[i+1])
		}
	}
	res, err := n.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(raw)}, err
}

func (n *node) want(a answer, status int, code string) {
	n.t.Helper()
	if a.status != status || !strings.Contains(a.body, `"code":"`+code+`"`) || a.header.Get("Content-Type") != "application/problem+json" {
		n.t.Errorf("got %d %s %.300s, want %d %s", a.status, a.header.Get("Content-Type"), a.body, status, code)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually polls until ok or the time is up.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(wait)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("never: " + what)
		}
		<-tick.C
	}
}

// noLeak checks at the end of the test that no goroutine of this package is left.
func noLeak(t testing.TB) {
	t.Helper()
	t.Cleanup(func() {
		eventually(t, "all goroutines of the exchange ended", func() bool {
			buf := make([]byte, 8<<20)
			return !bytes.Contains(buf[:runtime.Stack(buf, true)], []byte("collective/exchange.("))
		})
	})
}
