// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func titledOf(d controller.TitledDeed) client.TitledDeed {
	return client.TitledDeed{Deed: deedStateOf(d.DeedState), Title: d.Title}
}

func voteOf(v controller.OpenVote) client.OpenVote {
	return client.OpenVote{Deed: deedStateOf(v.DeedState), Title: v.Title, ClosesAt: utc(v.ClosesAt)}
}

func usageTaskOf(u controller.UsageTask) client.UsageTask {
	return client.UsageTask{CallOff: string(u.CallOff), Month: u.Month.String(), State: string(u.Word), Title: u.Title, Other: peerOf(u.Other)}
}

func refusedOf(r controller.RefusedDelivery) client.RefusedDeed {
	return client.RefusedDeed{Peer: peerOf(r.Peer), Subject: string(r.Subject), Problem: r.Problem}
}

func alarmOf(a controller.KeeperAlarm) client.KeeperAlarm {
	return client.KeeperAlarm{At: utc(a.At), Peer: peerOf(a.Peer), Dossier: string(a.Dossier), Code: a.Code, Detail: a.Detail}
}

func obligationOf(o controller.Obligation) client.Obligation {
	return client.Obligation{
		Deed: deedStateOf(o.DeedState), Title: o.Title, Roles: texts(o.Roles), Others: each(o.Others, peerOf), Framework: string(o.Framework),
		Begins: utc(o.Begins), Ends: utc(o.Ends),
		Notices: each(o.Notices, func(n controller.Notice) client.NoticeMoment {
			return client.NoticeMoment{At: utc(n.At), Months: n.Months, Passed: n.Passed}
		}),
	}
}

// stageWord is a stage in a word that stays.
func stageWord(s register.Stage) string {
	return []string{"none", "need", "agreement", "acceded", "connected"}[s]
}

func codesOf(in []controller.CodeCount) []client.NotNowCount {
	return each(in, func(c controller.CodeCount) client.NotNowCount {
		return client.NotNowCount{Code: string(c.Code), Count: c.Count}
	})
}

func tileOf(t controller.BoardTile) client.BoardProcess {
	return client.BoardProcess{
		Code: t.Process.Code, Title: t.Process.Title, Stage: stageWord(t.Stage), Need: t.At[register.StageNeed], Agreement: t.At[register.StageAgreement],
		Acceded: t.At[register.StageAcceded], Connected: t.At[register.StageConnected], Frameworks: texts(t.Frameworks), NotNow: codesOf(t.NotNow),
	}
}

func groupOf(g controller.Group) client.Group {
	return client.Group{
		Deed: deedStateOf(g.DeedState), Name: g.Name, Kind: string(g.Kind), Basis: g.Basis, Initiator: peerIf(g.Initiator), Invited: g.Invited,
		Members: g.Members, Voting: g.Voting, Class: string(g.Class),
	}
}

func memberOf(m controller.Membership) client.GroupMember {
	return client.GroupMember{Deed: deedStateOf(m.DeedState), Member: peerOf(m.Member), Class: string(m.Class), Inhabitants: m.Inhabitants}
}

func decisionLineOf(d controller.DecisionLine) client.JointDecision {
	return client.JointDecision{
		Deed: deedStateOf(d.DeedState), Title: d.Title, Group: string(d.Group), GroupName: d.GroupName, ClosesAt: utc(d.ClosesAt), Voters: d.Voters,
		Stated: d.Stated, OurVote: d.OurVote, OurStance: string(d.OurStance),
	}
}

func decisionDetailOf(d *controller.DecisionDetail) client.JointDecisionDetail {
	o := d.Outcome
	return client.JointDecisionDetail{
		Decision: decisionLineOf(d.DecisionLine), Text: d.Text, Initiator: peerIf(d.Initiator), Method: string(d.Rule.Method),
		Quorum: client.VoteShare(d.Rule.Quorum), Threshold: client.VoteShare(d.Rule.Threshold), Counted: d.Counted, Outcome: string(o.State),
		Electorate: countOf(o.Electorate), Stated: countOf(o.Stated), Agree: countOf(o.Agree), Abstain: countOf(o.Abstain), Objections: countOf(o.Object),
		NotNow: countOf(o.NotNow), Why: each(d.Why, deedReasonOf), Voices: each(d.Voices, voiceOf), Silent: each(d.Silent, peerOf), NotNowCodes: codesOf(d.NotNow),
	}
}

func countOf(c rule.Count) client.VoteCount { return client.VoteCount(c) }

func voiceOf(v controller.Voice) client.Voice {
	return client.Voice{
		Peer: peerOf(v.Peer), Inhabitants: v.Inhabitants, Stance: string(v.Kind), Code: string(v.Code), Reason: v.Reason, Proposal: v.Proposal, By: peerIf(v.By),
	}
}

func mandateOf(m controller.Mandate) client.Mandate {
	return client.Mandate{
		Deed: deedStateOf(m.DeedState), Mandator: peerOf(m.Mandator), Mandatary: peerOf(m.Mandatary), KeyThumbprint: m.KeyThumbprint,
		Types: each(m.Types, func(t deed.Type) int { return int(t) }), CeilingCents: m.CeilingCents, NotBefore: utc(m.NotBefore), NotAfter: utc(m.NotAfter),
	}
}
