// SPDX-License-Identifier: EUPL-1.2

package publish

import (
	"context"
	"crypto/x509"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// source is one framework with all around it.
type source struct {
	record  *Record
	view    *rule.View
	at      rule.Status // of the framework
	dossier deed.Hash
	body    *dossier.Framework // with the changes that hold
	names   map[fsc.PeerID]string
}

func (r *Record) source(ctx context.Context, framework, home deed.Hash) (*source, error) {
	v, err := r.cfg.Desk.View(ctx, home)
	if err != nil {
		return nil, err
	}
	at, ok := v.Status(framework)
	if !ok {
		return nil, ErrNotFound
	}
	s := &source{record: r, view: v, at: at, dossier: home, names: map[fsc.PeerID]string{}}
	s.body = s.changed()
	signed := []rule.Status{at}
	for _, t := range []deed.Type{dossier.TypeChange, dossier.TypeAccession, dossier.TypeCallOff} {
		signed = append(signed, s.children(t)...)
	}
	for _, one := range signed {
		if err := s.learn(ctx, one.Deed.Hash()); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// learn takes the names of those who signed a deed from their certificates.
func (s *source) learn(ctx context.Context, h deed.Hash) error {
	items, err := s.record.cfg.Desk.Signatures(ctx, h)
	if err != nil {
		return err
	}
	for _, it := range items {
		c, err := x509.ParseCertificate(it.Chain[0])
		if err != nil {
			return err
		}
		if p, err := s.record.cfg.Identity.Peer(c); err == nil && s.names[p.ID] == "" {
			s.names[p.ID] = p.Name
		}
	}
	return nil
}

// peer names an organisation: by the register, or as it signed.
func (s *source) peer(id fsc.PeerID) fsc.Peer {
	if m, ok := s.municipality(id); ok {
		return fsc.Peer{ID: id, Name: m.Name}
	}
	return fsc.Peer{ID: id, Name: s.names[id]}
}

func (s *source) municipality(id fsc.PeerID) (register.Municipality, bool) {
	m, err := s.record.cfg.Register.Identify(string(id))
	return m, err == nil
}

// code gives the code of a municipality, also of one that has ended.
func (s *source) code(id fsc.PeerID) register.Code {
	if m, ok := s.municipality(id); ok {
		return m.Code
	}
	for _, e := range s.record.cfg.Register.Ended() {
		if e.OIN == string(id) {
			return e.Code
		}
	}
	return ""
}

// children lists the deeds of a type that follow the framework, by the receipt
// that made them complete; those that aren't complete come last.
func (s *source) children(t deed.Type) []rule.Status {
	var out []rule.Status
	for _, h := range s.view.Children(s.at.Deed.Hash()) {
		if c, ok := s.view.Status(h); ok && c.Deed.Type == t {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b rule.Status) int {
		switch {
		case a.Number == b.Number:
			return 0
		case b.Number == 0 || a.Number != 0 && a.Number < b.Number:
			return -1
		}
		return 1
	})
	return out
}

// changed gives what the framework says after the changes that hold.
func (s *source) changed() *dossier.Framework {
	var body dossier.Framework
	if deed.Unmarshal(s.at.Deed.Body, &body) != nil {
		return &dossier.Framework{}
	}
	now := &body
	for _, c := range s.children(dossier.TypeChange) {
		if g, err := dossier.ReadChange(c.Deed); err == nil && c.State == rule.InForce {
			now = g.Apply(now)
		}
	}
	return now
}
