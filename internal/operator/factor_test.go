// SPDX-License-Identifier: EUPL-1.2

package operator_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/operator/secondfactor"
)

const theHost = "Regio Noord"

func hosted(c *operator.Config) { c.Host = theHost }

// phone is the app of a person, with the secret it read.
type phone struct {
	p      *people
	secret secondfactor.Secret
}

func (f phone) code() string { return f.secret.Code(secondfactor.Step(f.p.clock.Now())) }

// wrong gives a code that is right at no step near now.
func (f phone) wrong() string {
	for n := range 1000 {
		code := fmt.Sprintf("%06d", n)
		if _, ok := f.secret.Match(code, f.p.clock.Now(), 0); !ok {
			return code
		}
	}
	panic("each code is right")
}

// enrol gives a person a second factor; the next code is a fresh one.
func (p *people) enrol(a operator.Actor) (phone, []string) {
	p.t.Helper()
	secret, err := p.EnrolFactor(p.t.Context(), a)
	must(p.t, err)
	f := phone{p, secret}
	recovery, err := p.ConfirmFactor(p.t.Context(), a, f.code())
	must(p.t, err)
	p.clock.forward(secondfactor.Period)
	return f, recovery
}

func (p *people) release(a operator.Actor, code string) (context.Context, error) {
	a.Code = code
	return p.Release(p.t.Context(), a)
}

func TestASecondFactorCountsOnceItIsConfirmed(t *testing.T) {
	p := newPeople(t)
	a := p.add("tess", operator.RoleSigner)
	_, err := p.ConfirmFactor(t.Context(), a, "123456")
	wantKind(t, err, operator.KindConflict, "")
	secret, err := p.EnrolFactor(t.Context(), a)
	must(t, err)
	f := phone{p, secret}
	_, err = p.ConfirmFactor(t.Context(), a, f.wrong())
	wantKind(t, err, operator.KindSecondFactor, "code")
	if s, err := p.FactorState(t.Context(), a, a.Account); err != nil || s.Active {
		t.Fatalf("got %+v %v", s, err)
	}
	recovery, err := p.ConfirmFactor(t.Context(), a, f.code())
	if err != nil || len(recovery) != secondfactor.RecoveryCodes {
		t.Fatalf("got %d codes, %v", len(recovery), err)
	}
	if s, err := p.FactorState(t.Context(), a, a.Account); err != nil || !s.Active || s.RecoveryLeft != 10 || s.Since.IsZero() {
		t.Errorf("got %+v %v", s, err)
	}
	_, err = p.EnrolFactor(t.Context(), a)
	wantKind(t, err, operator.KindConflict, "")
	for e, err := range p.AllEvents(t.Context(), auditor(), operator.EventFilter{}) {
		must(t, err)
		for _, hidden := range append(recovery, f.code(), strings.ReplaceAll(secret.Text(), " ", ""), secret.Text()) {
			if strings.Contains(fmt.Sprintf("%+v", *e), hidden) {
				t.Errorf("the audit trail shows %s", hidden)
			}
		}
	}
}

func TestOnlyAPersonSetsUpASecondFactor(t *testing.T) {
	p := newPeople(t)
	a := p.add("tess", operator.RoleSigner)
	program := a
	program.Session, program.Token = "", "token"
	for _, who := range []operator.Actor{program, {Name: "command line", Permissions: operator.Permissions()}} {
		_, err := p.EnrolFactor(t.Context(), who)
		wantKind(t, err, operator.KindForbidden, "")
	}
	must(t, p.SetPassword(t.Context(), p.admin, a.Account, nextPW))
	_, err := p.EnrolFactor(t.Context(), p.in("tess@example.org", nextPW))
	wantKind(t, err, operator.KindForbidden, "")
}

func TestAnActOnAHostedNodeIsReleasedByAFreshCode(t *testing.T) {
	p := newPeople(t, hosted)
	signer := p.add("tess", operator.RoleSigner)
	_, err := p.release(signer, "123456")
	wantKind(t, err, operator.KindForbidden, "code") // no second factor yet
	f, recovery := p.enrol(signer)

	_, err = p.release(signer, "")
	wantKind(t, err, operator.KindSecondFactor, "")
	if !strings.Contains(err.Error(), theHost) {
		t.Errorf("the error doesn't tell who hosts: %v", err)
	}
	if p.Released(t.Context()) == nil {
		t.Error("a context of nobody counts as released")
	}
	code := f.code()
	ctx, err := p.release(signer, code)
	must(t, err)
	must(t, p.Released(ctx))
	if got := fmt.Sprint(operator.ReleaseOf(ctx)); got != "[{second_factor  app} {host  "+theHost+"}]" {
		t.Errorf("got %s", got)
	}
	_, err = p.release(signer, code)
	wantKind(t, err, operator.KindSecondFactor, "code") // replayed

	p.clock.forward(secondfactor.Period)
	old := f.code()
	p.clock.forward(2 * secondfactor.Period)
	_, err = p.release(signer, old)
	wantKind(t, err, operator.KindSecondFactor, "code") // too old
	ctx, err = p.release(signer, recovery[3])
	if err != nil || operator.ReleaseOf(ctx)[0].After != "recovery" {
		t.Errorf("got %v %v", operator.ReleaseOf(ctx), err)
	}
	_, err = p.release(signer, recovery[3])
	wantKind(t, err, operator.KindSecondFactor, "code")
	if s, err := p.FactorState(t.Context(), signer, signer.Account); err != nil || s.RecoveryLeft != 9 {
		t.Errorf("got %+v %v", s, err)
	}
}

func TestACodeThatIsGivenTwiceAtOnceReleasesOneAct(t *testing.T) {
	p := newPeople(t, hosted)
	signer := p.add("tess", operator.RoleSigner)
	f, _ := p.enrol(signer)
	code := f.code()
	var released atomic.Int32
	var all sync.WaitGroup
	for range 4 { // of which three are wrong: not enough to lock it
		all.Go(func() {
			if _, err := p.release(signer, code); err == nil {
				released.Add(1)
			}
		})
	}
	all.Wait()
	if n := released.Load(); n != 1 {
		t.Errorf("one code released %d acts", n)
	}
}

func TestOnANodeOfOnesOwnNothingIsAsked(t *testing.T) {
	p := newPeople(t)
	ctx, err := p.release(p.add("tess", operator.RoleSigner), "")
	if err != nil || operator.ReleaseOf(ctx) != nil || p.Released(t.Context()) != nil {
		t.Errorf("got %v %v", operator.ReleaseOf(ctx), err)
	}
}

func TestWrongCodesCloseASecondFactorForAWhile(t *testing.T) {
	p := newPeople(t, hosted)
	signer := p.add("tess", operator.RoleSigner)
	f, _ := p.enrol(signer)
	for range operator.FactorAttempts - 1 {
		_, err := p.release(signer, f.wrong())
		wantKind(t, err, operator.KindSecondFactor, "code")
	}
	_, err := p.release(signer, f.wrong())
	wantKind(t, err, operator.KindTooMany, "code")
	if last := p.lastEvent(); last.Act != "account.factor.lock" || last.Object != string(signer.Account) {
		t.Errorf("got %+v", last)
	}
	p.clock.forward(operator.FactorPause - time.Second)
	_, err = p.release(signer, f.code())
	wantKind(t, err, operator.KindTooMany, "code")
	if s, err := p.FactorState(t.Context(), signer, signer.Account); err != nil || s.LockedUntil.IsZero() {
		t.Errorf("got %+v %v", s, err)
	}
	p.clock.forward(time.Second)
	_, err = p.release(signer, f.code())
	must(t, err)

	// Old mistakes are forgotten.
	for range 3 {
		for range operator.FactorAttempts - 1 {
			_, err = p.release(signer, f.wrong())
			wantKind(t, err, operator.KindSecondFactor, "code")
		}
		p.clock.forward(operator.FactorPause)
	}
}

func TestTheHostReleasesNothing(t *testing.T) {
	p := newPeople(t, hosted)
	staff := p.add("hugo", operator.RoleHost, operator.RoleSigner, operator.RoleAdministrator)
	f, _ := p.enrol(staff)
	_, err := p.release(staff, f.code())
	wantKind(t, err, operator.KindForbidden, "")
	machine := operator.Actor{Name: "command line", Permissions: operator.Permissions()}
	_, err = p.release(machine, f.code())
	wantKind(t, err, operator.KindForbidden, "")

	signer := p.add("tess", operator.RoleSigner)
	p.enrol(signer)
	for _, who := range []operator.Actor{staff, machine} {
		_, err = p.CreateAccount(t.Context(), who, operator.NewAccount{Name: "new", Email: "new@example.org", Password: goodPW, Roles: []operator.Role{operator.RoleSigner}})
		wantKind(t, err, operator.KindForbidden, "")
		wantKind(t, p.SetPassword(t.Context(), who, signer.Account, nextPW), operator.KindForbidden, "")
		_, err = p.ChangeAccount(t.Context(), who, staff.Account, operator.AccountChange{Name: "hugo", Email: "hugo@example.org", Roles: []operator.Role{operator.RoleSigner}})
		wantKind(t, err, operator.KindForbidden, "")
		wantKind(t, p.RemoveFactor(t.Context(), who, signer.Account, f.code()), operator.KindForbidden, "")
	}
}

func TestASecondFactorIsRemovedWithACode(t *testing.T) {
	p := newPeople(t, hosted)
	signer := p.add("tess", operator.RoleSigner)
	f, recovery := p.enrol(signer)
	wantKind(t, p.RemoveFactor(t.Context(), signer, signer.Account, f.wrong()), operator.KindSecondFactor, "code")
	must(t, p.RemoveFactor(t.Context(), signer, signer.Account, recovery[0]))
	_, err := p.release(signer, f.code())
	wantKind(t, err, operator.KindForbidden, "code")

	p.enrol(signer)
	wantKind(t, p.RemoveFactor(t.Context(), p.admin, signer.Account, ""), operator.KindForbidden, "code") // has none
	admin, _ := p.enrol(p.admin)
	wantKind(t, p.RemoveFactor(t.Context(), p.admin, signer.Account, admin.wrong()), operator.KindSecondFactor, "code")
	code := admin.code()
	must(t, p.RemoveFactor(t.Context(), p.admin, signer.Account, code))
	if last := p.lastEvent(); last.Act != "account.factor.remove" || last.Object != string(signer.Account) || last.Outcome != "ok" {
		t.Errorf("got %+v", last)
	}
	wantKind(t, p.RemoveFactor(t.Context(), p.admin, signer.Account, code), operator.KindSecondFactor, "code")
	wantKind(t, p.RemoveFactor(t.Context(), signer, p.admin.Account, "x"), operator.KindForbidden, "")
}
