// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func deedReasonOf(r controller.Because) client.DeedReason {
	return client.DeedReason{Code: r.Code, Peer: peerIf(r.Peer), Detail: r.Detail, Source: r.Source}
}

func deedStateOf(d controller.DeedState) client.DeedState {
	return client.DeedState{
		Hash: string(d.Hash), Type: int(d.Type), State: string(d.Word), Overlays: d.Overlays, IssuedAt: utc(d.IssuedAt), Since: utc(d.Since),
		Final: d.Final, AwaitingUs: d.Turn, Reasons: each(d.Reasons, deedReasonOf), Notes: each(d.Notes, deedReasonOf),
		Parties: each(d.Parties, func(p controller.Signatory) client.DeedParty {
			return client.DeedParty{Peer: peerOf(p.Peer), Role: string(p.Role), Turn: p.Turn}
		}),
		History: each(d.History, func(h controller.DeedStep) client.DeedStep {
			return client.DeedStep{At: utc(h.At), State: string(h.Word), Overlays: h.Overlays, Reasons: each(h.Reasons, deedReasonOf)}
		}),
		Annexes: each(d.Annexes, func(a controller.AnnexLine) client.DeedAnnex {
			return client.DeedAnnex{Hash: string(a.Hash), Name: a.Name, MediaType: a.MediaType, Size: a.Size, Owner: peerOf(a.Owner)}
		}),
	}
}

func deedOf(d *controller.Deed) client.Deed {
	return client.Deed{Deed: deedStateOf(d.DeedState), Dossier: string(d.Dossier), Parents: texts(d.Parents), Content: string(d.Raw)}
}

func forecastOf(f *controller.Forecast) client.DeedForecast {
	return client.DeedForecast{State: string(f.Word), OK: f.OK, Reasons: each(f.Reasons, deedReasonOf), Signers: each(f.Signers, peerOf)}
}

func frameworkOf(f controller.Framework) client.Framework {
	return client.Framework{
		Deed: deedStateOf(f.DeedState), Name: f.Name, NotBefore: utc(f.NotBefore), NotAfter: utc(f.NotAfter), Until: utc(f.Until), Last: utc(f.Last),
		Published: utc(f.Published), TailDays: f.TailDays, TermRationale: f.TermRationale, Imported: f.Imported, PurchasingBody: peerIf(f.Body),
		Suppliers: each(f.Suppliers, peerOf), Lots: each(f.Lots, frameworkLotOf), Eligible: f.Eligible, Participants: f.Participants,
		Part: f.Part, Joined: string(f.Joined),
		EntryWindows: each(f.Windows, func(w controller.EntryWindow) client.EntryWindow {
			return client.EntryWindow{From: utc(w.From), Until: utc(w.Until), Open: w.Open}
		}),
	}
}

func frameworkLotOf(l controller.FrameworkLot) client.FrameworkLot {
	return client.FrameworkLot{
		ID: l.ID, Name: l.Name, Unit: l.Unit, Maximum: l.Maximum, Committed: l.Committed, Reserved: l.Reserved, Left: l.Left, ReservedByUs: l.Ours,
		MaximumValueCents: l.MaximumCents, AverageUnitCostCents: l.UnitCents, Mark: l.Mark, Suppliers: each(l.Suppliers, peerOf), Services: texts(l.Services),
	}
}

func priceOf(p controller.FrameworkPrice) client.FrameworkPrice {
	return client.FrameworkPrice{
		Deed: deedStateOf(p.DeedState), Lot: p.Sheet.Lot, LotName: p.LotName, Unit: p.Unit, Supplier: peerOf(p.Supplier),
		UnitPriceCents: p.Sheet.Cents, Currency: "EUR", EffortHours: p.Sheet.Hours, Note: p.Sheet.Note, From: utc(p.From), Current: p.Current,
	}
}

func changeOf(ch controller.FrameworkChange) client.FrameworkChange {
	return client.FrameworkChange{
		Deed: deedStateOf(ch.DeedState), Kind: string(ch.Kind), Reason: ch.Reason, BasisPoints: ch.BasisPoints,
		Supplier: peerIf(ch.Supplier), Successor: peerIf(ch.Successor),
	}
}

func accessionOf(a controller.Accession) client.Accession {
	return client.Accession{
		Deed: deedStateOf(a.DeedState), Framework: string(a.Framework), FrameworkName: a.FrameworkName, Buyer: peerOf(a.Buyer), Ours: a.Ours,
		Predecessors: texts(a.Predecessors),
		Lots: each(a.Lots, func(l controller.ReservedLot) client.ReservedLot {
			return client.ReservedLot{Lot: l.Lot, Name: l.Name, Unit: l.Unit, Need: l.Need, Reserved: l.Reserved, Held: l.Held}
		}),
	}
}

func callOffOf(o controller.CallOff) client.CallOff {
	return client.CallOff{
		Deed: deedStateOf(o.DeedState), Framework: string(o.Framework), FrameworkName: o.FrameworkName, Accession: string(o.Accession),
		Buyer: peerOf(o.Buyer), Supplier: peerOf(o.Supplier), Part: o.Part, Lot: o.Lot, LotName: o.LotName, Unit: o.Unit, Quantity: o.Quantity,
		ValueCents: o.ValueCents, Services: texts(o.Services), NotBefore: utc(o.NotBefore), NotAfter: utc(o.NotAfter), Allocated: o.Allocated,
		DrawnAlone: o.DrawnAlone,
		Changes: each(o.Changes, func(g controller.CallOffChange) client.CallOffChange {
			return client.CallOffChange{Deed: deedStateOf(g.DeedState), Quantity: g.Quantity, ValueCents: g.ValueCents, Reason: g.Reason}
		}),
		Contracts: each(o.Bindings, func(b controller.CallOffBinding) client.BoundContract {
			return client.BoundContract{Deed: deedStateOf(b.DeedState), ContentHash: b.Contract}
		}),
	}
}
