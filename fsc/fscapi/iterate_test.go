// SPDX-License-Identifier: EUPL-1.2

package fscapi_test

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
)

// collect gathers a list until its first error.
func collect[T any](seq func(func(T, error) bool)) (items []T, err error) {
	for item, err := range seq {
		if err != nil {
			return items, err
		}
		items = append(items, item)
	}
	return items, nil
}

func TestAllFollowsCursorsToTheEnd(t *testing.T) {
	a := newAuthority(t)
	names := []string{"aaa", "bbb", "ccc", "ddd", "eee"}
	from := func(after []string) (string, []string) {
		i := 0
		for len(after) > 0 && names[i] <= after[0] {
			i++
		}
		if i == len(names)-1 {
			return names[i], nil
		}
		return names[i], []string{names[i]}
	}
	to := startServer(t, a, &desk{
		peers: func(_ fscapi.Caller, r fscapi.PeersRequest) (fscapi.Results[fsc.Peer], error) {
			name, next := from(r.Page.After)
			return fscapi.Results[fsc.Peer]{Items: []fsc.Peer{{ID: fsc.PeerID(name)}}, Next: next}, nil
		},
		contracts: func(_ fscapi.Caller, r fscapi.ContractsRequest) (fscapi.Results[fscapi.Contract], error) {
			name, next := from(r.Page.After)
			return fscapi.Results[fscapi.Contract]{Items: []fscapi.Contract{{Content: []byte(`{"n":"` + name + `"}`)}}, Next: next}, nil
		},
		services: func(_ fscapi.Caller, r fscapi.ServicesRequest) (fscapi.Results[fscapi.ServiceListing], error) {
			name, next := from(r.Page.After)
			return fscapi.Results[fscapi.ServiceListing]{Items: []fscapi.ServiceListing{{Name: name, Peer: fsc.Peer{ID: bob}}}, Next: next}, nil
		},
		logs: func(_ fscapi.Caller, r fscapi.LogsRequest) (fscapi.Results[fscapi.LogRecord], error) {
			name, next := from(r.Page.After)
			return fscapi.Results[fscapi.LogRecord]{Items: []fscapi.LogRecord{{TransactionID: name, Direction: fscapi.DirectionIncoming}}, Next: next}, nil
		},
	})
	c, ctx := a.client(t), t.Context()
	peers, err := collect(c.AllPeers(ctx, to, fscapi.PeersRequest{}))
	if err != nil || len(peers) != 5 || peers[4].ID != "eee" {
		t.Errorf("peers: %v, %v", peers, err)
	}
	contracts, err := collect(c.AllContracts(ctx, to, fscapi.ContractsRequest{Page: fscapi.Page{Ascending: true}}))
	if err != nil || len(contracts) != 5 || string(contracts[1].Content) != `{"n":"bbb"}` {
		t.Errorf("contracts: %v, %v", contracts, err)
	}
	services, err := collect(c.AllServices(ctx, to, fscapi.ServicesRequest{ServiceName: "abc"}))
	if err != nil || len(services) != 5 {
		t.Errorf("services: %v, %v", services, err)
	}
	logs, err := collect(c.AllLogRecords(ctx, to, fscapi.LogsRequest{}))
	if err != nil || len(logs) != 5 {
		t.Errorf("logs: %v, %v", logs, err)
	}
	for p, err := range c.AllPeers(ctx, to, fscapi.PeersRequest{}) {
		if p.ID != "aaa" || err != nil {
			t.Errorf("got %v, %v", p, err)
		}
		break
	}
}

func TestListsThatNeverEndAreEnded(t *testing.T) {
	a := newAuthority(t)
	pages := 0
	page := func(cursor string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			pages++
			next := cursor
			if next == "" {
				next = r.URL.Query().Get("cursor") + "x"
			}
			answer(200, `{"peers":[{"id":"abc"}],"pagination":{"next_cursor":"`+next+`"}}`)(w, r)
		})
	}
	peers, err := collect(a.client(t).AllPeers(t.Context(), a.start(t, page("same")), fscapi.PeersRequest{}))
	if err != nil || len(peers) != 2 {
		t.Errorf("repeated cursor: got %d, %v", len(peers), err)
	}
	pages = 0
	peers, err = collect(a.client(t).AllPeers(t.Context(), a.start(t, page("")), fscapi.PeersRequest{}))
	if err == nil || len(peers) != 1000 || pages != 1000 {
		t.Errorf("growing cursor: got %d in %d pages, %v", len(peers), pages, err)
	}
	_, err = collect(a.client(t).AllPeers(t.Context(), a.start(t, answer(500, "")), fscapi.PeersRequest{}))
	var re *fscapi.RemoteError
	if !errors.As(err, &re) || re.Status != 500 {
		t.Errorf("failure: got %v", err)
	}
}

func TestListsAreAskedForInTheFormOfTheStandard(t *testing.T) {
	a := newAuthority(t)
	var got url.Values
	to := a.start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.URL.Query()
		answer(200, `{"records":[]}`)(w, r)
	}))
	after, before := int64(1), int64(2)
	_, err := a.client(t).ListLogRecords(t.Context(), to, fscapi.LogsRequest{
		Page: fscapi.Page{Limit: 7, After: []string{"c+/="}}, After: &after, Before: &before, TransactionIDs: []string{"a", "b"},
	})
	want := url.Values{"limit": {"7"}, "cursor": {"c+/="}, "sort_order": {"SORT_ORDER_DESCENDING"}, "after": {"1"}, "before": {"2"}, "transaction_ids": {"a,b"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}
