// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/annex"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
)

// Config is what a Desk is made of. All fields are required unless noted.
type Config struct {
	Self      fsc.PeerID
	Group     fsc.GroupID
	Store     Store
	Keys      Keys
	Authority deed.Authority
	Table     *rule.Table
	// Remote reaches other Peers; nil: none.
	Remote Remote
	// Follow are the keepers whose dossiers are followed; may be empty.
	Follow []fsc.PeerID
	// Neighbours lists the Peers with whom checkpoints are compared; nil: none.
	Neighbours func(ctx context.Context) []fsc.PeerID
	// Founder tells whether a Peer may found dossiers that are kept here; nil:
	// every Peer of the Group.
	Founder func(fsc.PeerID) bool
	// Calls is the own transaction log, of which usage is stated; nil: none is.
	Calls Calls
	// Partner asks the other side of a call-off about usage; nil: nobody is asked.
	Partner Partner
	// Annexes keeps the bytes of annexes; nil: none are kept here.
	Annexes *annex.Store
	// Librarian gets annexes of other Peers; nil: none are fetched.
	Librarian Librarian
	// DrawAloneAfter is how long a call-off waits for the purchasing body before it
	// is drawn from the own reservation; 0: until somebody does so.
	DrawAloneAfter time.Duration

	Now    func() time.Time
	Logger *slog.Logger
}

// Desk is where one Peer acts with others. It is safe for concurrent use. Make
// one with [New].
type Desk struct {
	cfg Config

	write     sync.Mutex // held while deeds, signatures and entries are added
	delivered atomic.Uint64

	mu      sync.Mutex
	changed chan struct{} // closed and replaced when a feed or a state changed
	again   chan struct{} // closed and replaced by [Desk.Retry]
	known   map[deed.Hash]*known

	months usage.Calendar
	trees  treeCache
}

// New makes a Desk. It starts nothing; see [Desk.Run].
func New(cfg Config) (*Desk, error) {
	if cfg.Self == "" || cfg.Group == "" || cfg.Store == nil || cfg.Keys == nil || cfg.Authority == nil || cfg.Table == nil {
		return nil, errors.New("collective: Self, Group, Store, Keys, Authority and Table are required")
	}
	if cfg.Founder == nil {
		cfg.Founder = func(fsc.PeerID) bool { return true }
	}
	if cfg.Neighbours == nil {
		cfg.Neighbours = func(context.Context) []fsc.PeerID { return nil }
	}
	calendar, err := rule.NewCalendar()
	if err != nil {
		return nil, fmt.Errorf("collective: %w", err)
	}
	return &Desk{
		cfg: cfg, changed: make(chan struct{}), again: make(chan struct{}), known: map[deed.Hash]*known{}, months: calendar.Month,
	}, nil
}

// Self gives this Peer.
func (d *Desk) Self() fsc.PeerID { return d.cfg.Self }

// Keepers lists who keeps dossiers that this Peer can found: those it follows, in
// the order of the configuration, and then itself.
func (d *Desk) Keepers() []fsc.PeerID {
	out := slices.Clone(d.cfg.Follow)
	if !slices.Contains(out, d.cfg.Self) {
		out = append(out, d.cfg.Self)
	}
	return out
}

// Changed gives a channel that is closed when a feed gets an entry or a deed
// another state.
func (d *Desk) Changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

func (d *Desk) notify() {
	d.mu.Lock()
	close(d.changed)
	d.changed = make(chan struct{})
	d.mu.Unlock()
}

// nextDelivery gives the ID of a delivery: they go out in the order of IDs, as
// they came about.
func (d *Desk) nextDelivery() string {
	return fmt.Sprintf("%020d-%010d", d.cfg.Now().UnixNano(), d.delivered.Add(1))
}

// Retry has feeds that couldn't be followed tried again now: the way to their
// keepers may have opened.
func (d *Desk) Retry() {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.again)
	d.again = make(chan struct{})
}

func (d *Desk) retried() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.again
}

func (d *Desk) now() int64 { return d.cfg.Now().Unix() }

// Refusal is why a deed or signature isn't taken, in words for who handed it in.
type Refusal struct { //nolint:errname // reads well behind the package name
	Code rule.ReasonCode
	// Field is the member in question; may be empty.
	Field string
	// Detail says what is wrong and whose turn it is.
	Detail string
	// Reasons are those of the rules, if they refuse.
	Reasons []rule.Reason
}

// Error gives field and detail.
func (r *Refusal) Error() string {
	if r.Field != "" {
		return r.Field + ": " + r.Detail
	}
	return r.Detail
}

// The codes of this package's own refusals.
const (
	CodeUnknown  rule.ReasonCode = "unknown_deed" // the deed isn't here
	CodeGroup    rule.ReasonCode = "other_group"  // a deed of another Group
	CodeKeeper   rule.ReasonCode = "not_keeper"   // the dossier is kept by another Peer
	CodeFounder  rule.ReasonCode = "not_founder"  // this Peer may not found a dossier here
	CodeNoHome   rule.ReasonCode = "no_dossier"   // the deed neither founds a dossier nor follows a known deed
	CodeFull     rule.ReasonCode = "dossier_full" // no more fits into the dossier
	CodeOutdated rule.ReasonCode = "outdated"     // the act can't have its effect any more
)

// refusalOf puts the reasons of the rules in one refusal.
func refusalOf(reasons []rule.Reason) *Refusal {
	r := &Refusal{Code: CodeOutdated, Detail: "the rules don't allow it", Reasons: reasons}
	if len(reasons) == 0 {
		return r
	}
	r.Code = reasons[0].Code
	var parts []string
	for _, why := range reasons {
		part := cmp.Or(why.Detail, strings.ReplaceAll(string(why.Code), "_", " "))
		if why.Source != "" {
			part += " (" + why.Source + ")"
		}
		parts = append(parts, part)
	}
	r.Detail = strings.Join(parts, "; ")
	return r
}

// update changes the store under the one lock that all additions share, and
// tells everybody afterwards.
func (d *Desk) update(ctx context.Context, fn func(*change) error) error {
	d.write.Lock()
	defer d.write.Unlock()
	err := d.cfg.Store.Update(ctx, func(tx Tx) error {
		c := &change{Tx: tx, desk: d, now: d.now(), dossiers: map[deed.Hash]*Dossier{}}
		if err := fn(c); err != nil {
			return err
		}
		return c.finish(ctx)
	})
	if err == nil {
		d.notify()
	}
	return err
}
