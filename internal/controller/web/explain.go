// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"context"
	"errors"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// registerExplain registers the pages that tell why something doesn't work.
func (s *server) registerExplain() {
	s.handle("GET /explain", operator.PermissionRead, s.explainPage)
	s.handle("POST /explain", operator.PermissionRead, s.explainLook)
	s.handle("GET /explain/{code}", operator.PermissionRead, s.codePage)
}

// explainData is what templates/explain.html shows.
type explainData struct {
	Answer     *controller.Explanation
	Codes      []controller.CodeInfo
	Directions []option
	CodeList   []option
	Services   []string
	Peers      []string
	CLI        string
}

func (s *server) explainPage(q *request) error {
	return s.explain(q, q.query, s.cfg.Controller.Explain)
}

// explainLook is the button that has the node go the way of a call.
func (s *server) explainLook(q *request) error {
	return s.explain(q, q.value, s.cfg.Controller.Look)
}

// asker answers a question.
type asker func(context.Context, operator.Actor, controller.Question) (*controller.Explanation, error)

func (s *server) explain(q *request, value func(string) string, ask asker) error {
	d := explainData{Codes: controller.Codes(), CodeList: q.codeOptions()}
	d.Directions = []option{{"out", q.t("explain.direction.out")}, {"in", q.t("explain.direction.in")}}
	var err error
	if d.Peers, err = s.peerSuggestions(q); err != nil {
		return err
	}
	question := controller.Question{
		Direction: txlog.DirectionOutgoing, Service: strings.TrimSpace(value("service")),
		GrantHash: fsc.GrantHash(strings.TrimSpace(value("grant"))), Code: fsc.ErrorCode(value("code")),
	}
	if value("direction") == "in" {
		question.Direction = txlog.DirectionIncoming
	} else if value("direction") == "" {
		question.Direction = "" // a grant tells it by itself
	}
	if question.Peer, err = s.findPeer(q, "peer", value("peer")); err != nil {
		return err
	}
	if question.Service != "" || question.GrantHash != "" {
		d.Answer, err = ask(q.Ctx, q.Actor, question)
		if err != nil && !q.typedWrong(err) {
			return err
		}
	}
	if d.Answer != nil {
		d.CLI = explainCLI(d.Answer)
	}
	return q.render("explain", q.t("explain.title"), d)
}

// typedWrong tells whether err is about what somebody typed: a grant or service
// that isn't known counts here as well.
func (q *request) typedWrong(err error) bool {
	o, ok := errors.AsType[*operator.Error](err)
	if !ok || o.Field == "" || o.Kind != operator.KindNotFound && o.Kind != operator.KindInvalid {
		return q.retry(err)
	}
	field := o.Field
	if field == "grant_hash" {
		field = "grant"
	}
	q.wrong(field, "explain.problem."+o.Field)
	return true
}

func explainCLI(e *controller.Explanation) string {
	line := "samenspel explain"
	add := func(flag, value string) {
		if value != "" {
			line += " --" + flag + " " + shellWord(value)
		}
	}
	add("service", e.Service)
	add("peer", string(e.Other.ID))
	add("grant", string(e.GrantHash))
	if e.Code != nil {
		add("code", string(e.Code.Code))
	}
	if e.Direction == txlog.DirectionIncoming {
		line += " --incoming"
	}
	if e.Look != nil {
		line += " --look"
	}
	return line
}

func (q *request) codeOptions() []option {
	out := []option{{"", q.t("explain.code.none")}}
	for _, c := range controller.Codes() {
		out = append(out, option{string(c.Code), string(c.Code)})
	}
	return out
}

// codeData is what templates/explain_code.html shows.
type codeData struct {
	controller.CodeInfo
	Others []controller.CodeInfo // from the same component
}

func (s *server) codePage(q *request) error {
	info, ok := controller.FindCode(fsc.ErrorCode(q.path("code")))
	if !ok {
		return &operator.Error{Kind: operator.KindNotFound, Text: "there is no such error code"}
	}
	d := codeData{CodeInfo: info}
	for _, c := range controller.Codes() {
		if c.From == info.From && c.Code != info.Code {
			d.Others = append(d.Others, c)
		}
	}
	return q.render("explain_code", q.t("explain.name."+string(info.Code)), d)
}
