// SPDX-License-Identifier: EUPL-1.2

package register

import (
	"errors"
	"fmt"
	"slices"
)

// Processes gives the thirty processes of the board, in the order of their
// codes.
func (r *Register) Processes() []Process {
	all := slices.Clone(r.data.Processes)
	for i := range all {
		all[i].Fields = slices.Clone(all[i].Fields)
	}
	return all
}

// Process finds a process by its code ("P29").
func (r *Register) Process(code string) (Process, bool) {
	for _, p := range r.data.Processes {
		if p.Code == code {
			p.Fields = slices.Clone(p.Fields)
			return p, true
		}
	}
	return Process{}, false
}

// Stage is how far a participant is with a process. Later stages include the
// earlier ones.
type Stage int

// The stages, from nothing to a running connection.
const (
	StageNone Stage = iota
	StageNeed
	StageAgreement
	StageAcceded
	StageConnected
)

// Step is one fact on the board, taken from one deed: this participant is at
// this stage with this process.
type Step struct {
	Process     string
	Participant string
	Stage       Stage
}

// Tile is one process on the board.
type Tile struct {
	Process Process
	// Stage is the furthest anybody is.
	Stage Stage
	// At counts the participants by the furthest stage each has reached; the
	// index is the stage, and StageNone is always zero.
	At [StageConnected + 1]int
}

// ErrProcess is wrapped when a step names no process of the board or no stage.
var ErrProcess = errors.New("register: not a step of a process on the board")

// Board puts steps on the board. It is a pure function of the steps, whatever
// their order and however often each occurs, so the board equals the deeds.
func (r *Register) Board(steps []Step) ([]Tile, error) {
	furthest := map[[2]string]Stage{}
	for _, s := range steps {
		if _, known := r.Process(s.Process); !known || s.Participant == "" || s.Stage <= StageNone || s.Stage > StageConnected {
			return nil, fmt.Errorf("%w: %q", ErrProcess, s.Process)
		}
		key := [2]string{s.Process, s.Participant}
		furthest[key] = max(furthest[key], s.Stage)
	}
	tiles := make([]Tile, 0, len(r.data.Processes))
	at := map[string]int{}
	for i, p := range r.Processes() {
		tiles = append(tiles, Tile{Process: p})
		at[p.Code] = i
	}
	for key, stage := range furthest {
		t := &tiles[at[key[0]]]
		t.Stage = max(t.Stage, stage)
		t.At[stage]++
	}
	return tiles, nil
}

// Frameworks gives the published facts of frameworks that were tendered
// elsewhere. They are what an import can assert; nobody signed them.
func (r *Register) Frameworks() []Framework {
	all := slices.Clone(r.data.Frameworks)
	for i := range all {
		all[i].Facts = slices.Clone(all[i].Facts)
	}
	return all
}

// Values gives the values of a key, in the order of the source.
func (f Framework) Values(key string) []string {
	var out []string
	for _, fact := range f.Facts {
		if fact.Key == key {
			out = append(out, fact.Value)
		}
	}
	return out
}
