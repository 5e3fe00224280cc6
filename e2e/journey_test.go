// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/node"
)

// password is that of the people in these tests.
const password = "een lang geheim voor de test"

// withPages gives a node its pages.
func withPages(c *node.Config) { c.Controller.Listen = "127.0.0.1:0" }

// setUp is the first thing somebody does with a new node: the token from the
// data folder makes the first account.
func (b *browser) setUp(r *running) {
	b.t.Helper()
	token, err := os.ReadFile(filepath.Join(r.dir, r.data, "setup-token"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.open(r.controller + "/setup")
	b.fill(map[string]string{
		"token": strings.TrimSpace(string(token)), "name": "Beheerder", "email": "beheer@organisatie.example",
		"password": password, "password_again": password,
	})
	b.submit()
	b.says("Overzicht")
}

func (b *browser) logIn(r *running) {
	b.t.Helper()
	b.open(r.controller + "/login")
	b.fill(map[string]string{"email": "beheer@organisatie.example", "password": password})
	b.submit()
}

// TestFromFirstRunToAnExplainedRefusal goes with two people through all that
// two organisations do together, in browsers only.
func TestFromFirstRunToAnExplainedRefusal(t *testing.T) {
	longTale(t)
	t.Parallel()
	l := newLab(t)
	upstream := newUpstream(t)
	provider := l.node(t, providerID, func(c *node.Config) { withPages(c); c.Directory.AutoSign = true })
	consumer := l.node(t, consumerID, func(c *node.Config) {
		withPages(c)
		c.Group.Directories = []node.PeerConfig{{PeerID: providerID, ManagerAddress: provider.peer.ManagerAddress}}
		c.Outway.Routes = []node.RouteConfig{{PathPrefix: "/personen", StripPrefix: true, PeerID: providerID, Service: "personen"}}
	})
	offers, uses := newPerson(t, "nl"), newPerson(t, "nl")

	offers.setUp(provider)
	offers.click("Uitloggen")
	offers.logIn(provider)
	offers.offer(provider, upstream.url)
	uses.setUp(consumer)
	hash := uses.ask(consumer)
	offers.accept(provider, hash)
	uses.open(consumer.controller + "/contracts/" + hash)
	uses.awaits("Actief")

	application := plain(t)
	var a answer
	eventually(t, "an answered call", func() bool {
		a = mustSend(t, application, http.MethodGet, consumer.outway+"/personen/1", nil, nil)
		return a.status == http.StatusOK
	})
	uses.seeBothRecords(consumer, a.header.Get("Fsc-Transaction-Id"))

	offers.open(provider.controller + "/contracts/" + hash)
	offers.click("Intrekken")
	offers.says("Het contract stopt meteen")
	offers.click("Ja, trek dit contract in")
	offers.says("Ingetrokken")
	eventually(t, "calls are refused", func() bool {
		a = mustSend(t, application, http.MethodGet, consumer.outway+"/personen/1", nil, nil)
		return a.status >= http.StatusBadRequest
	})
	uses.open(consumer.controller + "/")
	uses.says("Geen bruikbaar contract")
	uses.open(consumer.controller + "/explain?direction=out&service=personen&peer=" + string(providerID) + "&code=" + string(fsc.CodeUnknownGrantHashInHeader))
	uses.says("ingetrokken")
	offers.fine()
	uses.fine()
}

// offer adds a service and has it listed in the Directory.
func (b *browser) offer(r *running, upstream string) {
	b.t.Helper()
	b.open(r.controller + "/services/-/new")
	b.fill(map[string]string{"name": "personen", "upstream": upstream})
	b.submit()
	b.open(r.controller + "/services/personen")
	b.click("Test nu")
	b.says("De bron antwoordt")
	b.click("Publiceer")
	b.fill(map[string]string{"directory": string(r.peer.ID), "until": "2099-12-31"})
	b.submit()
	b.open(r.controller + "/directory")
}

// ask finds the service in the Directory and proposes a contract.
func (b *browser) ask(r *running) (hash string) {
	b.t.Helper()
	b.open(r.controller + "/directory")
	b.awaits("personen")
	b.click("personen")
	b.says("U hebt nog geen toegang")
	b.click("Vraag toegang")
	b.click("Volgende stap")
	b.click("Volgende stap")
	b.says("personen")
	b.click("Tekenen en versturen")
	b.says("Voorgesteld")
	hash, _, _ = strings.Cut(b.location(), "?")
	return hash[strings.LastIndex(hash, "/")+1:]
}

// accept finds what waits on the first page and signs it.
func (b *browser) accept(r *running, hash string) {
	b.t.Helper()
	b.open(r.controller + "/contracts?state=waiting")
	b.awaits("personen")
	b.open(r.controller + "/contracts/" + hash)
	b.says("Organisatie " + string(consumerID))
	b.click("Tekenen")
	b.click("Ja, teken dit contract")
	b.says("Actief")
}

// seeBothRecords finds a call and sees that both sides tell the same of it.
func (b *browser) seeBothRecords(r *running, id string) {
	b.t.Helper()
	b.open(r.controller + "/log?transaction_id=" + id)
	b.awaits("personen")
	b.open(r.controller + "/log/" + id)
	b.awaits("gelijk")
}
