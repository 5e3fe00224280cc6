// SPDX-License-Identifier: EUPL-1.2

package fscapi_test

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
)

func TestContractsLeaveVerbatimWithAllThreeMaps(t *testing.T) {
	h, _ := newServer(&desk{contracts: func(fscapi.Caller, fscapi.ContractsRequest) (fscapi.Results[fscapi.Contract], error) {
		return fscapi.Results[fscapi.Contract]{Items: []fscapi.Contract{
			{Content: []byte(`{ "b": 1.0, "a":"\u0041" }`), Signatures: map[fsc.SignatureType]map[fsc.PeerID]string{
				fsc.SignatureTypeAccept: {bob: "x.y.z", alice: "a.b.c"},
			}},
			{Content: []byte(`{}`)},
		}}, nil
	}})
	wantBody(t, send(h, http.MethodGet, "/v1/contracts", ""), http.StatusOK,
		`{"contracts":[{"content":{ "b": 1.0, "a":"\u0041" },"signatures":{"accept":{"00000099000000001000":"a.b.c","00000099000000002000":"x.y.z"},"reject":{},"revoke":{}}},`+
			`{"content":{},"signatures":{"accept":{},"reject":{},"revoke":{}}}],"pagination":{"next_cursor":""}}`)
}

func TestBrokenContentIsNotSent(t *testing.T) {
	h, _ := newServer(&desk{contracts: func(fscapi.Caller, fscapi.ContractsRequest) (fscapi.Results[fscapi.Contract], error) {
		return fscapi.Results[fscapi.Contract]{Items: []fscapi.Contract{{Content: []byte(`{},"x":{}`)}}}, nil
	}})
	wantRefusal(t, send(h, http.MethodGet, "/v1/contracts", ""), 500, fsc.CodeInternal, "")
}

func TestListingsHaveTheShapeOfTheStandard(t *testing.T) {
	h, _ := newServer(&desk{
		peers: func(fscapi.Caller, fscapi.PeersRequest) (fscapi.Results[fsc.Peer], error) {
			return fscapi.Results[fsc.Peer]{Items: []fsc.Peer{{ID: bob, Name: "Bob & Co", ManagerAddress: "https://m.bob.example:443"}}}, nil
		},
		services: func(fscapi.Caller, fscapi.ServicesRequest) (fscapi.Results[fscapi.ServiceListing], error) {
			return fscapi.Results[fscapi.ServiceListing]{Items: []fscapi.ServiceListing{
				{Peer: fsc.Peer{ID: bob, Name: "Bob"}, Name: "personen", Protocol: fsc.ProtocolHTTP11},
				{Peer: fsc.Peer{ID: bob, Name: "Bob"}, Name: "adressen", Protocol: fsc.ProtocolHTTP2, Delegator: fsc.Peer{ID: alice, Name: "Alice"}, Properties: []byte(`{"a":1.50}`)},
			}}, nil
		},
		peer: func() (fscapi.PeerInfo, error) { return fscapi.PeerInfo{ID: bob, Name: "Bob"}, nil },
		logs: func(fscapi.Caller, fscapi.LogsRequest) (fscapi.Results[fscapi.LogRecord], error) {
			return fscapi.Results[fscapi.LogRecord]{Items: []fscapi.LogRecord{
				{TransactionID: "t1", Direction: fscapi.DirectionIncoming, GrantHash: "$1$3$x", OutwayPeerID: alice, ServicePeerID: bob, ServiceName: "personen", CreatedAt: 7},
				{
					TransactionID: "t2", Direction: fscapi.DirectionOutgoing, GrantHash: "$1$4$x", OutwayPeerID: alice, SourceDelegator: "del", ServicePeerID: bob,
					DestinationDelegator: "gem", ServiceName: "personen", CreatedAt: 8, AdditionalData: []byte(`{"k":[]}`), TraceID: "0af7", SpanID: "b7ad",
				},
			}}, nil
		},
	})
	for path, want := range map[string]string{
		"/v1/peers": `{"peers":[{"id":"00000099000000002000","name":"Bob & Co","manager_address":"https://m.bob.example:443"}],"pagination":{"next_cursor":""}}`,
		"/v1/services": `{"services":[{"type":"SERVICE_TYPE_SERVICE","data":{"type":"SERVICE_TYPE_SERVICE","peer":{"id":"00000099000000002000","name":"Bob","manager_address":""},"name":"personen","protocol":"PROTOCOL_TCP_HTTP_1.1"}},` +
			`{"type":"SERVICE_TYPE_DELEGATED_SERVICE","data":{"type":"SERVICE_TYPE_DELEGATED_SERVICE","peer":{"id":"00000099000000002000","name":"Bob","manager_address":""},"name":"adressen","protocol":"PROTOCOL_TCP_HTTP_2",` +
			`"delegator":{"peer_id":"00000099000000001000","peer_name":"Alice"},"properties":{"a":1.50}}}],"pagination":{"next_cursor":""}}`,
		"/v1/peer": `{"peer_id":"00000099000000002000","peer_name":"Bob","fsc_version":"1.0.0","enabled_extensions":{"EXTENSION_DELEGATION":"1.0.0","EXTENSION_TRANSACTION_LOGGING":"1.0.0"}}`,
		"/v1/logs": `{"records":[{"transaction_id":"t1","direction":"DIRECTION_INCOMING","grant_hash":"$1$3$x","source":{"type":"SOURCE_TYPE_SOURCE","outway_peer_id":"00000099000000001000"},` +
			`"destination":{"type":"DESTINATION_TYPE_DESTINATION","service_peer_id":"00000099000000002000"},"service_name":"personen","created_at":7},` +
			`{"transaction_id":"t2","direction":"DIRECTION_OUTGOING","grant_hash":"$1$4$x","source":{"type":"SOURCE_TYPE_DELEGATED_SOURCE","outway_peer_id":"00000099000000001000","delegator_peer_id":"del"},` +
			`"destination":{"type":"DESTINATION_TYPE_DELEGATED_DESTINATION","service_peer_id":"00000099000000002000","delegator_peer_id":"gem"},"service_name":"personen","created_at":8,` +
			`"additional_data":{"k":[]},"trace_id":"0af7","span_id":"b7ad"}],"pagination":{"next_cursor":""}}`,
	} {
		w := send(h, http.MethodGet, path, "")
		wantBody(t, w, http.StatusOK, want)
		if w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: headers %v", path, w.Header())
		}
	}
}

func TestEmptyListIsAnArray(t *testing.T) {
	h, _ := newServer(&desk{peers: func(fscapi.Caller, fscapi.PeersRequest) (fscapi.Results[fsc.Peer], error) {
		return fscapi.Results[fsc.Peer]{}, nil
	}})
	wantBody(t, send(h, http.MethodGet, "/v1/peers", ""), http.StatusOK, `{"peers":[],"pagination":{"next_cursor":""}}`)
}

// asked runs one list request of each kind and gives what the handler saw.
func asked(t *testing.T, target string) any {
	t.Helper()
	var got any
	h, _ := newServer(&desk{
		contracts: func(_ fscapi.Caller, r fscapi.ContractsRequest) (fscapi.Results[fscapi.Contract], error) {
			got = r
			return fscapi.Results[fscapi.Contract]{}, nil
		},
		peers: func(_ fscapi.Caller, r fscapi.PeersRequest) (fscapi.Results[fsc.Peer], error) {
			got = r
			return fscapi.Results[fsc.Peer]{}, nil
		},
		services: func(_ fscapi.Caller, r fscapi.ServicesRequest) (fscapi.Results[fscapi.ServiceListing], error) {
			got = r
			return fscapi.Results[fscapi.ServiceListing]{}, nil
		},
		logs: func(_ fscapi.Caller, r fscapi.LogsRequest) (fscapi.Results[fscapi.LogRecord], error) {
			got = r
			return fscapi.Results[fscapi.LogRecord]{}, nil
		},
	})
	if w := send(h, http.MethodGet, target, ""); w.Code != http.StatusOK {
		t.Errorf("%s: got %d %s", target, w.Code, w.Body)
	}
	return got
}

func TestListParameters(t *testing.T) {
	first, last := int64(5), int64(9)
	page, all := fscapi.Page{Limit: 25}, fscapi.Page{Limit: 1000}
	for target, want := range map[string]any{
		"/v1/contracts": fscapi.ContractsRequest{Page: page},
		"/v1/contracts?limit=&cursor=&sort_order=":                                        fscapi.ContractsRequest{Page: page},
		"/v1/contracts?limit=1000&x=y":                                                    fscapi.ContractsRequest{Page: all},
		"/v1/contracts?limit=1":                                                           fscapi.ContractsRequest{Page: fscapi.Page{Limit: 1}},
		"/v1/contracts?sort_order=SORT_ORDER_ASCENDING":                                   fscapi.ContractsRequest{Page: fscapi.Page{Limit: 25, Ascending: true}},
		"/v1/contracts?sort_order=SORT_ORDER_DESCENDING":                                  fscapi.ContractsRequest{Page: page},
		"/v1/contracts?grant_hash=":                                                       fscapi.ContractsRequest{Page: page},
		"/v1/contracts?grant_type=" + "GRANT_TYPE_SERVICE_PUBLICATION":                    fscapi.ContractsRequest{Page: page, GrantType: fsc.GrantTypeServicePublication},
		"/v1/contracts?grant_hash=$1$3$a,b&grant_hash=c&limit=1&cursor=zz&grant_type=odd": fscapi.ContractsRequest{Page: all, GrantHashes: []fsc.GrantHash{"$1$3$a", "b", "c"}},
		"/v1/contracts?grant_hash=%241%243%24a%2Cb":                                       fscapi.ContractsRequest{Page: all, GrantHashes: []fsc.GrantHash{"$1$3$a", "b"}},
		"/v1/peers?peer_name=g%C3%A9m":                                                    fscapi.PeersRequest{Page: page, PeerName: "gém"},
		"/v1/peers?peer_id=abc,def":                                                       fscapi.PeersRequest{Page: all, PeerIDs: []fsc.PeerID{"abc", "def"}},
		"/v1/services?peer_id=abc&service_name=pers":                                      fscapi.ServicesRequest{Page: page, PeerID: "abc", ServiceName: "pers"},
		"/v1/logs?after=5&before=9&grant_hash=a&service_name=abc,def": fscapi.LogsRequest{
			Page: page, After: &first, Before: &last, GrantHashes: []fsc.GrantHash{"a"}, ServiceNames: []string{"abc", "def"},
		},
		"/v1/logs?transaction_ids=a,b&after=x": fscapi.LogsRequest{Page: all, TransactionIDs: []string{"a", "b"}},
	} {
		if got := asked(t, target); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", target, got, want)
		}
	}
}

func TestMalformedListParametersAreRefused(t *testing.T) {
	h, _ := newServer(&desk{})
	many := strings.Repeat("abc,", 1000) + "abc"
	for target, text := range map[string]string{
		"/v1/contracts?limit=0":                                 "limit",
		"/v1/contracts?limit=1001":                              "limit",
		"/v1/contracts?limit=-1":                                "limit",
		"/v1/contracts?limit=ten":                               "limit",
		"/v1/contracts?limit=1&limit=2":                         "limit",
		"/v1/contracts?limit=99999999999999999999":              "limit",
		"/v1/contracts?sort_order=up":                           "sort_order",
		"/v1/contracts?grant_type=all":                          "grant_type",
		"/v1/contracts?cursor=a&cursor=b":                       "cursor",
		"/v1/contracts?cursor=nonsense":                         "cursor",
		"/v1/contracts?a=%zz":                                   "query",
		"/v1/contracts?grant_hash=a,,b":                         "grant_hash",
		"/v1/contracts?grant_hash=" + strings.Repeat("a", 1025): "grant_hash",
		"/v1/peers?peer_name=ab":                                "peer_name",
		"/v1/peers?peer_name=" + strings.Repeat("a", 256):       "peer_name",
		"/v1/peers?peer_name=%ff%ff%ff":                         "peer_name",
		"/v1/peers?peer_id=ab":                                  "peer_id",
		"/v1/services?peer_id=abc&peer_id=d":                    "peer_id",
		"/v1/services?service_name=ab":                          "service_name",
		"/v1/logs?after=-1":                                     "after",
		"/v1/logs?before=1.5":                                   "before",
		"/v1/logs?service_name=ab":                              "service_name",
		"/v1/logs?transaction_ids=" + many:                      "transaction_ids",
		"/v1/logs?transaction_ids=" + strings.ReplaceAll(many, ",", "&transaction_ids="): "transaction_ids",
	} {
		wantRefusal(t, send(h, http.MethodGet, target, ""), http.StatusBadRequest, fsc.CodeInvalidRequest, text)
	}
}

func TestCursorLeadsToTheNextPageOfTheSameQuestionOnly(t *testing.T) {
	var after []string
	d := &desk{
		peers: func(_ fscapi.Caller, r fscapi.PeersRequest) (fscapi.Results[fsc.Peer], error) {
			after = r.Page.After
			return fscapi.Results[fsc.Peer]{Next: []string{"17", "$1$1$é"}}, nil
		},
		services: func(fscapi.Caller, fscapi.ServicesRequest) (fscapi.Results[fscapi.ServiceListing], error) {
			return fscapi.Results[fscapi.ServiceListing]{}, nil
		},
	}
	h, _ := newServer(d)
	w := send(h, http.MethodGet, "/v1/peers?peer_name=abc&limit=3", "")
	_, cursor, _ := strings.Cut(w.Body.String(), `"next_cursor":"`)
	cursor = strings.TrimSuffix(cursor, `"}}`)
	if cursor == "" || after != nil {
		t.Fatalf("got %s after %v", w.Body, after)
	}
	send(h, http.MethodGet, "/v1/peers?peer_name=abc&limit=7&cursor="+cursor, "")
	if !reflect.DeepEqual(after, []string{"17", "$1$1$é"}) {
		t.Errorf("after %q", after)
	}
	bobs, _ := newServer(d, func(c *fscapi.ServerConfig) {
		c.Identify = func(r *http.Request) (fsc.Peer, *x509.Certificate, error) { return fsc.Peer{ID: bob}, nil, nil }
	})
	other, _ := newServer(d, func(c *fscapi.ServerConfig) { c.CursorKey = nil })
	flipped := "A" + cursor[1:]
	if cursor[0] == 'A' {
		flipped = "B" + cursor[1:]
	}
	for name, tc := range map[string]struct {
		h      http.Handler
		target string
	}{
		"other filter": {h, "/v1/peers?peer_name=abd&cursor=" + cursor},
		"no filter":    {h, "/v1/peers?cursor=" + cursor},
		"other order":  {h, "/v1/peers?peer_name=abc&sort_order=SORT_ORDER_ASCENDING&cursor=" + cursor},
		"other list":   {h, "/v1/services?peer_name=abc&cursor=" + cursor},
		"other caller": {bobs, "/v1/peers?peer_name=abc&cursor=" + cursor},
		"other key":    {other, "/v1/peers?peer_name=abc&cursor=" + cursor},
		"forged":       {h, "/v1/peers?peer_name=abc&cursor=" + flipped},
		"cut":          {h, "/v1/peers?peer_name=abc&cursor=" + cursor[:len(cursor)-4]},
		"too short":    {h, "/v1/peers?peer_name=abc&cursor=AAAA"},
		"no base64":    {h, "/v1/peers?peer_name=abc&cursor=" + url.QueryEscape("***")},
		"huge":         {h, "/v1/peers?peer_name=abc&cursor=" + strings.Repeat("A", 5000)},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, send(tc.h, http.MethodGet, tc.target, ""), http.StatusBadRequest, fsc.CodeInvalidRequest, "cursor")
		})
	}
}

func TestListByIdentifiersHasOnePage(t *testing.T) {
	h, _ := newServer(&desk{peers: func(fscapi.Caller, fscapi.PeersRequest) (fscapi.Results[fsc.Peer], error) {
		return fscapi.Results[fsc.Peer]{Next: []string{"more"}}, nil
	}})
	wantBody(t, send(h, http.MethodGet, "/v1/peers?peer_id=abc", ""), http.StatusOK, `{"peers":[],"pagination":{"next_cursor":""}}`)
}
