// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

// book is the transaction log of a member.
type book struct {
	*store.LogStore
	offset  int64
	problem error
	stands  bool // the contract under the call-off does
}

const boundGrant = "$1$3$grant"

func (b *book) Grants(_ context.Context, _ deed.Hash, contract fsc.ContentHash, _ bool) ([]string, error) {
	if contract != boundContract {
		return nil, errors.New("another contract")
	}
	return []string{boundGrant}, b.problem
}

func (b *book) Stands(context.Context, fsc.ContentHash) (bool, error) { return b.stands, nil }

const boundContract = fsc.ContentHash(contractOfFSC)

// AskUsage implements [collective.Partner].
func (p post) AskUsage(ctx context.Context, to fsc.PeerID, callOff deed.Hash, m usage.Month, q *usage.Question) (*usage.Answer, error) {
	if p.circle.cut[to] || p.circle.cut[p.self] {
		return nil, errors.New("there is no contract under which the service collective-v1 may be called; propose one")
	}
	return p.circle.desks[to].AnswerUsage(ctx, p.self, callOff, m, q)
}

// AskSavings implements [collective.Partner].
func (p post) AskSavings(ctx context.Context, keeper fsc.PeerID, framework deed.Hash) (*collective.Savings, error) {
	if p.circle.cut[keeper] || p.circle.cut[p.self] {
		return nil, errors.New("there is no contract under which the service collective-v1 may be called; propose one")
	}
	got, err := p.circle.desks[keeper].SavingsFor(ctx, p.self, framework)
	if r, ok := errors.AsType[*collective.Refusal](err); ok {
		return nil, &collective.Refused{Code: string(r.Code), Detail: r.Detail}
	}
	return got, err
}

// called writes calls with these numbers into the log of a side, a minute apart.
func (c *circle) called(p fsc.PeerID, dir txlog.Direction, from time.Time, numbers ...int) {
	c.t.Helper()
	var all []txlog.Record
	for _, n := range numbers {
		at := from.Add(time.Duration(n) * time.Minute)
		all = append(all, txlog.Record{
			TransactionID: callID(at, n), Direction: dir, GrantHash: boundGrant, GroupID: deskGroup, CreatedAt: at,
			ServiceName: "verhuizing-doorgeven", OutwayPeerID: duinwijk, ServicePeerID: maker,
		})
	}
	b := c.logs[p]
	b.offset++
	fatal(c.t, b.Index(c.t.Context(), all, txlog.Position{Segment: 1, Offset: b.offset}))
}

func callID(at time.Time, n int) string {
	ms := at.UnixMilli()
	return fmt.Sprintf("%08x-%04x-7000-8000-%012x", ms>>16, ms&0xffff, n)
}

func numbers(from, until int, without ...int) (out []int) {
	for n := from; n < until; n++ {
		if !slices.Contains(without, n) {
			out = append(out, n)
		}
	}
	return out
}

var (
	march = usage.Month{Year: 2026, Month: time.March}
	april = usage.Month{Year: 2026, Month: time.April}
)

// connected is a circle with a call-off under which data flows.
func connected(t *testing.T, more ...fsc.PeerID) (*circle, deed.Hash) {
	t.Helper()
	c := newCircle(t, append([]fsc.PeerID{office, maker, duinwijk}, more...)...)
	o := c.live(duinwijk, 10)
	b, err := c.at(duinwijk).Bind(t.Context(), o, boundContract, 0, c.now().Unix()+365*day)
	fatal(t, err)
	c.settle()
	fatal(t, c.at(maker).Sign(t.Context(), b, accept(dossier.RoleSupplier)))
	c.settle()
	return c, o
}

func (c *circle) until(at time.Time) { c.clock.Store(at.Unix()) }

func (c *circle) month(p fsc.PeerID, o deed.Hash, m usage.Month) *collective.UsageMonth {
	c.t.Helper()
	got, err := c.at(p).UsageReport(c.t.Context(), o, m)
	fatal(c.t, err)
	return got
}

func (c *circle) round() {
	c.t.Helper()
	for _, p := range []fsc.PeerID{duinwijk, maker, office} {
		fatal(c.t, c.at(p).SettleMonths(c.t.Context()))
		c.settle()
	}
}

func TestAMonthIsStatedAfterItsMarginAndAgreedByItself(t *testing.T) {
	c, o := connected(t)
	c.called(duinwijk, txlog.DirectionOutgoing, opening.Add(time.Hour), numbers(0, 30)...)
	c.called(maker, txlog.DirectionIncoming, opening.Add(time.Hour), numbers(0, 30)...)
	c.until(time.Date(2026, 4, 2, 21, 59, 0, 0, time.UTC)) // 23:59 on the second day
	c.round()
	if m := c.month(duinwijk, o, march); m.Word != collective.UsageOpen {
		t.Errorf("before the margin it is %s", m.Word)
	}
	c.until(time.Date(2026, 4, 2, 22, 0, 0, 0, time.UTC))
	c.round()
	c.round() // once more changes nothing
	for _, p := range []fsc.PeerID{duinwijk, maker, office} {
		m := c.month(p, o, march)
		if m.Word != collective.UsageAgreed || m.Buyer.Count != 30 || m.Buyer.Root != m.Supplier.Root || m.Report != nil {
			t.Errorf("%s sees %+v", p, m)
		}
		c.everywhere(m.Buyer.Deed, "agreed")
	}
	all, err := c.at(maker).Usage(t.Context(), o)
	fatal(t, err)
	if len(all) != 2 || all[0].Month != april || all[0].Word != collective.UsageRunning || all[1].Word != collective.UsageAgreed {
		t.Errorf("got %+v", all)
	}
}

func TestAMissingRecordIsNamedAndTheMonthSettled(t *testing.T) {
	c, o := connected(t)
	begin := opening.Add(time.Hour)
	c.called(duinwijk, txlog.DirectionOutgoing, begin, numbers(0, 500, 123)...)
	c.called(maker, txlog.DirectionIncoming, begin, numbers(0, 500, 77, 78)...)
	c.until(time.Date(2026, 4, 4, 8, 0, 0, 0, time.UTC))
	c.round()
	c.round()
	lost := callID(begin.Add(123*time.Minute), 123)
	buyer, supplier := c.month(duinwijk, o, march), c.month(maker, o, march)
	for who, m := range map[string]*collective.UsageMonth{"buyer": buyer, "supplier": supplier} {
		if m.Word != collective.UsageDisputed || m.Report == nil || m.Report.Difference == nil {
			t.Fatalf("the %s sees %+v, %+v", who, m, m.Report)
		}
	}
	if d := buyer.Report.Difference; d.Equal != 497 || d.OnlyOwn != 2 || d.OnlyOther != 1 || d.Other[0] != lost {
		t.Errorf("the buyer found %+v", d)
	}
	if d := supplier.Report.Difference; d.OnlyOwn != 1 || d.OnlyOther != 2 || d.Own[0] != lost {
		t.Errorf("the supplier found %+v", d)
	}
	s, err := c.at(maker).AgreeMonth(t.Context(), o, march, 500, "Beide kanten misten een paar records.")
	fatal(t, err)
	c.settle()
	if m := c.month(duinwijk, o, march); m.Word != collective.UsageSettling || m.Settlement.Count != 500 || !slices.Equal(m.Settlement.Awaiting, []fsc.PeerID{duinwijk}) {
		t.Errorf("the buyer sees %+v", m)
	}
	again, err := c.at(duinwijk).AgreeMonth(t.Context(), o, march, 500, "Akkoord.")
	fatal(t, err)
	c.settle()
	if again != s {
		t.Error("the buyer signed something else than was proposed")
	}
	c.everywhere(s, "settled")
	if m := c.month(maker, o, march); m.Word != collective.UsageSettled || m.Settlement.Count != 500 {
		t.Errorf("the supplier sees %+v", m)
	}
}

func TestAMonthThatRunsIsCountedAndNotStated(t *testing.T) {
	c, o := connected(t)
	c.called(duinwijk, txlog.DirectionOutgoing, opening.Add(time.Hour), numbers(0, 7)...)
	c.pass(24 * time.Hour)
	for range 2 {
		m, err := c.at(duinwijk).SettleMonth(t.Context(), o, march)
		fatal(t, err)
		if m.Word != collective.UsageRunning || m.SoFar == nil || m.SoFar.Count != 7 || m.Buyer != nil {
			t.Errorf("got %+v", m)
		}
	}
	c.until(time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)) // over, and no margin for who asks
	m, err := c.at(duinwijk).SettleMonth(t.Context(), o, march)
	fatal(t, err)
	if m.Word != collective.UsageStated || m.Buyer.Count != 7 {
		t.Errorf("got %+v", m)
	}
}

func TestTheLastMonthIsAgreedWhenTheCallOffHasEnded(t *testing.T) {
	c, o := connected(t)
	c.called(duinwijk, txlog.DirectionOutgoing, opening.Add(time.Hour), numbers(0, 7)...)
	c.called(maker, txlog.DirectionIncoming, opening.Add(time.Hour), numbers(0, 7)...)
	c.pass(24 * time.Hour)
	fatal(t, c.at(duinwijk).Sign(t.Context(), o, collective.Act{Act: deed.Revoke, Role: dossier.RoleBuyer}))
	if m, err := c.at(duinwijk).SettleMonth(t.Context(), o, march); err != nil || m.Word != collective.UsageRunning {
		t.Errorf("before the keeper has the end: %+v, %v", m, err)
	}
	c.settle()
	c.round()
	if m := c.month(maker, o, march); m.Word != collective.UsageOpen {
		t.Errorf("before the margin it is %s", m.Word)
	}
	for _, p := range []fsc.PeerID{duinwijk, maker} { // no margin for who asks
		_, err := c.at(p).SettleMonth(t.Context(), o, march)
		fatal(t, err)
		c.settle()
	}
	for _, p := range []fsc.PeerID{duinwijk, maker, office} {
		if m := c.month(p, o, march); m.Word != collective.UsageAgreed || m.Buyer.Count != 7 || m.Buyer.Root != m.Supplier.Root {
			t.Errorf("%s sees %+v", p, m)
		}
	}
}

func TestTheLastMonthWaitsForTheEndOfTheContracts(t *testing.T) {
	c, o := connected(t)
	c.logs[maker].stands = true
	c.pass(24 * time.Hour)
	fatal(t, c.at(duinwijk).Sign(t.Context(), o, collective.Act{Act: deed.Revoke, Role: dossier.RoleBuyer}))
	c.settle()
	_, err := c.at(maker).SettleMonth(t.Context(), o, march)
	if r, ok := errors.AsType[*collective.Refusal](err); !ok || r.Code != collective.CodeCount || !strings.Contains(r.Detail, string(boundContract)) {
		t.Errorf("while a call can come yet: %v", err)
	}
	c.until(time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC))
	if m, err := c.at(maker).SettleMonth(t.Context(), o, march); err != nil || m.Word != collective.UsageStated {
		t.Errorf("when the month is over: %+v, %v", m, err)
	}
}

func TestTheLastMonthIsStatedTwoDaysAfterTheCallOffByItself(t *testing.T) {
	c, o := connected(t)
	c.pass(24 * time.Hour)
	fatal(t, c.at(maker).Sign(t.Context(), o, collective.Act{Act: deed.Revoke, Role: dossier.RoleSupplier}))
	c.settle()
	c.pass(48*time.Hour - time.Second)
	c.round()
	if m := c.month(duinwijk, o, march); m.Word != collective.UsageOpen {
		t.Errorf("before the margin it is %s", m.Word)
	}
	c.pass(time.Second)
	c.round()
	if m := c.month(duinwijk, o, march); m.Word != collective.UsageAgreed || m.Buyer.Count != 0 {
		t.Errorf("after it %+v", m)
	}
}

func TestAComparisonSaysWhatItNeeds(t *testing.T) {
	c, o := connected(t)
	c.called(duinwijk, txlog.DirectionOutgoing, opening.Add(time.Hour), 1, 2)
	c.called(maker, txlog.DirectionIncoming, opening.Add(time.Hour), 1, 2, 3)
	c.until(time.Date(2026, 4, 4, 8, 0, 0, 0, time.UTC))
	for _, p := range []fsc.PeerID{duinwijk, maker} {
		fatal(t, c.at(p).SettleMonths(t.Context()))
		c.settle()
	}
	c.cut[maker] = true
	m, err := c.at(duinwijk).SettleMonth(t.Context(), o, march)
	fatal(t, err)
	if m.Word != collective.UsageDisputed || m.Report.Difference != nil || !strings.Contains(m.Report.Problem, "there is no contract") {
		t.Errorf("got %+v", m.Report)
	}
	c.cut[maker] = false
	// A record that comes in afterwards changes the log that was signed for.
	c.called(maker, txlog.DirectionIncoming, opening.Add(time.Hour), 4)
	m, err = c.at(duinwijk).SettleMonth(t.Context(), o, march)
	fatal(t, err)
	if m.Report.Difference != nil || !strings.Contains(m.Report.Problem, "isn't as it was when the month was stated") {
		t.Errorf("got %+v", m.Report)
	}
}

func TestUsageIsForTheOtherSideAlone(t *testing.T) {
	c, o := connected(t, veenhoven)
	c.called(duinwijk, txlog.DirectionOutgoing, opening.Add(time.Hour), 1, 2)
	c.called(maker, txlog.DirectionIncoming, opening.Add(time.Hour), 1, 2)
	c.until(time.Date(2026, 4, 4, 8, 0, 0, 0, time.UTC))
	ask := &usage.Question{Prefixes: []idset.Prefix{""}}
	answer := func(from fsc.PeerID, m usage.Month) string {
		_, err := c.at(maker).AnswerUsage(t.Context(), from, o, m, ask)
		if r, ok := errors.AsType[*collective.Refusal](err); ok {
			return string(r.Code)
		}
		return fmt.Sprint(err)
	}
	_, err := c.at(maker).SettleMonth(t.Context(), o, march)
	fatal(t, err)
	if got := answer(duinwijk, march); got != string(collective.CodeUnknown) { // it hasn't signed for its own
		t.Errorf("before the other has stated: %s", got)
	}
	if _, err := c.at(maker).StatedUsage(t.Context(), duinwijk, o, march); err != nil {
		t.Errorf("the other side isn't told of the statement: %v", err)
	}
	if _, err := c.at(duinwijk).StatedUsage(t.Context(), maker, o, march); !errors.Is(err, collective.ErrNotFound) {
		t.Errorf("there is a statement: %v", err)
	}
	c.settle()
	c.round()
	for want, who := range map[string]fsc.PeerID{collective.CodeSide: veenhoven, string(collective.CodeOutdated): duinwijk} {
		if got := answer(who, march); got != want {
			t.Errorf("%s gets %s, want %s", who, got, want)
		}
	}
	if got := answer(duinwijk, usage.Month{Year: 2025, Month: time.March}); got != collective.ErrNotFound.Error() {
		t.Errorf("a month before: %s", got)
	}
	if _, err := c.at(veenhoven).SettleMonth(t.Context(), o, march); err == nil {
		t.Error("a third Peer stated usage")
	}
	if may, err := c.at(office).MayRead(t.Context(), veenhoven, c.month(maker, o, march).Buyer.Deed); may || err != nil {
		t.Errorf("a third Peer may read a statement: %v", err)
	}
}

func TestWhatCantBeCountedIsToldAndNotStated(t *testing.T) {
	c, o := connected(t)
	c.logs[duinwijk].problem = &collective.Refusal{Code: collective.CodeCount, Detail: "another Peer makes the calls"}
	c.until(time.Date(2026, 4, 4, 8, 0, 0, 0, time.UTC))
	c.round()
	m := c.month(duinwijk, o, march)
	if m.Buyer != nil || m.Word != collective.UsageStated || m.Report == nil || m.Report.Problem != "another Peer makes the calls" {
		t.Errorf("got %+v, %+v", m, m.Report)
	}
}

// saves states what a buyer saves by a call-off: 50 cents a unit.
func (c *circle) saves(buyer fsc.PeerID, o deed.Hash, quantity int64) deed.Hash {
	c.t.Helper()
	source := deed.Annex{Hash: deed.AnnexHash([]byte("contract 2025")), Name: "contract-2025.pdf", MediaType: "application/pdf", Size: 13, Owner: buyer}
	h, err := c.at(buyer).Propose(c.t.Context(), deed.Draft{
		Type: usage.TypeSaving, Parents: []deed.Hash{o}, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: buyer, Role: dossier.RoleBuyer}}, Annexes: []deed.Annex{source},
		Body: body(c.t, usage.SavingStatement{Quantity: quantity, Price: 100, Baseline: usage.Baseline{Price: 150, Source: source.Hash, Note: "Contract 2025"}}),
	}, accept(dossier.RoleBuyer))
	fatal(c.t, err)
	c.settle()
	return h
}

func TestSavingsAreToldAsASumOfSeveralBuyersAndNeverToSuppliers(t *testing.T) {
	c := newCircle(t, office, maker, duinwijk, veenhoven)
	f := c.mantel(1000, duinwijk, veenhoven)
	bought := map[fsc.PeerID]deed.Hash{}
	for _, p := range []fsc.PeerID{duinwijk, veenhoven} {
		a, err := c.accede(p, f, 10, 10)
		fatal(t, err)
		c.settle()
		bought[p], err = c.callOff(p, f, a, 10)
		fatal(t, err)
		c.settle()
		fatal(t, c.at(maker).Sign(t.Context(), bought[p], accept(dossier.RoleSupplier)))
		c.settle()
	}
	first := c.saves(duinwijk, bought[duinwijk], 10)
	got, err := c.at(office).Savings(t.Context(), f)
	fatal(t, err)
	if got.Saved.Enough || got.Saved.Sum != 0 || got.Demand[0].Demand.Enough {
		t.Errorf("of one buyer it tells %+v", got)
	}
	c.saves(veenhoven, bought[veenhoven], 4)
	got, err = c.at(office).Savings(t.Context(), f)
	fatal(t, err)
	if !got.Saved.Enough || got.Saved.Buyers != 2 || got.Saved.Sum != 14*50 {
		t.Errorf("got %+v", got.Saved)
	}
	asked := func(p fsc.PeerID) string {
		all, err := c.at(p).Savings(t.Context(), f)
		if r, ok := errors.AsType[*collective.Refusal](err); ok {
			return string(r.Code)
		}
		fatal(t, err)
		return strconv.FormatInt(all.Saved.Sum, 10)
	}
	for p, want := range map[fsc.PeerID]string{duinwijk: "700", veenhoven: "700", maker: collective.CodeTotals} {
		if got := asked(p); got != want {
			t.Errorf("%s is told %s, want %s", p, got, want)
		}
	}
	c.cut[office] = true
	if got := asked(duinwijk); got != collective.CodeKeeperAway {
		t.Errorf("of a keeper that doesn't answer: %s", got)
	}
	c.cut[office] = false
	for _, p := range []fsc.PeerID{maker, veenhoven} {
		if _, err := c.at(p).Deed(t.Context(), first); !errors.Is(err, collective.ErrNotFound) {
			t.Errorf("%s has the saving of another: %v", p, err)
		}
	}
}
