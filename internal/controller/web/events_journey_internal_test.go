// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/event"
	"github.com/samenspel/samenspel/internal/operator"
)

// hub tells endpoints of a member what happens; nothing of it runs by itself.
func (j *joint) hub(t *testing.T, of fsc.PeerID) *event.Hub {
	t.Helper()
	h, err := event.New(event.Config{
		Self: of, Store: j.Store(of).Events(), Source: j.Desk(of).Happenings(), Client: event.NewClient(event.Reach{}, nil), Zone: location(),
		Now: testNow, Logger: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	return h
}

func TestAnAdministratorSaysWhichProgramsAreTold(t *testing.T) {
	j := newJoint(t)
	b := j.sites[town].browser(t).setUp()
	const page = "/settings/events"
	b.get(page).has(t, "Nog geen enkel programma krijgt bericht", "Er is nog geen bericht verstuurd")
	for address, field := range map[string]string{"http://x.example/": "f-url", "https://10.1.2.3/": "f-url"} {
		b.post(page, "url", address).want(t, http.StatusBadRequest, "").has(t, `href="#`+field+`"`, "collective.events.networks", `value="`+address+`"`)
	}
	b.post(page, "url", "https://x.example/", "types", "Wrong!").want(t, http.StatusBadRequest, "").has(t, `href="#f-types"`)
	made := b.post(page, "url", "https://x.example/hidden-path", "types", "framework").want(t, http.StatusOK, "")
	made.has(t, "whsec_", "maar één keer")
	list := b.get(page)
	list.has(t, "https://x.example/hidden-path", "nl.collective.framework")
	list.hasNot(t, "whsec_")

	j.Mantel(source, 1000, town)
	j.Settle()
	must(t, j.sites[town].s.events(t, j).Record(t.Context()))
	list = b.get(page + "?state=waiting")
	list.has(t, "nl.collective.framework.live", "Onderweg", "x.example", "Opnieuw versturen")
	b.get(page+"?state=given_up").has(t, "Er is nog geen bericht verstuurd")
	again := regexp.MustCompile(`/settings/events/[A-Z2-7]+/send-again`).FindString(list.text)
	b.post(again, "number", "1").want(t, http.StatusSeeOther, "/settings/events#sent")
	b.post(again, "number", "x").want(t, http.StatusNotFound, "")
	b.post(again, "number", "999").want(t, http.StatusNotFound, "")

	remove := strings.Replace(again, "send-again", "remove", 1)
	b.get(remove).has(t, "Krijgt dit adres geen bericht meer?", "events unsubscribe")
	b.follow(b.post(remove, "confirmed", "yes")).has(t, "Het adres krijgt geen bericht meer", "1 adres krijgt geen bericht meer", "niet meer geprobeerd")
	b.get(page+"?state=given_up").has(t, "Opgegeven", "Dit adres krijgt geen bericht meer")
	b.get("/settings/events/nothing/remove").want(t, http.StatusNotFound, "")
	trail := b.get("/audit")
	trail.has(t, "Adres voor meldingen toegevoegd", "Adres voor meldingen weggehaald", "Melding opnieuw verstuurd")
	trail.hasNot(t, "hidden-path")
}

// events gives a hub on the same store, as the node has one that runs.
func (s *server) events(t *testing.T, j *joint) *event.Hub {
	t.Helper()
	return j.hub(t, s.self.ID)
}

func TestAMailProgramReadsTheCalendarUntilItsAddressIsRevoked(t *testing.T) {
	j := newJoint(t)
	j.Mantel(source, 1000, town)
	j.Settle()
	b := j.sites[town].browser(t).setUp()
	b.get("/calendar").has(t, "Loopt over 18 maanden af", "Webdiensten burgerzaken", "Maak een adres")
	b.get("/calendar.ics").has(t, "BEGIN:VCALENDAR")
	made := b.post("/calendar").want(t, http.StatusOK, "")
	found := regexp.MustCompile(`http://[^<"]+/calendar\.ics\?[^<"]+`).FindString(html.UnescapeString(made.text))
	at := strings.TrimPrefix(found, b.site.url)

	mail := j.sites[town].browser(t)
	got := mail.get(at).want(t, http.StatusOK, "")
	text := strings.ReplaceAll(got.text, "\r\n ", "")
	for _, want := range []string{"BEGIN:VEVENT", "Laatste dag: Webdiensten burgerzaken", "URL:" + b.site.url + "/deeds/"} {
		if !strings.Contains(text, want) {
			t.Errorf("the calendar lacks %q:\n%s", want, text)
		}
	}
	if got.Header.Get("Content-Type") != "text/calendar; charset=utf-8" || got.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("headers %v", got.Header)
	}
	mail.get("/calendar.ics").want(t, http.StatusUnauthorized, "")
	mail.get("/calendar.ics?token=snsp_guess").want(t, http.StatusUnauthorized, "")

	b.get("/calendar").hasNot(t, "snsp_")
	revoke := regexp.MustCompile(`/account/tokens/[^"]+/revoke`).FindString(b.get("/calendar").text)
	b.post(revoke).want(t, http.StatusSeeOther, "/account#tokens")
	mail.get(at).want(t, http.StatusUnauthorized, "")
}

func TestATokenThatMayDoMoreIsNotTakenFromAnAddress(t *testing.T) {
	j := newJoint(t)
	s := j.sites[town]
	s.browser(t).setUp()
	secret, _, err := s.s.people.LogIn(t.Context(), adminEmail, adminPassword, "192.0.2.1", "test")
	must(t, err)
	admin, err := s.s.people.Authenticate(t.Context(), secret)
	must(t, err)
	for _, c := range []struct {
		scopes           []operator.Permission
		address, carried int
	}{
		{[]operator.Permission{operator.PermissionCalendar}, http.StatusOK, http.StatusOK},
		{[]operator.Permission{operator.PermissionRead}, http.StatusForbidden, http.StatusOK},
		{[]operator.Permission{operator.PermissionRead, operator.PermissionCalendar}, http.StatusForbidden, http.StatusOK},
		{[]operator.Permission{operator.PermissionManage}, http.StatusForbidden, http.StatusForbidden},
	} {
		token, _, err := s.s.people.CreateToken(t.Context(), admin, operator.NewToken{Name: "x", Scopes: c.scopes, ExpiresAt: testNow().Add(time.Hour)})
		must(t, err)
		b := s.browser(t)
		if got := b.get("/calendar.ics?" + url.Values{"token": {token}}.Encode()); got.StatusCode != c.address || strings.Contains(got.text, token) {
			t.Errorf("%v in the address: %d", c.scopes, got.StatusCode)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/calendar.ics", nil)
		must(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		if got := b.do(r); got.StatusCode != c.carried {
			t.Errorf("%v in a header: %d", c.scopes, got.StatusCode)
		}
	}
}

func TestANodeThatActsAloneHasNoNotificationsAndNoCalendar(t *testing.T) {
	b := newDeal(t).browser(t).setUp()
	for _, path := range []string{"/settings/events", "/calendar", "/calendar.ics", "/settings/events/x/remove"} {
		b.get(path).want(t, http.StatusNotFound, "")
	}
}
