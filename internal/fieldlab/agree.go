// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// What the organisations of the tale agreed on.
const (
	frameworkName = "Webdiensten burgerzaken"
	theLot        = "1"
	theMaximum    = 10_000 // notices, of all municipalities together
	theNeed       = 2_000  // of one municipality
	theReserve    = 500
	theCallOff    = 250
	centsANotice  = 150
	day           = 24 * time.Hour
)

// desk is where a member acts with others.
func (m *member) desk() *collective.Desk { return m.node.Load().Desk() }

func accepting(r deed.Role) collective.Act { return collective.Act{Act: deed.Accept, Role: r} }

// openWays makes the contracts under which the members reach the secretariat's
// desk, and under which the supplier reaches the municipalities. Each is accepted
// by a rule of the provider.
func (f *federation) openWays(ctx context.Context) error {
	var g errgroup.Group
	for _, m := range []*member{f.duinwijk, f.veenhoven, f.zilverbroek, f.supplier} {
		g.Go(func() error { return f.connectTo(ctx, m, f.directory, collective.ServiceName) })
	}
	for _, o := range municipalities() {
		g.Go(func() error { return f.connectTo(ctx, f.supplier, f.member(o.key), deskService) })
	}
	return g.Wait()
}

// connectTo makes a contract for a service, unless there is one.
func (f *federation) connectTo(ctx context.Context, from, to *member, service string) error {
	if _, there, err := f.contractFor(ctx, from, to, service, ""); there || err != nil {
		return err
	}
	h, err := f.propose(ctx, from, connectionGrant(from, to, service))
	if err != nil {
		return err
	}
	if err := awaitState(ctx, h, fsc.StateValid, from, to); err != nil {
		return fmt.Errorf("%s to %s: %w", from.name, service, err)
	}
	return nil
}

func connectionGrant(from, to *member, service string) fsc.Grant {
	return fsc.Grant{
		Type:    fsc.GrantTypeServiceConnection,
		Outway:  fsc.Outway{PeerID: from.id, PublicKeyThumbprint: from.outwayKey},
		Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: to.id, Name: service},
	}
}

// word reads the state of a deed for people.
type word func(rule.Status) collective.Word

// awaitDeed waits until a member sees a deed so. A deed that has come to nothing
// is an error with the reasons.
func awaitDeed(ctx context.Context, at *member, h deed.Hash, read word, want collective.Word) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(time.Second / 4) // the clock alone changes states too
	defer tick.Stop()
	for {
		changed := at.desk().Changed()
		s, err := at.desk().Status(ctx, h)
		switch {
		case err == nil && read(s) == want:
			listed, err := lists(ctx, at, s)
			if listed || err != nil {
				return err
			}
		case err == nil && s.Final:
			return fmt.Errorf("%s sees deed %s %s, not %s: %s", at.name, h, read(s), want, reasons(s))
		case err != nil && !errors.Is(err, collective.ErrNotFound):
			return fmt.Errorf("%s: deed %s: %w", at.name, h, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s doesn't see deed %s %s within %s: %w", at.name, h, want, patience, ctx.Err())
		case <-changed:
		case <-tick.C:
		}
	}
}

// lists tells whether the lists of a member say the same: they follow the deeds
// a moment later.
func lists(ctx context.Context, at *member, s rule.Status) (bool, error) {
	found, err := at.desk().States(ctx, collective.StateFilter{Types: []deed.Type{s.Deed.Type}, States: []rule.State{s.State}})
	if err != nil {
		return false, fmt.Errorf("%s: list deeds: %w", at.name, err)
	}
	return slices.ContainsFunc(found, func(one collective.State) bool { return one.Deed == s.Deed.Hash() }), nil
}

// reasons are why a deed is as it is, in one line.
func reasons(s rule.Status) string {
	var all error
	for _, r := range s.Reasons {
		all = errors.Join(all, errors.New(cmp.Or(r.Detail, string(r.Code))))
	}
	return fmt.Sprint(all)
}

// find gives the newest deed of a type that is so for a member; false when there
// is none. Party and parent limit the search.
func find(ctx context.Context, at *member, filter collective.StateFilter, read word, want collective.Word) (deed.Hash, bool, error) {
	found, err := at.desk().States(ctx, filter)
	if err != nil {
		return "", false, fmt.Errorf("%s: list deeds: %w", at.name, err)
	}
	for _, one := range found {
		s, err := at.desk().Status(ctx, one.Deed)
		if err != nil {
			return "", false, fmt.Errorf("%s: deed %s: %w", at.name, one.Deed, err)
		}
		if read(s) == want {
			return one.Deed, true, nil
		}
	}
	return "", false, nil
}

// framework finds that of the web services while it is live, as a member knows it.
func (f *federation) framework(ctx context.Context, at *member) (deed.Hash, bool, error) {
	return f.named(ctx, at, frameworkName, collective.WordLive)
}

// named finds a framework of the purchasing body by its name.
func (f *federation) named(ctx context.Context, at *member, name string, want collective.Word) (deed.Hash, bool, error) {
	read := func(s rule.Status) collective.Word {
		var body dossier.Framework
		if deed.Unmarshal(s.Deed.Body, &body) != nil || body.Name != name {
			return ""
		}
		return collective.FrameworkState(s)
	}
	return find(ctx, at, collective.StateFilter{Types: []deed.Type{dossier.TypeFramework}, Party: f.directory.id}, read, want)
}

// accession finds that of a municipality, as it knows it.
func (f *federation) accession(ctx context.Context, of *member) (deed.Hash, bool, error) {
	return find(ctx, of, collective.StateFilter{Types: []deed.Type{dossier.TypeAccession}, Party: of.id}, collective.AccessionState, collective.WordEffective)
}

// callOff finds the one of a municipality under which data flows.
func (f *federation) callOff(ctx context.Context, of *member) (deed.Hash, bool, error) {
	return find(ctx, of, collective.StateFilter{Types: []deed.Type{dossier.TypeCallOff}, Party: of.id}, collective.CallOffState, collective.WordLive)
}

// conclude has the purchasing body and the supplier sign the framework.
func (f *federation) conclude(ctx context.Context) (deed.Hash, error) {
	now := f.now()
	var eligible []fsc.PeerID
	for _, o := range municipalities() {
		eligible = append(eligible, o.id)
	}
	body, err := json.Marshal(dossier.Framework{
		Name: frameworkName, Published: now.Add(-90 * day).Unix(), TailDays: 30, Eligible: eligible,
		Windows: []dossier.Window{{From: now.Add(-day).Unix(), Until: now.Add(200 * day).Unix()}},
		Lots: []dossier.Lot{{
			ID: theLot, Name: "Verhuizing en overlijden", Unit: "meldingen", MaximumQuantity: theMaximum,
			MaximumValue: 2 * theMaximum * centsANotice, // so that the notices run out before the money
			Suppliers:    []fsc.PeerID{f.supplier.id}, Services: webServices(),
		}},
	})
	if err != nil {
		return "", err
	}
	h, err := f.directory.desk().Propose(ctx, deed.Draft{
		Type: dossier.TypeFramework, NotBefore: now.Unix(), NotAfter: now.Add(2 * year).Unix(), Body: body, Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{
			{PeerID: f.directory.id, Role: deed.Secretariat},
			{PeerID: f.directory.id, Role: dossier.RolePurchasingBody},
			{PeerID: f.supplier.id, Role: dossier.RoleSupplier},
		},
	}, accepting(dossier.RolePurchasingBody))
	if err != nil {
		return "", fmt.Errorf("%s proposes a framework: %w", f.directory.name, err)
	}
	if err := f.countersign(ctx, h, collective.FrameworkState, collective.WordProposed); err != nil {
		return "", err
	}
	for _, m := range []*member{f.directory, f.supplier, f.duinwijk, f.veenhoven, f.zilverbroek} {
		if err := awaitDeed(ctx, m, h, collective.FrameworkState, collective.WordLive); err != nil {
			return "", err
		}
	}
	return h, nil
}

// countersign has a person at the supplier sign what has come in.
func (f *federation) countersign(ctx context.Context, h deed.Hash, read word, as collective.Word) error {
	if err := awaitDeed(ctx, f.supplier, h, read, as); err != nil {
		return err
	}
	if err := f.supplier.desk().Sign(ctx, h, accepting(dossier.RoleSupplier)); err != nil {
		return fmt.Errorf("%s signs: %w", f.supplier.name, err)
	}
	return nil
}

// proposeDeed has a person at a buyer sign a deed.
func (f *federation) proposeDeed(ctx context.Context, m *member, act string, draft deed.Draft) (h deed.Hash, err error) {
	err = f.releasing(ctx, m, act, func(ctx context.Context) (string, error) {
		h, err = m.desk().Propose(ctx, draft, accepting(dossier.RoleBuyer))
		return string(h), err
	})
	return h, err
}

// accede has a municipality join the framework, with a reservation.
func (f *federation) accede(ctx context.Context, m *member) (deed.Hash, error) {
	framework, there, err := f.framework(ctx, m)
	if err != nil {
		return "", err
	}
	if !there {
		return "", notNow("there is no framework that is live")
	}
	body, err := json.Marshal(dossier.Accession{Lots: []dossier.Reservation{{Lot: theLot, Need: theNeed, Reserved: theReserve}}})
	if err != nil {
		return "", err
	}
	h, err := f.proposeDeed(ctx, m, "accession.seal", deed.Draft{
		Type: dossier.TypeAccession, Parents: []deed.Hash{framework}, Rule: deed.Rule{Kind: deed.RuleOne}, Body: body,
		Parties: []deed.Party{{PeerID: m.id, Role: dossier.RoleBuyer}},
	})
	if err != nil {
		return "", fmt.Errorf("%s accedes: %w", m.name, err)
	}
	err = awaitDeed(ctx, m, h, collective.AccessionState, collective.WordEffective)
	return h, err
}

// offerCallOff has a municipality sign a call-off and hand it to the supplier.
func (f *federation) offerCallOff(ctx context.Context, m *member, quantity int64) (deed.Hash, error) {
	framework, live, err := f.framework(ctx, m)
	if err != nil {
		return "", err
	}
	accession, joined, err := f.accession(ctx, m)
	if err != nil {
		return "", err
	}
	if !live || !joined {
		return "", notNow("the municipality has not joined the framework")
	}
	body, err := json.Marshal(dossier.CallOff{Lot: theLot, Quantity: quantity, Value: quantity * centsANotice, Services: webServices()})
	if err != nil {
		return "", err
	}
	h, err := f.proposeDeed(ctx, m, "calloff.sign", deed.Draft{
		Type: dossier.TypeCallOff, Parents: []deed.Hash{framework, accession}, Rule: deed.Rule{Kind: deed.RuleAll}, Body: body,
		NotAfter: f.now().Add(year).Unix(),
		Parties:  []deed.Party{{PeerID: m.id, Role: dossier.RoleBuyer}, {PeerID: f.supplier.id, Role: dossier.RoleSupplier}},
	})
	if err != nil {
		return "", fmt.Errorf("%s calls off: %w", m.name, err)
	}
	return h, nil
}

// callOffAndSign has a municipality call off, and waits until data may flow: the
// supplier has signed and the purchasing body allocated.
func (f *federation) callOffAndSign(ctx context.Context, m *member) (deed.Hash, error) {
	h, err := f.offerCallOff(ctx, m, theCallOff)
	if err != nil {
		return "", err
	}
	if err := f.countersign(ctx, h, collective.CallOffState, collective.WordOffered); err != nil {
		return "", err
	}
	for _, at := range []*member{f.supplier, m} {
		if err := awaitDeed(ctx, at, h, collective.CallOffState, collective.WordLive); err != nil {
			return "", err
		}
	}
	return h, nil
}

// link connects a municipality's Outway under its call-off: a contract for each
// service, which the supplier's rule signs because the call-off is live.
func (f *federation) link(ctx context.Context, m *member, callOff deed.Hash) ([]fsc.ContentHash, error) {
	var all []fsc.ContentHash
	for _, service := range webServices() {
		var h fsc.ContentHash
		err := f.releasing(ctx, m, "calloff.connect", func(ctx context.Context) (_ string, err error) {
			h, err = m.node.Load().Connect(ctx, callOff, service)
			return string(callOff), err
		})
		if err != nil {
			return nil, fmt.Errorf("%s connects to %s: %w", m.name, service, err)
		}
		all = append(all, h)
	}
	for _, h := range all {
		if err := awaitState(ctx, h, fsc.StateValid, m, f.supplier); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// left is how much of the lot nobody has called off or reserved, as the
// purchasing body counts it.
func (f *federation) left(ctx context.Context) (int64, error) {
	h, _, err := f.framework(ctx, f.directory)
	if err != nil {
		return 0, err
	}
	view, err := f.directory.desk().View(ctx, h)
	if err != nil {
		return 0, err
	}
	count, err := collective.LedgerOf(view, h)
	if err != nil {
		return 0, err
	}
	return count.Lots()[0].Pool, nil
}
