// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

const (
	// InwayReportEvery is how often an Inway says that it is there.
	InwayReportEvery = 5 * time.Second
	// inwaySilence is how long an Inway that says nothing is still named in tokens.
	inwaySilence = 3*InwayReportEvery + time.Second
	// maxInways bounds those that are remembered, and maxTurns the grants whose turn
	// is.
	maxInways = 64
	maxTurns  = 10_000
	// An Inway isn't named in tokens while it has more than busyTimes the calls of the
	// one with the fewest, and busyMore besides.
	busyTimes = 2
	busyMore  = 32
)

// InwayReport is what an Inway tells its Manager of itself.
type InwayReport struct {
	// Address is the https URL with port at which Outways reach it.
	Address string
	// Calls that are under way there.
	Calls int64
	// Leaving tells that it is about to stop: no new token names it, and calls with
	// tokens that do are still answered for a while.
	Leaving bool
}

// InwayState is an Inway as the Manager knows it.
type InwayState struct {
	InwayReport
	// HeardAt is when it reported last. After 16 s of silence no token names it.
	HeardAt time.Time
	// Named tells whether new tokens may name it.
	Named bool
}

// inways are those that reported, in memory only: after a start of the Manager they
// report again within seconds.
type inways struct {
	mu    sync.Mutex
	known map[string]InwayState
	turns map[fsc.GrantHash]uint32 // of the choice between them
}

func newInways() inways {
	return inways{known: map[string]InwayState{}, turns: map[fsc.GrantHash]uint32{}}
}

// ReportInway takes in what an own Inway says of itself, and tells how many other
// Inways take calls now. An address that can't be gives a [*FieldError].
func (m *Manager) ReportInway(r InwayReport) (others int, err error) {
	if u, err := url.Parse(r.Address); err != nil || u.Port() == "" || *u != (url.URL{Scheme: "https", Host: u.Host}) {
		return 0, &FieldError{Field: "address", Text: "must be a URL like https://inway.example.nl:443, with a port and without a path"}
	}
	now := m.cfg.Now()
	m.inways.mu.Lock()
	defer m.inways.mu.Unlock()
	maps.DeleteFunc(m.inways.known, func(_ string, s InwayState) bool { return now.Sub(s.HeardAt) > time.Hour })
	if _, known := m.inways.known[r.Address]; !known && len(m.inways.known) >= maxInways {
		return 0, &FieldError{Field: "address", Text: "too many Inways report to this Manager"}
	}
	m.inways.known[r.Address] = InwayState{InwayReport: r, HeardAt: now}
	for _, s := range m.inways.alive(now) {
		if s.Address != r.Address {
			others++
		}
	}
	return others, nil
}

// ListInways gives the Inways that reported in the last hour, by address.
func (m *Manager) ListInways() []InwayState {
	now := m.cfg.Now()
	m.inways.mu.Lock()
	defer m.inways.mu.Unlock()
	list := slices.SortedFunc(maps.Values(m.inways.known), byAddress)
	for i := range list {
		list[i].Named = list[i].named(now)
	}
	return list
}

func byAddress(a, b InwayState) int { return cmp.Compare(a.Address, b.Address) }

func (s InwayState) named(now time.Time) bool {
	return !s.Leaving && now.Sub(s.HeardAt) <= inwaySilence
}

// alive gives the Inways that a token may name, by address. It needs the lock.
func (i *inways) alive(now time.Time) []InwayState {
	var list []InwayState
	for _, s := range i.known {
		if s.named(now) {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, byAddress)
	return list
}

// choose names an Inway for a grant, empty if none reported. One grant is given
// each of them in turn, so that an Outway that asks again learns of all; those with
// far more calls than others are left out.
func (i *inways) choose(h fsc.GrantHash, now time.Time) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	list := i.alive(now)
	if len(list) == 0 {
		return ""
	}
	fewest := slices.MinFunc(list, func(a, b InwayState) int { return cmp.Compare(a.Calls, b.Calls) }).Calls
	list = slices.DeleteFunc(list, func(s InwayState) bool { return s.Calls > busyTimes*fewest+busyMore })
	turn, known := i.turns[h]
	if !known {
		if len(i.turns) >= maxTurns {
			clear(i.turns)
		}
		turn = rand.Uint32() //nolint:gosec // grants begin at different Inways; nobody gains by guessing
	}
	i.turns[h] = turn + 1
	return list[int(turn%uint32(len(list)))].Address //nolint:gosec // at most maxInways
}
