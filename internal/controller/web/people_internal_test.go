// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/url"
	"strings"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

// peopleFixtures are the pages of login, account, people and requests.
func peopleFixtures() []fixture {
	full := &operator.Account{
		ID: "0193", Name: "Sanne de Vries", Email: "s.devries@voorbeeldstad.nl", Roles: []operator.Role{operator.RoleAdministrator, operator.RoleSigner},
		CreatedAt: testNow(), LastLogin: testNow(),
	}
	hostile := &operator.Account{
		ID: hostileText, Name: hostileText, Email: hostileText, Roles: operator.Roles(), Subject: hostileText, BreakGlass: true, Disabled: true,
	}
	reset := &operator.Account{
		ID: "0194", Name: hostileText, Email: hostileText, Roles: operator.Roles(), Reset: operator.Reset{At: testNow(), By: "0193", ByName: hostileText},
	}
	agent := "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
	sessions := []sessionLine{
		{&operator.Session{ID: "a", From: "192.0.2.7", Agent: agent, CreatedAt: testNow(), SeenAt: testNow()}, true},
		{&operator.Session{ID: hostileText, From: hostileText, Agent: hostileText}, false},
		{&operator.Session{}, false},
	}
	tokens := []tokenLine{
		{&operator.Token{ID: "a", Name: "nachtelijke export", Scopes: operator.Permissions(), ExpiresAt: testNow().Add(time.Hour)}, false},
		{&operator.Token{ID: hostileText, Name: hostileText, Scopes: operator.Permissions()[:1]}, true},
	}
	wrong := problems{{"email", hostileText}, {"roles", "Kies een rol."}, {"", hostileText}}
	typed := url.Values{"name": {hostileText}, "email": {hostileText}, "roles": {"signer"}, "password": {"must never be shown"}}
	return append([]fixture{
		{page: "login", name: "empty", data: loginData{ReturnTo: "/"}, public: true},
		{page: "login", name: "full", public: true, problems: problems{{"email", "Dat klopt niet."}}, form: typed, data: loginData{
			ReturnTo: "/contracts?q=a", Setup: true,
			Providers: []Provider{{Key: "entra", Name: "Microsoft Entra ID"}, {Key: hostileText, Name: hostileText}},
		}},
		{page: "setup", name: "empty", data: setupData{12}, public: true},
		{page: "setup", name: "hostile", data: setupData{12}, public: true, form: typed, problems: problems{{"email", hostileText}}},
		{page: "account", name: "full", data: accountData{Account: full, Sessions: sessions[:1], Tokens: tokens[:1], Permissions: operator.Permissions()}},
		{page: "account", name: "empty", data: accountData{Account: &operator.Account{}}},
		{page: "account", name: "hostile", data: accountData{Account: hostile, Sessions: sessions, Tokens: tokens, Permissions: operator.Permissions()}, problems: problems{{"scopes", hostileText}}},
		{page: "link", name: "hostile", data: linkData{hostile, hostileText, testNow()}},
		{page: "ownpassword", name: "full", data: ownPasswordData{reset, "code"}, problems: problems{{"link_code", hostileText}}},
		{page: "ownpassword", name: "empty", data: ownPasswordData{&operator.Account{}, hostileText}},
		{page: "secondfactor", name: "none", data: factorData{}},
		{page: "secondfactor", name: "begun", data: factorData{Host: hostileText, Secret: "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ", URI: hostileText, Confirm: true}, problems: problems{{codeField, hostileText}}},
		{page: "secondfactor", name: "active", data: factorData{Host: "Regio Noord", State: operator.FactorState{Active: true, Since: testNow(), RecoveryLeft: 9, LockedUntil: testNow()}}},
		{page: "recovery", name: "full", data: recoveryData{[]string{"GEZD-GNBV-GY3T-QOJQ", hostileText}}},
		{page: "release", name: "hosted", data: releaseData{Action: "/frameworks/x/accede?a=b", Host: hostileText, Fields: []sentField{{"lots", hostileText}, {hostileText, "b"}}}},
		{page: "release", name: "wrong", data: releaseData{Action: "/account/second-factor/remove"}, problems: problems{{codeField, hostileText}}},
		{page: "person", name: "factor", data: personData{Account: full, Roles: operator.Roles(), Factor: true}},
		{page: "person", name: "reset", data: personData{Account: reset, Roles: operator.Roles()}},
		{page: "token", name: "full", data: newTokenData{"snsp_" + strings.Repeat("x", 43), &operator.Token{Name: "nachtelijke export"}}},
		{page: "token", name: "hostile", data: newTokenData{hostileText, &operator.Token{Name: hostileText}}},
		{page: "people", name: "full", path: "/people?q=a&sort=-name", data: peopleData{Accounts: []*operator.Account{full, hostile}, All: 2}},
		{page: "people", name: "empty", data: peopleData{}},
		{page: "person", name: "new", data: personData{Roles: operator.Roles()}},
		{page: "person", name: "full", data: personData{Account: full, Roles: operator.Roles(), Sessions: sessions[:1], Tokens: tokens}},
		{page: "person", name: "hostile", data: personData{Account: hostile, Roles: operator.Roles(), Sessions: sessions, Tokens: tokens}, form: typed, problems: wrong},
	}, requestFixtures()...)
}

func requestFixtures() []fixture {
	request := operator.Request{
		ID: "0193", Act: "contract.accept", Object: "$1$1$abcdefghijklmnopqrstuvwxyz", Name: "Pieter Bakker",
		CreatedAt: testNow(), ExpiresAt: testNow().Add(operator.RequestLifetime),
	}
	own, foreign := request, operator.Request{ID: hostileText, Act: hostileText, Object: hostileText, Name: hostileText}
	own.ID = "0194"
	waiting := []requestLine{
		{Request: &request, State: "waiting", Link: "/contracts/x", MayDecide: true},
		{Request: &own, State: "waiting", IsMine: true, Payload: hostileText},
		{Request: &foreign, State: "waiting"},
	}
	return []fixture{
		{page: "requests", name: "full", data: requestsData{Waiting: waiting, Done: []requestLine{{Request: &own, State: "approved"}, {Request: &foreign, State: "expired"}}}},
		{page: "requests", name: "empty", data: requestsData{}},
	}
}
