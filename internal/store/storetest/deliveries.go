// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

func delivery(kind manager.DeliveryKind, h fsc.ContentHash, to fsc.PeerID, minute int) manager.Delivery {
	at := start().Add(time.Duration(minute) * time.Minute)
	return manager.Delivery{
		ID: manager.DeliveryID(kind, h, to), Kind: kind, ContentHash: h, Target: to,
		Status: manager.DeliveryWaiting, NextAttempt: at, CreatedAt: at,
	}
}

func putDeliveries(t *testing.T, s Stores, ds ...manager.Delivery) {
	t.Helper()
	update(t, s, func(tx manager.Tx) error {
		for _, d := range ds {
			if err := tx.PutDelivery(t.Context(), d); err != nil {
				return err
			}
		}
		return nil
	})
}

func listDeliveries(t *testing.T, s Stores, f manager.DeliveryFilter) (ds []manager.Delivery) {
	t.Helper()
	view(t, s, func(tx manager.Tx) (err error) {
		ds, err = tx.ListDeliveries(t.Context(), f)
		return err
	})
	return ds
}

func deliveries(k check) {
	t, s := k.t, k.stores
	all := []manager.Delivery{
		delivery(manager.DeliverySubmit, "$1$1$a", anna, 0),
		delivery(manager.DeliveryAccept, "$1$1$a", bart, 1),
		delivery(manager.DeliveryAnnounce, "", bart, 2),
		delivery(manager.DeliveryRevoke, "$1$1$b", bart, 3),
	}
	putDeliveries(t, s, all[3], all[1], all[2], all[0])
	equal(t, "oldest first", listDeliveries(t, s, manager.DeliveryFilter{}), all)

	all[1].Status, all[1].DeliveredAt, all[1].Attempts = manager.DeliveryDelivered, start(), 2
	all[3].Status, all[3].LastError, all[3].Attempts = manager.DeliveryFailed, "refused", 7
	putDeliveries(t, s, all[1], all[3])
	for _, c := range []struct {
		name   string
		filter manager.DeliveryFilter
		want   []manager.Delivery
	}{
		{"replaced", manager.DeliveryFilter{}, all},
		{"limit", manager.DeliveryFilter{Limit: 2}, all[:2]},
		{"by contract", manager.DeliveryFilter{ContentHash: "$1$1$a"}, all[:2]},
		{"by target", manager.DeliveryFilter{Target: bart}, all[1:]},
		{"undelivered", manager.DeliveryFilter{Undelivered: true}, []manager.Delivery{all[0], all[2], all[3]}},
		{"together", manager.DeliveryFilter{Target: bart, ContentHash: "$1$1$b", Undelivered: true}, all[3:]},
	} {
		equal(t, c.name, listDeliveries(t, s, c.filter), c.want)
	}
}

func leases(k check) {
	t, s := k.t, k.stores
	const count = 40
	var all []manager.Delivery
	for i := range count {
		all = append(all, delivery(manager.DeliverySubmit, fsc.ContentHash(fmt.Sprintf("$1$1$%02d", i)), bart, -i-1))
	}
	later := delivery(manager.DeliverySubmit, "$1$1$later", bart, 1)
	done := delivery(manager.DeliverySubmit, "$1$1$done", bart, -100)
	done.Status = manager.DeliveryDelivered
	putDeliveries(t, s, append(all, later, done)...)
	lease := func(now time.Time, limit int) (ds []manager.Delivery) {
		update(t, s, func(tx manager.Tx) (err error) {
			ds, err = tx.LeaseDeliveries(t.Context(), now, time.Minute, limit)
			return err
		})
		return ds
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	taken := map[string]int{}
	for range 4 {
		wg.Go(func() {
			for ds := lease(start(), 3); len(ds) > 0; ds = lease(start(), 3) {
				mu.Lock()
				for i, d := range ds {
					taken[d.ID]++
					if !d.NextAttempt.Equal(start().Add(time.Minute)) || len(ds) > 3 || i > 0 && d.CreatedAt.Before(ds[i-1].CreatedAt) {
						t.Errorf("leased %+v in a batch of %d", d, len(ds))
					}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for _, d := range all {
		if taken[d.ID] != 1 {
			t.Errorf("%s was leased %d times", d.ID, taken[d.ID])
		}
	}
	equal(t, "leased", len(taken), count)
	equal(t, "after the lease ended", len(lease(start().Add(time.Minute), 100)), count+1)
	equal(t, "without room", len(lease(start().Add(time.Hour), 0)), 0)
}
