// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/event"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// Happenings is what a desk has to tell endpoints and calendars: it implements
// [event.Source].
type Happenings struct{ desk *Desk }

// Happenings gives what this desk has to tell endpoints and calendars.
func (d *Desk) Happenings() Happenings { return Happenings{d} }

// Transitions lists what changed after a number, in order.
func (h Happenings) Transitions(ctx context.Context, after int64, limit int) ([]event.Transition, error) {
	all, err := h.desk.Transitions(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	out := make([]event.Transition, 0, len(all))
	for _, t := range all {
		out = append(out, event.Transition{
			Number: t.Number, Deed: t.Deed, Dossier: t.Dossier, Type: t.Type, From: string(t.From), To: string(t.To), Overlays: t.Overlays, At: t.At,
		})
	}
	return out, nil
}

// Frameworks lists those that run or are to begin, also those that were asserted.
func (h Happenings) Frameworks(ctx context.Context) ([]event.Framework, error) {
	var out []event.Framework
	err := h.frameworks(ctx, func(s *rule.Status, f *dossier.Framework) error {
		out = append(out, termOf(s, f))
		return nil
	})
	return out, err
}

// frameworks hands over each framework that runs or is to begin, with its body.
func (h Happenings) frameworks(ctx context.Context, do func(*rule.Status, *dossier.Framework) error) error {
	running, err := h.desk.States(ctx, StateFilter{
		Types: []deed.Type{dossier.TypeFramework}, States: []rule.State{rule.Pending, stateLive, stateAsserted, stateExhausted},
	})
	if err != nil {
		return err
	}
	for i := range running {
		s, f, err := h.framework(ctx, running[i].Deed)
		if err != nil {
			return err
		}
		if err := do(&s, f); err != nil {
			return err
		}
	}
	return nil
}

// framework reads one whose state says that its body fits its type.
func (h Happenings) framework(ctx context.Context, hash deed.Hash) (rule.Status, *dossier.Framework, error) {
	s, err := h.desk.Status(ctx, hash)
	if err != nil {
		return s, nil, fmt.Errorf("framework %s: %w", hash, err)
	}
	var f dossier.Framework
	if err := deed.Unmarshal(s.Deed.Body, &f); err != nil {
		return s, nil, fmt.Errorf("framework %s: %w", hash, err)
	}
	return s, &f, nil
}

// termOf gives what the clock has to know. Once the options are used, their end
// is the end.
func termOf(s *rule.Status, f *dossier.Framework) event.Framework {
	out := event.Framework{Deed: s.Deed.Hash(), Name: f.Name, End: s.Deed.NotAfter, ExtensionUntil: f.ExtensionUntil}
	if f.ExtensionUntil > out.End && slices.Contains(s.Overlays, OverlayExtended) {
		out.End = f.ExtensionUntil
	}
	for _, w := range f.Windows {
		out.Windows = append(out.Windows, event.Window(w))
	}
	return out
}

// Agenda gives what this Peer itself has to do with, for its calendar: the
// frameworks that it runs, supplies or may join, its call-offs, and decisions that
// are open. Language and links are up to who shows it.
func (h Happenings) Agenda(ctx context.Context) (*event.Agenda, error) {
	a := &event.Agenda{Owner: h.desk.Self(), Made: h.desk.cfg.Now().UTC().Truncate(time.Second)}
	err := h.frameworks(ctx, func(s *rule.Status, f *dossier.Framework) error {
		if concerns(a.Owner, s.Deed, f) {
			a.Frameworks = append(a.Frameworks, termOf(s, f))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if a.CallOffs, err = h.callOffs(ctx); err != nil {
		return nil, err
	}
	a.Decisions, err = h.decisions(ctx)
	return a, err
}

func concerns(p fsc.PeerID, c *deed.Content, f *dossier.Framework) bool {
	return slices.Contains(f.Eligible, p) || slices.ContainsFunc(c.Parties, func(in deed.Party) bool { return in.PeerID == p })
}

// callOffs lists the ends of call-offs of this Peer, under the name of their
// framework.
func (h Happenings) callOffs(ctx context.Context) ([]event.Term, error) {
	running, err := h.desk.States(ctx, StateFilter{
		Types: []deed.Type{dossier.TypeCallOff}, States: []rule.State{rule.Pending, stateSigned}, Party: h.desk.Self(),
	})
	if err != nil {
		return nil, err
	}
	var out []event.Term
	for i := range running {
		name, err := h.nameOfCallOff(ctx, running[i].Deed)
		if err != nil {
			return nil, err
		}
		out = append(out, event.Term{Deed: running[i].Deed, Name: name, At: running[i].NotAfter})
	}
	return out, nil
}

func (h Happenings) nameOfCallOff(ctx context.Context, hash deed.Hash) (string, error) {
	s, err := h.desk.Status(ctx, hash)
	if err != nil {
		return "", fmt.Errorf("call-off %s: %w", hash, err)
	}
	for _, p := range s.Deed.Parents {
		if t, _ := p.Type(); t != dossier.TypeFramework {
			continue
		}
		_, f, err := h.framework(ctx, p)
		if err != nil {
			return "", err
		}
		body, err := dossier.ReadCallOff(s.Deed)
		if err != nil {
			return "", fmt.Errorf("call-off %s: %w", hash, err)
		}
		if lot, ok := f.Lot(body.Lot); ok && lot.Name != f.Name {
			return f.Name + ", " + lot.Name, nil
		}
		return f.Name, nil
	}
	return string(hash), nil
}

// decisions lists when those that are open close.
func (h Happenings) decisions(ctx context.Context) ([]event.Term, error) {
	open, err := h.desk.States(ctx, StateFilter{Types: []deed.Type{dossier.TypeDecision}, States: []rule.State{rule.Open}})
	if err != nil {
		return nil, err
	}
	var out []event.Term
	for i := range open {
		s, err := h.desk.Status(ctx, open[i].Deed)
		if err != nil {
			return nil, fmt.Errorf("decision %s: %w", open[i].Deed, err)
		}
		d, err := dossier.ReadDecision(s.Deed)
		if err != nil {
			return nil, fmt.Errorf("decision %s: %w", open[i].Deed, err)
		}
		out = append(out, event.Term{Deed: open[i].Deed, Name: d.Title, At: open[i].NotAfter})
	}
	return out, nil
}
