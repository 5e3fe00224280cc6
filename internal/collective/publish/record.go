// SPDX-License-Identifier: EUPL-1.2

package publish

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ocds"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/pki"
)

// Fresh is how long an answer may be given again. What is public changes by the
// day, and anybody may ask as often as they like.
const Fresh = time.Minute

// ErrNotFound is returned for what isn't there or isn't public; who asks can't
// tell the one from the other.
var ErrNotFound = errors.New("not in the public record")

// Config is what a Record is made of. All fields are required unless noted.
type Config struct {
	Desk     *collective.Desk
	Register *register.Register
	// Identity tells where certificates of the Group keep names; the zero value is
	// right for Dutch ones.
	Identity pki.IdentityRule
	// Self publishes.
	Self fsc.Peer
	// Prefix is the one that the publisher has registered for OCDS, as ocds-213czf;
	// empty: there is no open data.
	Prefix string
	// Base is the address under which the record is read, as
	// https://samenspel.example.nl; empty: packages are named by the publisher alone.
	Base   string
	Now    func() time.Time
	Logger *slog.Logger
}

// Record gives what is public. It is safe for concurrent use. Make one with [New].
type Record struct {
	cfg      Config
	standard *ocds.Standard

	mu   sync.Mutex // held while the record is made anew, so that it is made once
	last *edition
}

// edition is the record as it was at a moment. It doesn't change.
type edition struct {
	made       time.Time
	frameworks []*Framework // newest first
	releases   []ocds.Release
}

var prefixForm = regexp.MustCompile(`^ocds-[a-z0-9]{6}$`)

// ValidPrefix tells whether a prefix for OCDS has the form of one: ocds- and six
// characters.
func ValidPrefix(prefix string) bool { return prefixForm.MatchString(prefix) }

// New makes a Record.
func New(cfg Config) (*Record, error) {
	if cfg.Desk == nil || cfg.Register == nil || cfg.Now == nil || cfg.Logger == nil || cfg.Self.ID == "" {
		return nil, errors.New("publish: Desk, Register, Self, Now and Logger are required")
	}
	if cfg.Prefix != "" && !ValidPrefix(cfg.Prefix) {
		return nil, errors.New("publish: a prefix for OCDS looks like ocds-213czf")
	}
	standard, err := ocds.Load()
	if err != nil {
		return nil, err
	}
	return &Record{cfg: cfg, standard: standard}, nil
}

// Public tells whether deeds of a type are public as a whole (design, 3.2). An
// accession and a call-off are not: who joined and who ordered is public, but
// their deeds also hold what a buyer needs and pays.
func Public(t deed.Type) bool {
	return slices.Contains([]deed.Type{
		dossier.TypeFramework, dossier.TypeConfirmation, dossier.TypeChange,
		dossier.TypeOrganization, dossier.TypeGroup, dossier.TypeMembership, dossier.TypeProcess,
	}, t)
}

// Kept is a kind of fact that isn't public. Programs choose texts by it.
type Kept string

// The kinds.
const (
	KeptPrices   Kept = "prices"   // and the value of a call-off: agreed between a buyer and a supplier
	KeptNeeds    Kept = "needs"    // what one buyer reserved and expects; lots have the totals
	KeptMandates Kept = "mandates" // who may sign in an organisation
	KeptBindings Kept = "bindings" // which connections run under a call-off
	KeptUsage    Kept = "usage"    // how much one buyer used
)

// Withheld lists what isn't public, in the order to show.
func Withheld() []Kept {
	return []Kept{KeptPrices, KeptNeeds, KeptMandates, KeptBindings, KeptUsage}
}

// edition gives the record, made anew if it isn't fresh.
func (r *Record) edition(ctx context.Context) (*edition, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.cfg.Now()
	if r.last != nil && !now.Before(r.last.made) && now.Sub(r.last.made) < Fresh {
		return r.last, nil
	}
	states, err := r.cfg.Desk.States(ctx, collective.StateFilter{Types: []deed.Type{dossier.TypeFramework}})
	if err != nil {
		return nil, err
	}
	e := &edition{made: now}
	for i := range states {
		if !publicFramework(collective.FrameworkState(rule.Status{State: states[i].State, Overlays: states[i].Overlays})) {
			continue
		}
		s, err := r.source(ctx, states[i].Deed, states[i].Dossier)
		if err != nil {
			return nil, err
		}
		f := s.framework()
		e.frameworks = append(e.frameworks, f)
		if r.cfg.Prefix != "" {
			f.OCID = r.ocid(f.Hash)
			e.releases = append(e.releases, r.releases(ctx, s, f)...)
		}
	}
	sortReleases(e.releases)
	r.last = e
	return e, nil
}

// publicFramework tells whether a framework in this state was ever concluded.
func publicFramework(w collective.Word) bool {
	return slices.Contains([]collective.Word{
		collective.WordPlanned, collective.WordAsserted, collective.WordLive, collective.WordSuspended,
		collective.WordExhausted, collective.WordExpired, collective.WordTerminated, collective.WordAnnulled,
	}, w)
}

// Frameworks lists the frameworks that were concluded, newest first.
func (r *Record) Frameworks(ctx context.Context) ([]*Framework, error) {
	e, err := r.edition(ctx)
	if err != nil {
		return nil, err
	}
	return e.frameworks, nil
}

// Framework gives one; [ErrNotFound].
func (r *Record) Framework(ctx context.Context, h deed.Hash) (*Framework, error) {
	e, err := r.edition(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range e.frameworks {
		if f.Hash == h {
			return f, nil
		}
	}
	return nil, ErrNotFound
}
