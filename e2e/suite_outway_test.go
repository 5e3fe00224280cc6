// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

// archive is what beryl, the foreign provider, offers.
const archive = "archief"

// propose creates a contract at a node.
func propose(t *testing.T, at *running, grants ...fsc.Grant) internalapi.Contract {
	t.Helper()
	p := internalapi.Proposal{NotAfter: time.Now().Add(24 * time.Hour)}
	for _, raw := range grantData(t, draft(t, nil, grants...)) {
		p.Grants = append(p.Grants, jsontext.Value(raw))
	}
	c, err := at.door.CreateContract(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// agree lets the consumer propose a contract, has the foreign parties accept it
// at all others, and gives the grant's hash once it is valid at both nodes.
func (f *federation) agree(t *testing.T, foreigners []*foreign, g fsc.Grant) fsc.GrantHash {
	t.Helper()
	c := propose(t, f.consumer, g)
	for _, by := range foreigners {
		content := by.awaitContract(t, c.ContentHash)
		for _, n := range []*running{f.consumer, f.provider} {
			if content.HasParty(n.peer.ID) {
				f.created(t, by.put(t, n.peer, fsc.SignatureTypeAccept, content))
			}
		}
	}
	f.inState(t, f.consumer, c.ContentHash, fsc.StateValid)
	if g.Service.PeerID == providerID {
		f.inState(t, f.provider, c.ContentHash, fsc.StateValid)
	}
	return c.GrantHashes[0]
}

// callOutway calls as an application does.
func (f *federation) callOutway(t *testing.T, h fsc.GrantHash) answer {
	t.Helper()
	return callThrough(t, f.application, f.consumer.outway, h)
}

// callThrough calls an Outway. A grant that has just become valid is on its way
// to the Outway for a moment; what the Outway refuses then isn't sent.
func callThrough(t *testing.T, client *http.Client, outway string, h fsc.GrantHash) (a answer) {
	t.Helper()
	eventually(t, "the Outway knows grant "+string(h), func() bool {
		a = mustSend(t, client, http.MethodGet, outway+"/stukken?jaar=2026", http.Header{"Fsc-Grant-Hash": {string(h)}}, nil)
		return a.problem().Code != string(fsc.CodeUnknownGrantHashInHeader)
	})
	return a
}

// issuing lets beryl give tokens for the consumer; change spoils them.
func (f *federation) issuing(t *testing.T, change func(*fsc.Claims)) func(fsc.GrantHash) (int, string) {
	t.Helper()
	return func(scope fsc.GrantHash) (int, string) {
		now := time.Now()
		c := fsc.Claims{
			GrantHash: scope, GroupID: group, Subject: consumerID, Issuer: berylID, Service: archive, Audience: f.beryl.peer.ManagerAddress,
			ExpiresAt: now.Add(5 * time.Minute).Unix(), NotBefore: now.Unix(), CertificateThumbprint: f.consumer.pair.CertificateThumbprint(),
		}
		if change != nil {
			change(&c)
		}
		token, err := fsc.IssueToken(f.beryl.signer, c)
		if err != nil {
			t.Error(err)
		}
		b, err := json.Marshal(map[string]string{"access_token": token, "token_type": "bearer"})
		if err != nil {
			t.Error(err)
		}
		return http.StatusOK, string(b)
	}
}

func refusing(fsc.GrantHash) (int, string) {
	return http.StatusBadRequest, `{"error":"invalid_grant","error_description":"not now"}`
}

func (f *federation) ownGrant() fsc.Grant {
	return connection(consumerID, f.consumer.pair, berylID, archive)
}

func (s *suite) outwayRequests(t *testing.T) {
	t.Helper()
	s.run(t, "Outway-IncomingRequest-1", func(t *testing.T) {
		s.beryl.behave(s.issuing(t, nil), func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Archive", "open")
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, r.RequestURI)
		})
		a := s.callOutway(t, s.agree(t, []*foreign{s.beryl}, s.ownGrant()))
		if a.status != http.StatusTeapot || string(a.body) != "/stukken?jaar=2026" || a.header.Get("X-Archive") != "open" {
			t.Errorf("%d %s", a.status, a.body)
		}
		r := receive(t, "call at the Inway", s.beryl.calls)
		if r.Header.Get("Fsc-Grant-Hash") != "" || r.TLS.PeerCertificates[0].Subject.SerialNumber != string(consumerID) {
			t.Errorf("the Inway got %v", r.Header)
		}
	})
	s.run(t, "Outway-IncomingRequest-2", func(t *testing.T) {
		s.beryl.behave(refusing, nil)
		s.callOutway(t, s.agree(t, []*foreign{s.beryl}, s.ownGrant())).refused(t, fsc.CodeAccessTokenUnavailable, 502, fsc.DomainOutway)
		if n := len(s.beryl.calls); n != 0 {
			t.Errorf("%d calls without a token were sent", n)
		}
	})
	s.run(t, "Outway-IncomingRequest-3", func(t *testing.T) {
		s.beryl.behave(s.issuing(t, func(c *fsc.Claims) { c.Audience = "https://localhost:1" }), nil)
		s.callOutway(t, s.agree(t, []*foreign{s.beryl}, s.ownGrant())).refused(t, fsc.CodeInwayUnreachable, 502, fsc.DomainOutway)
	})
}

func (s *suite) outwayLog(t *testing.T) {
	t.Helper()
	// recordedCall makes a call that beryl answers, and gives its record at the
	// consumer with the request as beryl got it.
	recordedCall := func(t *testing.T, foreigners []*foreign, g fsc.Grant) (internalapi.Record, *http.Request) {
		s.beryl.behave(s.issuing(t, func(c *fsc.Claims) { c.Delegator, c.PublicationDelegator = g.Delegator, g.Service.Delegator }), nil)
		h := s.agree(t, foreigners, g)
		a := s.callOutway(t, h)
		if a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		r := record(t, s.consumer.door, a.header.Get("Fsc-Transaction-Id"))
		if r.Direction != "DIRECTION_OUTGOING" || r.GrantHash != string(h) || r.ServiceName != archive ||
			r.OutwayPeerID != consumerID || r.ServicePeerID != berylID || time.Since(r.CreatedAt).Abs() > time.Minute {
			t.Errorf("record: %+v", r)
		}
		return r, receive(t, "call at the Inway", s.beryl.calls)
	}
	s.run(t, "Outway-TransactionLog-1", func(t *testing.T) {
		s.beryl.behave(s.issuing(t, nil), func(_ http.ResponseWriter, r *http.Request) {
			ctx, id := r.Context(), r.Header.Get("Fsc-Transaction-Id")
			eventually(t, "record "+id, func() bool {
				got, err := s.consumer.door.ListRecords(ctx, internalapi.RecordFilter{TransactionID: id})
				return err == nil && len(got) == 1
			})
		})
		if a := s.callOutway(t, s.agree(t, []*foreign{s.beryl}, s.ownGrant())); a.status != http.StatusOK {
			t.Errorf("%d %s", a.status, a.body)
		}
		receive(t, "call at the Inway", s.beryl.calls)
	})
	s.run(t, "Outway-TransactionLog-2", func(t *testing.T) {
		r, sent := recordedCall(t, []*foreign{s.beryl}, s.ownGrant())
		if got := sent.Header.Values("Fsc-Transaction-Id"); len(got) != 1 || got[0] != r.TransactionID {
			t.Errorf("the Inway got %q, the record says %s", got, r.TransactionID)
		}
	})
	s.run(t, "Outway-TransactionLog-3", func(t *testing.T) {
		if r, _ := recordedCall(t, []*foreign{s.beryl, s.amber}, behalf(s.ownGrant(), amberID)); r.SourceDelegator != amberID || r.DestinationDelegator != "" {
			t.Errorf("record: %+v", r)
		}
	})
	s.run(t, "Outway-TransactionLog-4", func(t *testing.T) {
		if r, _ := recordedCall(t, []*foreign{s.beryl, s.amber}, offeredFor(s.ownGrant(), amberID)); r.DestinationDelegator != amberID || r.SourceDelegator != "" {
			t.Errorf("record: %+v", r)
		}
	})
	s.run(t, "Outway-TransactionLog-5", func(t *testing.T) {
		f := newFaulty(t, s.federation)
		f.refuseWrites(t, true)
		before := s.upstream.count()
		f.callOutway(t).refused(t, fsc.CodeTransactionLogWriteError, 500, fsc.DomainOutway)
		if n := s.upstream.count(); n != before {
			t.Errorf("%d calls without a record were sent", n-before)
		}
	})
}
