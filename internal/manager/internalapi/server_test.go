// SPDX-License-Identifier: EUPL-1.2

package internalapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/txlog"
)

const someHash = "$1$1$" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func TestEachRoleMayDoItsOwnPartOnly(t *testing.T) {
	d := newDoor(t, func(c *internalapi.Config) { c.SnapshotWait = time.Millisecond })
	for _, test := range []struct {
		route, body string
		status      int    // for those who may
		also        string // besides the command line
	}{
		{"GET /v1/self", "", 200, "inway outway"},
		{"GET /v1/contracts", "", 200, ""},
		{"POST /v1/contracts", "{}", 400, ""},
		{"GET /v1/contracts/" + someHash, "", 404, ""},
		{"POST /v1/contracts/" + someHash + "/accept", "", 404, ""},
		{"GET /v1/services", "", 200, ""},
		{"PUT /v1/services/persons", `{"name":"persons","upstream":"http://persons.test"}`, 204, ""},
		{"DELETE /v1/services/persons", "", 204, ""},
		{"GET /v1/listings", "", 200, ""},
		{"GET /v1/peers", "", 200, ""},
		{"POST /v1/peers/" + string(bart) + "/reconcile", "", 500, ""},
		{"POST /v1/peers/" + string(bart) + "/retry", "", 200, ""},
		{"GET /v1/deliveries", "", 200, ""},
		{"GET /v1/records", "", 200, ""},
		{"GET /v1/snapshots/inway", "", 200, "inway"},
		{"GET /v1/snapshots/outway", "", 200, "outway"},
		{"GET /v1/inways", "", 200, ""},
		{"PUT /v1/inways", `{"address":"https://inway.test:443","calls":3}`, 200, "inway"},
		{"PUT /v1/inways", `{"address":"http://inway.test:443","calls":3}`, 400, "inway"},
		{"GET /v1/logs/inway-1", "", 200, "inway outway"},
		{"POST /v1/logs/inway-1", `{"source":"inway-1","segment":0,"offset":0,"records":[]}`, 204, "inway outway"},
	} {
		method, path, _ := strings.Cut(test.route, " ")
		for _, role := range []string{"guest", "outway", "inway", "cli"} {
			want := http.StatusForbidden
			if role == "cli" || strings.Contains(test.also, role) {
				want = test.status
			}
			status, body := d.ask(t, role, method, path, test.body)
			if status != want {
				t.Errorf("%s as %s: %d %s, want %d", test.route, role, status, body, want)
			}
			if status == http.StatusForbidden && !strings.Contains(body, `"code"`) {
				t.Errorf("%s as %s: %s", test.route, role, body)
			}
		}
	}
}

func TestARoleThatCanNotBeToldIsRefused(t *testing.T) {
	d := newDoor(t, func(c *internalapi.Config) {
		c.RoleOf = func(*http.Request) (internalapi.Role, error) {
			return internalapi.RoleCLI, errors.New("no certificate")
		}
	})
	if status, _ := d.ask(t, "cli", "GET", "/v1/self", ""); status != http.StatusForbidden {
		t.Errorf("status %d", status)
	}
}

func TestErrorsAreJSONAndSayNoMoreThanTheyMay(t *testing.T) {
	d := newDoor(t, func(c *internalapi.Config) {
		c.Directory = func(context.Context) ([]internalapi.Listing, error) { return nil, errors.New("secret path /var/lib") }
	})
	for _, test := range []struct {
		name, route, body string
		status            int
		code              fsc.ErrorCode
	}{
		{"an unknown member", "POST /v1/contracts", `{"not_after":"2030-01-01T00:00:00Z","grants":[],"more":1}`, 400, fsc.CodeInvalidRequest},
		{"a double member", "POST /v1/contracts", `{"grants":[],"grants":[]}`, 400, fsc.CodeInvalidRequest},
		{"no JSON", "POST /v1/contracts", `{`, 400, fsc.CodeInvalidRequest},
		{"two values", "POST /v1/contracts", `{}{}`, 400, fsc.CodeInvalidRequest},
		{"a grant that is no grant", "POST /v1/contracts", `{"grants":[{"type":"x"}]}`, 400, fsc.CodeInvalidRequest},
		{"too large", "POST /v1/contracts", `{"iv":"` + strings.Repeat("x", 10<<20) + `"}`, 413, fsc.CodeRequestTooLarge},
		{"another name in the path", "PUT /v1/services/other", `{"name":"persons","upstream":"http://persons.test"}`, 400, fsc.CodeInvalidRequest},
		{"a service that isn't there", "DELETE /v1/services/other", "", 404, fsc.CodeNotFound},
		{"a hash that is none", "GET /v1/contracts/x", "", 400, fsc.CodeInvalidRequest},
		{"an unknown contract", "GET /v1/contracts/" + someHash, "", 404, fsc.CodeNotFound},
		{"an unknown way to sign", "POST /v1/contracts/" + someHash + "/confirm", "", 404, fsc.CodeNotFound},
		{"a limit of zero", "GET /v1/contracts?limit=0", "", 400, fsc.CodeInvalidRequest},
		{"a limit over the highest", "GET /v1/records?limit=1001", "", 400, fsc.CodeInvalidRequest},
		{"a place that is none", "GET /v1/contracts?after=1", "", 400, fsc.CodeInvalidRequest},
		{"a bad name of a log", "GET /v1/logs/UPPER", "", 400, fsc.CodeInvalidRequest},
		{"a failure of ours", "GET /v1/listings", "", 500, fsc.CodeInternal},
	} {
		t.Run(test.name, func(t *testing.T) {
			method, path, _ := strings.Cut(test.route, " ")
			status, body := d.ask(t, "cli", method, path, test.body)
			var problem struct {
				Code    fsc.ErrorCode `json:"code"`
				Message string        `json:"message"`
			}
			if err := json.Unmarshal([]byte(body), &problem, json.RejectUnknownMembers(true)); err != nil {
				t.Fatalf("%s: %v", body, err)
			}
			if status != test.status || problem.Code != test.code || problem.Message == "" || strings.Contains(body, "secret") {
				t.Errorf("%d %s", status, body)
			}
		})
	}
}

func TestABodyHasToBeCalledJSON(t *testing.T) {
	d := newDoor(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.address+"/v1/contracts", strings.NewReader("{}"))
	must(t, err)
	res, err := d.roles["cli"].Do(req)
	must(t, err)
	must(t, res.Body.Close())
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d", res.StatusCode)
	}
}

func TestTheClientWorksWithContractsAndServices(t *testing.T) {
	d := newDoor(t)
	ctx, c := t.Context(), d.client(internalapi.RoleCLI)
	self, err := c.Self(ctx)
	must(t, err)
	if self != (internalapi.Self{PeerID: anna, Name: "Gemeente Anna", ManagerAddress: "https://manager.test:8443", GroupID: group}) {
		t.Errorf("self %+v", self)
	}
	made, err := c.CreateContract(ctx, proposal(t))
	must(t, err)
	if made.State != fsc.StateProposed || len(made.Awaiting) != 1 || made.Awaiting[0] != bart || len(made.Signatures) != 1 || len(made.GrantHashes) != 1 {
		t.Errorf("made %+v", made)
	}
	shown, err := c.ShowContract(ctx, made.ContentHash)
	must(t, err)
	if len(shown.Deliveries) != 1 || string(shown.Content) != string(made.Content) {
		t.Errorf("shown %+v", shown)
	}
	waiting, err := c.ListDeliveries(ctx)
	must(t, err)
	if len(waiting) != 1 || waiting[0].Kind != manager.DeliverySubmit || waiting[0].PeerID != bart {
		t.Errorf("deliveries %+v", waiting)
	}
	must(t, c.Retry(ctx, bart))
	_, err = c.SignContract(ctx, made.ContentHash, fsc.SignatureTypeAccept)
	if fsc.CodeOf(err) != fsc.CodeContractValidationFailed {
		t.Errorf("accepted twice: %v", err)
	}
	signed, err := c.SignContract(ctx, made.ContentHash, fsc.SignatureTypeReject)
	must(t, err)
	if signed.State != fsc.StateRejected || len(signed.Awaiting) != 0 {
		t.Errorf("signed %+v", signed)
	}

	must(t, c.PutService(ctx, internalapi.Service{Name: "persons", Upstream: "http://persons.test"}))
	services, err := c.ListServices(ctx)
	must(t, err)
	if len(services) != 1 || services[0].Upstream != "http://persons.test" || services[0].RequiresAgreement {
		t.Errorf("services %+v", services)
	}
	for _, required := range []bool{true, false} { // false leaves it
		must(t, c.PutService(ctx, internalapi.Service{Name: "persons", Upstream: "http://persons.test", RequiresAgreement: required}))
		services, err = c.ListServices(ctx)
		must(t, err)
		if !services[0].RequiresAgreement {
			t.Errorf("services %+v", services)
		}
	}
	must(t, c.DeleteService(ctx, "persons"))
	if err := c.DeleteService(ctx, "persons"); fsc.CodeOf(err) != fsc.CodeNotFound {
		t.Errorf("deleted twice: %v", err)
	}
	listings, err := c.ListListings(ctx)
	must(t, err)
	peers, err := c.ListPeers(ctx)
	must(t, err)
	if len(listings) != 1 || len(peers) != 0 {
		t.Errorf("listings %+v, peers %+v", listings, peers)
	}
	if _, err := c.Reconcile(ctx, bart); err == nil {
		t.Error("reconciled with a Peer without an address")
	}
}

func TestContractsAreListedPageByPage(t *testing.T) {
	d := newDoor(t)
	c := d.client(internalapi.RoleCLI)
	made := map[fsc.ContentHash]bool{}
	for range 5 {
		m, err := c.CreateContract(t.Context(), proposal(t))
		must(t, err)
		made[m.ContentHash] = true
	}
	after := ""
	for pages := 1; ; pages++ {
		list, err := c.ListContracts(t.Context(), 2, after)
		must(t, err)
		for _, m := range list {
			delete(made, m.ContentHash)
			var content struct {
				CreatedAt int64 `json:"created_at"`
			}
			must(t, json.Unmarshal(m.Content, &content))
			after = fmt.Sprintf("%d,%s", content.CreatedAt, m.ContentHash)
		}
		if len(list) < 2 {
			if pages != 3 || len(made) != 0 {
				t.Errorf("%d pages, %d contracts missing", pages, len(made))
			}
			return
		}
	}
}

func TestASnapshotIsHeldUntilThereIsANewerOne(t *testing.T) {
	d := newDoor(t)
	in := d.client(internalapi.RoleInway)
	first, err := in.AwaitInwaySnapshot(t.Context(), "")
	must(t, err)
	if first.Version == "" || len(first.Content.TokenKeys) != 1 {
		t.Errorf("first %+v", first)
	}
	type result struct {
		snapshot internalapi.Snapshot[manager.InwaySnapshot]
		err      error
	}
	held := make(chan result, 1)
	go func() {
		s, err := in.AwaitInwaySnapshot(t.Context(), first.Version)
		held <- result{s, err}
	}()
	must(t, d.client(internalapi.RoleCLI).PutService(t.Context(), internalapi.Service{Name: "persons", Upstream: "http://persons.test"}))
	got := <-held
	must(t, got.err)
	if got.snapshot.Version == first.Version || len(got.snapshot.Content.Services) != 1 {
		t.Errorf("second %+v", got.snapshot)
	}
	limits := limit.Limits{ConcurrentCalls: 2, RequestBytes: limit.MaxRequestBytes, ResponseMilliseconds: 5}
	must(t, d.manager.LimitService(t.Context(), "persons", limits))
	third, err := in.AwaitInwaySnapshot(t.Context(), got.snapshot.Version)
	must(t, err)
	if third.Content.Services[0].Limits != limits {
		t.Errorf("third %+v", third)
	}
}

// TestAChangedServiceIsSentAlone counts the bytes of answers to an Inway in a process
// of its own.
func TestAChangedServiceIsSentAlone(t *testing.T) {
	d := newDoor(t)
	in := d.client(internalapi.RoleInway)
	must(t, d.store.Update(t.Context(), func(tx manager.Tx) error {
		for i := range 2000 {
			if err := tx.PutService(t.Context(), manager.Service{Name: fmt.Sprintf("persons-%d", i), Upstream: "http://persons.test"}); err != nil {
				return err
			}
		}
		return nil
	}))
	first, err := in.AwaitInwaySnapshot(t.Context(), "")
	must(t, err)
	_, body := d.ask(t, "inway", http.MethodGet, "/v1/snapshots/inway?changes=true", "")
	if len(first.Content.Services) != 2000 || len(body) < 100_000 {
		t.Fatalf("%d services in %d bytes", len(first.Content.Services), len(body))
	}
	version := first.Version
	for what, change := range map[string]func() error{
		"added": func() error {
			return d.manager.PutService(t.Context(), manager.Service{Name: "letters", Upstream: "http://letters.test"})
		},
		"limited": func() error {
			return d.manager.LimitService(t.Context(), "persons-7", limit.Limits{ConcurrentCalls: 1})
		},
		"removed": func() error { return d.manager.DeleteService(t.Context(), "persons-8") },
	} {
		must(t, change())
		_, body := d.ask(t, "inway", http.MethodGet, "/v1/snapshots/inway?changes=true&after="+version, "")
		next, err := in.AwaitInwaySnapshot(t.Context(), version)
		must(t, err)
		if len(body) > 5000 || next.Content.After != version || len(next.Content.Services)+len(next.Content.Gone) != 1 {
			t.Errorf("%s: %d bytes, %d services, gone %q", what, len(body), len(next.Content.Services), next.Content.Gone)
		}
		version = next.Version
	}
}

func TestOnlyAnOutwayThatAsksForChangesGetsNothingWhenTheWaitIsOver(t *testing.T) {
	d := newDoor(t, func(c *internalapi.Config) { c.SnapshotWait = 20 * time.Millisecond })
	out := d.client(internalapi.RoleOutway)
	_, err := d.client(internalapi.RoleCLI).CreateContract(t.Context(), proposal(t))
	must(t, err)
	route, err := d.manager.PutRoute(t.Context(), manager.Route{
		Host: "brp.example", PathPrefix: "/v2", StripPrefix: true, ServicePeerID: anna, Service: "persons", Delegator: bart, ServiceDelegator: anna,
	})
	must(t, err)
	first, err := out.AwaitOutwaySnapshot(t.Context(), "")
	must(t, err)
	if routes := first.Content.Routes; len(routes) != 1 || routes[0] != route {
		t.Errorf("routes are %+v, want %+v", routes, route)
	}
	again, err := out.AwaitOutwaySnapshot(t.Context(), first.Version)
	must(t, err)
	if again.Version != first.Version || again.Content != nil {
		t.Errorf("first %+v, again %+v", first, again)
	}
	_, older := d.ask(t, "outway", http.MethodGet, "/v1/snapshots/outway?after="+first.Version, "")
	if !strings.Contains(older, first.Version) || strings.Count(older, `"Hash"`) != 1 || strings.Contains(older, `"After"`) {
		t.Errorf("a component of an older version got %s", older)
	}
	_, err = d.client(internalapi.RoleCLI).CreateContract(t.Context(), proposal(t))
	must(t, err)
	changed, err := out.AwaitOutwaySnapshot(t.Context(), first.Version)
	must(t, err)
	if changed.Version == first.Version || changed.Content.After != first.Version || len(changed.Content.Grants) != 1 {
		t.Errorf("after a second contract: %+v", changed)
	}
}

func TestAHeldRequestEndsWhenTheDoorDrains(t *testing.T) {
	draining := make(chan struct{})
	d := newDoor(t, func(c *internalapi.Config) { c.Draining = draining })
	in := d.client(internalapi.RoleInway)
	first, err := in.AwaitInwaySnapshot(t.Context(), "")
	must(t, err)
	held := make(chan string, 1)
	go func() {
		s, err := in.AwaitInwaySnapshot(t.Context(), first.Version)
		if err != nil {
			t.Error(err)
		}
		held <- s.Version
	}()
	close(draining)
	if got := <-held; got != first.Version {
		t.Errorf("version %s, want %s", got, first.Version)
	}
}

func TestAwaitReturnsWithItsContext(t *testing.T) {
	d := newDoor(t)
	first, err := internalapi.Await(t.Context(), d.manager, "", d.manager.InwaySnapshotAfter)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	again, err := internalapi.Await(ctx, d.manager, first.Version, d.manager.InwaySnapshotAfter)
	must(t, err)
	if again.Version != first.Version {
		t.Error("another version")
	}
	broken := errors.New("disk is gone")
	_, err = internalapi.Await(t.Context(), d.manager, "", func(context.Context, string) (*manager.InwaySnapshot, string, error) { return nil, "", broken })
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func record(n int) txlog.Record {
	return txlog.Record{
		TransactionID: fmt.Sprintf("00000000-0000-7000-8000-%012x", n), Direction: txlog.DirectionIncoming, GrantHash: "$1$3$grant", GroupID: group,
		ServiceName: "persons", OutwayPeerID: bart, ServicePeerID: anna, CreatedAt: time.Unix(1_800_000_000, 123_456_000).UTC(),
		TraceID: strings.Repeat("ab", 16), SpanID: strings.Repeat("cd", 8), AdditionalData: []byte(`{"a":1}`),
	}
}

func TestRecordsAreHandedOverOnce(t *testing.T) {
	d := newDoor(t)
	index := internalapi.Index{Client: d.client(internalapi.RoleInway), Source: "inway-1"}
	at, err := index.IndexedUpTo(t.Context())
	must(t, err)
	if at != (txlog.Position{}) {
		t.Errorf("begins at %v", at)
	}
	records, next := []txlog.Record{record(1), record(2)}, txlog.Position{Segment: 3, Offset: 400}
	for range 2 {
		must(t, index.Index(t.Context(), records, next))
		if at, err = index.IndexedUpTo(t.Context()); err != nil || at != next {
			t.Errorf("position %v, %v", at, err)
		}
	}
	other := internalapi.Index{Client: d.client(internalapi.RoleOutway), Source: "outway-1"}
	if at, err = other.IndexedUpTo(t.Context()); err != nil || at != (txlog.Position{}) {
		t.Errorf("position of another log %v, %v", at, err)
	}
	stored, err := d.store.Log().Records(t.Context(), txlog.Query{})
	must(t, err)
	if fmt.Sprint(stored) != fmt.Sprint(records) {
		t.Errorf("stored\n%v\nwant\n%v", stored, records)
	}
	cli := d.client(internalapi.RoleCLI)
	for filter, want := range map[internalapi.RecordFilter]int{
		{}: 2, {Limit: 1}: 1, {TransactionID: records[0].TransactionID}: 1, {ServiceName: "persons"}: 2, {ServiceName: "other"}: 0, {GrantHash: "$1$3$grant"}: 2,
	} {
		got, err := cli.ListRecords(t.Context(), filter)
		must(t, err)
		if len(got) != want {
			t.Errorf("%+v gives %d records", filter, len(got))
		}
	}
}

func TestRecordsThatBreakTheSchemaAreRefusedAsAWhole(t *testing.T) {
	d := newDoor(t)
	index := internalapi.Index{Client: d.client(internalapi.RoleInway), Source: "inway-1"}
	bad := record(2)
	bad.OutwayPeerID = ""
	err := index.Index(t.Context(), []txlog.Record{record(1), bad}, txlog.Position{Segment: 1, Offset: 1})
	if fsc.CodeOf(err) != fsc.CodeInvalidRequest || !strings.Contains(err.Error(), "record 1") {
		t.Errorf("a bad record: %v", err)
	}
	err = index.Index(t.Context(), nil, txlog.Position{Segment: 1, Offset: -1})
	if fsc.CodeOf(err) != fsc.CodeInvalidRequest {
		t.Errorf("a bad position: %v", err)
	}
	err = index.Index(t.Context(), make([]txlog.Record, 5001), txlog.Position{Segment: 1, Offset: 1})
	if fsc.CodeOf(err) != fsc.CodeRequestTooLarge {
		t.Errorf("too many: %v", err)
	}
	status, body := d.ask(t, "inway", "POST", "/v1/logs/inway-1", `{"source":"inway-2","segment":1,"offset":1,"records":[]}`)
	if status != http.StatusBadRequest {
		t.Errorf("two names: %d %s", status, body)
	}
	stored, err := d.store.Log().Records(t.Context(), txlog.Query{})
	must(t, err)
	at, err := index.IndexedUpTo(t.Context())
	must(t, err)
	if len(stored) != 0 || at != (txlog.Position{}) {
		t.Errorf("stored %v up to %v", stored, at)
	}
}

func TestAnInwayReportsAndLeaves(t *testing.T) {
	d := newDoor(t)
	inway, cli := d.client(internalapi.RoleInway), d.client(internalapi.RoleCLI)
	for i, address := range []string{"https://inway-a.test:443", "https://inway-b.test:443"} {
		others, err := inway.ReportInway(t.Context(), internalapi.InwayReport{Address: address, Calls: 4})
		must(t, err)
		if others != i {
			t.Errorf("%d others beside %s", others, address)
		}
	}
	_, err := inway.ReportInway(t.Context(), internalapi.InwayReport{Address: "https://inway-a.test:443", Leaving: true})
	must(t, err)
	list, err := cli.ListInways(t.Context())
	must(t, err)
	if len(list) != 2 || list[0].Named || !list[0].Leaving || !list[1].Named || list[1].Calls != 4 || list[1].HeardAt.IsZero() {
		t.Errorf("%+v", list)
	}
}
