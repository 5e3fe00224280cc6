// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/exchange"
)

// other is another Peer, or the layer before it, that answers what it likes.
func other(t testing.TB, answer http.HandlerFunc) *exchange.Client {
	t.Helper()
	noLeak(t)
	srv := httptest.NewServer(answer)
	t.Cleanup(srv.Close)
	via := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(via.CloseIdleConnections)
	return clientOf(srv.URL, via)
}

func says(status int, media, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func TestOnlyARefusalOfTheServiceIsFinal(t *testing.T) {
	s := newStory(t)
	const problem = "application/problem+json"
	told := func(code string) string {
		return `{"type":"about:blank","title":"No","status":0,"code":"` + code + `","detail":"your turn","extra":{"x":[1]}}`
	}
	layer := func(code fsc.ErrorCode) []string { return []string{"Fsc-Error-Code", string(code)} }
	for name, tc := range map[string]struct {
		status int
		media  string
		body   string
		header []string
		final  bool
		part   string
	}{
		"input":                   {400, problem, told("malformed"), nil, true, "malformed: your turn"},
		"forbidden":               {403, problem, told("not_founder"), nil, true, "not_founder: your turn"},
		"too large":               {413, problem, told("too_large"), nil, true, "too_large"},
		"a rule":                  {409, problem, told("outdated"), nil, true, "outdated"},
		"a deed still to come":    {409, problem, told("unknown_deed"), nil, false, "unknown_deed: your turn"},
		"a parent still to come":  {409, problem, told("no_dossier"), nil, false, "no_dossier"},
		"a token":                 {401, problem, told("unauthorized"), nil, false, "401 unauthorized"},
		"a timeout":               {408, problem, told("timeout"), nil, false, "408"},
		"too early":               {425, problem, told("early"), nil, false, "425"},
		"too often":               {429, problem, told("too_many_requests"), nil, false, "429"},
		"a fault":                 {500, problem, told("internal_error"), nil, false, "500 internal_error"},
		"busy":                    {503, problem, told("busy"), nil, false, "503"},
		"a redirect":              {307, problem, told("moved"), []string{"Location", "/elsewhere"}, false, "307"},
		"not modified":            {304, "", "", nil, false, "304"},
		"something else's 404":    {404, "text/plain", "404 page not found", nil, false, "404"},
		"a problem without code":  {400, problem, `{"detail":"x"}`, nil, false, "400"},
		"a problem with two":      {400, problem, `{"code":"a","code":"b"}`, nil, false, "400"},
		"a problem of a megabyte": {400, problem, `{"code":"a","detail":"` + strings.Repeat("x", 1<<20) + `"}`, nil, false, "400"},
		"no contract":             {400, "application/json", `{"message":"no such grant","domain":"ERROR_DOMAIN_OUTWAY","code":"UNKNOWN_GRANT_HASH_IN_HEADER"}`, layer(fsc.CodeUnknownGrantHashInHeader), false, "UNKNOWN_GRANT_HASH_IN_HEADER: no such grant"},
		"an Inway away":           {502, "application/json", `{"message":"away"}`, layer(fsc.CodeInwayUnreachable), false, "INWAY_UNREACHABLE: away"},
		"a limit of the Inway":    {413, "application/json", `{}`, layer(fsc.CodeRequestTooLarge), false, "the connection to Peer"},
		"the layer, as a problem": {403, problem, told("malformed"), layer("ERROR\tCODE"), false, "the connection to Peer"},
	} {
		t.Run(name, func(t *testing.T) {
			c := other(t, says(tc.status, tc.media, tc.body, tc.header...))
			err := c.Put(t.Context(), keeper, collective.Item{Deed: s.content.Raw()})
			_, final := errors.AsType[*collective.Refused](err)
			if err == nil || final != tc.final || !strings.Contains(err.Error(), tc.part) {
				t.Errorf("got %v, final %t", err, final)
			}
		})
	}
}

func TestTextOfOthersIsMadeFitForALog(t *testing.T) {
	s := newStory(t)
	c := other(t, says(400, "application/problem+json", `{"code":"malformed","detail":"a\nb\u001b[31m\u202e`+strings.Repeat("é", 2000)+`"}`))
	err := c.Put(t.Context(), keeper, collective.Item{Deed: s.content.Raw()})
	r, _ := errors.AsType[*collective.Refused](err)
	if r == nil || strings.ContainsAny(r.Detail, "\n\x1b\u202e") || len([]rune(r.Detail)) > 501 {
		t.Errorf("got %q", r)
	}
}

func TestRequestNamesTheGrant(t *testing.T) {
	s := newStory(t)
	var got *http.Request
	c := other(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		w.WriteHeader(http.StatusNoContent)
	})
	must(t, c.Put(t.Context(), keeper, collective.Item{JWS: s.signature.JWS, Chain: s.town.chain}))
	want := "/deeds/" + string(s.content.Hash()) + "/signatures/" + string(s.signature.Hash())
	if got.Method != http.MethodPut || got.URL.Path != want || got.Header.Get("Fsc-Grant-Hash") != string(grant) || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("got %s %s %v", got.Method, got.URL, got.Header)
	}
}

func TestWithoutContractTryingAgainCanHelp(t *testing.T) {
	s := newStory(t)
	c := other(t, says(204, "", ""))
	err := c.Put(t.Context(), village, collective.Item{Deed: s.content.Raw()})
	if _, final := errors.AsType[*collective.Refused](err); err == nil || final || !strings.Contains(err.Error(), "no contract") {
		t.Errorf("got %v", err)
	}
}

func TestFeedsThatAreNotTheFormAreRefused(t *testing.T) {
	s := newStory(t)
	n := start(t)
	n.desk.put(s.batch)
	good := n.do(http.MethodGet, "/feed", nil).body
	if b, err := other(t, says(200, "application/json", good)).Feed(t.Context(), keeper, 0, 0); err != nil || len(b.Items) != 2 {
		t.Fatalf("the good one: %+v, %v", b, err)
	}
	edit := func(old, with string) string {
		t.Helper()
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in %.300s", old, good)
		}
		return strings.Replace(good, old, with, 1)
	}
	many := `{"certificates":[],"checkpoints":[],"items":[` + strings.TrimSuffix(strings.Repeat(`{"sequence":1},`, exchange.MaxItems+1), ",") + `]}`
	cp := s.batch.Checkpoints[0].JWS
	for name, body := range map[string]string{
		"nothing":                             "",
		"null":                                "null",
		"two":                                 good + good,
		"an empty object":                     "{}",
		"a smuggled member":                   edit(`{"items"`, `{"trust":true,"items"`),
		"a member twice":                      edit(`{"items"`, `{"items":[],"items"`),
		"a smuggled member of an item":        edit(`{"sequence":3`, `{"x":1,"sequence":3`),
		"a smuggled member of an entry":       edit(`{"dossier"`, `{"x":1,"dossier"`),
		"no sequence":                         edit(`"sequence":3,`, ``),
		"a sequence it was given":             edit(`"sequence":3`, `"sequence":0`),
		"falling sequences":                   edit(`"sequence":3`, `"sequence":8`),
		"an entry of a deed with a signature": edit(`"deed":{`, `"signature":"x","deed":{`),
		"a deed that is null":                 `{"items":[{"sequence":3,"entry":{},"deed":null}],"checkpoints":[],"certificates":[]}`,
		"an entry that is null":               `{"items":[{"sequence":3,"entry":null}],"checkpoints":[],"certificates":[]}`,
		"many items":                          many,
		"a checkpoint too many":               edit(`"checkpoints":["`, `"checkpoints":["`+cp+`","`+cp+`","`),
		"a signature that is none":            edit(s.signature.JWS, "a.b.c"),
		"a checkpoint that is none":           edit(cp, s.signature.JWS),
		"a certificate that is missing":       `{"items":[],"checkpoints":[]}`,
		"certificates nobody needs":           encoded(t, map[string]any{"items": []int{}, "checkpoints": []int{}, "certificates": [][][]byte{s.keeper.chain}}),
	} {
		t.Run(name, func(t *testing.T) {
			b, err := other(t, says(200, "application/json", body)).Feed(t.Context(), keeper, 0, 0)
			if _, final := errors.AsType[*collective.Refused](err); err == nil || final || len(b.Items) != 0 {
				t.Errorf("got %+v, %v", b, err)
			}
		})
	}
	if _, err := other(t, says(200, "text/html", good)).Feed(t.Context(), keeper, 0, 0); err == nil {
		t.Error("a page was taken for a feed")
	}
	if _, err := other(t, says(200, "application/json", strings.Repeat(" ", 9<<20))).Feed(t.Context(), keeper, 0, 0); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("nine megabytes: %v", err)
	}
}

func TestKeeperThatDoesNotWaitIsAnError(t *testing.T) {
	c := other(t, says(200, "application/json", `{"items":[],"checkpoints":[],"certificates":[]}`))
	if _, err := c.Feed(t.Context(), keeper, 0, 20*time.Second); err == nil || !strings.Contains(err.Error(), "asked to wait for 20s") {
		t.Errorf("got %v", err)
	}
}

func TestPollAsksForWholeSecondsAndNoMoreThanTheMost(t *testing.T) {
	var query string
	c := other(t, func(w http.ResponseWriter, r *http.Request) {
		query = r.URL.RawQuery
		http.Error(w, "", http.StatusServiceUnavailable)
	})
	for wait, want := range map[time.Duration]string{
		0: "from=8", -time.Second: "from=8", 900 * time.Millisecond: "from=8", 25 * time.Second: "from=8&wait=25", time.Hour: "from=8&wait=30",
	} {
		if _, err := c.Feed(t.Context(), keeper, 7, wait); err == nil || query != want {
			t.Errorf("%s: asked %q, %v", wait, query, err)
		}
	}
}

func TestExchangeEndsWithItsContext(t *testing.T) {
	arrived := make(chan struct{})
	c := other(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
		panic(http.ErrAbortHandler) // an answer now might still be read
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := c.Feed(ctx, keeper, 0, 30*time.Second)
		done <- err
	}()
	<-arrived
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCheckpointsOfOthersAreReadStrictly(t *testing.T) {
	s := newStory(t)
	cp := s.batch.Checkpoints[0]
	two := encoded(t, map[string]any{"checkpoints": []string{cp.JWS, cp.JWS}, "certificates": [][][]byte{s.keeper.chain}})
	for name, body := range map[string]string{"more than were shown": two, "a smuggled member": strings.Replace(two, "{", `{"x":1,`, 1), "null": "null"} {
		if got, err := other(t, says(200, "application/json", body)).Witness(t.Context(), keeper, s.batch.Checkpoints); err == nil || got != nil {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestManyCheckpointsAreShownInParts(t *testing.T) {
	s, n := newStory(t), start(t)
	n.desk.put(s.batch)
	many := make([]collective.SignedCheckpoint, exchange.MaxCheckpoints+1)
	for i := range many {
		many[i] = s.batch.Checkpoints[0]
	}
	got, err := n.client.Witness(t.Context(), keeper, many)
	if err != nil || len(got) != 2 || len(n.desk.seen) != len(many) {
		t.Errorf("got %d, %v; %d were seen", len(got), err, len(n.desk.seen))
	}
}

// FuzzFeed feeds answers to the client: what it takes is in order and of the form.
func FuzzFeed(f *testing.F) {
	s := newStory(f)
	n := start(f)
	n.desk.put(s.batch)
	f.Add([]byte(n.do(http.MethodGet, "/feed", nil).body), int64(0))
	f.Add([]byte(`{"items":[],"checkpoints":[],"certificates":[]}`), int64(5))
	f.Fuzz(func(t *testing.T, raw []byte, after int64) {
		c := clientOf("http://outway.example", &http.Client{Transport: canned{200, "application/json", raw}})
		b, err := c.Feed(t.Context(), keeper, after, 0)
		if err != nil {
			return
		}
		for _, it := range b.Items {
			if it.Sequence <= after || (it.Item.Deed == nil) == (it.Entry.Kind == deed.EntryDeed) || it.Item.JWS != "" && len(it.Item.Chain) == 0 {
				t.Errorf("took %+v after %d", it, after)
			}
			after = it.Sequence
		}
	})
}

// FuzzProblem feeds refusals to the client.
func FuzzProblem(f *testing.F) {
	s := newStory(f)
	f.Add([]byte(`{"type":"urn:x","title":"No","status":400,"code":"malformed","detail":"text","errors":[]}`), 400)
	f.Add([]byte(`{"code":"unknown_deed"}`), 409)
	f.Fuzz(func(t *testing.T, raw []byte, status int) {
		if status < 300 || status > 599 {
			return
		}
		c := clientOf("http://outway.example", &http.Client{Transport: canned{status, "application/problem+json", raw}})
		err := c.Put(t.Context(), keeper, collective.Item{Deed: s.content.Raw()})
		r, final := errors.AsType[*collective.Refused](err)
		if err == nil || final && (status < 400 || status > 499 || r.Code == "" || len(r.Code) > 64) {
			t.Errorf("%d: got %v", status, err)
		}
		if strings.ContainsAny(fmt.Sprint(err), "\r\n\x00") {
			t.Errorf("got %q", err)
		}
	})
}
