// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/samenspel/samenspel/fsc"
)

// AgreementProperty is the name of the grant property that tells under which
// agreement a connection is made (docs/extensions/agreement-reference.md).
const AgreementProperty = "collective.connection.agreement_reference"

// Agreements tells whether an agreement stands behind a connection grant on one
// of our services. Its refusals have a method Refused that gives a code, which
// begins with agreement_, and a text for the parties of the contract; any other
// error counts as a refusal as well, and its text stays here.
//
// It is never called within a transaction of the Store.
type Agreements interface {
	// Accept tells whether a contract with the grant may be accepted now; required
	// is whether the service is open only under an agreement.
	Accept(ctx context.Context, g *fsc.Grant, v fsc.Validity, required bool) error
	// Token tells whether a token may be issued on the grant now.
	Token(ctx context.Context, g *fsc.Grant, v fsc.Validity, required bool) error
}

// agreementAway is the code for an agreement that can't be checked now.
const agreementAway = "agreement_away"

// AgreementError says that no agreement stands behind a grant. It unwraps to an
// [fsc.Error] with [fsc.CodeContractValidationFailed].
type AgreementError struct {
	// Field is that of the contract: grants[0].properties.
	Field string
	// Service is the name of our service, CallOff the hash that the grant names;
	// empty if it names none.
	Service, CallOff string
	// Reason is a code as in the extension: agreement_missing.
	Reason string
	// Detail tells the parties why, and whose turn it is.
	Detail string
}

// Text gives code, detail and call-off, for the parties of the contract.
func (e *AgreementError) Text() string {
	text := e.Reason + ": " + e.Detail
	if e.CallOff != "" {
		text += " (call-off " + e.CallOff + ")"
	}
	return text
}

// Error gives the field and the text.
func (e *AgreementError) Error() string { return e.Field + " " + e.Text() }

// Unwrap gives the error as other Peers and programs know it.
func (e *AgreementError) Unwrap() error {
	return fsc.Errorf(fsc.CodeContractValidationFailed, "%s", e.Error())
}

// refusals are contracts that may not be accepted, and why.
type refusals map[fsc.ContentHash]*AgreementError

// refused asks for each contract whether all it opens of ours is covered. Services
// that aren't offered here are left to others.
func (m *Manager) refused(ctx context.Context, contents ...*fsc.Content) (refusals, error) {
	if !slices.ContainsFunc(contents, func(c *fsc.Content) bool { return slices.ContainsFunc(c.Grants, m.isOurs) }) {
		return nil, nil
	}
	services, err := m.viewOffered(ctx, contents...)
	if err != nil {
		return nil, err
	}
	out := refusals{}
	for _, c := range contents {
		for i := range c.Grants {
			g := &c.Grants[i]
			if !m.isOurs(*g) || out[c.Hash()] != nil {
				continue
			}
			r, err := m.covered(ctx, Agreements.Accept, g, c.Validity, services.requires(g.Service.Name))
			if err != nil {
				return nil, err
			}
			if r != nil {
				r.Field = fmt.Sprintf("grants[%d].properties", i)
				out[c.Hash()] = r
			}
		}
	}
	return out, nil
}

// isOurs tells whether a grant opens a service of this Peer.
func (m *Manager) isOurs(g fsc.Grant) bool {
	return g.Type.IsConnection() && g.Service.PeerID == m.cfg.Self.ID
}

// refusedAccept tells whether a first accept of ours is refused. An accept that
// is repeated since its certificate was replaced is no new decision: what it
// stands for ends at the token, or with the contract.
func (m *Manager) refusedAccept(ctx context.Context, h fsc.ContentHash, t fsc.SignatureType) (refusals, error) {
	if t != fsc.SignatureTypeAccept {
		return nil, nil
	}
	c, err := m.FindContract(ctx, h)
	if err != nil {
		return nil, err
	}
	if _, accepted := c.Signature(m.cfg.Self.ID, t); accepted {
		return nil, nil
	}
	return m.refused(ctx, c.Content)
}

// coverage is one of the questions of [Agreements].
type coverage func(Agreements, context.Context, *fsc.Grant, fsc.Validity, bool) error

// covered asks one question about a grant on a service of ours; nil means that
// nothing is against it. The error is that of ctx.
func (m *Manager) covered(ctx context.Context, ask coverage, g *fsc.Grant, v fsc.Validity, required bool) (*AgreementError, error) {
	e := &AgreementError{Service: g.Service.Name, CallOff: CallOffOf(g), Reason: agreementAway}
	if m.cfg.Agreements == nil {
		if required {
			e.Detail = "the service is open only under an agreement, and this provider doesn't check agreements; it has to mend that"
			return e, nil
		}
		return nil, nil
	}
	err := ask(m.cfg.Agreements, ctx, g, v, required)
	if err == nil {
		return nil, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	refusal, known := errors.AsType[interface {
		error
		Refused() (code, detail string)
	}](err)
	if known {
		e.Reason, e.Detail = refusal.Refused()
	} else {
		e.Detail = "the agreement can't be checked at the moment; try again later"
	}
	if e.Reason == agreementAway {
		m.cfg.Logger.Warn("agreement can't be checked", "service", e.Service, "grant_hash", g.Hash, "error", err)
	}
	return e, nil
}

// tokenCovered refuses a token without an agreement where one is needed.
func (m *Manager) tokenCovered(ctx context.Context, g *fsc.Grant, v fsc.Validity, required bool) error {
	refused, err := m.covered(ctx, Agreements.Token, g, v, required)
	if refused != nil {
		return fsc.NewTokenError(fsc.TokenInvalidGrant, refused.Text())
	}
	return err
}

// CheckAgreement tells whether a token for a grant on a service of ours would be
// refused now for lack of an agreement, and why; nil means that it wouldn't.
func (m *Manager) CheckAgreement(ctx context.Context, c *Contract, g *fsc.Grant) (*AgreementError, error) {
	services, err := m.viewOffered(ctx, c.Content)
	if err != nil {
		return nil, err
	}
	return m.covered(ctx, Agreements.Token, g, c.Content.Validity, services.requires(g.Service.Name))
}

// RequireAgreement says whether an own service is open only under an agreement.
// It holds from the next accept and the next token. A service that isn't offered
// gives [fsc.CodeNotFound].
func (m *Manager) RequireAgreement(ctx context.Context, name string, required bool) error {
	err := m.update(ctx, func(tx Tx) error { return tx.RequireAgreement(ctx, name, required) })
	if errors.Is(err, ErrNotFound) {
		return fsc.Errorf(fsc.CodeNotFound, "service %q is not offered here", name)
	}
	return err
}

// AgreementCoverage counts the contracts that are valid now and let somebody call
// an own service, and those of them that would get no token if the service
// required an agreement.
func (m *Manager) AgreementCoverage(ctx context.Context, service string) (contracts, without int, err error) {
	var last fsc.ContentHash
	refusedLast := false
	for page, err := range m.UserPages(ctx, service) {
		if err != nil {
			return 0, 0, err
		}
		for _, u := range page {
			if h := u.Contract.Content.Hash(); h != last {
				last, refusedLast = h, false
				contracts++
			}
			refused, err := m.covered(ctx, Agreements.Token, u.Grant, u.Contract.Content.Validity, true)
			if err != nil {
				return 0, 0, err
			}
			if refused != nil && !refusedLast {
				refusedLast = true
				without++
			}
		}
	}
	return contracts, without, nil
}
