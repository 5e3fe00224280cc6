// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/idset"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

const (
	// Path is where the extension begins, on the Manager's door for other Peers.
	Path = "/ext/log-comparison/v1"
	// maxAnswer bounds an answer: some forty thousand sets.
	maxAnswer = 8 << 20
	// maxGrant bounds the hash of a grant, as the standard does.
	maxGrant   = 1024
	hourLength = 3600
)

// wirePeriod tells which hours are whole; times are in Unix seconds here and below.
type wirePeriod struct {
	From  int64 `json:"from"`
	Until int64 `json:"until"`
	// Grants are those whose records are removed before others.
	Grants []wireKept `json:"grants,omitzero"`
}

// wireKept tells from which hour on the calls under a grant are whole; its direction is
// that of the records of who answers.
type wireKept struct {
	GrantHash string          `json:"grant_hash"`
	Direction txlog.Direction `json:"direction"`
	From      int64           `json:"from"`
}

// wireSets is a part of what one side has, up to next.
type wireSets struct {
	Sets []wireSet `json:"sets"`
	Next int64     `json:"next"`
}

// wireSet is one set; its direction is that of the records of who answers.
type wireSet struct {
	Hour      int64           `json:"hour"`
	GrantHash string          `json:"grant_hash"`
	Direction txlog.Direction `json:"direction"`
	Count     int64           `json:"count"`
	Root      idset.Root      `json:"root"`
}

// wireQuestion asks about one set.
type wireQuestion struct {
	Hour      int64           `json:"hour"`
	GrantHash string          `json:"grant_hash"`
	Direction txlog.Direction `json:"direction"`
	Prefixes  []idset.Prefix  `json:"prefixes"`
}

func directionOf(outgoing bool) txlog.Direction {
	if outgoing {
		return txlog.DirectionOutgoing
	}
	return txlog.DirectionIncoming
}

// keyOf reads hour, grant and direction.
func keyOf(hour int64, grant string, d txlog.Direction) (reconcile.Key, error) {
	h, err := hourOf("hour", hour)
	if err != nil {
		return reconcile.Key{}, err
	}
	if !isGrant(grant) {
		return reconcile.Key{}, fmt.Errorf("grant_hash must be 1 to %d bytes of text", maxGrant)
	}
	if d != txlog.DirectionIncoming && d != txlog.DirectionOutgoing {
		return reconcile.Key{}, fmt.Errorf("direction must be %s or %s", txlog.DirectionIncoming, txlog.DirectionOutgoing)
	}
	return reconcile.Key{Hour: h, Grant: grant, Outgoing: d == txlog.DirectionOutgoing}, nil
}

// lastHour is the end of the year 9999.
const lastHour = 70_389_528

func hourOf(field string, seconds int64) (reconcile.Hour, error) {
	if seconds < 0 || seconds%hourLength != 0 || seconds/hourLength > lastHour {
		return 0, fmt.Errorf("%s must be the Unix seconds at which an hour begins", field)
	}
	return reconcile.Hour(seconds / hourLength), nil
}

func isGrant(s string) bool {
	return s != "" && len(s) <= maxGrant && utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

func secondsOf(h reconcile.Hour) int64 { return int64(h) * hourLength }

// readPeriod reads which hours the other side has whole.
func readPeriod(raw []byte) (from, until reconcile.Hour, kept reconcile.Kept, err error) {
	var w wirePeriod
	if err := fsc.UnmarshalStrict(raw, &w); err != nil {
		return 0, 0, nil, err
	}
	if from, err = hourOf("from", w.From); err != nil {
		return 0, 0, nil, err
	}
	if until, err = hourOf("until", w.Until); err != nil {
		return 0, 0, nil, err
	}
	kept = make(reconcile.Kept, len(w.Grants))
	for _, g := range w.Grants {
		k, err := keyOf(0, g.GrantHash, g.Direction)
		if err != nil {
			return 0, 0, nil, err
		}
		k.Outgoing = !k.Outgoing // what the other side calls incoming is outgoing here
		if _, twice := kept[k]; twice {
			return 0, 0, nil, fmt.Errorf("grants names %s twice", g.GrantHash)
		}
		if kept[k], err = hourOf("grants.from", g.From); err != nil {
			return 0, 0, nil, err
		}
	}
	return from, until, kept, nil
}

// window is what was asked for.
type window struct {
	from, until reconcile.Hour
	grant       string // empty: all
}

// readSets reads an answer about a window, and gives the sets with our directions
// and where to go on. What isn't in order or wasn't asked for is refused.
func readSets(raw []byte, w window) (told []reconcile.Told, next reconcile.Hour, err error) {
	var in wireSets
	if err := fsc.UnmarshalStrict(raw, &in); err != nil {
		return nil, 0, err
	}
	if next, err = hourOf("next", in.Next); err != nil {
		return nil, 0, err
	}
	if next <= w.from || next > w.until {
		return nil, 0, fmt.Errorf("next must lie behind from and not behind until")
	}
	var last reconcile.Key // as the other side sees it
	for i, set := range in.Sets {
		k, err := keyOf(set.Hour, set.GrantHash, set.Direction)
		switch {
		case err != nil:
			return nil, 0, fmt.Errorf("set %d: %w", i, err)
		case k.Hour < w.from || k.Hour >= next || w.grant != "" && k.Grant != w.grant:
			return nil, 0, fmt.Errorf("set %d wasn't asked for", i)
		case i > 0 && last.Compare(k) >= 0:
			return nil, 0, fmt.Errorf("set %d isn't in order", i)
		case set.Count < 1 || set.Count > reconcile.MaxCalls:
			return nil, 0, fmt.Errorf("set %d has a count of %d", i, set.Count)
		}
		last = k
		k.Outgoing = !k.Outgoing
		told = append(told, reconcile.Told{Key: k, Summary: idset.Summary{Count: set.Count, Root: set.Root}})
	}
	return told, next, nil
}

// readQuestion reads a question strictly.
func readQuestion(raw []byte) (reconcile.Key, *idset.Question, error) {
	var w wireQuestion
	if err := fsc.UnmarshalStrict(raw, &w); err != nil {
		return reconcile.Key{}, nil, err
	}
	k, err := keyOf(w.Hour, w.GrantHash, w.Direction)
	if err != nil {
		return reconcile.Key{}, nil, err
	}
	q := &idset.Question{Prefixes: w.Prefixes}
	return k, q, q.Validate()
}
