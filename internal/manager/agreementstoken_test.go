// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// counted counts the transactions of a store.
type counted struct {
	manager.Store
	views atomic.Int64
}

func (c *counted) View(ctx context.Context, fn func(manager.Tx) error) error {
	c.views.Add(1)
	return c.Store.View(ctx, fn)
}

func TestATokenForAFreeServiceCostsNoMoreThanBefore(t *testing.T) {
	w := newWorld(t)
	d := &deeds{found: callOff()}
	var store *counted
	n := w.gated(t, d, func(c *manager.Config) {
		store = &counted{Store: c.Store}
		c.Store = store
	})
	bound := content(t, draft(1, under(t, w.connection())))
	equal(t, "signed", n.proposes(t, bound), true)
	must(t, n.RequireAgreement(t.Context(), "persons", false))
	free := content(t, draft(2, w.connection()))
	equal(t, "signed", n.proposes(t, free), true)
	for _, c := range []struct {
		content     *fsc.Content
		views, asks int
	}{{free, 2, 0}, {bound, 2, 1}} {
		d.set(func(d *deeds) { d.asked = 0 })
		store.views.Store(0)
		n.token(t, w.orgs[bart].request(c.content))
		equal(t, "views", int(store.views.Load()), c.views)
		equal(t, "asked", d.asked, c.asks)
	}
}
