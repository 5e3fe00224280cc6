// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// wrong checks that err is about the field, for people and for programs.
func wrong(t testing.TB, err error, field string) *manager.FieldError {
	t.Helper()
	var e *manager.FieldError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an error about %s", err, field)
	}
	equal(t, "field", e.Field, field)
	refused(t, err, fsc.CodeInvalidRequest)
	return e
}

func TestASearchThatMeansNothingIsRefused(t *testing.T) {
	n := newWorld(t).node(t, anna)
	for field, s := range map[string]manager.ContractSearch{
		"state":  {State: "NICE"},
		"role":   {Role: "boss"},
		"sort":   {Sort: "name"},
		"limit":  {Limit: 201},
		"text":   {Text: strings.Repeat("x", 201)},
		"cursor": {After: &manager.ContractPlace{}, Before: &manager.ContractPlace{}},
	} {
		_, err := n.SearchContracts(t.Context(), s)
		_ = wrong(t, err, field)
	}
	_, err := n.SearchContracts(t.Context(), manager.ContractSearch{Limit: -1})
	_ = wrong(t, err, "limit")
}

func TestASearchIsAboutNowAndUs(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	bartsMessage := func(c *fsc.Content) *fsc.Content {
		must(t, n.Submit(t.Context(), w.orgs[bart].caller(), w.orgs[bart].message(t, c, fsc.SignatureTypeAccept)))
		return c
	}
	waits := bartsMessage(content(t, draft(1, w.connection())))
	n.accepted(t, content(t, draft(2, w.connection())))
	found := func(s manager.ContractSearch) []*manager.Contract {
		page, err := n.SearchContracts(t.Context(), s)
		must(t, err)
		return page.Contracts
	}
	mine := found(manager.ContractSearch{AwaitingUs: true, Text: "  PERSONS "})
	if len(mine) != 1 || mine[0].Content.Hash() != waits.Hash() {
		t.Errorf("%d contracts wait for us", len(mine))
	}
	equal(t, "as provider", len(found(manager.ContractSearch{Role: manager.RoleProvider})), 2)
	equal(t, "as consumer", len(found(manager.ContractSearch{Role: manager.RoleConsumer})), 0)
	counts, err := n.CountContracts(t.Context())
	must(t, err)
	equal(t, "proposed", counts.ByState[fsc.StateProposed], 1)
	equal(t, "valid", counts.ByState[fsc.StateValid], 1)
	equal(t, "awaiting us", counts.AwaitingUs, 1)
	w.clock.advance(25 * time.Hour)
	equal(t, "awaiting us after the end", len(found(manager.ContractSearch{AwaitingUs: true})), 0)
	equal(t, "expired", len(found(manager.ContractSearch{State: fsc.StateExpired})), 1)
	equal(t, "rejected by time", len(found(manager.ContractSearch{State: fsc.StateRejected})), 1)
}

func FuzzParseContractPlace(f *testing.F) {
	for _, seed := range []string{"", "1,2", "-1,0", "1", ",", "9223372036854775807,1", "9223372036854775808,1", "1,2,3", "+1,2", "01,2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := manager.ParseContractPlace(text)
		switch {
		case text == "" && (p != nil || err != nil):
			t.Errorf("empty gives %v, %v", p, err)
		case text != "" && (p == nil) == (err == nil):
			t.Errorf("%q gives %v, %v", text, p, err)
		case p != nil:
			again, err := manager.ParseContractPlace(p.String())
			if err != nil || *again != *p {
				t.Errorf("%q becomes %v, then %v, %v", text, p, again, err)
			}
		}
	})
}

func TestUsersOfAServiceAreThoseWhoMayCallItNow(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	must(t, n.PutService(t.Context(), manager.Service{Name: "letters", Upstream: "http://letters.test"}))
	letters := w.connection()
	letters.Service.Name = "letters"
	both := n.accepted(t, content(t, draft(1, w.connection(), letters, w.delegated())))
	revoked := n.accepted(t, content(t, draft(2, w.connection())))
	_, err := n.Sign(t.Context(), revoked.Hash(), fsc.SignatureTypeRevoke)
	must(t, err)
	users, err := n.UsersOf(t.Context(), "persons", 10)
	must(t, err)
	if len(users) != 2 || users[0].Grant.Hash != both.Grants[0].Hash || users[1].Grant.Hash != both.Grants[2].Hash ||
		users[0].Contract.Content.Hash() != both.Hash() {
		t.Errorf("users are %+v", users)
	}
	for page, err := range n.UserPages(t.Context(), "persons") {
		must(t, err)
		if len(page) != 2 || page[0].Grant.Hash != users[0].Grant.Hash || page[1].Grant.Hash != users[1].Grant.Hash {
			t.Errorf("users in pages are %+v", page)
		}
	}
	counts, err := n.CountUsers(t.Context(), "persons", "letters")
	must(t, err)
	equal(t, "contracts on persons", counts["persons"], 1)
	equal(t, "contracts on letters", counts["letters"], 1)
	w.clock.advance(25 * time.Hour)
	users, err = n.UsersOf(t.Context(), "persons", 10)
	must(t, err)
	equal(t, "users after the end", len(users), 0)
}

func TestACopyHasTheSameGrantsAndItsOwnIV(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	g := w.delegated()
	g.Properties = []byte(`{"purpose":"x"}`)
	old := n.accepted(t, content(t, draft(1, g, w.connection())))
	w.clock.advance(48 * time.Hour)
	until := w.clock.Now().AddDate(1, 0, 0)
	p, err := n.CopyOf(t.Context(), old.Hash(), time.Time{}, until)
	must(t, err)
	made, err := n.Create(t.Context(), p)
	must(t, err)
	c := made.Content
	equal(t, "grants", len(c.Grants), 2)
	for i := range c.Grants {
		got, want := c.Grants[i], old.Grants[i]
		if got.Outway != want.Outway || got.Service != want.Service || got.Delegator != want.Delegator ||
			string(got.Properties) != string(want.Properties) || got.Hash == want.Hash {
			t.Errorf("grant %d is %+v, want %+v with another hash", i, got, want)
		}
	}
	equal(t, "same iv", c.IV == old.IV, false)
	equal(t, "begin", c.Validity.NotBefore, w.clock.Now().Unix())
	equal(t, "end", c.Validity.NotAfter, until.Unix())
	by, err := n.ProposerOf(t.Context(), made)
	must(t, err)
	equal(t, "proposer", by, anna)
	by, err = n.ProposerOf(t.Context(), n.find(t, old.Hash()))
	must(t, err)
	equal(t, "proposer of the old one", by, bart)
	_, err = n.CopyOf(t.Context(), "$1$1$none", time.Time{}, until)
	refused(t, err, fsc.CodeNotFound)
}
