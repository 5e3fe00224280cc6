// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"errors"

	"github.com/samenspel/samenspel/fsc"
)

// offered are services of ours by name; nil for one that isn't offered.
type offered map[string]*Service

// FindService gives a service that this Peer offers, or [ErrNotFound].
func (m *Manager) FindService(ctx context.Context, name string) (s Service, err error) {
	err = m.cfg.Store.View(ctx, func(tx Tx) error {
		s, err = tx.FindService(ctx, name)
		return err
	})
	return s, err
}

// NotOffered gives the name of a service that a contract wants of this Peer and that
// isn't offered; empty if there is none.
func (m *Manager) NotOffered(ctx context.Context, c *fsc.Content) (string, error) {
	services, err := m.viewOffered(ctx, c)
	return m.notOffered(c, services), err
}

func (m *Manager) viewOffered(ctx context.Context, contents ...*fsc.Content) (found offered, err error) {
	err = m.cfg.Store.View(ctx, func(tx Tx) error {
		found, err = m.findOffered(ctx, tx, contents...)
		return err
	})
	return found, err
}

// findOffered looks up the services of ours that contracts name. What it costs doesn't
// depend on how many there are.
func (m *Manager) findOffered(ctx context.Context, tx Tx, contents ...*fsc.Content) (offered, error) {
	found := offered{}
	for _, c := range contents {
		for i := range c.Grants {
			name := c.Grants[i].Service.Name
			if _, asked := found[name]; asked || !m.isOurs(c.Grants[i]) {
				continue
			}
			s, err := tx.FindService(ctx, name)
			switch {
			case errors.Is(err, ErrNotFound):
				found[name] = nil
			case err != nil:
				return nil, err
			default:
				found[name] = &s
			}
		}
	}
	return found, nil
}

// requires tells whether a service is open only under an agreement.
func (o offered) requires(name string) bool { return o[name] != nil && o[name].RequiresAgreement }

// offersAll checks that we offer the services we are asked to open.
func (m *Manager) offersAll(ctx context.Context, tx Tx, c *fsc.Content) error {
	services, err := m.findOffered(ctx, tx, c)
	if err != nil {
		return err
	}
	if name := m.notOffered(c, services); name != "" {
		return fsc.Errorf(fsc.CodeContractValidationFailed, "service %q is not offered here; add it before accepting", name)
	}
	return nil
}

// notOffered gives a service we are asked to open but isn't among those we offer.
func (m *Manager) notOffered(c *fsc.Content, services offered) string {
	for i := range c.Grants {
		if g := &c.Grants[i]; m.isOurs(*g) && services[g.Service.Name] == nil {
			return g.Service.Name
		}
	}
	return ""
}
