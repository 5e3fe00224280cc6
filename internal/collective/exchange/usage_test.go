// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"encoding/binary"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/exchange"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

var november = usage.Month{Year: 2026, Month: time.November}

// calls are n calls; the same for the same n, but for one of them.
func calls(n int, lost int) *usage.Tree {
	var ids []usage.ID
	for i := range n {
		if i == lost {
			continue
		}
		var id usage.ID
		binary.BigEndian.PutUint64(id[:8], uint64(i)*0x9e3779b97f4a7c15)
		id[15] = byte(i)
		ids = append(ids, id)
	}
	return idset.NewTree(ids)
}

func TestTwoSidesFindTheCallThatOneOfThemLacksOverTheService(t *testing.T) {
	s, n := newStory(t), start(t)
	n.desk.calls = calls(5000, -1)
	own := calls(5000, 1234)
	asked := 0
	r, err := idset.Diff(own, n.desk.calls.Summary(), func(q *usage.Question) (*usage.Answer, error) {
		asked++
		return n.client.AskUsage(t.Context(), keeper, s.content.Hash(), november, q)
	})
	must(t, err)
	if r.Equal != 4999 || r.OnlyOwn != 0 || len(r.Other) != 1 || asked > 5 {
		t.Errorf("got %+v after %d questions", r, asked)
	}
	_, err = n.client.AskUsage(t.Context(), town, s.content.Hash(), november, &usage.Question{Prefixes: []idset.Prefix{""}})
	if err == nil || !strings.Contains(err.Error(), "no contract") {
		t.Errorf("without a contract: %v", err)
	}
}

func TestUsageIsToldToTheOtherSideAlone(t *testing.T) {
	s, n := newStory(t), start(t)
	path := "/usage/" + string(s.content.Hash()) + "/2026-11"
	question := strings.NewReader(`{"prefixes":["0"]}`)
	n.want(n.do(http.MethodGet, path, nil), http.StatusNotFound, "not_found")
	n.desk.calls = calls(3, -1)
	n.want(n.do(http.MethodGet, path, nil, as, string(keeper)), http.StatusForbidden, "not_a_side")
	n.want(n.do(http.MethodPost, path+"/question", question, as, string(keeper)), http.StatusForbidden, "not_a_side")
	n.want(n.do(http.MethodGet, "/usage/"+string(s.content.Hash())+"/2026-13", nil), http.StatusNotFound, "not_found")
	n.want(n.do(http.MethodGet, "/usage/x/2026-11", nil), http.StatusNotFound, "not_found")
	n.want(n.do(http.MethodPut, path, nil), http.StatusMethodNotAllowed, "method_not_allowed")
	for _, body := range []string{`{"prefixes":[]}`, `{"prefixes":["b","a"]}`, `{"prefixes":["A"]}`, `{"prefixes":["0"],"x":1}`} {
		n.want(n.do(http.MethodPost, path+"/question", strings.NewReader(body)), http.StatusBadRequest, "malformed")
	}
	large := strings.NewReader(`{"prefixes":["` + strings.Repeat("0", idset.MaxMessageBytes) + `"]}`)
	n.want(n.do(http.MethodPost, path+"/question", large), http.StatusRequestEntityTooLarge, "too_large")
}

func TestAPeerAsksAboutUsageSoManyTimesASecond(t *testing.T) {
	now := time.Now()
	s, n := newStory(t), start(t, func(c *exchange.ServerConfig) { c.Now = func() time.Time { return now } })
	n.desk.calls = calls(3, -1)
	q := &usage.Question{Prefixes: []idset.Prefix{""}}
	refused := 0
	for range 60 {
		if _, err := n.client.AskUsage(t.Context(), keeper, s.content.Hash(), november, q); err != nil {
			if _, ok := errors.AsType[*collective.Refused](err); ok || !strings.Contains(err.Error(), "too_many_requests") {
				t.Fatal(err)
			}
			refused++
		}
	}
	if refused == 0 {
		t.Error("60 questions in one second were answered without a pause")
	}
}
