// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// Question asks why calls don't get through. Service or GrantHash is required;
// Code alone is answered by [FindCode].
type Question struct {
	// Direction is outgoing when we call (the default) and incoming when another
	// Peer calls us.
	Direction txlog.Direction
	Service   string
	// Peer is the other side. It may be left out when only one Peer offers the
	// service, or when GrantHash is set.
	Peer      fsc.PeerID
	GrantHash fsc.GrantHash
	// Code is the error code that the caller got, if any.
	Code fsc.ErrorCode
}

// Explanation is the answer: steps in the order in which a call needs them.
type Explanation struct {
	// Question as it was understood: what could be derived is filled in.
	Question
	Self, Other fsc.Peer
	Code        *CodeInfo // nil without a known code
	Steps       []Step
	// Contract that calls go under; empty if there is none.
	Contract fsc.ContentHash
	// Refusals are calls refused since the start of this node in this direction,
	// whatever their service.
	Refusals []Refusal
	// Look is what a look along the way found; nil if there was none.
	Look *Look
}

// Step is one thing that has to be right.
type Step struct {
	Name   StepName
	State  StepState
	Reason Reason
	// Turn says who can mend it. Peers are the others whose turn it is.
	Turn  Turn
	Peers []fsc.Peer
	Facts StepFacts
}

// StepFacts are what a step found, for the words that tell it; zero means that
// there is no such fact.
type StepFacts struct {
	Contract   fsc.ContentHash
	At         time.Time
	Days       int
	Thumbprint string
	Took       time.Duration
	Apart      time.Duration
	Count      int
	Part       string // of the health of this node
	// Detail is what a program said, in English; others may have written it.
	Detail string
	// Transaction is the call that was looked at.
	Transaction string
	// Address is the host and port that was looked at.
	Address string
	// Found is the Peer that a certificate names.
	Found fsc.Peer
}

// remoteTime is how long others may take to answer while a person waits.
const remoteTime = 5 * time.Second

// inquiry is one explanation in the making.
type inquiry struct {
	c        *Controller
	now      time.Time
	actor    operator.Actor
	out      *Explanation
	contract *manager.Contract
	grant    *fsc.Grant
}

// Explain looks at everything a call needs and tells what is right, what isn't,
// and whose turn it is. It asks the other Manager whether it is there.
func (c *Controller) Explain(ctx context.Context, a operator.Actor, q Question) (*Explanation, error) {
	i, err := c.inquire(ctx, a, q)
	if err != nil {
		return nil, err
	}
	return i.out, nil
}

func (c *Controller) inquire(ctx context.Context, a operator.Actor, q Question) (*inquiry, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	i := &inquiry{c: c, now: c.cfg.Now(), actor: a, out: &Explanation{Question: q, Self: c.Self()}}
	if info, ok := FindCode(q.Code); ok {
		i.out.Code = &info
	}
	if err := i.resolve(ctx); err != nil {
		return nil, err
	}
	steps, err := i.ask(ctx)
	if err != nil {
		return nil, err
	}
	i.out.Steps = steps
	component := "outway"
	if i.incoming() {
		component = "inway"
	}
	for _, r := range c.cfg.Refusals() {
		if r.Component == component {
			i.out.Refusals = append(i.out.Refusals, r)
		}
	}
	return i, nil
}

// ask runs the steps that wait for others beside each other and puts all in
// order.
func (i *inquiry) ask(ctx context.Context) ([]Step, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*remoteTime)
	defer cancel()
	var published Step
	var reached, calls []Step
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { published = i.published(gctx); return nil })
	g.Go(func() error { reached = i.reach(gctx); return nil })
	g.Go(func() (err error) { calls, err = i.calls(gctx); return err })
	local, err := i.local(ctx)
	if err := errors.Join(err, g.Wait()); err != nil {
		return nil, err
	}
	var steps []Step
	for _, s := range local {
		if s.Name == StepContract {
			steps = append(steps, published)
		}
		steps = append(steps, s)
	}
	steps = append(steps, reached...)
	if i.incoming() {
		steps = append(steps, i.limits())
	}
	steps = append(steps, calls...)
	return append(steps, i.healthy()...), nil
}

// local are the steps that need nobody else: the service, the contract, its
// messages, the key and our certificate.
func (i *inquiry) local(ctx context.Context) ([]Step, error) {
	var steps []Step
	if i.incoming() {
		s, err := i.offered(ctx)
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	steps = append(steps, i.agreed())
	if i.incoming() {
		s, err := i.covered(ctx)
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	s, err := i.delivered(ctx)
	if err != nil {
		return nil, err
	}
	steps = append(steps, s)
	if !i.incoming() {
		steps = append(steps, i.key())
	}
	return append(steps, i.ownCertificate()), nil
}

func (i *inquiry) incoming() bool { return i.out.Direction == txlog.DirectionIncoming }

// FirstProblem gives the first step that isn't well, or nil.
func (e *Explanation) FirstProblem() *Step { return firstProblem(e.Steps) }

func firstProblem(steps []Step) *Step {
	n := slices.IndexFunc(steps, func(s Step) bool { return s.State == StepNotOK })
	if n < 0 {
		return nil
	}
	return &steps[n]
}
