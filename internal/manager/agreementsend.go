// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/samenspel/samenspel/fsc"
)

// maxCallOff is the most bytes a hash of a call-off can have.
const maxCallOff = 256

// CallOffOf gives the hash of the call-off that a connection grant names in
// [AgreementProperty], or empty. It looks at nothing else of the property: whether
// that is well-formed is for [Agreements] to tell.
func CallOffOf(g *fsc.Grant) string {
	if !g.Type.IsConnection() {
		return ""
	}
	reference, _ := fsc.Property(g.Properties, AgreementProperty)
	value, _ := fsc.Property(reference, "call_off")
	var callOff string
	if json.Unmarshal(value, &callOff) != nil || len(callOff) > maxCallOff {
		return ""
	}
	return callOff
}

// agreementBatch is how many contracts of a call-off are looked at in one go.
const agreementBatch = 200

// ContractsOfAgreement lists the contracts in which a connection grant names the
// call-off with this hash, oldest first, also those that have ended.
func (m *Manager) ContractsOfAgreement(ctx context.Context, callOff string) (all []*Contract, err error) {
	if callOff == "" {
		return nil, fsc.Errorf(fsc.CodeInvalidRequest, "name a call-off by its hash")
	}
	f := ContractFilter{CallOff: callOff, Ascending: true, Limit: agreementBatch}
	for {
		page, err := m.ListContracts(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < agreementBatch {
			return all, nil
		}
		last := page[len(page)-1].Content
		f.After = &ContractKey{CreatedAt: last.CreatedAt, ContentHash: last.Hash()}
	}
}

// EndAgreement ends, in the name of this Peer, each contract of which it is a
// party and in which a grant names the call-off with this hash: what is still
// proposed is rejected, the rest revoked. It tells how many that were now;
// contracts that have ended are left as they are, so that it can be repeated. One
// that fails doesn't keep the others; the error joins what went wrong.
func (m *Manager) EndAgreement(ctx context.Context, callOff string) (revoked int, err error) {
	contracts, err := m.ContractsOfAgreement(ctx, callOff)
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, c := range contracts {
		if !c.Content.HasParty(m.cfg.Self.ID) || ended(c.State(m.cfg.Now())) {
			continue
		}
		done, err := m.end(ctx, c.Content.Hash())
		if err != nil {
			failed = append(failed, err)
		}
		if done {
			revoked++
		}
	}
	return revoked, errors.Join(failed...)
}

// end rejects or revokes a contract, as its state at that moment asks.
func (m *Manager) end(ctx context.Context, h fsc.ContentHash) (done bool, err error) {
	err = m.update(ctx, func(tx Tx) error {
		done = false
		c, err := tx.FindContract(ctx, h)
		if err != nil {
			return err
		}
		state := c.State(m.cfg.Now())
		if ended(state) {
			return nil
		}
		done = true
		if state == fsc.StateProposed {
			return m.sign(ctx, tx, c, fsc.SignatureTypeReject)
		}
		return m.sign(ctx, tx, c, fsc.SignatureTypeRevoke)
	})
	return done && err == nil, err
}

// ReconsiderAgreement has the rules decide again on proposals that wait for this
// Peer and name the call-off: for when its deeds have come in, or can be read
// again. It tells how many contracts were signed.
func (m *Manager) ReconsiderAgreement(ctx context.Context, callOff string) (signed int, err error) {
	contracts, err := m.ContractsOfAgreement(ctx, callOff)
	if err != nil {
		return 0, err
	}
	for _, c := range contracts {
		if c.State(m.cfg.Now()) != fsc.StateProposed {
			continue
		}
		refused, err := m.refused(ctx, c.Content)
		if err != nil {
			return signed, err
		}
		if refused[c.Content.Hash()] != nil {
			continue
		}
		n, err := m.reconsider(ctx, c.Content.Hash())
		if err != nil {
			return signed, err
		}
		signed += n
	}
	return signed, nil
}

func (m *Manager) reconsider(ctx context.Context, h fsc.ContentHash) (signed int, err error) {
	has := func(tx Tx) (bool, error) {
		c, err := tx.FindContract(ctx, h)
		if err != nil {
			return false, err
		}
		_, accepted := c.Signature(m.cfg.Self.ID, fsc.SignatureTypeAccept)
		return accepted, nil
	}
	err = m.update(ctx, func(tx Tx) error {
		signed = 0
		before, err := has(tx)
		if err != nil {
			return err
		}
		if err := m.answer(ctx, tx, h, nil); err != nil {
			return err
		}
		after, err := has(tx)
		if after && !before {
			signed = 1
		}
		return err
	})
	return signed, err
}
