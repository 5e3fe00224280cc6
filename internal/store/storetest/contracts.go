// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

func contractComesBack(k check) {
	t, s := k.t, k.stores
	g := delegatedConnection(carla, anna, "persons")
	g.Properties = []byte(`{"b": [1.50, "é"],  "a": null}`)
	two := accepted(t, draft(1, g, connection(bart, anna, "persons")))
	one := draft(2, connection(carla, anna, "persons"))
	one.Profile = fsc.ProfileV1
	for _, want := range []*manager.Contract{two, accepted(t, one)} {
		put(t, s, want)
		for i := range want.Content.Grants {
			view(t, s, func(tx manager.Tx) error {
				got, err := tx.FindContractByGrant(t.Context(), want.Content.Grants[i].Hash)
				equal(t, "contract by grant", got, want)
				return err
			})
		}
		equal(t, "contract", find(t, s, want.Content.Hash()), want)
	}
}

func nothingIsFound(k check) {
	t, s := k.t, k.stores
	put(t, s, accepted(t, draft(1, connection(bart, anna, "persons"))))
	update(t, s, func(tx manager.Tx) error {
		_, byHash := tx.FindContract(t.Context(), "$1$1$none")
		_, byGrant := tx.FindContractByGrant(t.Context(), "$1$2$none")
		_, signing := tx.PutSignature(t.Context(), "$1$1$none", signature(anna, fsc.SignatureTypeAccept, start()))
		deleting := tx.DeleteService(t.Context(), "none")
		for i, err := range []error{byHash, byGrant, signing, deleting} {
			if !errors.Is(err, manager.ErrNotFound) {
				t.Errorf("case %d: got %v, want ErrNotFound", i, err)
			}
		}
		return nil
	})
	if cs := list(t, s, manager.ContractFilter{Party: "somebody else"}); len(cs) != 0 {
		t.Errorf("got contracts %v", hashes(cs))
	}
}

func putAgain(k check) {
	t, s := k.t, k.stores
	want := accepted(t, draft(1, connection(bart, anna, "persons")))
	put(t, s, want, want)
	put(t, s, &manager.Contract{Content: want.Content, StoredAt: start().Add(time.Hour)})
	equal(t, "contract", find(t, s, want.Content.Hash()), want)

	// A signature that comes with known content is kept as well.
	reject := signature(bart, fsc.SignatureTypeReject, start())
	put(t, s, &manager.Contract{Content: want.Content, StoredAt: start(), Signatures: []manager.Signature{reject}})
	got, ok := find(t, s, want.Content.Hash()).Signature(bart, fsc.SignatureTypeReject)
	if !ok {
		t.Fatal("the signature is gone")
	}
	equal(t, "signature", got, reject)
}

func ivInUse(k check) {
	t, s := k.t, k.stores
	first := accepted(t, draft(1, connection(bart, anna, "persons")))
	second := accepted(t, draft(1, connection(carla, anna, "persons")))
	put(t, s, first)
	err := s.Manager.Update(t.Context(), func(tx manager.Tx) error { return tx.PutContract(t.Context(), second) })
	if !errors.Is(err, manager.ErrIVInUse) {
		t.Errorf("got %v, want ErrIVInUse", err)
	}
	equal(t, "contracts", hashes(list(t, s, manager.ContractFilter{})), hashes([]*manager.Contract{first}))
}

func laterSignature(k check) {
	t, s := k.t, k.stores
	c := &manager.Contract{Content: content(t, draft(1, connection(bart, anna, "persons"))), StoredAt: start()}
	put(t, s, c)
	first := signature(bart, fsc.SignatureTypeAccept, start())
	later := signature(bart, fsc.SignatureTypeAccept, start().Add(time.Microsecond))
	later.Chain, later.CertificateNotAfter = [][]byte{[]byte("another key")}, later.CertificateNotAfter.AddDate(1, 0, 0)
	forged := later
	forged.JWS = "of the same moment"
	for _, step := range []struct {
		name    string
		put     manager.Signature
		changed bool
		want    manager.Signature
	}{
		{"a new one is stored", first, true, first},
		{"the same one changes nothing", first, false, first},
		{"a later one replaces it", later, true, later},
		{"one of the same moment doesn't", forged, false, later},
		{"an older one doesn't", first, false, later},
	} {
		update(t, s, func(tx manager.Tx) error {
			changed, err := tx.PutSignature(t.Context(), c.Content.Hash(), step.put)
			if changed != step.changed {
				t.Errorf("%s: changed is %v", step.name, changed)
			}
			return err
		})
		equal(t, step.name, find(t, s, c.Content.Hash()).Signatures, []manager.Signature{step.want})
	}
	revoke := signature(bart, fsc.SignatureTypeRevoke, start())
	revoke.Chain = nil
	update(t, s, func(tx manager.Tx) error {
		_, err := tx.PutSignature(t.Context(), c.Content.Hash(), revoke)
		return err
	})
	equal(t, "other types stay", find(t, s, c.Content.Hash()).Signatures, []manager.Signature{later, revoke})
}

func rollback(k check) {
	t, s := k.t, k.stores
	c := accepted(t, draft(1, connection(bart, anna, "persons")))
	stop := errors.New("stop")
	writeAll := func(tx manager.Tx) error {
		return errors.Join(tx.PutContract(t.Context(), c), tx.PutPeer(t.Context(), fsc.Peer{ID: anna}),
			tx.PutService(t.Context(), manager.Service{Name: "persons"}), tx.PutDelivery(t.Context(), manager.Delivery{ID: "x"}))
	}
	err := s.Manager.Update(t.Context(), func(tx manager.Tx) error {
		if err := writeAll(tx); err != nil {
			t.Error(err)
		}
		if _, err := tx.FindContract(t.Context(), c.Content.Hash()); err != nil {
			t.Errorf("a transaction doesn't see what it wrote: %v", err)
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("got %v, want the error of the function", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = s.Manager.Update(t.Context(), func(tx manager.Tx) error {
			_ = writeAll(tx)
			panic("stop")
		})
	}()
	view(t, s, func(tx manager.Tx) error {
		cs, err1 := tx.ListContracts(t.Context(), manager.ContractFilter{})
		ps, err2 := tx.ListPeers(t.Context(), manager.PeerFilter{})
		ss, err3 := tx.ListServices(t.Context())
		ds, err4 := tx.ListDeliveries(t.Context(), manager.DeliveryFilter{})
		if n := len(cs) + len(ps) + len(ss) + len(ds); n != 0 {
			t.Errorf("%d things were left", n)
		}
		return errors.Join(err1, err2, err3, err4)
	})
}

func viewCanNotWrite(k check) {
	t, s := k.t, k.stores
	err := s.Manager.View(t.Context(), func(tx manager.Tx) error {
		return tx.PutService(t.Context(), manager.Service{Name: "persons"})
	})
	if err == nil {
		t.Error("writing in a view succeeded")
	}
}

func concurrentWriters(k check) {
	t, s := k.t, k.stores
	const writers, each = 8, 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				c := accepted(t, draft(w*each+i, connection(bart, anna, "persons")))
				err := s.Manager.Update(t.Context(), func(tx manager.Tx) error {
					// Reading first shows lost updates: each adds one to the same row.
					ds, err := tx.ListDeliveries(t.Context(), manager.DeliveryFilter{})
					if err != nil {
						return err
					}
					count := manager.Delivery{ID: "count"}
					if len(ds) > 0 {
						count = ds[0]
					}
					count.Attempts++
					return errors.Join(tx.PutContract(t.Context(), c), tx.PutDelivery(t.Context(), count))
				})
				if err != nil {
					t.Error(err)
				}
				if _, err := readWhileWriting(t, s, c.Content.Hash()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	equal(t, "contracts", len(list(t, s, manager.ContractFilter{})), writers*each)
	view(t, s, func(tx manager.Tx) error {
		ds, err := tx.ListDeliveries(t.Context(), manager.DeliveryFilter{})
		if err == nil && (len(ds) != 1 || ds[0].Attempts != writers*each) {
			err = fmt.Errorf("the count is %+v, want %d", ds, writers*each)
		}
		return err
	})
}

func readWhileWriting(t *testing.T, s Stores, h fsc.ContentHash) (c *manager.Contract, err error) {
	t.Helper()
	err = s.Manager.View(t.Context(), func(tx manager.Tx) (err error) {
		c, err = tx.FindContract(t.Context(), h)
		return err
	})
	return c, err
}
