// SPDX-License-Identifier: EUPL-1.2

package fscapi_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
)

// startServer runs a real server that knows its callers by certificate.
func startServer(t *testing.T, a *authority, d *desk) fsc.Peer {
	t.Helper()
	h, _ := newServer(d, func(c *fscapi.ServerConfig) { c.Identify = identify })
	return a.start(t, h)
}

func TestClientAndServerUnderstandEachOther(t *testing.T) {
	a, ctx := newAuthority(t), t.Context()
	var from fscapi.Caller
	var got any
	contract := fscapi.Contract{
		Content:    []byte(`{ "b" : 1 }`),
		Signatures: map[fsc.SignatureType]map[fsc.PeerID]string{fsc.SignatureTypeAccept: {alice: "a.b.c"}, fsc.SignatureTypeRevoke: {bob: "d.e.f"}},
	}
	peer := fsc.Peer{ID: bob, Name: "Bob", ManagerAddress: "https://m.bob.example:443"}
	service := fscapi.ServiceListing{
		Type: fsc.ServiceTypeDelegatedService, Peer: peer, Name: "personen", Protocol: fsc.ProtocolHTTP11,
		Delegator: fsc.Peer{ID: alice, Name: "Alice"}, Properties: []byte(`{"a":[1]}`),
	}
	record := fscapi.LogRecord{
		TransactionID: "t", Direction: fscapi.DirectionOutgoing, GrantHash: grantHash, OutwayPeerID: alice, SourceDelegator: "dele", ServicePeerID: bob,
		DestinationDelegator: "gate", ServiceName: "personen", CreatedAt: 8, AdditionalData: []byte(`{"k":{}}`), TraceID: "0a", SpanID: "b7",
	}
	info := fscapi.PeerInfo{ID: bob, Name: "Bob", FSCVersion: "1.0.0", Extensions: map[string]string{"X": "2"}}
	to := startServer(t, a, &desk{
		announce: func(c fscapi.Caller) error { from = c; return nil },
		submit:   func(c fscapi.Caller, s fscapi.Submission) error { from, got = c, s; return nil },
		sign: func(c fscapi.Caller, ty fsc.SignatureType, h fsc.ContentHash, s fscapi.Submission) error {
			from, got = c, []any{ty, h, s}
			return nil
		},
		contracts: func(_ fscapi.Caller, r fscapi.ContractsRequest) (fscapi.Results[fscapi.Contract], error) {
			got = r
			return fscapi.Results[fscapi.Contract]{Items: []fscapi.Contract{contract}}, nil
		},
		token: func(c fscapi.Caller, r fscapi.TokenRequest) (fscapi.TokenResponse, error) {
			from, got = c, r
			return fscapi.TokenResponse{AccessToken: "x.y.z", ExpiresIn: time.Minute}, nil
		},
		peer: func() (fscapi.PeerInfo, error) { return info, nil },
		peers: func(_ fscapi.Caller, r fscapi.PeersRequest) (fscapi.Results[fsc.Peer], error) {
			got = r
			return fscapi.Results[fsc.Peer]{Items: []fsc.Peer{peer}}, nil
		},
		services: func(_ fscapi.Caller, r fscapi.ServicesRequest) (fscapi.Results[fscapi.ServiceListing], error) {
			got = r
			return fscapi.Results[fscapi.ServiceListing]{Items: []fscapi.ServiceListing{service}}, nil
		},
		keys: func() (fscapi.KeySet, error) { return keySetOf(a.cert), nil },
		logs: func(_ fscapi.Caller, r fscapi.LogsRequest) (fscapi.Results[fscapi.LogRecord], error) {
			got = r
			return fscapi.Results[fscapi.LogRecord]{Items: []fscapi.LogRecord{record}}, nil
		},
	})
	c := a.client(t)
	check := func(what string, err error, got, want any) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v; want %+v", what, got, err, want)
		}
	}
	sub := fscapi.Submission{Content: []byte(`{ "a" : "\u0041" }`), Signature: "a.b.c"}
	err := c.Announce(ctx, to)
	check("announce", err, []string{string(from.Peer.ID), from.Peer.Name, from.ManagerAddress, from.Certificate.Subject.SerialNumber},
		[]string{string(alice), "Gemeente Alice", ownAddr, string(alice)})
	err = c.SubmitContract(ctx, to, sub)
	check("submit", err, got, sub)
	err = c.PutSignature(ctx, to, fsc.SignatureTypeReject, hash, sub)
	check("reject", err, got, []any{fsc.SignatureTypeReject, fsc.ContentHash(hash), sub})
	page := fscapi.Page{Limit: 3, Ascending: true}
	contracts, err := c.ListContracts(ctx, to, fscapi.ContractsRequest{Page: page, GrantType: fsc.GrantTypeServiceConnection})
	check("contracts", err, contracts, fscapi.Results[fscapi.Contract]{Items: []fscapi.Contract{contract}})
	check("contracts", err, got, fscapi.ContractsRequest{Page: page, GrantType: fsc.GrantTypeServiceConnection})
	token, err := c.Token(ctx, to, fscapi.TokenRequest{Scope: grantHash, ClientID: alice})
	check("token", err, token, fscapi.TokenResponse{AccessToken: "x.y.z", ExpiresIn: time.Minute})
	check("token", err, from.ManagerAddress, "")
	gotInfo, err := c.PeerInfo(ctx, to)
	check("peer", err, gotInfo, info)
	peers, err := c.ListPeers(ctx, to, fscapi.PeersRequest{PeerIDs: []fsc.PeerID{alice, bob}})
	check("peers", err, peers.Items, []fsc.Peer{peer})
	check("peers", err, got, fscapi.PeersRequest{Page: fscapi.Page{Limit: 1000}, PeerIDs: []fsc.PeerID{alice, bob}})
	services, err := c.ListServices(ctx, to, fscapi.ServicesRequest{Page: page, PeerID: bob, ServiceName: "pers"})
	check("services", err, services.Items, []fscapi.ServiceListing{service})
	check("services", err, got, fscapi.ServicesRequest{Page: page, PeerID: bob, ServiceName: "pers"})
	set, err := c.KeySet(ctx, to)
	check("keys", err, set, keySetOf(a.cert))
	after := int64(0)
	logs, err := c.ListLogRecords(ctx, to, fscapi.LogsRequest{Page: page, After: &after, GrantHashes: []fsc.GrantHash{grantHash}, ServiceNames: []string{"abc"}})
	check("logs", err, logs.Items, []fscapi.LogRecord{record})
	check("logs", err, got, fscapi.LogsRequest{Page: page, After: &after, GrantHashes: []fsc.GrantHash{grantHash}, ServiceNames: []string{"abc"}})
}

func TestRefusalsArriveAsErrors(t *testing.T) {
	a := newAuthority(t)
	to := startServer(t, a, &desk{
		announce: func(fscapi.Caller) error { return fsc.Errorf(fsc.CodeIncorrectGroupID, "another\x1b[31m Group") },
		token: func(fscapi.Caller, fscapi.TokenRequest) (fscapi.TokenResponse, error) {
			return fscapi.TokenResponse{}, &fsc.TokenError{Code: fsc.TokenInvalidGrant, Description: "revoked"}
		},
	})
	c := a.client(t)
	var re *fscapi.RemoteError
	if err := c.Announce(t.Context(), to); !errors.As(err, &re) || re.Status != 422 || re.Code != fsc.CodeIncorrectGroupID ||
		re.Message != "another [31m Group" || re.Temporary() {
		t.Errorf("got %#v", err)
	}
	var te *fsc.TokenError
	_, err := c.Token(t.Context(), to, fscapi.TokenRequest{Scope: grantHash, ClientID: alice})
	if !errors.As(err, &te) || *te != (fsc.TokenError{Code: fsc.TokenInvalidGrant, Description: "revoked"}) {
		t.Errorf("got %#v", err)
	}
}
