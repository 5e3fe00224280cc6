// SPDX-License-Identifier: EUPL-1.2

package rule_test

import (
	"fmt"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

func ExampleFold() {
	table, err := rule.NewTable(rule.Spec{
		Type: 120, Name: "covenant", MustEnd: true,
		Roles: []rule.RoleCount{{Role: "signatory", Min: 2}, {Role: deed.Secretariat, Max: 1}},
		Rules: []rule.Shape{{Kind: deed.RuleAll}},
		Words: map[rule.State]rule.State{rule.InForce: "live"},
	})
	if err != nil {
		panic(err)
	}
	draft := deed.Draft{
		Type: 120, ID: "019b7600-0000-7f01-bf02-030405060708", GroupID: "example-group",
		IssuedAt: 1767225600, NotBefore: 1767225600, NotAfter: 1798761600, Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{{PeerID: "town", Role: "signatory"}, {PeerID: "village", Role: "signatory"}, {PeerID: "keeper", Role: deed.Secretariat}},
	}
	covenant, err := draft.Content()
	if err != nil {
		panic(err)
	}
	signed := func(who fsc.PeerID, number, at int64) deed.Signed { // as deed.Verify gives it
		return deed.Signed{
			Statement: deed.Statement{DeedHash: covenant.Hash(), Act: deed.Accept, Role: "signatory", SignedAt: at},
			Signer:    who, Receipt: deed.Receipt{Dossier: covenant.Hash(), Number: number, At: at},
		}
	}
	facts := rule.Facts{
		Deeds:  []*deed.Content{covenant},
		Signed: []deed.Signed{signed("village", 3, 1767312000), signed("town", 2, 1767229200)},
	}
	for _, now := range []int64{1767230000, 1767312000, 1798761600} {
		status, _ := rule.Fold(table, facts, now).Status(covenant.Hash())
		fmt.Println(now, status.State, status.Awaiting)
	}
	// Output:
	// 1767230000 proposed [{village signatory}]
	// 1767312000 live []
	// 1798761600 expired []
}

func ExampleDecision_Count() {
	d := rule.NewDecision([]rule.Voter{
		{PeerID: "large", Inhabitants: 300_000}, {PeerID: "middle", Inhabitants: 60_000}, {PeerID: "small", Inhabitants: 20_000},
	}, 1767225600)
	o := d.Count(map[fsc.PeerID]rule.Stance{
		"large": {Kind: rule.Object, Reason: "we have it already"}, "middle": {Kind: rule.Agree}, "small": {Kind: rule.Agree},
	})
	fmt.Println(o.State, o.Agree.Organisations, "of", o.Stated.Organisations)
	fmt.Println(o.Reasons[0].Code, "-", o.Reasons[0].Detail)
	// Output:
	// rejected 2 of 3
	// threshold_inhabitants - 80000 of 380000, where 50 % is needed
}

func ExampleCalendar_End() {
	c, err := rule.NewCalendar()
	if err != nil {
		panic(err)
	}
	notAfter, err := c.End(rule.Date{Year: 2026, Month: 10, Day: 25}) // a day of 25 hours
	fmt.Println(notAfter, err)
	_, err = c.At(rule.Date{Year: 2026, Month: 3, Day: 29}, 2, 30)
	fmt.Println(err)
	// Output:
	// 1792969200 <nil>
	// time: 02:30 doesn't exist on this day, for the clock goes forward; choose 03:00 or later
}
