// SPDX-License-Identifier: EUPL-1.2

package restapi_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

// verifier trusts the key that seal signs with.
func (a *api) verifier() *evidence.Verifier {
	a.t.Helper()
	ca, err := localca.New(a.clock.Now())
	must(a.t, err)
	trusted, err := pki.LoadAnchors(ca.AnchorPEM())
	must(a.t, err)
	a.ca = ca
	return &evidence.Verifier{Peer: anna, Group: group, Anchors: evidence.Anchors{Trusted: func() *pki.Anchors { return trusted }}}
}

// seal signs what is in the log.
func (a *api) seal() {
	a.t.Helper()
	issued, err := a.ca.Issue(localca.Request{PeerID: anna, Name: "Gemeente Anna"})
	must(a.t, err)
	pair, err := issued.KeyPair()
	must(a.t, err)
	signer, err := fsc.NewStatementSigner(pair.Key, pair.Leaf().Raw, evidence.Typ)
	must(a.t, err)
	var chain [][]byte
	for _, c := range pair.Chain {
		chain = append(chain, c.Raw)
	}
	_, err = evidence.NewKeeper(evidence.KeeperConfig{
		Self: anna, Group: group, Store: a.store.Log(), Records: 1, Every: time.Hour, Now: a.clock.Now, Logger: slog.New(slog.DiscardHandler),
		Signer: func() (*fsc.StatementSigner, [][]byte, error) { return signer, chain, nil },
	}).Seal(a.t.Context(), true)
	must(a.t, err)
}

func TestTheLogIsCheckedAndExportedWithItsCheckpoints(t *testing.T) {
	a := newAPI(t)
	recs := a.records(3)
	a.seal()
	p := into[client.Page[client.LogCheckpoint]](a.ask("auditor", get, "/v1/transaction-checkpoints", "").want(200))
	if len(p.Items) != 1 || p.Items[0].Last != 3 || p.Items[0].At.IsZero() || len(p.Items[0].Certificates) == 0 || p.Next != "" {
		t.Errorf("got %+v", p)
	}
	c := into[client.LogCheck](a.ask("auditor", post, "/v1/transaction-checks", "{}").want(200))
	if !c.Sound || c.Records != 3 || c.Checkpoints != 1 || c.PeerID != anna || c.Signed != 3 {
		t.Errorf("got %+v", c)
	}
	lines := string(a.ask("auditor", post, "/v1/transaction-evidence-exports", "").want(200).body)
	f, err := evidence.Open(strings.NewReader(lines))
	must(t, err)
	if n := strings.Count(lines, "\n"); f.PeerID != anna || n != 5 || !strings.Contains(lines, recs[0].TransactionID) {
		t.Errorf("%d lines of %s: %s", n, f.PeerID, lines)
	}
	for _, path := range []string{"transaction-checks", "transaction-evidence-exports"} {
		a.ask("reader", post, "/v1/"+path, "{}").problem(403, "forbidden")
	}
	a.ask("reader", get, "/v1/transaction-checkpoints", "").problem(403, "forbidden")
}

// withoutLast is a log of which somebody removed the last record.
type withoutLast struct{ controller.Evidence }

func (w withoutLast) Linked(ctx context.Context, after int64, limit int) ([]txlog.Linked, error) {
	all, err := w.Evidence.Linked(ctx, after, limit)
	return all[:max(len(all)-1, 0)], err
}

func TestACheckSaysWhichRecordDoesNotHold(t *testing.T) {
	a := newAPI(t, func(o *options) {
		o.act = func(c *controller.Config) { c.Evidence = withoutLast{c.Evidence} }
	})
	a.records(3)
	c := into[client.LogCheck](a.ask("auditor", post, "/v1/transaction-checks", "{}").want(200))
	if c.Sound || c.Problem == nil || c.Problem.Kind != "missing" || c.Problem.Sequence != 3 || !strings.Contains(c.Problem.Text, "record 3: missing") {
		t.Errorf("got %+v", c.Problem)
	}
}
