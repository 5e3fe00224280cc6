// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// callHeader is what an Outway sends along.
func callHeader(token, id string) http.Header {
	h := http.Header{}
	if token != "" {
		h.Set("Fsc-Authorization", "Bearer "+token)
	}
	if id != "" {
		h.Set("Fsc-Transaction-Id", id)
	}
	return h
}

func (f *federation) inwayToken(t *testing.T) string {
	t.Helper()
	c := f.validContract(t, f.amber, nil, connection(amberID, f.amber.pair, providerID, service))
	token, _ := f.amber.obtain(t, f.provider.peer, c.Grants[0].Hash)
	return token
}

// forgeToken signs a token with the provider's own key; change spoils a good one.
func (f *federation) forgeToken(t *testing.T, change func(*fsc.Claims)) string {
	t.Helper()
	c := f.validContract(t, f.amber, nil, connection(amberID, f.amber.pair, providerID, service))
	now := time.Now()
	claims := fsc.Claims{
		GrantHash: c.Grants[0].Hash, GroupID: group, Subject: amberID, Issuer: providerID, Service: service, Audience: f.provider.inway,
		ExpiresAt: now.Add(time.Minute).Unix(), NotBefore: now.Add(-time.Minute).Unix(), CertificateThumbprint: f.amber.pair.CertificateThumbprint(),
	}
	change(&claims)
	signer, err := fsc.NewSigner(f.provider.pair.Key, f.provider.pair.Leaf().Raw)
	if err != nil {
		t.Fatal(err)
	}
	token, err := fsc.IssueToken(signer, claims)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// callInway calls the provider's Inway as amber's Outway.
func (f *federation) callInway(t *testing.T, token, id string) answer {
	t.Helper()
	return mustSend(t, f.amber.client, http.MethodGet, f.provider.inway+"/personen?x=1", callHeader(token, id), nil)
}

// notCalled runs a call that has to be refused before it reaches the service.
func (f *federation) notCalled(t *testing.T, call func() answer, code fsc.ErrorCode, status int) {
	t.Helper()
	before := f.upstream.count()
	call().refused(t, code, status, fsc.DomainInway)
	if f.upstream.count() != before {
		t.Error("the refused call reached the service")
	}
}

func (s *suite) inwayRequests(t *testing.T) {
	t.Helper()
	s.run(t, "Inway-Incoming-Request-1", func(t *testing.T) {
		a := s.callInway(t, s.inwayToken(t), newTransactionID(t))
		if a.status != http.StatusOK || string(a.body) != "GET /personen?x=1" || a.header.Get("X-Service") != "yes" || a.header.Get("Fsc-Error-Code") != "" {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	s.run(t, "Inway-Incoming-Request-2", func(t *testing.T) {
		s.notCalled(t, func() answer { return s.callInway(t, "", newTransactionID(t)) }, fsc.CodeAccessTokenMissing, 401)
	})
	s.run(t, "Inway-Incoming-Request-3", func(t *testing.T) {
		token := s.inwayToken(t)
		// Another certificate of the same Peer, and one of another Peer.
		_, second := s.issue(t, localca.Request{PeerID: amberID})
		for _, client := range []*http.Client{s.amber.clientWith(t, second), s.beryl.client} {
			s.notCalled(t, func() answer {
				return mustSend(t, client, http.MethodGet, s.provider.inway+"/", callHeader(token, newTransactionID(t)), nil)
			}, fsc.CodeAccessTokenInvalid, 401)
		}
	})
	s.run(t, "Inway-Incoming-Request-4", func(t *testing.T) {
		_, stranger := newLab(t).issue(t, localca.Request{PeerID: amberID})
		before := s.upstream.count()
		a, err := send(s.amber.clientWith(t, stranger), http.MethodGet, s.provider.inway+"/", callHeader(s.inwayToken(t), newTransactionID(t)), nil)
		if err == nil {
			t.Errorf("a certificate outside the trust anchors gets an answer: %d %s", a.status, a.body)
		}
		if s.upstream.count() != before {
			t.Error("the call reached the service")
		}
	})
	s.run(t, "Inway-Incoming-Request-5", func(t *testing.T) {
		token, id := s.inwayToken(t), newTransactionID(t)
		s.callInway(t, token, id)
		if r := s.upstream.call(id); r == nil || r.Header.Get("Fsc-Authorization") != "Bearer "+token {
			t.Errorf("the service got %v", r)
		}
	})
	s.run(t, "Inway-Incoming-Request-6", func(t *testing.T) {
		token := s.forgeToken(t, func(c *fsc.Claims) { c.ExpiresAt = time.Now().Add(-10 * time.Second).Unix() })
		s.notCalled(t, func() answer { return s.callInway(t, token, newTransactionID(t)) }, fsc.CodeAccessTokenExpired, 401)
	})
}

// records gives what a node's log has of a transaction.
func records(t *testing.T, n *internalapi.Client, id string) []internalapi.Record {
	t.Helper()
	got, err := n.ListRecords(t.Context(), internalapi.RecordFilter{TransactionID: id})
	if err != nil {
		t.Error(err)
	}
	return got
}

// record waits for the one record of a transaction.
func record(t *testing.T, n *internalapi.Client, id string) internalapi.Record {
	t.Helper()
	var got []internalapi.Record
	eventually(t, "record "+id, func() bool {
		got = records(t, n, id)
		return len(got) == 1
	})
	return got[0]
}

func (s *suite) inwayLog(t *testing.T) {
	t.Helper()
	// recordedCall makes a call and gives its record at the provider.
	recordedCall := func(t *testing.T, more []*foreign, g fsc.Grant) internalapi.Record {
		c := s.validContract(t, s.amber, more, g)
		token, _ := s.amber.obtain(t, s.provider.peer, c.Grants[0].Hash)
		id := newTransactionID(t)
		if a := s.callInway(t, token, id); a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		r := record(t, s.provider.door, id)
		if r.Direction != "DIRECTION_INCOMING" || r.GrantHash != string(c.Grants[0].Hash) || r.ServiceName != service ||
			r.OutwayPeerID != amberID || r.ServicePeerID != providerID || time.Since(r.CreatedAt).Abs() > time.Minute {
			t.Errorf("record: %+v", r)
		}
		return r
	}
	use := connection(amberID, s.amber.pair, providerID, service)
	s.run(t, "Inway-TransactionLog-1", func(t *testing.T) {
		// The service doesn't answer before the record can be read: were it
		// written after the call, that would never come.
		var seen atomic.Bool
		s.upstream.meanwhile(t, func(id string) {
			record(t, s.provider.door, id)
			seen.Store(true)
		})
		if a := s.callInway(t, s.inwayToken(t), newTransactionID(t)); a.status != http.StatusOK || !seen.Load() {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	s.run(t, "Inway-TransactionLog-2", func(t *testing.T) {
		id := newTransactionID(t)
		s.callInway(t, s.inwayToken(t), id)
		if s.upstream.call(id) == nil {
			t.Error("the TransactionID didn't reach the service")
		}
	})
	s.run(t, "Inway-TransactionLog-3", func(t *testing.T) {
		token := s.inwayToken(t)
		s.notCalled(t, func() answer { return s.callInway(t, token, "") }, fsc.CodeMissingLogRecordID, 400)
	})
	s.run(t, "Inway-TransactionLog-4", func(t *testing.T) {
		if r := recordedCall(t, []*foreign{s.beryl}, behalf(use, berylID)); r.SourceDelegator != berylID || r.DestinationDelegator != "" {
			t.Errorf("record: %+v", r)
		}
	})
	s.run(t, "Inway-TransactionLog-5", func(t *testing.T) {
		if r := recordedCall(t, []*foreign{s.beryl}, offeredFor(use, berylID)); r.DestinationDelegator != berylID || r.SourceDelegator != "" {
			t.Errorf("record: %+v", r)
		}
	})
	s.run(t, "Inway-TransactionLog-6", func(t *testing.T) {
		f := newFaulty(t, s.federation)
		before := f.upstream.count()
		f.refuseWrites(t, true)
		f.callInway(t).refused(t, fsc.CodeTransactionLogWriteError, 500, fsc.DomainInway)
		if n := f.upstream.count(); n != before {
			t.Errorf("%d calls without a record reached the service", n-before)
		}
	})
}
