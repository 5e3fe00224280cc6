// SPDX-License-Identifier: EUPL-1.2

package restapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/txlog"
)

// serverLimit is the time that the server of these tests gives a request.
const serverLimit = 100 * time.Millisecond

// slow is a log whose records take longer to read than the server's limit.
type slow struct{ controller.Evidence }

func (s slow) Linked(ctx context.Context, after int64, limit int) ([]txlog.Linked, error) {
	select {
	case <-time.After(3 * serverLimit):
		return s.Evidence.Linked(ctx, after, limit)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// large is a node whose log takes longer to read than the server's limit.
func large(t *testing.T) *api {
	t.Helper()
	a := newAPI(t, func(o *options) {
		o.act = func(c *controller.Config) { c.Evidence = slow{c.Evidence} }
		o.server = func(s *http.Server) { s.ReadTimeout, s.WriteTimeout = serverLimit, serverLimit }
	})
	a.records(3)
	return a
}

func TestAnAnswerMayTakeLongerThanReadingTheRequest(t *testing.T) {
	a := large(t)
	if c := into[client.LogCheck](a.ask("auditor", post, "/v1/transaction-checks", "{}").want(200)); !c.Sound || c.Records != 3 {
		t.Errorf("got %+v", c)
	}
	if lines := string(a.ask("auditor", post, "/v1/transaction-evidence-exports", "").want(200).body); strings.Count(lines, "\n") != 4 {
		t.Errorf("got %s", lines)
	}
}

func TestACheckTellsMeanwhileHowFarItIs(t *testing.T) {
	a := large(t)
	var told [][2]int64
	c, err := a.client("auditor").FollowLogCheck(t.Context(), client.NewLogCheck{}, func(looked, of int64) { told = append(told, [2]int64{looked, of}) })
	must(t, err)
	if !c.Sound || c.Records != 3 || len(told) == 0 || told[0] != [2]int64{0, 3} {
		t.Errorf("got %+v after %v", c, told)
	}
	a.ask("reader", post, "/v1/transaction-check-streams", "{}").problem(403, "forbidden")
}

// gone is a log that can't be read any more.
type gone struct{ controller.Evidence }

func (gone) Linked(context.Context, int64, int) ([]txlog.Linked, error) {
	return nil, context.DeadlineExceeded
}

func TestACheckThatBreaksOffIsNoResult(t *testing.T) {
	a := newAPI(t, func(o *options) { o.act = func(c *controller.Config) { c.Evidence = gone{c.Evidence} } })
	a.records(3)
	if c, err := a.client("auditor").FollowLogCheck(t.Context(), client.NewLogCheck{}, func(int64, int64) {}); err == nil {
		t.Errorf("got %+v", c)
	}
}
