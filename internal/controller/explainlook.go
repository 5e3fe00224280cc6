// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/operator"
)

// Scout goes the way that a call goes, without making a call. It connects to no
// address but those of known Managers, of verified tokens and of the own Inway.
type Scout interface {
	// Token has the Outway get a token of the grant and gives what it says. An
	// [fsc.Error] with [fsc.CodeUnknownGrantHashInHeader] tells that the Outway
	// can't use the grant and nobody was asked; a wrapped [fsc.TokenError] is what
	// the provider's Manager said.
	Token(ctx context.Context, g fsc.GrantHash) (SeenToken, error)
	// Manager goes to the Manager of a Peer.
	Manager(ctx context.Context, p fsc.PeerID) Way
	// Inway goes to the Inway that a token names; to the own one if t is zero.
	Inway(ctx context.Context, p fsc.PeerID, t SeenToken) Way
}

// SeenToken is what matters of an access token. The token itself stays where it
// was checked.
type SeenToken struct {
	Expires time.Time
	// Inway is the address it names, https with host and port.
	Inway string
}

// Way is how far a connection to a door of a Peer came.
type Way struct {
	Address string // host and port
	// Reached is how many of the four parts went well, in order: the name, the
	// connection, TLS and the identity. Reason tells why the next one didn't.
	Reached int
	Reason  Reason
	Detail  string
	// Took is the time of name, connection, and TLS with identity.
	Took [3]time.Duration
	// Certificate is what it showed; zero if it came to none. Found is the Peer
	// that the certificate names.
	Certificate Certificate
	Found       fsc.Peer
}

// Look is what was found along the way of a call.
type Look struct {
	At    time.Time
	Steps []Step
}

// FirstProblem gives the first step that isn't well, or nil.
func (l *Look) FirstProblem() *Step { return firstProblem(l.Steps) }

// lookTime is how long a whole look may take.
const lookTime = 20 * time.Second

// Look explains as [Controller.Explain] does, and then goes the way of a call:
// it connects to the other Manager, has the Outway get a token, and connects to
// the Inway that the token names. For calls of others it goes to the other
// Manager and the own Inway. Nobody can look often, and each look is in the audit
// trail.
func (c *Controller) Look(ctx context.Context, a operator.Actor, q Question) (*Explanation, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	if wait := c.looks.pass(a.Account, c.cfg.Now()); wait > 0 {
		return nil, &operator.Error{Kind: operator.KindTooMany, Text: "there were many looks shortly after each other", RetryAfter: wait}
	}
	i, err := c.inquire(ctx, a, q)
	if err != nil {
		return nil, err
	}
	e := operator.Event{Act: "explain.look", Object: string(i.out.Other.ID) + "/" + i.out.Service}
	err = c.act(ctx, a, operator.PermissionRead, e, func() error {
		ctx, cancel := context.WithTimeout(ctx, lookTime)
		defer cancel()
		i.out.Look = &Look{At: i.now, Steps: i.look(ctx)}
		return nil
	})
	return i.out, err
}

// parts are the steps of the way to one door.
type parts [4]StepName

func (i *inquiry) look(ctx context.Context) []Step {
	managerParts := parts{StepManagerName, StepManagerConnection, StepManagerTLS, StepManagerIdentity}
	inwayParts := parts{StepInwayName, StepInwayConnection, StepInwayTLS, StepInwayIdentity}
	steps := i.way(managerParts, i.c.cfg.Scout.Manager(ctx, i.out.Other.ID), i.out.Other)
	if i.incoming() {
		return append(steps, i.way(inwayParts, i.c.cfg.Scout.Inway(ctx, i.out.Self.ID, SeenToken{}), i.out.Self)...)
	}
	step, token := i.token(ctx)
	steps = append(steps, step)
	if token.Inway == "" {
		for _, name := range inwayParts {
			steps = append(steps, Step{Name: name, State: StepUnknown, Reason: ReasonNotAsked})
		}
		return steps
	}
	return append(steps, i.way(inwayParts, i.c.cfg.Scout.Inway(ctx, i.out.Other.ID, token), i.out.Other)...)
}

// token asks for one under the grant.
func (i *inquiry) token(ctx context.Context) (Step, SeenToken) {
	s := Step{Name: StepToken, State: StepUnknown, Reason: ReasonNoContract}
	switch {
	case i.grant == nil:
		return s, SeenToken{}
	case len(i.c.cfg.Outways()) == 0:
		s.Reason = ReasonNoOutway
		return s, SeenToken{}
	}
	token, err := i.c.cfg.Scout.Token(ctx, i.grant.Hash)
	switch {
	case err == nil:
		s.State, s.Reason, s.Facts = StepOK, "", StepFacts{At: token.Expires, Address: token.Inway}
	case fsc.CodeOf(err) == fsc.CodeUnknownGrantHashInHeader:
		s.State, s.Reason, s.Turn, s.Facts.Detail = StepNotOK, ReasonGrantUnusable, TurnUs, err.Error()
	case refusedAgreement(err) != "":
		s.State, s.Reason, s.Facts.Detail = StepNotOK, refusedAgreement(err), err.Error()
		s.Turn, s.Peers = i.agreementTurn(s.Reason)
	default:
		i.c.cfg.Logger.Info("no token for a look", "peer_id", i.out.Other.ID, "error", err)
		s.State, s.Reason, s.Turn, s.Facts.Detail = StepNotOK, ReasonNoToken, TurnBoth, err.Error()
		s.Peers = []fsc.Peer{i.out.Other}
	}
	return s, token
}

// refusedAgreement gives the reason for which a provider gave no token, if that
// is the agreement behind the grant.
func refusedAgreement(err error) Reason {
	if e, ok := errors.AsType[*fsc.TokenError](err); ok && e.Code == fsc.TokenInvalidGrant {
		return AgreementReason(e.Description)
	}
	return ""
}

// way makes steps of how far a connection came.
func (i *inquiry) way(names parts, w Way, to fsc.Peer) []Step {
	steps := make([]Step, 0, len(names))
	for n, name := range names {
		s := Step{Name: name, State: StepOK, Facts: StepFacts{Address: w.Address}}
		switch {
		case n > w.Reached:
			s = Step{Name: name, State: StepUnknown, Reason: ReasonNotAsked}
		case n == w.Reached:
			s.State, s.Reason, s.Facts.Detail = StepNotOK, w.Reason, w.Detail
			s.Turn, s.Peers = i.lookTurn(w.Reason, to)
		}
		if n < len(w.Took) && n <= w.Reached {
			s.Facts.Took = w.Took[n]
		}
		steps = append(steps, s)
	}
	last := &steps[len(steps)-1]
	if w.Certificate.NotAfter.IsZero() {
		return steps
	}
	last.Facts.Found, last.Facts.Thumbprint, last.Facts.At = w.Found, w.Certificate.Thumbprint, w.Certificate.NotAfter
	if last.State == StepOK {
		seen := i.certificate(last.Name, w.Certificate, TurnThem)
		last.State, last.Reason, last.Facts.Days = seen.State, seen.Reason, seen.Facts.Days
		if seen.Turn != "" {
			last.Turn, last.Peers = i.lookTurn(seen.Reason, to)
		}
	}
	return steps
}

// lookTurn says who can mend what a look found at a door of a Peer.
func (i *inquiry) lookTurn(r Reason, to fsc.Peer) (Turn, []fsc.Peer) {
	if to.ID == i.out.Self.ID {
		return TurnUs, nil
	}
	theirs := []Reason{
		ReasonOtherName, ReasonOtherGroup, ReasonOtherPeer, ReasonNoTLS, ReasonNoAddress,
		ReasonCertificateEnded, ReasonCertificateEnds, ReasonCertificateFuture,
	}
	if slices.Contains(theirs, r) {
		return TurnThem, []fsc.Peer{to}
	}
	return TurnBoth, []fsc.Peer{to}
}

// turnstile limits how often each account looks.
type turnstile struct {
	mu       sync.Mutex
	accounts map[operator.AccountID]*rate.Limiter
}

// Each look may follow the one before after lookEvery; a few may come at once.
const (
	lookEvery    = 5 * time.Second
	looksAtOnce  = 4
	maxLookerIDs = 1000
)

func newTurnstile() *turnstile { return &turnstile{accounts: map[operator.AccountID]*rate.Limiter{}} }

// pass gives how long to wait; zero lets through.
func (t *turnstile) pass(id operator.AccountID, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.accounts[id]
	if l == nil {
		if len(t.accounts) >= maxLookerIDs { // accounts are few; this only bounds memory
			clear(t.accounts)
		}
		l = rate.NewLimiter(rate.Every(lookEvery), looksAtOnce)
		t.accounts[id] = l
	}
	if l.AllowN(now, 1) {
		return 0
	}
	return lookEvery
}
