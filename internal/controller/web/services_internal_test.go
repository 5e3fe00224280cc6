// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/txlog"
)

// pageRequest is a GET of a page by nobody in particular.
func pageRequest(t testing.TB, path string) *request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	return &request{Ctx: t.Context(), Lang: dutch, s: testServer(t), r: r, w: httptest.NewRecorder()}
}

func rowsOfLimits() []limitRow {
	return (&request{Lang: dutch}).limitRows(&limit.Limits{ConcurrentCalls: 20, CallsPerSecondPerPeer: 1000}, nil)
}

func servicesFixtures() []fixture {
	service := manager.Service{Name: "parkeren", Upstream: "https://bron.intern/parkeren", MoreUpstreams: "https://bron-2.intern/parkeren https://bron-3.intern/parkeren", InwayAddress: "https://inway.voorbeeld.example:443"}
	states := []option{{"", "Alle"}, {"yes", "Ja"}}
	rows := []serviceRow{
		{OwnService: controller.OwnService{Service: service, Users: 12, CallsPerDay: 123456}, URL: "/services/parkeren", State: "published"},
		{OwnService: controller.OwnService{Service: manager.Service{Name: hostileText}}, URL: serviceURL(hostileText), State: "unpublished"},
		{OwnService: controller.OwnService{Service: service}, URL: "/services/parkeren", State: "publishing"},
	}
	chart := Chart{Title: "Aanroepen", Bars: []Bar{{Label: "1 mei", Count: 12}, {Label: "2 mei"}}}
	full := &servicePage{
		ServiceDetail: &controller.ServiceDetail{
			Service: service, Listed: []directory.Listing{{}}, Waiting: []fsc.ContentHash{"a", "b"}, CallsPerDay: 1, UserCount: 300,
			Rules: []manager.StoredRule{{ID: "configuration-1"}, {ID: "x", Name: hostileText}},
		},
		URL: "/services/parkeren", State: "published", Publications: publicationRows(testPublications())[:3], Ended: publicationRows(testPublications())[3:],
		Users: []serviceUserRow{
			{controller.ServiceUser{Consumer: kadaster, PublicKeyThumbprint: "abab", NotAfter: testNow(), CallsPerDay: 5, ContentHash: testHash}, contractURL(testHash)},
			{controller.ServiceUser{Consumer: hostilePeer, Delegator: hostilePeer, DomainName: hostileText}, contractURL(fsc.ContentHash(hostileText))},
		},
		Uncovered: 2, Limited: true, Limits: []limitRow{{Limit: limit.ConcurrentCalls, Most: "20", Stopped: 12}, {Limit: limit.RequestBytes, Most: "2,5 MB"}, {Limit: limit.ResponseMilliseconds}},
		Chart: chart, Missing: true, CLI: serviceCLI(service), WaitingURL: "/contracts", ContractsURL: "/contracts",
	}
	fixtures := []fixture{
		{page: "services", name: "full", path: "/services?sort=users", data: &servicesPage{Rows: rows, Total: 3, States: states, Cursors: cursors{"before:a", "after:b"}}},
		{page: "services", name: "empty", data: &servicesPage{States: states}},
		{page: "services", name: "none found", data: &servicesPage{States: states, Filtered: true}},
		{page: "service", name: "full", data: full},
		{page: "service", name: "empty", data: &servicePage{ServiceDetail: &controller.ServiceDetail{Service: service}, State: "unpublished", URL: "/services/parkeren", ListedAway: true, Chart: Chart{Title: "Aanroepen"}}},
		{page: "service_edit", name: "new", data: &serviceFormPage{New: true, Action: "/services", Back: "/services", CLI: "samenspel"}},
		{page: "service_edit", name: "full", data: &serviceFormPage{Service: service, Action: "/services/parkeren", Back: "/services/parkeren"}},
		{page: "service_edit", name: "some without agreement", data: &serviceFormPage{Service: service, Action: "/services/parkeren", Back: "/services/parkeren", Coverage: &controller.AgreementCoverage{Contracts: 1200, Without: 1}}},
		{page: "service_edit", name: "all with an agreement", data: &serviceFormPage{Service: service, Action: "/services/parkeren", Back: "/services/parkeren", Coverage: &controller.AgreementCoverage{Contracts: 2}}},
		{page: "service_edit", name: "hostile", form: url.Values{"upstream": {hostileText}}, problems: problems{{"upstream", hostileText}}, data: &serviceFormPage{New: true, Action: "/services", Back: "/services"}},
		{page: "service_limits", name: "full", data: &serviceLimitsPage{Name: "parkeren", URL: "/services/parkeren", Rows: rowsOfLimits(), CLI: limitsCLI(service)}},
		{page: "service_limits", name: "hostile", form: url.Values{"request_bytes": {hostileText}}, problems: problems{{"request_bytes", hostileText}}, data: &serviceLimitsPage{Name: hostileText, URL: serviceURL(hostileText), Rows: rowsOfLimits()}},
		{page: "service_publish", name: "full", data: &servicePublishPage{Name: "parkeren", URL: "/services/parkeren", Directories: []option{{"1", hostileText}}, Protocols: states, Until: "2027-01-01"}},
		{page: "service_publish", name: "empty", problems: problems{{"until", "x"}, {"directory", "y"}}, data: &servicePublishPage{Name: "parkeren", URL: "/services/parkeren", Protocols: states}},
	}
	for name, check := range map[string]*controller.UpstreamCheck{
		"answers":   {Status: 200, Took: 12 * time.Millisecond, ContentType: "application/json", Text: hostileText},
		"refuses":   {Status: 404},
		"is broken": {Status: 502},
		"moved":     {Status: 302, Location: "javascript:alert(1)"},
		"is away":   {Problem: controller.CheckTimeout},
	} {
		p := *full
		p.Check = check
		fixtures = append(fixtures, fixture{page: "service", name: "the source " + name, data: &p})
	}
	return fixtures
}

func TestEveryProblemOfACheckHasATextForSourcesAndManagers(t *testing.T) {
	s := testServer(t)
	for _, p := range []controller.CheckProblem{
		controller.CheckName, controller.CheckRefused, controller.CheckTimeout, controller.CheckCertificate, controller.CheckTLS, controller.CheckBroken,
	} {
		for _, key := range []string{"services.check.", "peers.probe."} {
			if !s.words[dutch].has(key + string(p)) {
				t.Errorf("there is no text %s%s", key, p)
			}
		}
	}
}

func TestCallsAreCountedByTheDaysOfTheClockOnTheWall(t *testing.T) {
	// 23:00 UTC is the next day in Amsterdam.
	q := pageRequest(t, "/")
	c := q.daily("x", []txlog.Traffic{
		{Hour: time.Date(2026, 11, 20, 23, 0, 0, 0, time.UTC), Calls: 3},
		{Hour: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC), Calls: 4},
		{Hour: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), Calls: 5},
	})
	if len(c.Bars) != 7 || c.Bars[5].Count != 7 || c.Bars[6].Count != 5 || c.Bars[6].Label != "22 november" {
		t.Errorf("%+v", c.Bars)
	}
}

func TestOnlyAnErrorThatTellsNothingMeansAway(t *testing.T) {
	if away(nil) || !away(errors.New("x")) {
		t.Error("away is wrong")
	}
}
