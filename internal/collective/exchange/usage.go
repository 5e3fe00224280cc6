// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

// Usage is what the other side of a call-off is told of a month, and a group of its
// totals; [collective.Desk] has it. About a month both refuse anybody but that side.
type Usage interface {
	// StatedUsage gives our statement about a month.
	StatedUsage(ctx context.Context, from fsc.PeerID, callOff deed.Hash, m usage.Month) (*collective.UsageSide, error)
	// AnswerUsage answers a question about a month in which both sides differ.
	AnswerUsage(ctx context.Context, from fsc.PeerID, callOff deed.Hash, m usage.Month, q *usage.Question) (*usage.Answer, error)
	// SavingsFor gives what the buyers of a framework that is kept here saved and need
	// together. It refuses anybody but them and the purchasing body.
	SavingsFor(ctx context.Context, reader fsc.PeerID, framework deed.Hash) (*collective.Savings, error)
}

// wireStatement tells where our statement about a month is.
type wireStatement struct {
	Deed       deed.Hash  `json:"deed"`
	Count      int64      `json:"count"`
	Root       usage.Root `json:"root"`
	ReceivedAt int64      `json:"received_at,omitzero"`
}

func (s *server) getUsage(c *call) (reply, error) {
	m, err := s.usageMonth(c)
	if err != nil {
		return reply{}, err
	}
	side, err := reading(s, c, func(ctx context.Context) (*collective.UsageSide, error) {
		return s.cfg.Desk.StatedUsage(ctx, c.peer, c.deed, m)
	})
	if err != nil {
		return reply{}, err
	}
	return okJSON(wireStatement{Deed: side.Deed, Count: side.Count, Root: side.Root, ReceivedAt: side.ReceivedAt})
}

func (s *server) postQuestion(c *call) (reply, error) {
	m, err := s.usageMonth(c)
	if err != nil {
		return reply{}, err
	}
	raw, err := s.body(c, idset.MaxMessageBytes)
	if err != nil {
		return reply{}, err
	}
	q, err := idset.ReadQuestion(raw)
	if err != nil {
		return reply{}, err
	}
	a, err := reading(s, c, func(ctx context.Context) (*usage.Answer, error) {
		return s.cfg.Desk.AnswerUsage(ctx, c.peer, c.deed, m, q)
	})
	if err != nil {
		return reply{}, err
	}
	return okJSON(a)
}

// usageMonth reads the month in the path, and lets few of these requests in: each
// can cost reading a month of the log.
func (s *server) usageMonth(c *call) (usage.Month, error) {
	if err := c.named(); err != nil {
		return usage.Month{}, err
	}
	m, err := usage.ParseMonth(c.month)
	if err != nil {
		return m, &failure{status: http.StatusNotFound, code: codeNotFound, detail: `the path must name a month like "2026-11"`, cause: err}
	}
	return m, s.enter(c, &s.gates.usage)
}

// usageRefused is a refusal of a message about usage.
func usageRefused(err error) (*failure, bool) {
	r, ok := errors.AsType[*usage.Refusal](err)
	if !ok {
		return nil, false
	}
	return invalid("body", pointer(r.Field), string(r.Reason), r.Detail), true
}

func usagePath(callOff deed.Hash, m usage.Month) string {
	return "/usage/" + url.PathEscape(string(callOff)) + "/" + m.String()
}

// AskUsage implements [collective.Partner].
func (c *Client) AskUsage(ctx context.Context, to fsc.PeerID, callOff deed.Hash, m usage.Month, q *usage.Question) (*usage.Answer, error) {
	body, err := encode(q)
	if err != nil {
		return nil, fmt.Errorf("encode question: %w", err)
	}
	raw, err := c.ask(ctx, question{to: to, method: http.MethodPost, path: usagePath(callOff, m) + "/question", body: body, answer: true}, patience)
	if err != nil {
		return nil, err
	}
	a, err := idset.ReadAnswer(raw)
	if err != nil {
		return nil, fmt.Errorf("answer of Peer %s can't be read: %w", to, err)
	}
	return a, nil
}
