// SPDX-License-Identifier: EUPL-1.2

package restapi_test

import (
	"encoding/base32"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/operator/secondfactor"
)

// enrol gives somebody a second factor by the API and a function that makes fresh codes.
func (a *api) enrol(who string) (fresh func() string, recovery []string) {
	a.t.Helper()
	made := into[client.SecondFactorSecret](a.ask(who, post, "/v1/second-factors", "").want(201))
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(made.Secret, " ", ""))
	must(a.t, err)
	secret := secondfactor.Secret(raw)
	if !strings.HasPrefix(made.URI, "otpauth://totp/Gemeente%20Anna:") {
		a.t.Errorf("address %s", made.URI)
	}
	fresh = func() string {
		a.clock.forward(secondfactor.Period)
		return secret.Code(secondfactor.Step(a.clock.Now()))
	}
	codes := into[client.RecoveryCodes](a.ask(who, post, "/v1/second-factor-confirmations", `{"code":"`+fresh()+`"}`).want(201))
	return fresh, codes.Codes
}

func TestOnAHostedNodeAProgramNeedsACodeOfItsOwner(t *testing.T) {
	a := newAPI(t, func(o *options) { o.host = "Regio Noord" })
	a.ask("signer", post, "/v1/contracts", a.proposal()).problem(403, "forbidden")
	fresh, recovery := a.enrol("signer")
	p := a.ask("signer", post, "/v1/contracts", a.proposal()).problem(403, "second_factor")
	if !strings.Contains(p.Detail, "Regio Noord") {
		t.Errorf("problem %+v", p)
	}
	code := fresh()
	body := a.proposal()
	a.ask("signer", post, "/v1/contracts", body, "Release-Code", code, "Idempotency-Key", "k").want(201)
	a.ask("signer", post, "/v1/contracts", body, "Release-Code", code, "Idempotency-Key", "k").want(201) // the same act
	a.ask("signer", post, "/v1/contracts", a.proposal(), "Release-Code", code).problem(403, "second_factor")
	token := a.token("signer", operator.PermissionSign, operator.PermissionRead)
	a.ask(token, post, "/v1/contracts", a.proposal()).problem(403, "second_factor")
	a.ask(token, post, "/v1/contracts", a.proposal(), "Release-Code", recovery[0]).want(201)
	a.ask(token, post, "/v1/second-factors", "").problem(403, "forbidden")
	a.ask("signer", post, "/v1/contracts", a.proposal(), "Release-Code", "1").problem(400, "invalid_input")
	for range operator.FactorAttempts - 1 {
		a.ask("signer", post, "/v1/contracts", a.proposal(), "Release-Code", "no code").problem(403, "second_factor")
	}
	for _, given := range []string{"no code", fresh()} {
		if a.ask("signer", post, "/v1/contracts", a.proposal(), "Release-Code", given).want(429).header.Get("Retry-After") == "" {
			t.Error("it isn't told when to try again")
		}
	}
	state := a.ask("signer", get, "/v1/accounts/account-signer/second-factor", "").want(200)
	if s := into[client.SecondFactor](state); !s.Active || s.RecoveryCodesLeft != 9 || !s.LockedUntil.After(a.clock.Now()) {
		t.Errorf("state %s", state.body)
	}
	a.ask("reader", get, "/v1/accounts/account-signer/second-factor", "").problem(403, "forbidden")
	a.clock.forward(operator.FactorPause)
	a.ask("signer", remove, "/v1/accounts/account-signer/second-factor", "").problem(403, "second_factor")
	a.ask("signer", remove, "/v1/accounts/account-signer/second-factor", "", "Release-Code", fresh()).want(204)
	a.ask("signer", post, "/v1/contracts", a.proposal()).problem(403, "forbidden")
}
