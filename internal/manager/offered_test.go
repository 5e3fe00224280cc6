// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// serviceCount counts the services that are read from a store.
type serviceCount struct {
	manager.Store
	rows atomic.Int64
}

func (s *serviceCount) Update(ctx context.Context, fn func(manager.Tx) error) error {
	return s.Store.Update(ctx, func(tx manager.Tx) error { return fn(&serviceCountTx{tx, s}) })
}

func (s *serviceCount) View(ctx context.Context, fn func(manager.Tx) error) error {
	return s.Store.View(ctx, func(tx manager.Tx) error { return fn(&serviceCountTx{tx, s}) })
}

type serviceCountTx struct {
	manager.Tx
	count *serviceCount
}

func (t *serviceCountTx) ListServices(ctx context.Context) ([]manager.Service, error) {
	found, err := t.Tx.ListServices(ctx)
	t.count.rows.Add(int64(len(found)))
	return found, err
}

func (t *serviceCountTx) ListServiceChanges(ctx context.Context, after int64) ([]manager.Service, []string, error) {
	changed, gone, err := t.Tx.ListServiceChanges(ctx, after)
	t.count.rows.Add(int64(len(changed) + len(gone)))
	return changed, gone, err
}

func (t *serviceCountTx) FindService(ctx context.Context, name string) (manager.Service, error) {
	t.count.rows.Add(1)
	return t.Tx.FindService(ctx, name)
}

// TestContractsAndChangesReadFewServices has a node with many services and counts those
// that each act reads.
func TestContractsAndChangesReadFewServices(t *testing.T) {
	w, count := newWorld(t), &serviceCount{}
	n := w.node(t, anna, automatic, func(c *manager.Config) { count.Store, c.Store = c.Store, count }).offers(t)
	must(t, count.Store.Update(t.Context(), func(tx manager.Tx) error {
		for i := range 500 {
			if err := tx.PutService(t.Context(), manager.Service{Name: fmt.Sprintf("letters-%d", i), Upstream: "http://letters.test"}); err != nil {
				return err
			}
		}
		return nil
	}))
	reads := func(what string, most int64, act func() error) {
		t.Helper()
		count.rows.Store(0)
		if err := act(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := count.rows.Load(); got == 0 || got > most {
			t.Errorf("%s reads %d services, at most %d", what, got, most)
		}
	}
	bart := w.orgs[bart]
	c := content(t, draft(1, w.connection()))
	reads("a proposal that is signed by a rule", 4, func() error {
		return n.Submit(t.Context(), bart.caller(), bart.message(t, c, fsc.SignatureTypeAccept))
	})
	equal(t, "state", n.find(t, c.Hash()).State(w.clock.Now()), fsc.StateValid)
	reads("a decision", 4, func() error { _, err := n.Decide(t.Context(), c.Hash()); return err })
	reads("a dry run", 4, func() error {
		_, err := n.DryRun(t.Context(), manager.Rule{Role: manager.RoleProvider}, start.AddDate(0, 0, -1))
		return err
	})
	stored := n.find(t, c.Hash())
	reads("the check of an agreement", 1, func() error {
		_, err := n.CheckAgreement(t.Context(), stored, &stored.Content.Grants[0])
		return err
	})
	elsewhere := w.connection()
	elsewhere.Service.Name = "nowhere"
	missing := content(t, draft(2, w.connection(), elsewhere))
	must(t, n.Submit(t.Context(), bart.caller(), bart.message(t, missing, fsc.SignatureTypeAccept)))
	reads("an accept of what isn't offered", 6, func() error {
		if _, err := n.Sign(t.Context(), missing.Hash(), fsc.SignatureTypeAccept); fsc.CodeOf(err) != fsc.CodeContractValidationFailed {
			return fmt.Errorf("signed: %w", err)
		}
		name, err := n.NotOffered(t.Context(), missing)
		equal(t, "not offered", name, "nowhere")
		return err
	})
	_, version, err := n.InwayChanges(t.Context(), "")
	must(t, err)
	must(t, n.DeleteService(t.Context(), "letters-7"))
	must(t, n.PutService(t.Context(), manager.Service{Name: "letters-8", Upstream: "http://elsewhere.test"}))
	reads("what an Inway is told", 2, func() error { _, _, err := n.InwayChanges(t.Context(), version); return err })
}
