// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/node"
)

// maxCut is how long after the end of a call-off the provider's Manager may still
// give a token for it.
const maxCut = 5 * time.Second

// endCallOff has a municipality end its call-off. It gives how long the supplier's
// Manager still gave tokens for it: a new one is asked for again and again with
// the key of the municipality's Outway. It fails if that is too long, or if the
// contracts aren't revoked.
func (f *federation) endCallOff(ctx context.Context, m *member, c *chapter) (time.Duration, error) {
	callOff, there, err := f.callOff(ctx, m)
	if err != nil {
		return 0, err
	}
	if !there {
		return 0, notNow("there is no call-off that is live")
	}
	contracts, grant, err := f.linked(ctx, m)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	err = f.releasing(ctx, m, "calloff.end", func(ctx context.Context) (string, error) {
		return string(callOff), m.desk().Sign(ctx, callOff, collective.Act{Act: deed.Revoke, Role: dossier.RoleBuyer})
	})
	if err != nil {
		return 0, fmt.Errorf("%s ends its call-off: %w", m.name, err)
	}
	c.add("call_off", string(callOff))
	if grant == "" {
		err := awaitDeed(ctx, f.supplier, callOff, collective.CallOffState, collective.WordTerminated)
		return time.Since(began), err
	}
	silent, err := f.awaitSilence(ctx, m, grant, began)
	if err != nil {
		return 0, err
	}
	c.add("silent", fmt.Sprintf("%d ms", silent.Milliseconds()))
	for _, h := range contracts {
		c.add("contract", string(h))
		if err := awaitState(ctx, h, fsc.StateRevoked, m, f.supplier); err != nil {
			return 0, err
		}
	}
	return silent, nil
}

// linked gives the contracts of a municipality on the web services, and a grant
// for which the supplier's Manager gives a token now; empty without one.
func (f *federation) linked(ctx context.Context, m *member) (all []fsc.ContentHash, grant fsc.GrantHash, err error) {
	for _, service := range webServices() {
		h, there, err := f.contractFor(ctx, m, f.supplier, service, "")
		if err != nil {
			return nil, "", err
		}
		if !there {
			continue
		}
		all = append(all, h)
		if grant, err = f.grantIn(ctx, m, h); err != nil {
			return nil, "", err
		}
	}
	if grant == "" {
		return all, "", nil
	}
	if err := f.token(ctx, m, grant); err != nil {
		return nil, "", fmt.Errorf("%s gives no token before the end: %w", f.supplier.name, err)
	}
	return all, grant, nil
}

// awaitSilence asks for tokens until there is none, and gives how long that took.
func (f *federation) awaitSilence(ctx context.Context, m *member, grant fsc.GrantHash, began time.Time) (time.Duration, error) {
	err := poll(ctx, func() (bool, error) {
		err := f.token(ctx, m, grant)
		if err != nil && fsc.CodeOf(err) != fsc.CodeAccessTokenUnavailable {
			return false, err
		}
		return err != nil, nil
	})
	silent := time.Since(began)
	if err == nil && silent > maxCut {
		err = fmt.Errorf("%s gave tokens for %s after the end, and may for %s", f.supplier.name, silent, maxCut)
	}
	return silent, err
}

// token asks the supplier's Manager for a token, as the Outway of a member would.
func (f *federation) token(ctx context.Context, m *member, grant fsc.GrantHash) error {
	cfg := *m.cfg
	cfg.Manager.Address, cfg.Group.TLSMinVersion = m.self.ManagerAddress, "1.3"
	_, _, err := node.FetchToken(ctx, &cfg, node.Options{Logger: slog.New(slog.DiscardHandler), Now: f.now}, f.supplier.self, grant)
	return err
}

// grantIn gives the one grant of a contract.
func (f *federation) grantIn(ctx context.Context, m *member, h fsc.ContentHash) (fsc.GrantHash, error) {
	c, err := m.client.ShowContract(ctx, h)
	if err != nil {
		return "", err
	}
	grants, err := grantsOf(c)
	if err != nil {
		return "", err
	}
	if len(grants) != 1 {
		return "", errors.New("the contract has more than one grant")
	}
	return grants[0].Hash, nil
}
