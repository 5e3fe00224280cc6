// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

// instantOf gives the moment of Unix seconds; 0 is none.
func instantOf(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

func checkpointOf(c controller.LogCheckpoint) client.LogCheckpoint {
	out := client.LogCheckpoint{Number: c.Number, JWS: c.JWS, Certificates: c.Chain}
	if s := c.Says; s != nil {
		out.First, out.Last, out.Head, out.Pruned, out.At = s.First, s.Last, evidence.FormatLink(s.Head), s.Pruned, instantOf(s.At)
	}
	return out
}

func (s *server) listCheckpoints(c *call) (*reply, error) {
	after, _, err := c.cursor()
	if err != nil {
		return nil, err
	}
	before, err := sequenceOf(after)
	if err != nil {
		return nil, err
	}
	found, err := s.act.LogCheckpoints(c.ctx(), c.actor, before, c.limit())
	if err != nil {
		return nil, err
	}
	return page(c, each(found.Checkpoints, checkpointOf), 0, next(sequenceKey(found.Next)), "")
}

func (s *server) createCheck(c *call) (*reply, error) {
	in, err := decode[client.NewLogCheck](c)
	if err != nil {
		return nil, err
	}
	r, err := s.act.CheckLog(c.ctx(), c.actor, in.From, in.Until)
	if err != nil {
		return nil, err
	}
	return done(checkOf(r))
}

// createCheckStream tells how far it is while it checks, so that neither side and
// nothing between them takes a large log for a dead connection.
func (s *server) createCheckStream(c *call) (*reply, error) {
	in, err := decode[client.NewLogCheck](c)
	if err != nil {
		return nil, err
	}
	check, err := s.act.FollowLogCheck(c.ctx(), c.actor, in.From, in.Until)
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusOK, stream: func(w io.Writer) error {
		var broken error
		line := func(l client.LogCheckProgress) {
			if broken == nil {
				broken = writeLine(w, l)
			}
		}
		r, err := check(func(looked, of int64) { line(client.LogCheckProgress{Looked: looked, Of: of}) })
		if err != nil {
			return err
		}
		result := checkOf(r)
		line(client.LogCheckProgress{Looked: r.Records, Of: r.Records, Result: &result})
		return broken
	}}, nil
}

// writeLine sends one line at once.
func writeLine(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return err
	}
	if rw, ok := w.(http.ResponseWriter); ok {
		return http.NewResponseController(rw).Flush()
	}
	return nil
}

func checkOf(r *evidence.Report) client.LogCheck {
	out := client.LogCheck{
		PeerID: r.PeerID, Sound: r.Sound(), Records: r.Records, Checkpoints: r.Checkpoints, StartedAt: instantOf(r.Start.At),
		Outside: r.Outside, Pruned: r.Pruned, First: r.First, Last: r.Last, Signed: r.Sealed, SignedAt: instantOf(r.CheckpointAt),
	}
	for _, x := range r.Removed {
		out.Removed = append(out.Removed, client.LogRemoval{RetentionRule: retentionOf(x.Rule), Records: x.Count})
	}
	for _, d := range r.Damage {
		out.Damage = append(out.Damage, client.LogDamage{Segment: d.Segment, Readable: d.Readable, Expected: d.Expected, Behind: d.Behind, File: d.File})
	}
	if p := r.Problem; p != nil {
		out.Problem = &client.LogProblem{
			Kind: string(p.Kind), Sequence: p.Sequence, LastSequence: p.Until, TransactionID: p.TransactionID, Checkpoint: p.Checkpoint, Text: p.String(),
		}
		if p.TransactionID != "" {
			out.Problem.Direction, out.Problem.CreatedAt = directionOf(p.Direction), time.UnixMicro(p.CreatedAt).UTC()
		}
	}
	return out
}

func retentionOf(r retention.Rule) client.RetentionRule {
	out := client.RetentionRule{PeerID: r.Peer, Service: r.Service, KeepDays: r.Days}
	if r.Direction != "" {
		out.Direction = directionOf(r.Direction)
	}
	return out
}

func (s *server) listRetention(c *call) (*reply, error) {
	rules, err := s.act.LogRetention(c.actor)
	if err != nil {
		return nil, err
	}
	return whole(c, each(rules, retentionOf))
}

func (s *server) createEvidenceExport(c *call) (*reply, error) {
	all, err := s.act.ExportEvidence(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	return lines(all, func(l evidence.Line) evidence.Line { return l })
}
