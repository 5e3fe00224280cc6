// SPDX-License-Identifier: EUPL-1.2

package collectivetest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
)

// Size is how much of everything a [Federation] has.
type Size struct {
	Peers      int // that buy, at most as many as there are municipalities
	Frameworks int // each in a dossier of its own
	CallOffs   int // in all; at least a few for each framework
}

// buyersOfOne is how many buyers an ordinary framework has.
const buyersOfOne = 10

// spare is how many units the great framework has left, for [Federation.More].
const spare = 1000

// Federation is what many buyers did under many frameworks, at the desk of the
// one secretariat that keeps all dossiers.
//
// The first framework, the great one, has the accession of each Peer, and came in
// as deeds come in from other nodes. The others were put in the store, with
// signatures and checkpoints that are as good; the secretariat answers all
// call-offs itself. One in ten frameworks has too few units for the last tenth of
// its call-offs.
type Federation struct {
	*Circle
	Size     Size
	Office   fsc.PeerID // the first member of the Circle
	Works    []Work     // the great framework first
	Received int        // deeds and signatures of the great one that came in
	Took     time.Duration

	maker  fsc.PeerID
	buyers []fsc.PeerID
	keys   map[fsc.PeerID]key
	judged map[fsc.PeerID]deed.Signed
}

// Work is one framework and what belongs to it.
type Work struct {
	Framework  deed.Hash
	Accessions []deed.Hash
	CallOffs   []deed.Hash
	// Each is what a call-off asks, in units, and Live how many call-offs the lot
	// has room for.
	Each int64
	Live int
}

// NewFederation founds a federation. Its Peers have the facts of the first
// municipalities of the register, under numbers for tests.
func NewFederation(c *Circle, size Size) *Federation {
	c.t.Helper()
	f := &Federation{
		Circle: c, Size: size, Office: c.order[0], maker: "00000099000000500000",
		keys: map[fsc.PeerID]key{}, judged: map[fsc.PeerID]deed.Signed{},
	}
	for i := range size.Peers {
		f.buyers = append(f.buyers, Municipality(i))
	}
	for _, id := range append(f.buyers, f.maker) {
		f.keys[id] = c.key(id)
	}
	f.keys[f.Office] = c.signers[f.Office]
	f.receive(f.found(0))
	for i := 1; i < size.Frameworks; i++ {
		f.store(f.found(i))
		f.answer()
	}
	return f
}

// Municipality gives the number for tests of a municipality.
func Municipality(i int) fsc.PeerID { return fsc.PeerID(fmt.Sprintf("0000009900000030%04d", i)) }

// RegisterOf gives the register in which the first municipalities have numbers
// for tests.
func RegisterOf(peers int) (*register.Register, error) {
	reg, err := facts()
	if err != nil {
		return nil, err
	}
	numbers := map[register.Code]string{}
	for i, m := range reg.Municipalities()[:peers] {
		numbers[m.Code] = string(Municipality(i))
	}
	return reg.As(numbers)
}

// answer lets the secretariat count until it owes nothing.
func (f *Federation) answer() {
	f.t.Helper()
	for range 2 {
		f.must(f.Desk(f.Office).Fold(f.t.Context()))
	}
}

// act is a deed with who signs it.
type act struct {
	content *deed.Content
	by      []deed.Party
}

// found drafts a framework and everything under it.
func (f *Federation) found(i int) []act {
	f.t.Helper()
	count := f.Size.CallOffs / f.Size.Frameworks
	buyers := f.some(i)
	if i == 0 { // one for each at least, and what the division leaves
		count = max(count, len(f.buyers))
	} else {
		rest := f.Size.CallOffs - len(f.Works[0].CallOffs)
		count = rest*i/(f.Size.Frameworks-1) - rest*(i-1)/(f.Size.Frameworks-1)
	}
	w := Work{Each: int64(1 + i%9), Live: count}
	if i%10 == 5 {
		w.Live -= count / 10
	}
	units := int64(w.Live) * w.Each
	if i == 0 {
		units += spare
	}
	framework := f.framework(units, i)
	w.Framework = framework.content.Hash()
	all := []act{framework}
	for _, buyer := range buyers {
		in := f.accession(buyer, &w)
		all, w.Accessions = append(all, in), append(w.Accessions, in.content.Hash())
	}
	for n := range count {
		o := f.callOff(buyers[n%len(buyers)], w.Accessions[n%len(buyers)], &w)
		all, w.CallOffs = append(all, o), append(w.CallOffs, o.content.Hash())
	}
	f.Works = append(f.Works, w)
	return all
}

// some gives the buyers of a framework: all of the great one, ten of another.
func (f *Federation) some(i int) []fsc.PeerID {
	if i == 0 {
		return f.buyers
	}
	var out []fsc.PeerID
	for n := range min(buyersOfOne, len(f.buyers)) {
		out = append(out, f.buyers[(i*7+n)%len(f.buyers)])
	}
	return out
}

func (f *Federation) draft(d deed.Draft, body any) act {
	f.t.Helper()
	raw, err := json.Marshal(body)
	f.must(err)
	d.Body = raw
	content, err := f.Desk(f.Office).Draft(d)
	f.must(err)
	return act{content, content.Signatories()}
}

func (f *Federation) framework(units int64, i int) act {
	now := f.Now().Unix()
	return f.draft(deed.Draft{
		Type: dossier.TypeFramework, NotBefore: now, NotAfter: now + 700*day, Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{
			{PeerID: f.Office, Role: deed.Secretariat}, {PeerID: f.Office, Role: dossier.RolePurchasingBody}, {PeerID: f.maker, Role: dossier.RoleSupplier},
		},
	}, dossier.Framework{
		Name: fmt.Sprintf("Webdiensten %d", i), Published: now - 90*day, TailDays: 30, Eligible: f.buyers,
		Windows: []dossier.Window{{From: now - day, Until: now + 200*day}},
		Lots: []dossier.Lot{{
			ID: "1", Name: "Verhuizing doorgeven", Unit: "meldingen", MaximumQuantity: units, MaximumValue: 100 * units,
			Suppliers: []fsc.PeerID{f.maker}, Services: []string{"verhuizing-doorgeven"},
		}},
	})
}

func (f *Federation) accession(buyer fsc.PeerID, w *Work) act {
	return f.draft(deed.Draft{
		Type: dossier.TypeAccession, Parents: []deed.Hash{w.Framework}, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: buyer, Role: dossier.RoleBuyer}},
	}, dossier.Accession{Lots: []dossier.Reservation{{Lot: "1", Need: w.Each}}})
}

func (f *Federation) callOff(buyer fsc.PeerID, accession deed.Hash, w *Work) act {
	return f.draft(deed.Draft{
		Type: dossier.TypeCallOff, Parents: []deed.Hash{w.Framework, accession}, Rule: deed.Rule{Kind: deed.RuleAll}, NotAfter: f.Now().Unix() + 365*day,
		Parties: []deed.Party{{PeerID: buyer, Role: dossier.RoleBuyer}, {PeerID: f.maker, Role: dossier.RoleSupplier}},
	}, dossier.CallOff{Lot: "1", Quantity: w.Each, Value: w.Each * 100, Services: []string{"verhuizing-doorgeven"}})
}

// More makes one more call-off under the great framework, and gives it with its
// signatures as its parties would hand it in.
func (f *Federation) More(n int) []collective.Item {
	f.t.Helper()
	w := &f.Works[0]
	o := f.callOff(f.buyers[n%len(f.buyers)], w.Accessions[n%len(f.buyers)], w)
	w.CallOffs, w.Live = append(w.CallOffs, o.content.Hash()), w.Live+1
	return f.items(o)
}

func (f *Federation) items(a act) []collective.Item {
	f.t.Helper()
	out := []collective.Item{{Deed: a.content.Raw()}}
	for _, s := range f.signatures(a) {
		out = append(out, collective.Item{JWS: s.signature.JWS, Chain: f.keys[s.by.PeerID].chain})
	}
	return out
}
