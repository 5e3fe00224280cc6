// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// overviewFixtures are the overview, certificates, settings and explanations.
func overviewFixtures() []fixture {
	empty := &controller.Overview{Now: testNow()}
	return []fixture{
		{page: "overview", name: "full", data: overviewData{Overview: fullOverview(), Chart: Chart{Title: "Aanroepen", Bars: []Bar{{Label: "00:00", Count: 12}}}}},
		{page: "overview", name: "empty", data: overviewData{Overview: empty, First: true, Chart: Chart{Title: "Aanroepen"}}},
		{page: "certificates", name: "full", data: certificatesData{
			CertificatesView: &controller.CertificatesView{Now: testNow(), Own: testCertificates(), Anchors: testCertificates()[:1]}, Ending: testCertificates(),
		}},
		{page: "certificates", name: "empty", data: certificatesData{CertificatesView: &controller.CertificatesView{}}},
		{page: "settings", name: "full", data: settingsData{
			SettingsView: &controller.SettingsView{
				Self: fsc.Peer{ID: ownID, Name: hostileText, ManagerAddress: "https://m.test:8443"}, GroupID: "g", GroupType: "test",
				Directories: []fsc.Peer{{ID: otherID, Name: hostileText, ManagerAddress: hostileText}}, Anchors: testCertificates()[:1],
				Sections: []controller.SettingSection{{Name: "group", Lines: []controller.SettingLine{
					{Key: "group.id", Meaning: "group.id", Value: hostileText}, {Key: "group.odd[0]", Meaning: "group.odd", Hidden: true},
				}}},
			},
			Providers: []operator.ProviderName{{Name: "city", Title: hostileText}}, FourEyes: []string{"contract.accept"}, Theme: true, Secure: true,
		}},
		{page: "settings", name: "empty", data: settingsData{SettingsView: &controller.SettingsView{GroupType: "production"}}},
		{page: "explain", name: "full", path: "/explain?service=x", data: fullExplain()},
		{page: "explain", name: "well", data: explainData{Answer: &controller.Explanation{Other: fsc.Peer{ID: otherID}, Steps: []controller.Step{{Name: controller.StepLog, State: controller.StepOK}}}}},
		{page: "explain", name: "empty", problems: problems{{"service", hostileText}}, data: explainData{}},
		{page: "explain_code", name: "full", data: codeData{CodeInfo: controller.Codes()[0], Others: controller.Codes()[1:]}},
	}
}

func fullOverview() *controller.Overview {
	line := controller.ContractLine{
		ContentHash: "$1$1$hash", CreatedAt: testNow().Add(-48 * time.Hour), NotAfter: testNow().AddDate(0, 0, 5), DaysLeft: 5, Urgency: controller.UrgencyUrgent,
		Services: []string{hostileText, "b"}, Others: []fsc.Peer{{ID: otherID, Name: hostileText}}, Publication: true,
	}
	return &controller.Overview{
		Now: testNow(), Contracts: map[fsc.ContractState]int{fsc.StateValid: 42}, AwaitingUs: 9, Waiting: []controller.ContractLine{line},
		Requests: []*operator.Request{{ID: "1", Act: "contract.accept", Name: hostileText, CreatedAt: testNow()}},
		Expiring: []controller.ContractLine{line}, Certificates: testCertificates(),
		Traffic:  controller.TrafficToday{Incoming: 5, Outgoing: 7, Yesterday: 3},
		Refusals: []controller.Refusal{{Component: "inway", Code: fsc.CodeServiceNotFound, Calls: 3}, {Component: "outway", Code: hostileText, Calls: 1}}, Refused: 4,
		Resets: []*operator.Account{
			{ID: "1", Name: hostileText, Reset: operator.Reset{At: testNow(), By: "2", ByName: hostileText}},
			{ID: "3", Name: "Eva", Reset: operator.Reset{At: testNow(), ByName: "command line"}},
		},
		Checks: []controller.Check{{Name: "transaction_log", Problem: hostileText}}, Healthy: 4,
		Undelivered: []controller.UndeliveredTo{{Peer: fsc.Peer{ID: otherID, Name: hostileText}, Waiting: 2, Failed: 1, Oldest: testNow(), LastError: hostileText}},
		Events:      []*operator.Event{{Sequence: 1, At: testNow(), ActorName: hostileText, Act: "contract.accept", Outcome: "ok"}, {Act: "x.y", Outcome: "no"}},
	}
}

func testCertificates() []controller.CertificateView {
	c := controller.Certificate{Subject: hostileText, Issuer: hostileText, SerialNumber: "1", Thumbprint: strings.Repeat("ab", 32), PublicKeyThumbprint: strings.Repeat("cd", 32), NotBefore: testNow(), NotAfter: testNow(), File: "/etc/x.pem"}
	grants := []controller.KeyUse{{GrantHash: "$1$3$hash", Service: hostileText, Provider: fsc.Peer{ID: otherID, Name: hostileText}, NotAfter: testNow()}}
	return []controller.CertificateView{
		{Certificate: c, Uses: []string{"outway", "transport"}, DaysLeft: 5, Urgency: controller.UrgencyUrgent, Grants: grants, More: true, NotYet: true},
		{Certificate: c, Uses: []string{"contract"}, Urgency: controller.UrgencyEnded},
		{Certificate: c, Uses: []string{"token"}, DaysLeft: 20, Urgency: controller.UrgencySoon},
		{Certificate: c, Uses: []string{"inway"}, DaysLeft: 400},
	}
}

func fullExplain() explainData {
	info, _ := controller.FindCode(fsc.CodeServiceNotFound)
	e := &controller.Explanation{
		Question: controller.Question{Direction: txlog.DirectionOutgoing, Service: hostileText, Peer: otherID}, Self: fsc.Peer{ID: ownID}, Other: fsc.Peer{ID: otherID, Name: hostileText},
		Code: &info, Refusals: []controller.Refusal{{Component: "outway", Code: fsc.CodeGrantAmbiguous, Calls: 3}},
	}
	for _, turn := range []controller.Turn{controller.TurnUs, controller.TurnThem, controller.TurnBoth, controller.TurnTime} {
		e.Steps = append(e.Steps, controller.Step{
			Name: controller.StepContract, State: controller.StepNotOK, Reason: controller.ReasonExpired, Turn: turn, Peers: []fsc.Peer{{ID: otherID, Name: hostileText}},
			Facts: controller.StepFacts{Contract: "$1$1$hash", At: testNow(), Thumbprint: "ab", Detail: hostileText, Transaction: testRecord().TransactionID},
		})
	}
	for _, state := range []controller.StepState{controller.StepOK, controller.StepUnknown, controller.StepNote} {
		e.Steps = append(e.Steps, controller.Step{Name: controller.StepClock, State: state})
	}
	return explainData{Answer: e, Codes: controller.Codes(), Services: []string{"x"}, CLI: "samenspel explain"}
}

// testRequest is a question of somebody who may do everything.
func testRequest(t testing.TB, s *server, path string) *request {
	t.Helper()
	return &request{
		Ctx: t.Context(), Lang: dutch, s: s, r: httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil), w: httptest.NewRecorder(),
		Actor: operator.Actor{Account: "1", Permissions: operator.Permissions()},
	}
}

func TestEveryErrorCodeIsExplainedInEveryLanguage(t *testing.T) {
	s := testServer(t)
	for _, c := range controller.Codes() {
		for _, key := range []string{"explain.name." + string(c.Code), "explain.meaning." + string(c.Code), "explain.do." + string(c.Code), "explain.mender." + string(c.Mender), "explain.component." + string(c.From)} {
			for _, l := range languages() {
				if !s.words[l].has(key) {
					t.Errorf("%s has no %s", l, key)
				}
			}
		}
	}
}

func TestEveryStepAndReasonHasWords(t *testing.T) {
	s := testServer(t)
	for _, r := range controller.Reasons() {
		if !s.words[dutch].has("explain.reason." + string(r)) {
			t.Errorf("reason %s has no words", r)
		}
	}
	for _, n := range slices.Concat(controller.StepNames(), controller.LookStepNames()) {
		if !s.words[dutch].has("explain.step."+string(n)) || !s.words[dutch].has("explain.fine."+string(n)) {
			t.Errorf("step %s has no words", n)
		}
	}
}
