// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"errors"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

func rulesAreKept(k check) {
	t, s := k.t, k.stores
	full := manager.StoredRule{
		ID: "b", Name: "Alle gemeenten", Enabled: true, CreatedAt: start(), Origin: manager.OriginStored,
		Rule: manager.Rule{
			Role: manager.RoleProvider, Services: []string{"persons"}, Providers: []fsc.PeerID{anna}, Consumers: []fsc.PeerID{bart, carla},
			Delegators: []fsc.PeerID{dirk}, MaxValidity: 36*time.Hour + 1, AllowOtherProperties: true,
			Properties: map[string][]byte{"purpose": []byte(`"tax"`), "level": []byte(`{"a":[1.50]}`)},
		},
	}
	least := manager.StoredRule{ID: "a", Name: "Uit", CreatedAt: start().Add(1000), Origin: manager.OriginStored, Rule: manager.Rule{Role: manager.RoleConsumer}}
	change := full
	change.Name, change.Enabled, change.CreatedAt = "Anders", false, start().AddDate(1, 0, 0)
	changed := change
	changed.CreatedAt = full.CreatedAt
	for _, step := range []struct {
		name string
		do   func(manager.Tx) error
		want []manager.StoredRule
	}{
		{"none", func(manager.Tx) error { return nil }, nil},
		{"two, oldest first", func(tx manager.Tx) error {
			return errors.Join(tx.PutRule(t.Context(), least), tx.PutRule(t.Context(), full))
		}, []manager.StoredRule{full, least}},
		{"changed", func(tx manager.Tx) error { return tx.PutRule(t.Context(), change) }, []manager.StoredRule{changed, least}},
		{"deleted", func(tx manager.Tx) error {
			if err := tx.DeleteRule(t.Context(), "none"); !errors.Is(err, manager.ErrNotFound) {
				t.Errorf("got %v, want ErrNotFound", err)
			}
			return tx.DeleteRule(t.Context(), full.ID)
		}, []manager.StoredRule{least}},
	} {
		update(t, s, step.do)
		view(t, s, func(tx manager.Tx) error {
			got, err := tx.ListRules(t.Context())
			equal(t, step.name, got, step.want)
			return err
		})
	}
}

func routesAreKept(k check) {
	t, s := k.t, k.stores
	full := manager.Route{
		ID: "a", Host: "brp.example", PathPrefix: "/v2", StripPrefix: true, ServicePeerID: anna, Service: "persons",
		Delegator: carla, ServiceDelegator: dirk, CreatedAt: start(), Origin: manager.OriginStored,
	}
	least := manager.Route{ID: "b", PathPrefix: "/v2", ServicePeerID: bart, Service: "letters", CreatedAt: start(), Origin: manager.OriginStored}
	changed := full
	changed.Host, changed.StripPrefix = "personen.example", false
	taken := full
	taken.ID = "c"
	for _, step := range []struct {
		name string
		do   func(manager.Tx) error
		want []manager.Route
	}{
		{"none", func(manager.Tx) error { return nil }, nil},
		{"two, by host", func(tx manager.Tx) error {
			return errors.Join(tx.PutRoute(t.Context(), full), tx.PutRoute(t.Context(), least))
		}, []manager.Route{least, full}},
		{"changed", func(tx manager.Tx) error {
			later := changed
			later.CreatedAt = start().AddDate(1, 0, 0)
			return tx.PutRoute(t.Context(), later)
		}, []manager.Route{least, changed}},
		{"deleted", func(tx manager.Tx) error {
			if err := tx.DeleteRoute(t.Context(), "none"); !errors.Is(err, manager.ErrNotFound) {
				t.Errorf("got %v, want ErrNotFound", err)
			}
			return tx.DeleteRoute(t.Context(), least.ID)
		}, []manager.Route{changed}},
	} {
		update(t, s, step.do)
		view(t, s, func(tx manager.Tx) error {
			got, err := tx.ListRoutes(t.Context())
			equal(t, step.name, got, step.want)
			return err
		})
	}
	update(t, s, func(tx manager.Tx) error { return tx.PutRoute(t.Context(), full) })
	if err := s.Manager.Update(t.Context(), func(tx manager.Tx) error { return tx.PutRoute(t.Context(), taken) }); err == nil {
		t.Error("two routes have one host and prefix")
	}
}
