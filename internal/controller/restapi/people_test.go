// SPDX-License-Identifier: EUPL-1.2

package restapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/controller/client"
)

func TestAPersonLogsInMakesATokenAndRevokesIt(t *testing.T) {
	a := newAPI(t)
	made := a.ask("admin", post, "/v1/accounts",
		`{"name":"Nel","email":"nel@example.org","password":"`+password+`","roles":["reader"]}`).want(201)
	login := `{"email":"nel@example.org","password":"` + password + `"}`
	a.ask("", post, "/v1/sessions", strings.Replace(login, "vier", "vijf", 1)).problem(401, "login")
	session := into[client.OpenedSession](a.ask("", post, "/v1/sessions", login).want(201))
	a.secrets["nel"] = session.Secret
	own := a.ask("nel", get, made.header.Get("Location"), "").want(200)
	if into[client.Account](own).Email != "nel@example.org" || strings.Contains(string(own.body), "argon") {
		t.Errorf("account %s", own.body)
	}
	ends := a.clock.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	token := into[client.MadeAPIToken](a.ask("nel", post, "/v1/api-tokens", `{"name":"ci","scopes":["read"],"expiresAt":"`+ends+`"}`).want(201))
	a.ask(token.Secret, get, "/v1/contracts", "").want(200)
	a.ask(token.Secret, post, "/v1/api-tokens", `{"name":"ci","scopes":["read"],"expiresAt":"`+ends+`"}`).problem(403, "forbidden")
	p := a.ask("nel", post, "/v1/api-tokens", `{"name":"ci","scopes":["sign"],"expiresAt":"`+ends+`"}`).problem(400, "invalid_input")
	wantErrors(t, p, "body #/scopes invalid")
	if l := a.ask("nel", get, "/v1/api-tokens", "").want(200); strings.Contains(string(l.body), token.Secret) || len(into[client.Page[client.APIToken]](l).Items) != 1 {
		t.Errorf("tokens %s", l.body)
	}
	a.ask("nel", get, "/v1/api-tokens?all=true", "").problem(403, "forbidden")
	a.ask("admin", get, "/v1/sessions?all=true", "").want(200)
	a.ask("nel", remove, "/v1/api-tokens/"+token.ID, "").want(204)
	a.ask(token.Secret, get, "/v1/contracts", "").problem(401, "login")
	a.ask("nel", remove, "/v1/sessions/"+session.ID, "").want(204)
	a.ask("nel", get, "/v1/caller", "").problem(401, "login")
}

func TestAnAccountIsChangedUnderItsETag(t *testing.T) {
	a := newAPI(t)
	at := "/v1/accounts/account-reader"
	tag := a.ask("admin", get, at, "").want(200).header.Get("ETag")
	body := `{"name":"Rea","email":"rea@example.org","roles":["auditor"]}`
	a.ask("admin", put, at, body, "If-Match", `"other"`).problem(412, "precondition_failed")
	a.ask("admin", put, at, body, "If-Match", tag).want(200)
	a.ask("reader", put, at, body).problem(403, "forbidden")
	wantErrors(t, a.ask("admin", put, at, `{"name":"Rea","email":"rea","roles":["chief"]}`).problem(400, "invalid_input"), "body #/roles/0 enum")
	if l := into[client.Page[client.Account]](a.ask("admin", get, "/v1/accounts", "").want(200)); len(l.Items) != 5 {
		t.Errorf("accounts %+v", l)
	}
	a.ask("admin", remove, at+"/sessions", "").want(204)
	a.ask("reader", get, "/v1/caller", "").problem(401, "login")
}

func TestTheFirstAdministratorIsMadeOnce(t *testing.T) {
	a := newAPI(t)
	body := `{"token":"nothing","name":"A","email":"a@example.org","password":"` + password + `"}`
	if got := a.ask("", post, "/v1/setups", body); got.status < 400 || got.status >= 500 {
		t.Errorf("setup answers %d %s", got.status, got.body)
	}
}

func TestAPasswordNeedsTheRightPersonAndAGoodOne(t *testing.T) {
	a := newAPI(t)
	at := "/v1/accounts/account-reader/password"
	wantErrors(t, a.ask("admin", put, at, `{"password":"short"}`).problem(400, "invalid_input"), "body #/password invalid")
	a.ask("signer", put, at, `{"password":"`+password+`"}`).problem(403, "forbidden")
}

func TestAResetPasswordBecomesAnOwnOneWithALink(t *testing.T) {
	a := newAPI(t)
	a.ask("admin", post, "/v1/accounts", `{"name":"Nel","email":"nel@example.org","password":"`+password+`","roles":["signer"]}`).want(201)
	a.ask("admin", post, "/v1/accounts", `{"name":"Tom","email":"tom@example.org","password":"`+password+`","roles":["administrator"]}`).want(201)
	logIn := func(who, password string) client.Account {
		s := into[client.OpenedSession](a.ask("", post, "/v1/sessions", `{"email":"`+who+`@example.org","password":"`+password+`"}`).want(201))
		a.secrets[who] = s.Secret
		return into[client.Account](a.ask(who, get, "/v1/accounts/"+s.AccountID, "").want(200))
	}
	const given, own = "drie roeiboten op dinsdag", "zeven kersen zonder pit"
	nel := logIn("nel", password)
	at := "/v1/accounts/" + nel.ID
	logIn("tom", password)
	a.ask("admin", put, at+"/password", `{"password":"`+given+`"}`).want(204)
	if told := logIn("nel", given).PasswordReset; told == nil || told.ByName == "" || told.AccountID != nel.ID {
		t.Errorf("reset %+v", told)
	}
	a.ask("nel", post, "/v1/contracts", a.proposal()).problem(403, "forbidden")
	if o := into[client.Overview](a.ask("tom", get, "/v1/overview", "").want(200)); len(o.PasswordResets) != 1 || o.PasswordResets[0].Name != "Nel" {
		t.Errorf("overview tells %+v", o.PasswordResets)
	}
	if o := into[client.Overview](a.ask("reader", get, "/v1/overview", "").want(200)); len(o.PasswordResets) != 0 {
		t.Errorf("a reader is told %+v", o.PasswordResets)
	}
	a.ask("admin", post, at+"/password-links", "").problem(403, "forbidden")
	link := into[client.PasswordLink](a.ask("tom", post, at+"/password-links", "").want(201))
	body := func(code, current string) string {
		return `{"password":"` + own + `","currentPassword":"` + current + `","linkCode":"` + code + `"}`
	}
	wantErrors(t, a.ask("nel", put, at+"/password", body("x", given)).problem(400, "invalid_input"), "body #/linkCode invalid")
	wantErrors(t, a.ask("nel", put, at+"/password", body(link.Code, own)).problem(400, "invalid_input"), "body #/currentPassword invalid")
	a.ask("nel", put, at+"/password", body(link.Code, given)).want(204)
	a.ask("nel", post, "/v1/contracts", a.proposal()).want(201)
}

func TestAnActThatNeedsASecondPersonWaitsForOne(t *testing.T) {
	a := newAPI(t, func(o *options) { o.fourEyes = []string{"contract.propose"} })
	asked := a.ask("signer", post, "/v1/contracts", a.proposal()).want(202)
	w := into[client.Waiting](asked)
	at := asked.header.Get("Location")
	if w.Status != "awaiting_second_person" || at != "/v1/decision-requests/"+w.DecisionRequestID || w.DecisionRequestID == "" {
		t.Fatalf("waiting %+v at %s", w, at)
	}
	if r := into[client.DecisionRequest](a.ask("reader", get, at, "").want(200)); r.Act != "contract.propose" || r.RequesterName != "signer" {
		t.Errorf("request %+v", r)
	}
	a.ask("signer", post, at+"/decisions", `{"decision":"approve"}`).problem(403, "forbidden")
	a.ask(a.token("second", "sign", "read"), post, at+"/decisions", `{"decision":"approve"}`).problem(403, "forbidden")
	if r := into[client.DecisionRequest](a.ask("second", post, at+"/decisions", `{"decision":"approve"}`).want(201)); r.Decided != "approved" {
		t.Errorf("request %+v", r)
	}
	if l := into[client.ContractPage](a.ask("reader", get, "/v1/contracts", "").want(200)); len(l.Items) != 1 {
		t.Errorf("contracts %+v", l)
	}
	a.ask("second", post, at+"/decisions", `{"decision":"refuse"}`).problem(409, "conflict")
	again := a.ask("signer", post, "/v1/contracts", a.proposal()).want(202).header.Get("Location")
	a.ask("signer", post, again+"/decisions", `{"decision":"withdraw"}`).want(201)
	if l := into[client.Page[client.DecisionRequest]](a.ask("reader", get, "/v1/decision-requests?all=true", "").want(200)); len(l.Items) != 2 {
		t.Errorf("requests %+v", l)
	}
	if l := into[client.Page[client.DecisionRequest]](a.ask("reader", get, "/v1/decision-requests", "").want(200)); len(l.Items) != 0 {
		t.Errorf("requests %+v", l)
	}
}
