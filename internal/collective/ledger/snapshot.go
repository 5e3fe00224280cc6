// SPDX-License-Identifier: EUPL-1.2

package ledger

import (
	"fmt"

	"github.com/go-json-experiment/json"
)

// snapshotVersion is raised when the form changes.
const snapshotVersion = 1

// snapshot holds the entries themselves. Every request has to be remembered
// anyway, or a repetition would be counted twice; and whoever restores adds
// everything up again, so that no snapshot can give a count that isn't exact.
type snapshot struct {
	Version int     `json:"version"`
	Lots    []Lot   `json:"lots"`
	Entries []Entry `json:"entries"`
}

// Snapshot writes the state as JSON. Equal states have equal bytes. It gives
// [ErrStale] after an append that failed.
func (g *Ledger) Snapshot() ([]byte, error) {
	if g.stale {
		return nil, ErrStale
	}
	raw, err := json.Marshal(snapshot{Version: snapshotVersion, Lots: g.declared, Entries: g.entries}, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write ledger snapshot: %w", err)
	}
	return raw, nil
}

// Restore reads what [Ledger.Snapshot] wrote and adds it up again. The error
// wraps [ErrLog] or [ErrLots]. Entries that were appended later are counted with
// [Ledger.Fold].
func Restore(raw []byte) (*Ledger, error) {
	if len(raw) > MaxSnapshotBytes {
		return nil, fmt.Errorf("%w: the snapshot is larger than %d bytes", ErrLog, MaxSnapshotBytes)
	}
	var s snapshot
	if err := json.Unmarshal(raw, &s, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("%w: read ledger snapshot: %w", ErrLog, err)
	}
	if s.Version != snapshotVersion {
		return nil, fmt.Errorf("%w: the snapshot has version %d, not %d", ErrLog, s.Version, snapshotVersion)
	}
	g, err := New(s.Lots...)
	if err != nil {
		return nil, fmt.Errorf("read ledger snapshot: %w", err)
	}
	for i, e := range s.Entries {
		if err := g.Fold(e); err != nil {
			return nil, fmt.Errorf("read ledger snapshot: entry %d: %w", i+1, err)
		}
		if len(g.entries) != i+1 {
			return nil, fmt.Errorf("%w: entry %d stands there twice", ErrLog, i+1)
		}
	}
	return g, nil
}
