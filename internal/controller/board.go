// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"context"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/operator"
)

const actTakeUpProcess = "process.take_up"

// Board is the processes that municipalities can do together, with how far they
// are. It follows from deeds alone.
type Board struct {
	Tiles []BoardTile
	// NotNow counts why organisations don't take part now, over all decisions.
	NotNow []CodeCount
}

// BoardTile is one process.
type BoardTile struct {
	register.Tile
	Frameworks []deed.Hash // that serve it
	NotNow     []CodeCount
}

// Participants is how many take part, at whatever stage.
func (t *BoardTile) Participants() int {
	n := 0
	for _, some := range t.At {
		n += some
	}
	return n
}

// ProcessDetail is everything about one process of the board.
type ProcessDetail struct {
	BoardTile
	Served   []Framework
	Stewards []fsc.Peer
	// Taking are who takes part, the furthest first. Suppliers don't get them:
	// Hidden is true then.
	Taking []ProcessParticipant
	Hidden bool
	// MayTakeUp tells that this person can take the process up for us, or add a
	// framework to what we took up.
	MayTakeUp bool
	// Offered are frameworks that could serve it, to choose from.
	Offered []Framework
}

// ProcessParticipant is an organisation at its furthest stage.
type ProcessParticipant struct {
	Peer  fsc.Peer
	Stage register.Stage
}

// boardFacts is what deeds say about the processes.
type boardFacts struct {
	steps      []register.Step
	frameworks map[string][]deed.Hash
	stewards   map[string][]fsc.PeerID
	// about tells of which process a deed is: its own deed, or a framework.
	about map[deed.Hash][]string
}

// Board gives the process board.
func (c *Controller) Board(ctx context.Context, a operator.Actor) (*Board, error) {
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return nil, err
	}
	f, err := c.boardFacts(ctx, desk)
	if err != nil {
		return nil, err
	}
	tiles, err := c.cfg.Register.Board(f.steps)
	if err != nil {
		return nil, err
	}
	all, per, err := c.notNow(ctx, desk, f)
	if err != nil {
		return nil, err
	}
	b := &Board{NotNow: codeCounts(all)}
	for _, t := range tiles {
		b.Tiles = append(b.Tiles, BoardTile{Tile: t, Frameworks: f.frameworks[t.Process.Code], NotNow: codeCounts(per[t.Process.Code])})
	}
	return b, nil
}

func (c *Controller) boardFacts(ctx context.Context, desk *collective.Desk) (*boardFacts, error) {
	f := &boardFacts{frameworks: map[string][]deed.Hash{}, stewards: map[string][]fsc.PeerID{}, about: map[deed.Hash][]string{}}
	states, err := desk.States(ctx, collective.StateFilter{Types: []deed.Type{dossier.TypeProcess}})
	if err != nil {
		return nil, err
	}
	for _, s := range states {
		v, status, err := c.folded(ctx, s)
		if err != nil {
			return nil, err
		}
		if body, err := dossier.ReadProcess(status.Deed); err == nil && status.CompleteAt != 0 && !status.Final {
			f.take(v, status, body.Code)
		}
	}
	return f, nil
}

// take adds what follows from one deed that takes a process up.
func (f *boardFacts) take(v *rule.View, s rule.Status, code string) {
	h := s.Deed.Hash()
	f.about[h] = append(f.about[h], code)
	for _, steward := range s.Deed.PeersInRole(dossier.RoleSteward) {
		f.add(code, steward, register.StageNeed)
		if !slices.Contains(f.stewards[code], steward) {
			f.stewards[code] = append(f.stewards[code], steward)
		}
	}
	for _, p := range s.Deed.Parents {
		framework, ok := v.Status(p)
		if !ok || framework.Deed.Type != dossier.TypeFramework || framework.Final {
			continue
		}
		if slices.Contains(f.frameworks[code], p) {
			continue
		}
		f.frameworks[code], f.about[p] = append(f.frameworks[code], p), append(f.about[p], code)
		for _, body := range framework.Deed.PeersInRole(dossier.RolePurchasingBody) {
			f.add(code, body, register.StageAgreement)
		}
		for _, accession := range children(v, p, dossier.TypeAccession) {
			if wordOf(dossier.TypeAccession, accession) == collective.WordEffective {
				f.add(code, dossier.Buyer(accession.Deed), register.StageAcceded)
			}
		}
		for _, callOff := range children(v, p, dossier.TypeCallOff) {
			if wordOf(dossier.TypeCallOff, callOff) == collective.WordLive && bound(v, callOff) {
				f.add(code, dossier.Buyer(callOff.Deed), register.StageConnected)
			}
		}
	}
}

func (f *boardFacts) add(code string, p fsc.PeerID, stage register.Stage) {
	if p != "" {
		f.steps = append(f.steps, register.Step{Process: code, Participant: string(p), Stage: stage})
	}
}

// bound tells whether a contract of the layer stands on a call-off.
func bound(v *rule.View, callOff rule.Status) bool {
	return slices.ContainsFunc(children(v, callOff.Deed.Hash(), dossier.TypeBinding), func(b rule.Status) bool {
		return b.CompleteAt != 0 && !b.Final
	})
}

// notNow counts why organisations said "not now": over all decisions, and for each
// process over those that are about it.
func (c *Controller) notNow(ctx context.Context, desk *collective.Desk, f *boardFacts) (all map[rule.NotNowCode]int, per map[string]map[rule.NotNowCode]int, err error) {
	states, err := desk.States(ctx, collective.StateFilter{Types: []deed.Type{dossier.TypeDecision}})
	if err != nil {
		return nil, nil, err
	}
	all, per = map[rule.NotNowCode]int{}, map[string]map[rule.NotNowCode]int{}
	for _, s := range states {
		v, status, err := c.folded(ctx, s)
		if err != nil {
			return nil, nil, err
		}
		var codes []string
		for _, p := range status.Deed.Parents {
			codes = append(codes, f.about[p]...)
		}
		slices.Sort(codes)
		for _, stance := range stancesOn(v, s.Deed) {
			if stance.Kind != rule.NotNow {
				continue
			}
			all[stance.Code]++
			for _, code := range slices.Compact(slices.Clone(codes)) {
				if per[code] == nil {
					per[code] = map[rule.NotNowCode]int{}
				}
				per[code][stance.Code]++
			}
		}
	}
	return all, per, nil
}

// Process gives one process of the board by its code, like P29.
func (c *Controller) Process(ctx context.Context, a operator.Actor, code string) (*ProcessDetail, error) {
	b, err := c.Board(ctx, a)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(b.Tiles, func(t BoardTile) bool { return t.Process.Code == code })
	if i < 0 {
		return nil, notFound("there is no such process on the board")
	}
	d := &ProcessDetail{BoardTile: b.Tiles[i]}
	desk := c.cfg.Collective
	for _, h := range d.Frameworks {
		f, err := c.Framework(ctx, a, h)
		if err != nil {
			return nil, err
		}
		d.Served = append(d.Served, f.Framework)
	}
	offered, err := c.Frameworks(ctx, a, FrameworkFilter{Place: Place{Limit: maxLimit}})
	if err != nil {
		return nil, err
	}
	for _, f := range offered.Items {
		if !f.Final && !slices.Contains(d.Frameworks, f.Hash) && f.Word != collective.WordProposed {
			d.Offered = append(d.Offered, f)
		}
	}
	f, err := c.boardFacts(ctx, desk)
	if err != nil {
		return nil, err
	}
	taken := slices.Contains(f.stewards[code], c.Self().ID)
	d.MayTakeUp = c.sees(a, operator.PermissionSign) && (!taken || len(d.Offered) > 0)
	return d, c.takers(ctx, f, d)
}

// takers adds who takes part in a process, and who is its steward.
func (c *Controller) takers(ctx context.Context, f *boardFacts, d *ProcessDetail) error {
	code, furthest := d.Process.Code, map[fsc.PeerID]register.Stage{}
	var ids []fsc.PeerID
	for _, s := range f.steps {
		if id := fsc.PeerID(s.Participant); s.Process == code {
			furthest[id] = max(furthest[id], s.Stage)
			ids = append(ids, id)
		}
	}
	k, err := c.clerkFor(ctx, ids)
	if err != nil {
		return err
	}
	d.Stewards = k.peers(f.stewards[code])
	buyer, err := c.buyerSide(ctx)
	if err != nil {
		return err
	}
	if d.Hidden = !buyer; d.Hidden {
		return nil
	}
	for id, stage := range furthest {
		d.Taking = append(d.Taking, ProcessParticipant{Peer: k.peer(id), Stage: stage})
	}
	slices.SortFunc(d.Taking, func(x, y ProcessParticipant) int {
		return cmp.Or(cmp.Compare(y.Stage, x.Stage), comparePeers(x.Peer, y.Peer))
	})
	return nil
}
