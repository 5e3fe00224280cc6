// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/controller"
)

// changedRow is a change of a call-off in its table.
type changedRow struct {
	deedRow
	Quantity int64
	Reason   string
}

func (q *request) changedRows(o *controller.CallOffDetail) []changedRow {
	var rows []changedRow
	for i := range o.Changes {
		g := &o.Changes[i]
		rows = append(rows, changedRow{deedRow: q.deedRow(&g.DeedState), Quantity: g.Quantity, Reason: g.Reason})
	}
	return rows
}

// changeCLI is the command line that changes a call-off, with what it is now.
func changeCLI(o *controller.CallOffDetail) string {
	return "samenspel calloff change " + quoted(string(o.Hash)) + " --quantity " + decimal(o.Quantity) + " --value-cents " + decimal(max(1, o.ValueCents)) + " --reason '...'"
}

func (s *server) callOffChange(q *request) error {
	h := deed.Hash(q.path("hash"))
	value, ok := readMoney(q.value("value"))
	if !ok {
		q.wrong("value", "calloff.problem.value")
		return s.callOffPage(q)
	}
	made, err := s.cfg.Controller.ChangeCallOff(q.Ctx, q.Actor, controller.CallOffChangeForm{
		CallOff: h, Quantity: readCount(q.value("quantity")), ValueCents: value, Reason: q.value("reason"),
	})
	if q.retryCallOff(err) {
		return s.callOffPage(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(deedURL(made), "calloff.flash.changed")
}

func (s *server) callOffDrawOwn(q *request) error {
	h := deed.Hash(q.path("hash"))
	_, err := s.cfg.Controller.DrawOwn(q.Ctx, q.Actor, h)
	if q.retry(err) {
		return s.callOffPage(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(deedURL(h), "calloff.flash.drawn")
}

// changeConsequences tell what a change of a call-off makes of it.
func (s *server) changeConsequences(q *request, d *controller.Deed) ([]string, error) {
	for _, p := range d.Parents {
		if t, err := p.Type(); err != nil || t != dossier.TypeCallOff {
			continue
		}
		o, err := s.cfg.Controller.CallOff(q.Ctx, q.Actor, p)
		if err != nil {
			return nil, err
		}
		for _, g := range o.Changes {
			if g.Hash == d.Hash {
				return []string{q.t("deeds.confirm.change.what", "quantity", g.Quantity, "now", o.Quantity,
					"unit", visible(o.Unit), "money", moneyText(q.Lang, g.ValueCents))}, nil
			}
		}
	}
	return nil, nil
}
