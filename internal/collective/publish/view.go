// SPDX-License-Identifier: EUPL-1.2

package publish

import (
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ledger"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// Framework is a framework agreement as anybody may see it. Names may be empty.
type Framework struct {
	Hash, Dossier deed.Hash
	OCID          string // empty without open data
	Name          string
	Word          collective.Word
	Concluded     time.Time // by the receipt of the last signature
	From, Until   time.Time // Until is exclusive, with the options that were used
	Last          time.Time // the end with all options
	Body, Keeper  fsc.Peer
	Suppliers     []fsc.Peer
	Eligible      int // how many buyers may join
	Windows       []Window
	Lots          []Lot
	Joined        []Accession // those that hold or held, by receipt
	CallOffs      []CallOff   // those that hold or held, by receipt
	Changes       []Change
}

// Window is when one can join.
type Window struct{ From, Until time.Time }

// Lot is a part of a framework with its totals, in its own unit.
type Lot struct {
	ID, Name, Unit                     string
	Maximum, Committed, Reserved, Left int64
	MaximumCents                       int64 // the value of the whole lot at most
	Percent                            int64 // of the maximum that is called off, rounded down
	Suppliers                          []fsc.Peer
}

// Accession is that a buyer joined; not how much it reserved.
type Accession struct {
	Hash  deed.Hash
	Buyer fsc.Peer
	Word  collective.Word
	Since time.Time // of the receipt
	Lots  []string
}

// CallOff is that a buyer ordered; not at what price.
type CallOff struct {
	Hash            deed.Hash
	Buyer, Supplier fsc.Peer
	Word            collective.Word
	Signed          time.Time // by the receipt of the last signature
	From, Until     time.Time // Until is exclusive; zero: no end
	Lot, Unit       string
	Quantity        int64
}

// Change is a change of a framework that holds.
type Change struct {
	Hash   deed.Hash
	Kind   dossier.ChangeKind
	Reason string
	// Successor is who took a supplier's place; empty with other kinds.
	Successor fsc.PeerID
	At        time.Time
}

// instant gives an instant of a deed; zero for 0.
func instant(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(at, 0).UTC()
}

func (s *source) framework() *Framework {
	c := s.at.Deed
	f := &Framework{
		Hash: c.Hash(), Dossier: s.dossier, Name: s.body.Name, Word: collective.FrameworkState(s.at), Concluded: instant(s.at.CompleteAt),
		From: instant(c.NotBefore), Until: instant(c.NotAfter), Last: s.body.End(c).UTC(), Eligible: len(s.body.Eligible), Lots: s.lots(),
	}
	if slices.Contains(s.at.Overlays, collective.OverlayExtended) {
		f.Until = f.Last
	}
	for _, p := range c.PeersInRole(dossier.RolePurchasingBody) {
		f.Body = s.peer(p)
	}
	if keeper, ok := c.Keeper(); ok {
		f.Keeper = s.peer(keeper)
	}
	for _, id := range s.suppliers() {
		f.Suppliers = append(f.Suppliers, s.peer(id))
	}
	for _, w := range s.body.Windows {
		f.Windows = append(f.Windows, Window{instant(w.From), instant(w.Until)})
	}
	for _, one := range s.children(dossier.TypeAccession) {
		if a, ok := s.accession(one); ok {
			f.Joined = append(f.Joined, a)
		}
	}
	for _, one := range s.children(dossier.TypeCallOff) {
		if o, ok := s.callOff(one); ok {
			f.CallOffs = append(f.CallOffs, o)
		}
	}
	for _, one := range s.children(dossier.TypeChange) {
		if g, ok := changeOf(one); ok {
			f.Changes = append(f.Changes, g)
		}
	}
	return f
}

// changeOf gives a change that holds.
func changeOf(at rule.Status) (Change, bool) {
	g, err := dossier.ReadChange(at.Deed)
	if err != nil || at.State != rule.InForce {
		return Change{}, false
	}
	return Change{Hash: at.Deed.Hash(), Kind: g.Kind, Reason: g.Reason, Successor: g.Successor, At: instant(at.CompleteAt)}, true
}

func (s *source) suppliers() []fsc.PeerID {
	var out []fsc.PeerID
	for i := range s.body.Lots {
		for _, p := range s.body.Lots[i].Suppliers {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

func (s *source) lots() []Lot {
	count := map[string]ledger.Status{}
	if l, err := collective.LedgerOf(s.view, s.at.Deed.Hash()); err == nil {
		for _, st := range l.Lots() {
			count[st.ID] = st
		}
	}
	var out []Lot
	for i := range s.body.Lots {
		b := &s.body.Lots[i]
		at, ok := count[b.ID]
		if !ok {
			at.Pool = b.MaximumQuantity
		}
		l := Lot{
			ID: b.ID, Name: b.Name, Unit: b.Unit, Maximum: b.MaximumQuantity, Committed: at.Committed, Reserved: at.Escrowed, Left: at.Pool,
			MaximumCents: b.MaximumValue,
		}
		if b.MaximumQuantity > 0 {
			l.Percent = at.Committed * 100 / b.MaximumQuantity
		}
		for _, p := range b.Suppliers {
			l.Suppliers = append(l.Suppliers, s.peer(p))
		}
		out = append(out, l)
	}
	return out
}

// accession gives one that took effect; false for others.
func (s *source) accession(at rule.Status) (Accession, bool) {
	word := collective.AccessionState(at)
	body, err := dossier.ReadAccession(at.Deed)
	if err != nil || at.Number == 0 || word != collective.WordEffective && word != collective.WordEnded {
		return Accession{}, false
	}
	a := Accession{Hash: at.Deed.Hash(), Buyer: s.peer(dossier.Buyer(at.Deed)), Word: word, Since: instant(at.CompleteAt)}
	for _, l := range body.Lots {
		a.Lots = append(a.Lots, l.Lot)
	}
	return a, true
}

// callOff gives one that came into force; false for others.
func (s *source) callOff(at rule.Status) (CallOff, bool) {
	word := collective.CallOffState(at)
	body, err := dossier.ReadCallOff(at.Deed)
	held := word == collective.WordLive || word == collective.WordPlanned || slices.Contains(at.Overlays, collective.OverlayAllocated)
	own := collective.OwnDrawOf(s.view, at.Deed.Hash())
	if err != nil || at.Number == 0 || !held || own.Deed != "" && !own.Settled { // its lot doesn't count it before it is settled
		return CallOff{}, false
	}
	o := CallOff{
		Hash: at.Deed.Hash(), Buyer: s.peer(dossier.Buyer(at.Deed)), Supplier: s.peer(dossier.Supplier(at.Deed)), Word: word,
		Signed: instant(at.CompleteAt), From: instant(at.Deed.NotBefore), Until: instant(at.Deed.NotAfter), Lot: body.Lot, Quantity: collective.TermsOf(s.view, at.Deed.Hash()).Quantity,
	}
	if l, ok := s.body.Lot(body.Lot); ok {
		o.Unit = l.Unit
	}
	return o, true
}
