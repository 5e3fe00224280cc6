// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
)

// seenRow is what was seen of a service in one Directory.
type seenRow struct {
	Directory, Delegator fsc.Peer
	Moments              []seenMoment
}

// seenMoment is a point on the timeline.
type seenMoment struct {
	At       time.Time
	Kind     string // first, last or that of an event
	Class    string // of the point
	From, To string
}

func seenRows(seen []controller.SeenService) []seenRow {
	rows := make([]seenRow, 0, len(seen))
	for _, s := range seen {
		r := seenRow{Directory: s.Directory, Delegator: s.Delegator, Moments: []seenMoment{{At: s.FirstSeen, Kind: "first", Class: "done"}}}
		for _, e := range s.Events {
			r.Moments = append(r.Moments, seenMoment{At: e.At, Kind: string(e.Kind), Class: seenClass(e.Kind), From: e.From, To: e.To})
		}
		if s.GoneSince.IsZero() {
			r.Moments = append(r.Moments, seenMoment{At: s.LastSeen, Kind: "last", Class: "done"})
		}
		rows = append(rows, r)
	}
	return rows
}

func seenClass(k directory.EventKind) string {
	switch k {
	case directory.EventGone:
		return "failed"
	case directory.EventBack:
		return "done"
	case directory.EventProtocol, directory.EventAddress:
	}
	return ""
}
