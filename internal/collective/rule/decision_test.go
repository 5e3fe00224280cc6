// SPDX-License-Identifier: EUPL-1.2

package rule_test

import (
	"fmt"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// electorate gives voters v0, v1, … with these numbers of inhabitants.
func electorate(inhabitants ...int64) []rule.Voter {
	var out []rule.Voter
	for i, n := range inhabitants {
		out = append(out, rule.Voter{PeerID: voter(i), Inhabitants: n})
	}
	return out
}

func voter(i int) fsc.PeerID { return fsc.PeerID(fmt.Sprintf("voter-%03d", i)) }

// say lets voters from up to until state a stance.
func say(m map[fsc.PeerID]rule.Stance, from, until int, s rule.Stance) {
	for i := from; i < until; i++ {
		m[voter(i)] = s
	}
}

// municipalities has the shape of the real register: 342, of which the 58 largest
// hold half of the inhabitants and the 188 smallest 23.5 percent.
func municipalities() []rule.Voter {
	var n []int64
	for range 58 {
		n = append(n, 9_000_000/58+1)
	}
	for range 96 {
		n = append(n, 4_770_000/96)
	}
	for range 188 {
		n = append(n, 4_230_000/188)
	}
	return electorate(n...)
}

func TestNeitherTheLargeNorTheSmallDecideAlone(t *testing.T) {
	d := rule.NewDecision(municipalities(), opening+day)
	agree, object := rule.Stance{Kind: rule.Agree}, rule.Stance{Kind: rule.Object}
	for _, c := range []struct {
		name  string
		large rule.Stance
		small rule.Stance
		who   [2]bool // large and small state something
		want  rule.State
		codes []rule.ReasonCode
	}{
		{"the 58 largest against the 188 smallest", agree, object, [2]bool{true, true}, rule.Rejected, []rule.ReasonCode{rule.ReasonThresholdOrganisations}},
		{"the 188 smallest against the 58 largest", object, agree, [2]bool{true, true}, rule.Rejected, []rule.ReasonCode{rule.ReasonThresholdInhabitants}},
		{"the 58 largest while others are silent", agree, agree, [2]bool{true, false}, rule.Lapsed, []rule.ReasonCode{rule.ReasonQuorumOrganisations}},
		{"the 188 smallest while others are silent", agree, agree, [2]bool{false, true}, rule.Lapsed, []rule.ReasonCode{rule.ReasonQuorumInhabitants}},
		{"both together", agree, agree, [2]bool{true, true}, rule.Adopted, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			stances := map[fsc.PeerID]rule.Stance{}
			if c.who[0] {
				say(stances, 0, 58, c.large)
			}
			if c.who[1] {
				say(stances, 154, 342, c.small)
			}
			o := d.Count(stances)
			if o.State != c.want || o.Electorate.Organisations != 342 {
				t.Errorf("got %s of %d: %v", o.State, o.Electorate.Organisations, o.Reasons)
			}
			for _, code := range c.codes {
				if !has(o.Reasons, code) {
					t.Errorf("no reason %s in %v", code, o.Reasons)
				}
			}
		})
	}
}

func TestBarsAreReachedExactly(t *testing.T) {
	agree, object := rule.Stance{Kind: rule.Agree}, rule.Stance{Kind: rule.Object}
	for _, c := range []struct {
		name          string
		voters, agree int
		percent       int
		want          rule.State
	}{
		{"55 of 100", 100, 55, 55, rule.Adopted},
		{"54 of 100", 100, 54, 55, rule.Rejected},
		{"11 of 20", 20, 11, 55, rule.Adopted},
		{"10 of 20", 20, 10, 55, rule.Rejected},
		{"5 of 9, for 4.95 is needed", 9, 5, 55, rule.Adopted},
		{"half of 3 isn't 1", 3, 1, 50, rule.Rejected},
		{"all of 7", 7, 7, 100, rule.Adopted},
		{"all but one of 7", 7, 6, 100, rule.Rejected},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := rule.NewDecision(electorate(make([]int64, c.voters)...), opening)
			d.Threshold = rule.Share{Organisations: c.percent}
			stances := map[fsc.PeerID]rule.Stance{}
			say(stances, 0, c.agree, agree)
			say(stances, c.agree, c.voters, object)
			if o := d.Count(stances); o.State != c.want {
				t.Errorf("got %s: %v", o.State, o.Reasons)
			}
		})
	}
	// The largest numbers that can be written don't overflow.
	n := make([]int64, rule.MaxVoters)
	for i := range n {
		n[i] = rule.MaxInhabitants
	}
	d := rule.NewDecision(electorate(n...), opening)
	stances := map[fsc.PeerID]rule.Stance{}
	say(stances, 0, rule.MaxVoters, agree)
	if o := d.Count(stances); o.State != rule.Adopted || o.Agree.Inhabitants != rule.MaxVoters*rule.MaxInhabitants {
		t.Errorf("got %+v", o.Agree)
	}
}

func TestTheQuorumAndTheBaseOfTheThreshold(t *testing.T) {
	d := rule.NewDecision(electorate(10, 10, 10, 10), opening)
	for _, c := range []struct {
		name string
		says []rule.StanceKind
		want rule.State
	}{
		{"one of four agrees, and that is a quarter", []rule.StanceKind{rule.Agree}, rule.Adopted},
		{"nobody speaks", nil, rule.Lapsed},
		{"who abstains counts in the base", []rule.StanceKind{rule.Agree, rule.Abstain}, rule.Rejected},
		{"so does who says not now", []rule.StanceKind{rule.Agree, rule.NotNow}, rule.Rejected},
		{"two agree, one abstains", []rule.StanceKind{rule.Agree, rule.Agree, rule.Abstain}, rule.Adopted},
		{"only abstentions", []rule.StanceKind{rule.Abstain, rule.Abstain}, rule.Rejected},
	} {
		stances := map[fsc.PeerID]rule.Stance{}
		for i, k := range c.says {
			stances[voter(i)] = rule.Stance{Kind: k}
		}
		stances["somebody-else"] = rule.Stance{Kind: rule.Object}
		o := d.Count(stances)
		if o.State != c.want || int(o.Stated.Organisations) != len(c.says) {
			t.Errorf("%s: %s, %+v", c.name, o.State, o)
		}
	}
}

func TestUnderConsentAnObjectionNeedsAReasonAndAProposal(t *testing.T) {
	d := rule.NewDecision(electorate(10, 10, 10, 10), opening)
	d.Method = rule.Consent
	for _, c := range []struct {
		name string
		s    rule.Stance
		want rule.State
		code rule.ReasonCode
	}{
		{"with both", rule.Stance{Kind: rule.Object, Reason: "too dear", Proposal: "a lot for small towns"}, rule.Rejected, rule.ReasonObjection},
		{"without a proposal", rule.Stance{Kind: rule.Object, Reason: "too dear"}, rule.Adopted, rule.ReasonObjectionNotCounted},
		{"without a reason", rule.Stance{Kind: rule.Object, Proposal: "another"}, rule.Adopted, rule.ReasonObjectionNotCounted},
		{"not now is no objection", rule.Stance{Kind: rule.NotNow, Code: rule.NotNowMoney}, rule.Adopted, ""},
	} {
		stances := map[fsc.PeerID]rule.Stance{}
		say(stances, 0, 3, rule.Stance{Kind: rule.Agree})
		stances[voter(3)] = c.s
		o := d.Count(stances)
		if o.State != c.want || c.code != "" && !has(o.Reasons, c.code) {
			t.Errorf("%s: %s, %v", c.name, o.State, o.Reasons)
		}
	}
	d.Threshold = rule.Share{}
	if o := d.Count(map[fsc.PeerID]rule.Stance{voter(0): {Kind: rule.Abstain}}); o.State != rule.Rejected || !has(o.Reasons, rule.ReasonNobodyAgrees) {
		t.Errorf("nobody agrees: %s", o.State)
	}
}

func TestAProxySpeaksOnlyWithAStanceOfItsOwn(t *testing.T) {
	d := rule.NewDecision(electorate(10, 10, 10, 10), opening)
	by := func(i int) rule.Stance { return rule.Stance{Kind: rule.ByProxy, Proxy: voter(i)} }
	for _, c := range []struct {
		name          string
		stances       map[fsc.PeerID]rule.Stance
		stated, agree int64
	}{
		{"as the proxy says", map[fsc.PeerID]rule.Stance{voter(0): {Kind: rule.Agree}, voter(1): by(0), voter(2): by(0)}, 3, 3},
		{"no chains", map[fsc.PeerID]rule.Stance{voter(0): {Kind: rule.Agree}, voter(1): by(0), voter(2): by(1)}, 2, 2},
		{"no circles", map[fsc.PeerID]rule.Stance{voter(0): {Kind: rule.Agree}, voter(1): by(2), voter(2): by(1)}, 1, 1},
		{"not for itself", map[fsc.PeerID]rule.Stance{voter(0): {Kind: rule.Agree}, voter(1): by(1)}, 1, 1},
		{"not by somebody silent", map[fsc.PeerID]rule.Stance{voter(0): {Kind: rule.Agree}, voter(1): by(3)}, 1, 1},
		{"not by somebody outside", map[fsc.PeerID]rule.Stance{voter(0): {Kind: rule.Agree}, voter(1): by(9), voter(9): {Kind: rule.Agree}}, 1, 1},
	} {
		o := d.Count(c.stances)
		if o.Stated.Organisations != c.stated || o.Agree.Organisations != c.agree {
			t.Errorf("%s: %d stated, %d agree", c.name, o.Stated.Organisations, o.Agree.Organisations)
		}
		if c.stated == 1 && !has(o.Reasons, rule.ReasonProxySilent) {
			t.Errorf("%s: nobody is told that the proxy is silent", c.name)
		}
	}
}

func TestADecisionRuleIsReadStrictly(t *testing.T) {
	d := rule.NewDecision(electorate(10, 20), opening)
	raw, err := d.Raw()
	if err != nil {
		t.Fatal(err)
	}
	got, err := rule.ParseDecision(raw)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(d) {
		t.Fatalf("got %+v, %v", got, err)
	}
	for _, c := range [][2]string{
		{`{`, `{"x":1,`},
		{`"closes_at":`, `"closes":`},
		{`"closes_at":`, `"closes_at":-`},
		{`"method":"majority"`, `"method":"lottery"`},
		{`"inhabitants":10`, `"inhabitants":-10`},
		{`"inhabitants":10`, `"inhabitants":10.5`},
		{`"inhabitants":10`, `"inhabitants":100000001`},
		{`,"inhabitants":10`, ``},
		{`voter-000`, `voter-001`},
		{`voter-000`, ``},
		{`"organisations":55`, `"organisations":101`},
		{`"organisations":55`, `"organisations":-1`},
		{`"organisations":55,`, ``},
		{`"organisations":55,"inhabitants":50`, `"organisations":0,"inhabitants":0`},
		{`"electorate":[{"peer_id":"voter-000","inhabitants":10},{"peer_id":"voter-001","inhabitants":20}]`, `"electorate":[]`},
	} {
		if _, err := rule.ParseDecision([]byte(replace(t, string(raw), c[0], c[1]))); err == nil {
			t.Errorf("%s was accepted", c[1])
		}
	}
	if _, err := (&rule.Decision{}).Raw(); err == nil {
		t.Error("an empty rule was written down")
	}
	if _, err := rule.NewDecision(electorate(make([]int64, rule.MaxVoters+1)...), opening).Raw(); err == nil {
		t.Error("too many voters")
	}
	if _, err := rule.ParseDecision(make([]byte, deed.MaxDecisionBytes+1)); err == nil {
		t.Error("too many bytes")
	}
	if raw, err := rule.NewDecision(municipalities(), opening).Raw(); err != nil || len(raw) > deed.MaxDecisionBytes/2 {
		t.Errorf("all municipalities don't fit: %d bytes, %v", len(raw), err)
	}
}

func TestAStanceIsReadStrictly(t *testing.T) {
	for body, want := range map[string]rule.Stance{
		`{"stance":"agree"}`:                                      {Kind: rule.Agree},
		`{"stance":"abstain"}`:                                    {Kind: rule.Abstain},
		`{"stance":"object"}`:                                     {Kind: rule.Object},
		`{"stance":"object","reason":"a","proposal":"b"}`:         {Kind: rule.Object, Reason: "a", Proposal: "b"},
		`{"stance":"not_now","code":"hours"}`:                     {Kind: rule.NotNow, Code: rule.NotNowHours},
		`{"stance":"not_now","code":"other","reason":"a merger"}`: {Kind: rule.NotNow, Code: rule.NotNowOther, Reason: "a merger"},
		`{"stance":"by_proxy","proxy":"voter-001"}`:               {Kind: rule.ByProxy, Proxy: "voter-001"},
	} {
		if got, err := rule.ParseStance([]byte(body)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
	for _, body := range []string{
		`{}`, `[]`, `{"stance":"maybe"}`, `{"stance":"agree","x":1}`, `{"stance":"agree","reason":"a"}`, `{"stance":"agree","code":"hours"}`,
		`{"stance":"agree","code":""}`, `{"stance":"agree","proxy":""}`, `{"stance":"object","reason":""}`, `{"stance":"not_now"}`,
		`{"stance":"not_now","code":"later"}`, `{"stance":"not_now","code":"other"}`, `{"stance":"not_now","code":"hours","proposal":"b"}`,
		`{"stance":"by_proxy"}`, `{"stance":"by_proxy","proxy":"x"}`, `{"stance":"object","reason":null}`,
	} {
		if _, err := rule.ParseStance([]byte(body)); err == nil {
			t.Errorf("%s was accepted", body)
		}
	}
}
