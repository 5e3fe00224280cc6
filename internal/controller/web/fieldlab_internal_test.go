// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"time"
)

func fieldlabFixtures() []fixture {
	organisations := []FieldlabOrganisation{
		{Key: "stelselbeheer", Role: "directory", ID: "00000099000000100000", Name: "Stelselbeheer", People: []FieldlabPerson{{"reader", hostileText}}},
		{Key: "personenbron", Role: "source", ID: "00000099000000200000", Name: "Landelijke Personenbron", Down: true},
		{Key: "duinwijk", Role: "municipality", ID: "00000099000000300000", Name: "Gemeente Duinwijk", People: []FieldlabPerson{{"signer", "Tekenaar van Duinwijk"}}},
		{Key: "veenhoven", Role: "municipality", ID: "00000099000000400000", Name: "Gemeente Veenhoven"},
		{Key: "zilverbroek", Role: "municipality", ID: "00000099000000600000", Name: "Gemeente Zilverbroek"},
		{Key: "formulierenhuis", Role: "supplier", ID: "00000099000000500000", Name: "Formulierenhuis"},
	}
	answered := FieldlabCall{
		At: testNow(), From: FieldlabName{"00000099000000300000", "Gemeente Duinwijk"}, To: FieldlabName{"00000099000000200000", "Landelijke Personenbron"},
		Status: 200, Took: 12 * time.Millisecond, TransactionID: "01a2b3", Answer: hostileText, InBothLogs: true,
	}
	refused := FieldlabCall{At: testNow(), From: FieldlabName{"00000099000000400000", "Gemeente Veenhoven"}, Status: 400, Code: hostileText}
	state := FieldlabState{
		Ready: true, Organisations: organisations,
		Scenes: []FieldlabScene{
			{Key: "direct", Call: &answered, Caller: "duinwijk", Agreed: true},
			{Key: "delegated", Caller: "formulierenhuis"},
			{Key: "refused", Call: &refused, Caller: "veenhoven"},
			{Key: "revoked"},
		},
		Chapters: []FieldlabChapter{
			{Key: "framework", Done: true, Took: time.Second, Public: "http://127.0.0.1:21105/public/frameworks/abc", Facts: []FieldlabFact{{"framework", "$1$110$abc", true}}},
			{Key: "move", Done: true, Call: &answered, Facts: []FieldlabFact{{"delivery", "01a2b4", true}}},
			{Key: "maximum", Done: true, Facts: []FieldlabFact{{"asked", "10000", false}, {"left", "9500", false}, {"reason", hostileText, false}}},
			{Key: "end"},
		},
		Buyers: []FieldlabBuyer{
			{Key: "duinwijk", Name: "Gemeente Duinwijk", Step: "connected", Counter: "http://127.0.0.1:21306"},
			{Key: "veenhoven", Name: "Gemeente Veenhoven", Step: "none", Counter: "http://127.0.0.1:21406"},
			{Key: "zilverbroek", Name: "Gemeente Zilverbroek", Step: "away", Counter: "http://127.0.0.1:21606", Host: hostileText, Code: "287082"},
		},
		Edges: []FieldlabEdge{
			{From: "duinwijk", To: "personenbron", Calls: 1234, More: true, Allowed: true, Recent: true},
			{From: "formulierenhuis", To: "personenbron", OnBehalf: "veenhoven", Calls: 1},
			{From: "veenhoven", To: "personenbron", Refused: 2},
			{From: "duinwijk", To: "formulierenhuis", Calls: 2, Allowed: true},
			{From: "formulierenhuis", To: "duinwijk", Calls: 1, Allowed: true},
		},
		Calls:    []FieldlabCall{answered, refused},
		Faults:   []FieldlabFault{{Key: "source"}, {Key: "personenbron", Name: "Landelijke Personenbron", Broken: true}},
		Examples: []FieldlabExample{{"call", "Gemeente Duinwijk", hostileText}},
	}
	return []fixture{
		{page: "fieldlab", name: "full", data: newFieldlabData(state, hostileText, true), public: true},
		{page: "fieldlab", name: "starting", data: newFieldlabData(FieldlabState{Organisations: organisations}, "", false), public: true},
		{page: "fieldlab", name: "empty", data: newFieldlabData(FieldlabState{Ready: true, Playing: true}, "", false), public: true},
	}
}
