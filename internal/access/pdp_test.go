// SPDX-License-Identifier: EUPL-1.2

package access_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/access"
)

func deskWithPoint(t *testing.T, p *point, change ...func(*access.PDPConfig)) *desk {
	t.Helper()
	return newDesk(t, func(c *access.Config, now *clock) { c.PDP = newPDP(t, p.URL, now, change...) })
}

func TestTheDecisionPointIsAskedAsTheProfileSays(t *testing.T) {
	p := newPoint(t, says(yes))
	d := deskWithPoint(t, p)
	c := call()
	c.Properties, c.Additional = []byte(`{"purpose":"a"}`), []byte(`{"level":2}`)
	c.Delegator, c.ServiceDelegator = "00000099000000003000", "00000099000000004000"
	c.Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	if code := d.decide(c); code != "" {
		t.Fatal(code)
	}
	q := p.question(t)
	subject, _ := q["subject"]["properties"].(map[string]any)
	resource, _ := q["resource"]["properties"].(map[string]any)
	grant, _ := subject["grant_properties"].(map[string]any)
	for what, pair := range map[string][2]any{
		"subject":        {q["subject"]["id"], string(consumer)},
		"subject type":   {q["subject"]["type"], "fsc_peer"},
		"delegator":      {subject["delegator_peer_id"], "00000099000000003000"},
		"grant":          {subject["grant_hash"], "$1$3$abc"},
		"property":       {grant["purpose"], "a"},
		"action":         {q["action"]["name"], "GET"},
		"resource":       {q["resource"]["id"], service},
		"resource type":  {q["resource"]["type"], "fsc_service"},
		"path":           {resource["path"], "/v1/persons/1"},
		"provider":       {resource["peer_id"], string(provider)},
		"offered for":    {resource["delegator_peer_id"], "00000099000000004000"},
		"transaction":    {q["context"]["fsc_transaction_id"], transaction},
		"group":          {q["context"]["fsc_group_id"], string(group)},
		"component":      {q["context"]["fsc_component"], "inway"},
		"time":           {q["context"]["time"], "2026-11-22T12:00:00Z"},
		"request header": {p.header.Get("X-Request-Id"), transaction},
		"trace header":   {p.header.Get("Traceparent"), q["context"]["traceparent"]},
		"content type":   {p.header.Get("Content-Type"), "application/json"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %v, want %v", what, pair[0], pair[1])
		}
	}
	trace := p.header.Get("Traceparent")
	if !strings.HasPrefix(trace, "00-0af7651916cd43dd8448eb211c80319c-") || !strings.HasSuffix(trace, "-01") || strings.Contains(trace, "b7ad6b7169203331") {
		t.Errorf("traceparent %s is no child of the call's", trace)
	}
}

func TestOnlyAPlainPermitIsAPermit(t *testing.T) {
	long := `{"decision":true,"context":{"x":"` + strings.Repeat("a", 64<<10) + `"}}`
	moved := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}
	status := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(n)
			_, _ = io.WriteString(w, yes)
		}
	}
	denied, away := fsc.CodeAccessDenied, fsc.CodePolicyUnavailable
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   fsc.ErrorCode
	}{
		"permit":                 {says(yes), ""},
		"permit with context":    {says(`{"decision":true,"context":{"reason":"x","obligations":[]}}`), ""},
		"permit with charset":    {says(yes, "Content-Type", "application/json; charset=utf-8"), ""},
		"the same request":       {says(yes, "X-Request-Id", transaction), ""},
		"refusal":                {says(no), denied},
		"another request":        {says(yes, "X-Request-Id", "1"), away},
		"obligations":            {says(`{"decision":true,"context":{"obligations":[{"id":"mask"}]}}`), away},
		"nothing":                {says(""), away},
		"no decision":            {says(`{}`), away},
		"null":                   {says(`{"decision":null}`), away},
		"text":                   {says(`{"decision":"true"}`), away},
		"other case":             {says(`{"Decision":true}`), away},
		"twice":                  {says(`{"decision":false,"decision":true}`), away},
		"unknown member":         {says(`{"decision":true,"more":1}`), away},
		"context is a text":      {says(`{"decision":true,"context":"x"}`), away},
		"something behind":       {says(yes + yes), away},
		"half":                   {says(`{"decision":tru`), away},
		"too long":               {says(long), away},
		"html":                   {says(yes, "Content-Type", "text/html"), away},
		"no content type":        {says(yes, "Content-Type", ""), away},
		"redirect":               {moved, away},
		"500 with a permit":      {status(500), away},
		"403 with a permit":      {status(403), away},
		"204":                    {status(204), away},
		"hangs up":               {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, away},
		"length that isn't true": {says(yes, "Content-Length", "100"), away},
	} {
		t.Run(name, func(t *testing.T) {
			d := deskWithPoint(t, newPoint(t, c.answer))
			if got := d.decide(call()); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			r := d.records()
			if len(r) != 1 || (r[0]["status"] == "Error") != (c.want == away) {
				t.Errorf("records %v", r)
			}
		})
	}
}

func TestADecisionPointThatIsAwayRefuses(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, func(c *access.Config, now *clock) { c.PDP = newPDP(t, "http://"+address, now) })
	if code := d.decide(call()); code != fsc.CodePolicyUnavailable {
		t.Errorf("answered %q", code)
	}
}

func TestASlowDecisionPointRefusesInTime(t *testing.T) {
	free := make(chan struct{})
	p := newPoint(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-free:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler) // an answer now might still be read
		}
	})
	defer close(free)
	d := deskWithPoint(t, p, func(c *access.PDPConfig) { c.Timeout = 20 * time.Millisecond })
	if err := d.policy.Decide(t.Context(), call()); fsc.CodeOf(err) != fsc.CodePolicyUnavailable || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("answered %v", err)
	}
}

func TestAnAnswerIsUsedAgainOnlyAsLongAsItAllows(t *testing.T) {
	for name, c := range map[string]struct {
		fields []string
		fresh  time.Duration
	}{
		"nothing":          {nil, 0},
		"max-age":          {[]string{"Cache-Control", "private, max-age=10"}, 10 * time.Second},
		"age":              {[]string{"Cache-Control", "max-age=10", "Age", "4"}, 6 * time.Second},
		"too old":          {[]string{"Cache-Control", "max-age=10", "Age", "14"}, 0},
		"no-store":         {[]string{"Cache-Control", "max-age=10, no-store"}, 0},
		"no-cache":         {[]string{"Cache-Control", "No-Cache, max-age=10"}, 0},
		"twice":            {[]string{"Cache-Control", "max-age=10, max-age=20"}, 0},
		"nonsense":         {[]string{"Cache-Control", "max-age=-1"}, 0},
		"age is nonsense":  {[]string{"Cache-Control", "max-age=10", "Age", "x"}, 0},
		"more than wanted": {[]string{"Cache-Control", "max-age=3600"}, time.Minute},
		"expires alone":    {[]string{"Expires", "Thu, 01 Jan 2099 00:00:00 GMT"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPoint(t, says(yes, c.fields...))
			d := deskWithPoint(t, p)
			d.decide(call())
			d.clock.Advance(max(c.fresh-time.Second, 0))
			p.answers(says(no))
			if got := d.decide(call()); (got == "") != (c.fresh > 0) {
				t.Errorf("just before: %q", got)
			}
			d.clock.Advance(time.Second)
			if got := d.decide(call()); got != fsc.CodeAccessDenied {
				t.Errorf("afterwards: %q", got)
			}
			if r := d.records(); len(r) != 3 {
				t.Errorf("%d records of 3 decisions", len(r))
			}
		})
	}
}

func TestAnAnswerIsOnlyForTheSameQuestion(t *testing.T) {
	p := newPoint(t, says(yes, "Cache-Control", "max-age=60"))
	d := deskWithPoint(t, p)
	d.decide(call())
	again := call()
	again.TransactionID, again.Traceparent = "01930000-0000-7000-8000-000000000002", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	d.decide(again)
	if n := p.asked.Load(); n != 1 {
		t.Fatalf("asked %d times about the same", n)
	}
	p.answers(says(no))
	for name, change := range map[string]func(*access.Call){
		"method":     func(c *access.Call) { c.Method = "POST" },
		"path":       func(c *access.Call) { c.Path = "/v1/persons/2" },
		"consumer":   func(c *access.Call) { c.Consumer = provider },
		"delegator":  func(c *access.Call) { c.Delegator = provider },
		"grant":      func(c *access.Call) { c.GrantHash = "$1$3$abd" },
		"service":    func(c *access.Call) { c.Service = "others" },
		"properties": func(c *access.Call) { c.Properties = []byte(`{"a":1}`) },
		"additional": func(c *access.Call) { c.Additional = []byte(`{"a":1}`) },
		"provider":   func(c *access.Call) { c.Provider = consumer },
		"offered":    func(c *access.Call) { c.ServiceDelegator = consumer },
	} {
		c := call()
		if change(c); d.decide(c) != fsc.CodeAccessDenied {
			t.Errorf("another %s gets the same answer", name)
		}
	}
	if s := d.policy.Stats(); s.Cached != 1 || s.Asked != 11 {
		t.Errorf("figures %+v", s)
	}
}

func TestADecisionPointThatFailsIsLeftAloneForAWhile(t *testing.T) {
	p := newPoint(t, says("garbage"))
	d := deskWithPoint(t, p)
	for range 5 {
		if got := d.decide(call()); got != fsc.CodePolicyUnavailable {
			t.Fatal(got)
		}
	}
	if n := p.asked.Load(); n != 3 || !d.policy.Stats().BreakerOpen {
		t.Fatalf("asked %d times, want 3", n)
	}
	d.clock.Advance(5 * time.Second) // one probe, which fails
	d.decide(call())
	d.decide(call())
	if n := p.asked.Load(); n != 4 {
		t.Fatalf("asked %d times after a pause, want 4", n)
	}
	d.clock.Advance(5 * time.Second)
	p.answers(says(no)) // a refusal is an answer
	for range 3 {
		if got := d.decide(call()); got != fsc.CodeAccessDenied {
			t.Errorf("after it is back: %q", got)
		}
	}
	if n := p.asked.Load(); n != 7 || d.policy.Stats().BreakerOpen {
		t.Errorf("asked %d times in all, want 7", n)
	}
}

// TestAQuestionThatIsRefusedDoesntShutOthersOut: who asks chooses method and path,
// and could otherwise have all Peers refused with paths the decision point dislikes.
func TestAQuestionThatIsRefusedDoesntShutOthersOut(t *testing.T) {
	p := newPoint(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	d := deskWithPoint(t, p)
	for range 10 {
		if got := d.decide(call()); got != fsc.CodePolicyUnavailable {
			t.Fatal(got)
		}
	}
	if n := p.asked.Load(); n != 10 || d.policy.Stats().BreakerOpen {
		t.Errorf("asked %d times, breaker open: %v", n, d.policy.Stats().BreakerOpen)
	}
	p.answers(says("garbage"))
	for range 2 {
		d.decide(call())
	}
	p.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	d.decide(call()) // says nothing good either
	p.answers(says("garbage"))
	d.decide(call())
	if !d.policy.Stats().BreakerOpen {
		t.Error("a refused question made failures be forgotten")
	}
}

func TestACallerThatLeavesSaysNothingAboutTheDecisionPoint(t *testing.T) {
	arrived := make(chan struct{}, 10)
	p := newPoint(t, func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	d := deskWithPoint(t, p)
	for range 5 {
		ctx, leave := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- d.policy.Decide(ctx, call()) }()
		<-arrived
		leave()
		if err := <-done; fsc.CodeOf(err) != fsc.CodePolicyUnavailable {
			t.Errorf("answered %v", err)
		}
	}
	if d.policy.Stats().BreakerOpen {
		t.Error("callers that left opened the breaker")
	}
}

func TestTheTokenInTheFileIsSentAlong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("first\n")
	p := newPoint(t, says(yes))
	d := deskWithPoint(t, p, func(c *access.PDPConfig) { c.TokenFile = file })
	d.decide(call())
	if got := p.header.Get("Authorization"); got != "Bearer first" {
		t.Errorf("Authorization %q", got)
	}
	write("two words")
	if _, err := access.NewPDP(access.PDPConfig{Endpoint: p.URL, TokenFile: file}); err == nil {
		t.Error("a file with two words was taken")
	}
}

func TestFilesAreFollowedWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "rules.yaml")
		write := func(effect string) {
			if err := os.WriteFile(file, []byte("services: [{name: persons, rules: [{effect: "+effect+"}]}]"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write("allow")
		r, err := access.NewRules(file, access.Inway, discard())
		if err != nil {
			t.Fatal(err)
		}
		log := access.NewLog(access.LogConfig{Dir: t.TempDir(), FileSize: 1 << 20, Files: 3, Now: time.Now, Logger: discard()})
		policy := access.New(access.Config{Component: access.Inway, Self: provider, GroupID: group, Rules: r, Log: log})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); policy.Run(ctx) }()
		if err := policy.Decide(ctx, call()); err != nil {
			t.Error(err)
		}
		write("deny")
		<-time.After(access.ReloadInterval + time.Second) // the bubble's clock
		if err := policy.Decide(ctx, call()); fsc.CodeOf(err) != fsc.CodeAccessDenied {
			t.Errorf("after the change: %v", err)
		}
		stop()
		<-done
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
}
