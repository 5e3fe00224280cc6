// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/controller"
)

type boardView struct {
	Tiles  []tileRow
	NotNow []codeRow
	Busy   int // tiles with somebody on them
	CLI    string
}

// tileRow is a process on the board.
type tileRow struct {
	controller.BoardTile
	URL, Stage string // Stage is a key
	Number     int    // of participants
}

// codeRow is how often a reason for not now was given.
type codeRow struct {
	Text  string
	Count int
}

func stageKey(s register.Stage) string {
	return "board.stage." + []string{"none", "need", "agreement", "acceded", "connected"}[s]
}

func tileOf(t controller.BoardTile) tileRow {
	return tileRow{BoardTile: t, URL: "/board/" + pathWord(t.Process.Code), Stage: stageKey(t.Tile.Stage), Number: t.Participants()}
}

func (q *request) codeRows(in []controller.CodeCount) []codeRow {
	var out []codeRow
	for _, c := range in {
		out = append(out, codeRow{q.t("notnow." + string(c.Code)), c.Count})
	}
	return out
}

func (s *server) boardPage(q *request) error {
	b, err := s.cfg.Controller.Board(q.Ctx, q.Actor)
	if err != nil {
		return err
	}
	if q.wants("csv") {
		header := []string{"code", "process", "stage", "need", "agreement", "acceded", "connected", "frameworks"}
		return q.csv("process-board", header, each(b.Tiles, func(t controller.BoardTile) []string {
			row := []string{t.Process.Code, t.Process.Title, q.t(stageKey(t.Stage))}
			for _, n := range t.At[register.StageNeed:] {
				row = append(row, decimal(int64(n)))
			}
			return append(row, decimal(int64(len(t.Frameworks))))
		}))
	}
	return q.render("board", q.t("board.title"), q.boardView(b))
}

func (q *request) boardView(b *controller.Board) *boardView {
	v := &boardView{NotNow: q.codeRows(b.NotNow), CLI: "samenspel process list"}
	for _, t := range b.Tiles {
		row := tileOf(t)
		if row.Number > 0 {
			v.Busy++
		}
		v.Tiles = append(v.Tiles, row)
	}
	return v
}

type processView struct {
	P          *controller.ProcessDetail
	Tile       tileRow
	Stages     []codeRow
	Frameworks []frameworkRow
	Takers     []takerRow
	NotNow     []codeRow
	Stewards   string
	Fields     []fieldRow
	Login      string
	Offered    []option
	CLI        string
}

type takerRow struct {
	controller.ProcessParticipant
	Stage string // key
}

func (s *server) processPage(q *request) error {
	p, err := s.cfg.Controller.Process(q.Ctx, q.Actor, q.path("code"))
	if err != nil {
		return err
	}
	return q.render("process", brief(p.Process.Title), q.processView(p))
}

func (q *request) processView(p *controller.ProcessDetail) *processView {
	v := &processView{
		P: p, Tile: tileOf(p.BoardTile), Fields: q.fieldRows(p.Process.Fields), Login: q.loginWay(p.Process.Login), NotNow: q.codeRows(p.NotNow), Stewards: q.peersText(p.Stewards),
		CLI: "samenspel process show " + shellWord(p.Process.Code),
	}
	for stage := register.StageConnected; stage > register.StageNone; stage-- {
		v.Stages = append(v.Stages, codeRow{q.t(stageKey(stage)), p.At[stage]})
	}
	for i := range p.Served {
		v.Frameworks = append(v.Frameworks, q.frameworkRow(&p.Served[i]))
	}
	for _, t := range p.Taking {
		v.Takers = append(v.Takers, takerRow{t, stageKey(t.Stage)})
	}
	for i := range p.Offered {
		v.Offered = append(v.Offered, option{string(p.Offered[i].Hash), q.frameworkTitle(&p.Offered[i])})
	}
	return v
}

func (s *server) processTakeUp(q *request) error {
	var frameworks []deed.Hash
	for _, h := range q.form["framework"] {
		frameworks = append(frameworks, deed.Hash(h))
	}
	_, err := s.cfg.Controller.TakeUpProcess(q.Ctx, q.Actor, q.path("code"), frameworks)
	if q.retry(err) {
		return s.processPage(q)
	}
	if err != nil {
		return err
	}
	return q.redirect("/board/"+pathWord(q.path("code")), "board.flash.taken")
}
