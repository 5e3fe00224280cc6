// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

func changePeople(t *testing.T, s Stores, fn func(operator.Tx) error) {
	t.Helper()
	if err := s.People.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func viewPeople(t *testing.T, s Stores, fn func(operator.Tx) error) {
	t.Helper()
	if err := s.People.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// eva is an account with everything set, frank one with as little as possible.
func eva() *operator.Account {
	return &operator.Account{ //nolint:gosec // no such password exists
		ID: "eva", Name: "Éva de Vries", Email: "Eva@Gemeente.example", Roles: []operator.Role{operator.RoleAdministrator, operator.RoleSigner},
		PasswordHash: "$argon2id$x", Subject: "https://login.example 7", BreakGlass: true, Disabled: true,
		CreatedAt: start(), LastLogin: start().Add(time.Hour),
		Reset: operator.Reset{
			At: start().Add(2 * time.Hour), By: "frank", ByName: "Frank", LinkHash: [32]byte{7}, LinkExpiresAt: start().Add(3 * time.Hour),
		},
	}
}

func frank() *operator.Account {
	return &operator.Account{ID: "frank", Name: "frank", CreatedAt: start()}
}

func putAccounts(t *testing.T, s Stores, as ...*operator.Account) {
	t.Helper()
	changePeople(t, s, func(tx operator.Tx) error {
		var all error
		for _, a := range as {
			all = errors.Join(all, tx.PutAccount(t.Context(), a))
		}
		return all
	})
}

func accounts(k check) {
	t, s := k.t, k.stores
	zoe := &operator.Account{ID: "zoe", Name: "Zoë", Email: "zoe@gemeente.example", CreatedAt: start()}
	putAccounts(t, s, zoe, frank(), eva())
	for name, find := range map[string]func(operator.Tx) (*operator.Account, error){
		"id": func(tx operator.Tx) (*operator.Account, error) { return tx.FindAccount(t.Context(), "eva") },
		"e-mail": func(tx operator.Tx) (*operator.Account, error) {
			return tx.FindAccountByEmail(t.Context(), "EVA@gemeente.EXAMPLE")
		},
		"subject": func(tx operator.Tx) (*operator.Account, error) {
			return tx.FindAccountBySubject(t.Context(), eva().Subject)
		},
	} {
		viewPeople(t, s, func(tx operator.Tx) error {
			a, err := find(tx)
			equal(t, "account by "+name, a, eva())
			return err
		})
	}
	viewPeople(t, s, func(tx operator.Tx) error {
		all, err := tx.ListAccounts(t.Context())
		equal(t, "accounts by name", all, []*operator.Account{frank(), zoe, eva()})
		return err
	})
	changed := eva()
	changed.Name, changed.Email, changed.Roles, changed.Subject = "Eva", "eva@elders.example", []operator.Role{}, ""
	changed.PasswordHash, changed.BreakGlass, changed.Disabled, changed.LastLogin, changed.Reset = "", false, false, time.Time{}, operator.Reset{}
	putAccounts(t, s, changed)
	viewPeople(t, s, func(tx operator.Tx) error {
		a, err := tx.FindAccount(t.Context(), "eva")
		equal(t, "changed account", a, changed)
		return err
	})
}

func accountsAreTold(k check) {
	t, s := k.t, k.stores
	putAccounts(t, s, eva(), frank(), &operator.Account{ID: "another without e-mail", CreatedAt: start()})
	twin := frank()
	twin.Email = "eva@gemeente.EXAMPLE"
	err := s.People.Update(t.Context(), func(tx operator.Tx) error { return tx.PutAccount(t.Context(), twin) })
	if !errors.Is(err, operator.ErrEmailInUse) {
		t.Errorf("got %v, want ErrEmailInUse", err)
	}
	twin.Email, twin.Subject = "", eva().Subject
	if s.People.Update(t.Context(), func(tx operator.Tx) error { return tx.PutAccount(t.Context(), twin) }) == nil {
		t.Error("two accounts have one subject")
	}
	viewPeople(t, s, func(tx operator.Tx) error {
		_, byID := tx.FindAccount(t.Context(), "")
		_, byEmail := tx.FindAccountByEmail(t.Context(), "")
		_, bySubject := tx.FindAccountBySubject(t.Context(), "")
		_, session := tx.FindSession(t.Context(), [32]byte{9})
		_, token := tx.FindToken(t.Context(), [32]byte{9})
		_, event := tx.LastEvent(t.Context())
		_, request := tx.FindRequest(t.Context(), "none")
		for i, err := range []error{byID, byEmail, bySubject, session, token, event, request} {
			if !errors.Is(err, operator.ErrNotFound) {
				t.Errorf("case %d: got %v, want ErrNotFound", i, err)
			}
		}
		return nil
	})
}

func sessions(k check) {
	t, s := k.t, k.stores
	putAccounts(t, s, eva(), frank())
	of := func(account operator.AccountID) (all []*operator.Session) {
		viewPeople(t, s, func(tx operator.Tx) (err error) {
			all, err = tx.ListSessions(t.Context(), account)
			return err
		})
		return all
	}
	newSession := func(id operator.SessionID, account operator.AccountID, after time.Duration) *operator.Session {
		at := start().Add(after)
		return &operator.Session{
			ID: id, Account: account, Hash: [32]byte{0, id[0]}, CreatedAt: at, SeenAt: at,
			ExpiresAt: at.Add(12 * time.Hour), From: "2001:db8::1", Agent: "Browser/1",
		}
	}
	one, two, three := newSession("1", "eva", 0), newSession("2", "frank", time.Hour), newSession("3", "eva", 2*time.Hour)
	changePeople(t, s, func(tx operator.Tx) error {
		return errors.Join(tx.PutSession(t.Context(), one), tx.PutSession(t.Context(), two), tx.PutSession(t.Context(), three))
	})
	equal(t, "sessions of eva", of("eva"), []*operator.Session{three, one})
	equal(t, "all sessions", of(""), []*operator.Session{three, two, one})
	one.SeenAt = start().Add(time.Minute)
	changePeople(t, s, func(tx operator.Tx) error { return tx.PutSession(t.Context(), one) })
	viewPeople(t, s, func(tx operator.Tx) error {
		got, err := tx.FindSession(t.Context(), one.Hash)
		equal(t, "session", got, one)
		return err
	})
	changePeople(t, s, func(tx operator.Tx) error {
		return errors.Join(tx.DeleteSession(t.Context(), "3"), tx.DeleteSession(t.Context(), "none"))
	})
	equal(t, "after deleting one", of(""), []*operator.Session{two, one})
	changePeople(t, s, func(tx operator.Tx) error { return tx.DeleteSessionsBefore(t.Context(), one.ExpiresAt) })
	equal(t, "after one has expired", of(""), []*operator.Session{two})
	for name, wrong := range map[string]*operator.Session{
		"of nobody": newSession("4", "nobody", 0), "with the secret of another": {ID: "5", Account: "eva", Hash: two.Hash},
	} {
		if s.People.Update(t.Context(), func(tx operator.Tx) error { return tx.PutSession(t.Context(), wrong) }) == nil {
			t.Errorf("a session %s is stored", name)
		}
	}
}

func tokens(k check) {
	t, s := k.t, k.stores
	putAccounts(t, s, eva(), frank())
	one := &operator.Token{
		ID: "1", Account: "eva", Name: "deploy", Hash: [32]byte{1}, Scopes: []operator.Permission{operator.PermissionRead, operator.PermissionManage},
		CreatedAt: start(), ExpiresAt: start().AddDate(1, 0, 0),
	}
	two := &operator.Token{ID: "2", Account: "frank", Hash: [32]byte{2}, CreatedAt: start().Add(time.Second), ExpiresAt: start(), UsedAt: start()}
	changePeople(t, s, func(tx operator.Tx) error {
		return errors.Join(tx.PutToken(t.Context(), one), tx.PutToken(t.Context(), two))
	})
	one.UsedAt = start().Add(time.Hour)
	changePeople(t, s, func(tx operator.Tx) error { return tx.PutToken(t.Context(), one) })
	viewPeople(t, s, func(tx operator.Tx) error {
		got, err := tx.FindToken(t.Context(), one.Hash)
		equal(t, "token", got, one)
		ofEva, errEva := tx.ListTokens(t.Context(), "eva")
		equal(t, "tokens of eva", ofEva, []*operator.Token{one})
		all, errAll := tx.ListTokens(t.Context(), "")
		equal(t, "all tokens", all, []*operator.Token{two, one})
		return errors.Join(err, errEva, errAll)
	})
	changePeople(t, s, func(tx operator.Tx) error { return tx.DeleteToken(t.Context(), "1") })
	err := s.People.Update(t.Context(), func(tx operator.Tx) error { return tx.DeleteToken(t.Context(), "1") })
	if !errors.Is(err, operator.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func requests(k check) {
	t, s := k.t, k.stores
	one := &operator.Request{
		ID: "1", Act: "contract.accept", Object: "$1$1$hash", Payload: []byte{0, 255}, Requester: "eva", Name: "Eva",
		CreatedAt: start(), ExpiresAt: start().Add(time.Hour),
	}
	two := &operator.Request{ID: "2", Act: "contract.propose", Requester: "frank", CreatedAt: start().Add(time.Minute), ExpiresAt: start().Add(2 * time.Hour)}
	changePeople(t, s, func(tx operator.Tx) error {
		return errors.Join(tx.PutRequest(t.Context(), one), tx.PutRequest(t.Context(), two))
	})
	waiting := func(what string, at time.Time, want ...*operator.Request) {
		viewPeople(t, s, func(tx operator.Tx) error {
			got, err := tx.ListRequests(t.Context(), at)
			equal(t, what, got, want)
			return err
		})
	}
	waiting("both wait", start(), two, one)
	waiting("one has expired", one.ExpiresAt, two)
	two.Decided, two.DecidedBy, two.DecidedAt = "approved", "eva", start().Add(2*time.Minute)
	changePeople(t, s, func(tx operator.Tx) error { return tx.PutRequest(t.Context(), two) })
	waiting("one is decided", start(), one)
	waiting("all", time.Time{}, two, one)
	viewPeople(t, s, func(tx operator.Tx) error {
		got, err := tx.FindRequest(t.Context(), "2")
		equal(t, "request", got, two)
		return err
	})
}
