// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/usage"
)

func TestABuyerAsksTheKeeperForTotalsOverTheService(t *testing.T) {
	s, n := newStory(t), start(t)
	n.desk.savings = &collective.Savings{
		Saved:  usage.Total{Enough: true, Buyers: 2, Sum: -700},
		Demand: []collective.LotDemand{{Lot: "1", Demand: usage.Total{Enough: true, Buyers: 5, Sum: 900}}, {Lot: "2"}},
	}
	got, err := n.client.AskSavings(t.Context(), keeper, s.content.Hash())
	must(t, err)
	if !reflect.DeepEqual(got, n.desk.savings) {
		t.Errorf("got %+v", got)
	}
	path := "/savings/" + string(s.content.Hash())
	n.want(n.do(http.MethodGet, path, nil, as, string(keeper)), http.StatusForbidden, "not_for_you")
	n.want(n.do(http.MethodGet, "/savings/x", nil), http.StatusNotFound, "not_found")
	n.want(n.do(http.MethodPost, path, strings.NewReader("{}")), http.StatusMethodNotAllowed, "method_not_allowed")
}

// A keeper that tells of one buyer, or something that isn't a total, isn't believed.
func TestTotalsThatCantBeAreRefused(t *testing.T) {
	s := newStory(t)
	for _, body := range []string{
		`{"saved":{"buyers":1,"sum":5},"demand":[]}`, `{"demand":[{"lot":"1","total":{"buyers":4,"sum":5}}]}`,
		`{"demand":[{"lot":"1","total":{"buyers":5,"sum":-5}}]}`, `{"saved":{"buyers":2,"sum":9007199254740992},"demand":[]}`,
		`{"demand":[],"more":1}`, `{"demand":[],"demand":[]}`, `[]`, ``,
	} {
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		}))
		got, err := clientOf(other.URL, other.Client()).AskSavings(t.Context(), keeper, s.content.Hash())
		if err == nil {
			t.Errorf("%s is read as %+v", body, got)
		}
		other.Close()
	}
}
