// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

func deedDelivery(n int, at time.Time) collective.Delivery {
	h := deed.Hash(fmt.Sprintf("$1$110$%02d", n))
	return collective.Delivery{ID: string(anna) + " " + string(h), Peer: anna, Subject: h, NextAt: at}
}

func deedDeliveries(k check) {
	t, s := k.t, k.stores
	one, two, three := deedDelivery(1, start()), deedDelivery(2, start()), deedDelivery(3, start())
	act(t, s, func(tx collective.Tx) error {
		return errors.Join(tx.PutDelivery(t.Context(), &three), tx.PutDelivery(t.Context(), &one), tx.PutDelivery(t.Context(), &two))
	})
	two.Attempts, two.NextAt, two.Problem, two.Refused = 3, start().Add(time.Hour), "won't have it", true
	act(t, s, func(tx collective.Tx) error {
		return errors.Join(tx.PutDelivery(t.Context(), &two), tx.DeleteDelivery(t.Context(), three.ID), tx.DeleteDelivery(t.Context(), "none"))
	})
	look(t, s, func(tx collective.Tx) error {
		all, err := tx.ListDeliveries(t.Context())
		equal(t, "deliveries", all, []collective.Delivery{one, two})
		return err
	})
}

func deedLeases(k check) {
	t, s := k.t, k.stores
	const count = 30
	later, refused := deedDelivery(50, start().Add(time.Second)), deedDelivery(51, start())
	refused.Refused = true
	act(t, s, func(tx collective.Tx) error {
		err := errors.Join(tx.PutDelivery(t.Context(), &later), tx.PutDelivery(t.Context(), &refused))
		for n := range count {
			d := deedDelivery(n, start().Add(time.Duration(-n)*time.Second))
			err = errors.Join(err, tx.PutDelivery(t.Context(), &d))
		}
		return err
	})
	lease := func(now time.Time, most int) (ds []collective.Delivery) {
		act(t, s, func(tx collective.Tx) (err error) {
			ds, err = tx.LeaseDeliveries(t.Context(), now, time.Minute, most)
			return err
		})
		return ds
	}
	first := lease(start(), 2)
	var leased []collective.Delivery
	for n := range 2 {
		leased = append(leased, deedDelivery(n, start().Add(time.Minute)))
	}
	equal(t, "first", first, leased)
	var mu sync.Mutex
	var wg sync.WaitGroup
	taken := map[string]int{first[0].ID: 1, first[1].ID: 1}
	for range 4 {
		wg.Go(func() {
			for ds := lease(start(), 3); len(ds) > 0; ds = lease(start(), 3) {
				mu.Lock()
				for i, d := range ds {
					taken[d.ID]++
					if len(ds) > 3 || i > 0 && d.ID <= ds[i-1].ID {
						t.Errorf("leased %+v in a batch of %d", d, len(ds))
					}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for n := range count {
		if id := deedDelivery(n, start()).ID; taken[id] != 1 {
			t.Errorf("%s was leased %d times", id, taken[id])
		}
	}
	equal(t, "leased", len(taken), count)
	equal(t, "after the lease ended", len(lease(start().Add(time.Minute), 100)), count+1)
	equal(t, "without room", len(lease(start().Add(time.Hour), 0)), 0)
}
