// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// ReloadInterval is how often files are normally looked at.
const ReloadInterval = 5 * time.Second

// Config is what decisions of one component follow from. Component, Self, GroupID
// and Log are required.
type Config struct {
	Component Component
	// Self is this Peer.
	Self    fsc.PeerID
	GroupID fsc.GroupID
	// Services that rules and decision point are about; empty is all. Operations
	// that a grant names hold for every service.
	Services []string
	// Rules and PDP are asked in this order; nil has no opinion.
	Rules *Rules
	PDP   *PDP
	// Log keeps the decisions; LeaveOutPaths keeps paths out of it.
	Log           *Log
	LeaveOutPaths bool
	// EveryRefusal gives each refusal a record, also those that would be counted.
	EveryRefusal bool
	// Observer is told of decisions; nil hears nothing.
	Observer Observer
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Logger hears of files that can't be read again; nil is silence.
	Logger *slog.Logger
}

// Observer is told of decisions, for metrics. Its methods are called concurrently
// and must be fast.
type Observer interface {
	// Decided tells how it went: "allowed", "denied" or "unavailable".
	Decided(outcome string, took time.Duration)
}

// Policy decides about calls of one component. It is safe for concurrent use.
type Policy struct {
	cfg    Config
	rights rightsOf
	tally  tally
	told   string // what was said last of the token file; for [Policy.Run] only
}

// New makes a Policy.
func New(cfg Config) *Policy {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Policy{cfg: cfg}
}

// governs tells whether rules or a decision point are about a service.
func (p *Policy) governs(service string) bool {
	return (p.cfg.Rules != nil || p.cfg.PDP != nil) && (len(p.cfg.Services) == 0 || slices.Contains(p.cfg.Services, service))
}

// Decide returns nil for a call that may go on, after its decision was recorded.
// A refusal is [fsc.CodeAccessDenied]; what can't be decided or recorded now is
// [fsc.CodePolicyUnavailable]. Their details are for the caller and don't tell
// what the rules are; the cause is for our own log.
func (p *Policy) Decide(ctx context.Context, c *Call) error {
	c.component, c.groupID = p.cfg.Component, p.cfg.GroupID
	var r *rights
	if len(c.Properties) > 0 {
		r = p.rights.grant(c.GrantHash, c.Properties)
	}
	governed := p.governs(c.Service)
	if r == nil && !governed {
		return nil
	}
	began, s := p.cfg.Now(), newSpan(c.Traceparent)
	d := p.decide(ctx, c, r, governed, s)
	if err := p.record(&d, c, s, began); err != nil {
		d = decision{reason: ReasonUnavailable, cause: err}
	}
	if p.cfg.Observer != nil {
		p.cfg.Observer.Decided(d.outcome(), p.cfg.Now().Sub(began))
	}
	return p.verdict(&d)
}

// record makes a decision durable. Of a Peer that is refused again and again the
// first of each minute are, and the others counted.
func (p *Policy) record(d *decision, c *Call, s span, began time.Time) error {
	to := p.cfg.Log.permits
	if !d.allow {
		to = p.cfg.Log.refusals
	}
	if !d.allow && !p.cfg.EveryRefusal {
		own, over := p.tally.take(c.Consumer, d.reason, began)
		if over != nil {
			p.count(over)
		}
		if !own {
			return nil
		}
	}
	line, err := d.line(c, s, began, p.cfg.Self, !p.cfg.LeaveOutPaths)
	if err != nil {
		return err
	}
	return to.write(line)
}

// count writes down how many refusals had no record each; what can't be written is
// kept for the next time.
func (p *Policy) count(r *refusals) {
	line, err := r.line(p.cfg.Component, p.cfg.Self)
	if err == nil {
		err = p.cfg.Log.refusals.write(line)
	}
	if err != nil { // the health of the log tells
		p.tally.back(r)
	}
}

// settle counts the refusals of windows that are over, or of all.
func (p *Policy) settle(all bool) {
	for _, r := range p.tally.ended(p.cfg.Now(), all) {
		p.count(r)
	}
}

// decide asks in turn what can refuse; the first refusal is the decision.
func (p *Policy) decide(ctx context.Context, c *Call, r *rights, governed bool, s span) (d decision) {
	path, err := splitPath(c.Path)
	switch {
	case err != nil:
		d.reason = ReasonPath
	case c.overridden:
		d.reason = ReasonDisguise
	case !r.allow(c.Method, path):
		d.reason = ReasonOperation
	}
	if d.reason == "" && governed && p.cfg.Rules != nil {
		set := p.cfg.Rules.current.Load()
		d.rules = set.version
		if d.allow, d.rule = set.decide(c, path); !d.allow {
			d.reason = ReasonRule
		}
	}
	if d.reason == "" && governed && p.cfg.PDP != nil {
		d.pdp = p.cfg.PDP.cfg.Endpoint
		allow, cached, err := p.cfg.PDP.evaluate(ctx, c, s)
		d.cached = cached
		switch {
		case err != nil:
			d.reason, d.cause = ReasonUnavailable, err
		case !allow:
			d.reason = ReasonPDP
		}
	}
	d.allow = d.reason == ""
	return d
}

func (d *decision) outcome() string {
	switch {
	case d.allow:
		return "allowed"
	case d.reason == ReasonUnavailable:
		return "unavailable"
	}
	return "denied"
}

// verdict says a decision to the caller: what happened and whose turn it is.
func (p *Policy) verdict(d *decision) error {
	whose := "the Peer that offers the service"
	if p.cfg.Component == Outway {
		whose = "the organisation of this Outway"
	}
	switch d.reason {
	case "":
		return nil
	case ReasonPath:
		return fsc.Errorf(fsc.CodeAccessDenied, "the path can be read in more than one way; send it without dot segments, double slashes, "+
			"semicolons, backslashes and encoded slashes")
	case ReasonDisguise:
		return fsc.Errorf(fsc.CodeAccessDenied, "a header asks for another method or path than the request; send the request itself")
	case ReasonOperation:
		return fsc.Errorf(fsc.CodeAccessDenied, "the contract gives no right to this method and path; propose one that does to the Peer that offers the service")
	case ReasonUnavailable:
		e := fsc.Errorf(fsc.CodePolicyUnavailable, "%s can't decide about calls now, so this one was refused; try again later, or tell it", whose)
		e.Cause = d.cause
		return e
	case ReasonRule, ReasonPDP:
	}
	return fsc.Errorf(fsc.CodeAccessDenied, "%s doesn't allow this call; ask there which calls it allows", whose)
}

// Run follows the files and writes down what was counted, until ctx ends.
func (p *Policy) Run(ctx context.Context) {
	tick := time.NewTicker(ReloadInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			p.settle(true)
			if p.cfg.PDP != nil {
				p.cfg.PDP.close()
			}
			return
		case <-tick.C:
			p.settle(false)
			p.reload()
		}
	}
}

func (p *Policy) reload() {
	if p.cfg.Rules != nil {
		_ = p.cfg.Rules.Reload() // it has told the log
	}
	if p.cfg.PDP == nil {
		return
	}
	text := ""
	if err := p.cfg.PDP.reload(); err != nil {
		text = err.Error()
	}
	if text != "" && text != p.told {
		p.cfg.Logger.Error("token for the decision point not reloaded; the old one stays", "error", text)
	}
	p.told = text
}

// Stats are figures since the start.
type Stats struct {
	// Asked counts questions to the decision point, Cached those that needed none.
	Asked, Cached uint64
	// BreakerOpen tells that the decision point isn't asked now, RulesFailing that the
	// file with rules can't be used as it is.
	BreakerOpen, RulesFailing bool
}

// Stats gives figures for metrics.
func (p *Policy) Stats() (s Stats) {
	if p.cfg.PDP != nil {
		s.Asked, s.Cached, s.BreakerOpen = p.cfg.PDP.asked.Load(), p.cfg.PDP.hits.Load(), p.cfg.PDP.breaker.open()
	}
	if p.cfg.Rules != nil {
		s.RulesFailing = p.cfg.Rules.Failing()
	}
	return s
}
