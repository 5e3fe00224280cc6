// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// AgreementCoverage tells what requiring an agreement means for a service.
type AgreementCoverage struct {
	// Contracts are valid now and let somebody call the service; Without of them
	// have no live agreement behind them, so that they get no token once the
	// service requires one.
	Contracts, Without int
}

// AgreementCoverage counts the contracts on an own service with and without an
// agreement.
func (c *Controller) AgreementCoverage(ctx context.Context, a operator.Actor, name string) (AgreementCoverage, error) {
	if _, err := c.OfferedService(ctx, a, name); err != nil {
		return AgreementCoverage{}, err
	}
	contracts, without, err := c.cfg.Manager.AgreementCoverage(ctx, name)
	return AgreementCoverage{Contracts: contracts, Without: without}, err
}

// RequireAgreement says whether an own service is open only under an agreement.
// It holds from the next accept and the next token.
func (c *Controller) RequireAgreement(ctx context.Context, a operator.Actor, name string, required bool) error {
	before, err := c.ownService(ctx, name)
	if err != nil {
		return err
	}
	e := operator.Event{Act: "service.agreement", Object: name, Changes: differences(
		"requires_agreement", strconv.FormatBool(before.RequiresAgreement), strconv.FormatBool(required))}
	return c.act(ctx, a, operator.PermissionManage, e, func() error {
		if before.Name == "" {
			return notFound("there is no service of that name")
		}
		return c.cfg.Manager.RequireAgreement(ctx, name, required)
	})
}

// ofAgreement makes a refusal for lack of an agreement one that may be told to
// who acted, with the field of the contract and the code of the reason.
func ofAgreement(err error) error {
	if e, ok := errors.AsType[*manager.AgreementError](err); ok {
		return &operator.Error{Kind: operator.KindConflict, Field: e.Field, Text: e.Text()}
	}
	return err
}

// AgreementReason gives the reason at the beginning of what a Manager says of an
// agreement: the code, a colon and words (docs/extensions/agreement-reference.md).
// It is empty for other texts.
func AgreementReason(text string) Reason {
	code, _, _ := strings.Cut(text, ":")
	if r := Reason(code); slices.Contains(agreementReasons(), r) {
		return r
	}
	return ""
}

func agreementReasons() []Reason {
	return []Reason{
		ReasonAgreementMissing, ReasonAgreementMalformed, ReasonAgreementUnknown, ReasonAgreementEnded, ReasonAgreementOther,
		ReasonAgreementParty, ReasonAgreementService, ReasonAgreementValidity, ReasonAgreementAway,
	}
}

// covered tells whether our Manager gives a token for the grant as far as its
// agreement goes.
func (i *inquiry) covered(ctx context.Context) (Step, error) {
	s := Step{Name: StepAgreement, State: StepUnknown, Reason: ReasonNotChecked}
	if i.grant == nil {
		return s, nil
	}
	refused, err := i.c.cfg.Manager.CheckAgreement(ctx, i.contract, i.grant)
	switch {
	case err != nil:
		return s, err
	case refused == nil:
		s.State, s.Reason = StepOK, ""
	default:
		s.State, s.Reason, s.Facts.Detail = StepNotOK, cmp.Or(AgreementReason(refused.Text()), ReasonAgreementAway), refused.Text()
		s.Turn, s.Peers = i.agreementTurn(s.Reason)
	}
	return s, nil
}

// agreementTurn says who can mend a contract without an agreement: who connects
// proposes it anew, both sign deeds, and the provider has to be able to read them.
func (i *inquiry) agreementTurn(r Reason) (Turn, []fsc.Peer) {
	consumer, provider := TurnUs, TurnThem
	if i.incoming() {
		consumer, provider = TurnThem, TurnUs
	}
	turn := consumer
	switch r {
	case ReasonAgreementUnknown, ReasonAgreementEnded:
		turn = TurnBoth
	case ReasonAgreementAway:
		turn = provider
	default:
	}
	if turn == TurnUs {
		return turn, nil
	}
	return turn, []fsc.Peer{i.out.Other}
}
