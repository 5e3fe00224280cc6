// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/node"
)

// TestPasswordGivenByTheOnlyAdministratorIsMadeOwn goes the way of a small
// organisation: the link comes from the command line of the machine.
func TestPasswordGivenByTheOnlyAdministratorIsMadeOwn(t *testing.T) {
	longTale(t)
	t.Parallel()
	r := newLab(t).node(t, providerID, withPages)
	admin, person := newPerson(t, "nl"), newPerson(t, "nl")
	admin.setUp(r)
	const email, given, own = "els@organisatie.example", "drie roeiboten op dinsdag", "zeven kersen zonder pit"
	writeFiles(t, r.dir, map[string][]byte{"first": []byte(password + "\n")})
	at := []string{"--config", r.file}
	cli(t, append([]string{"people", "add", email, "--name", "Els", "--role", "signer", "--password-file", filepath.Join(r.dir, "first")}, at...)...)

	admin.open(r.controller + "/people")
	admin.click("Els")
	admin.fill(map[string]string{"password": given})
	admin.click("Wachtwoord instellen")
	admin.says("U kunt de link niet maken")
	admin.accessible("a person whose password was reset")
	admin.open(r.controller + "/")
	admin.says("stelde op")
	admin.says("het wachtwoord van Els in")
	admin.accessible("the overview with a reset")

	var link struct{ Code string }
	out := cli(t, append([]string{"people", "link", email, "--json"}, at...)...)
	if err := json.Unmarshal([]byte(out), &link); err != nil || link.Code == "" {
		t.Fatalf("link %s: %v", out, err)
	}
	person.open(r.controller + "/account/own-password?link_code=" + link.Code)
	person.fill(map[string]string{"email": email, "password": given})
	person.submit()
	person.says("Beheerder stelde uw wachtwoord in")
	person.accessible("the choice of an own password")
	person.look(narrow, "dark")
	person.accessible("the choice of an own password, narrow and dark")
	person.fill(map[string]string{"old_password": given, "password": own, "password_again": own})
	person.submit()
	person.open(r.controller + "/account")
	person.says("contracten tekenen")
	admin.open(r.controller + "/audit")
	admin.says("Eigen wachtwoord gekozen met een link")
	admin.says("opdrachtregel")

	t.Run("and a session is ended from the command line", func(t *testing.T) {
		var sessions []struct{ ID string }
		if err := json.Unmarshal([]byte(cli(t, append([]string{"people", "sessions", email, "--json"}, at...)...)), &sessions); err != nil || len(sessions) != 1 {
			t.Fatalf("sessions %+v %v", sessions, err)
		}
		cli(t, append([]string{"people", "log-out", email, "--session", sessions[0].ID}, at...)...)
		person.open(r.controller + "/account")
		if !strings.Contains(person.location(), "/login") {
			t.Errorf("still logged in at %s", person.location())
		}
	})
	admin.fine()
	person.fine()
}

// TestAuditTrailKnowsWhoIsBehindAProxy logs in badly through a proxy that
// appends where a request came from, and past it.
func TestAuditTrailKnowsWhoIsBehindAProxy(t *testing.T) {
	t.Parallel()
	r := newLab(t).node(t, providerID, func(c *node.Config) {
		withPages(c)
		c.Controller.TrustedProxies = []string{"127.0.0.1/32"}
	})
	target, err := url.Parse(r.controller)
	if err != nil {
		t.Fatal(err)
	}
	// Another proxy stands before this one: it is on this machine too, and came
	// from 192.0.2.77.
	front := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(target)
		p.Out.Header["X-Forwarded-For"] = append(slices.Clone(p.In.Header["X-Forwarded-For"]), "192.0.2.77")
		p.SetXForwarded() // appends 127.0.0.1
	}})
	t.Cleanup(front.Close)
	client := plain(t)
	try := func(address, spoofed string) {
		body := strings.NewReader(`{"email":"nobody@organisatie.example","password":"guess"}`)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/v1/sessions", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Forwarded-For", spoofed)
		req.Header.Set("Forwarded", "for=203.0.113.5")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("answered %s", resp.Status)
		}
	}
	try(front.URL, "203.0.113.9")
	try(r.controller, "198.51.100.4, x")
	var events []event
	if err := json.Unmarshal([]byte(cli(t, "audit", "list", "--json", "--act", "account.login.failed", "--config", r.file)), &events); err != nil {
		t.Fatal(err)
	}
	if len(events) != 2 || events[0].From != "127.0.0.1" || events[1].From != "192.0.2.77" {
		t.Errorf("events %+v", events)
	}
}
