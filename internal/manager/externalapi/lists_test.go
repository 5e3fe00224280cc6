// SPDX-License-Identifier: EUPL-1.2

package externalapi_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/txlog"
)

func TestContractsArePaged(t *testing.T) {
	d := newDoor(t)
	var made []*fsc.Content
	for n := range 7 {
		inPairs := func(draft *fsc.Draft) { draft.CreatedAt = start.Add(time.Duration(n/2) * time.Second) }
		made = append(made, d.put(t, n, inPairs, connection(bart, anna)))
	}
	d.put(t, 50, nil, connection(erik, anna))
	slices.SortFunc(made, func(a, b *fsc.Content) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.Hash(), b.Hash()))
	})
	var want []string
	for _, c := range made {
		want = append(want, string(c.Raw()))
	}
	bothWays(t, want, func(c fscapi.Contract) string { return string(c.Content) }, func(p fscapi.Page) (fscapi.Results[fscapi.Contract], error) {
		return d.ListContracts(t.Context(), as(bart), fscapi.ContractsRequest{Page: p})
	})
}

func TestACallerSeesOnlyItsOwnContracts(t *testing.T) {
	d := newDoor(t)
	theirs := d.put(t, 1, nil, connection(bart, anna))
	published := d.put(t, 2, nil, publication(anna, "persons"))
	list := func(p fsc.PeerID, r fscapi.ContractsRequest) []fscapi.Contract {
		r.Page.Limit = 10
		res, err := d.ListContracts(t.Context(), as(p), r)
		must(t, err)
		return res.Items
	}
	if got := list(anna, fscapi.ContractsRequest{}); len(got) != 2 {
		t.Errorf("anna sees %d", len(got))
	}
	got := list(bart, fscapi.ContractsRequest{})
	if len(got) != 1 || got[0].Signatures[fsc.SignatureTypeAccept][anna] != "jws of "+string(anna) {
		t.Errorf("bart sees %v", got)
	}
	if got := list(anna, fscapi.ContractsRequest{GrantType: fsc.GrantTypeServicePublication}); len(got) != 1 || string(got[0].Content) != string(published.Raw()) {
		t.Errorf("publications: %v", got)
	}
	hashes := []fsc.GrantHash{theirs.Grants[0].Hash, published.Grants[0].Hash}
	if got := list(bart, fscapi.ContractsRequest{GrantHashes: hashes}); len(got) != 1 {
		t.Errorf("bart sees %d by hash", len(got))
	}
	for _, r := range []fscapi.ContractsRequest{{}, {GrantHashes: hashes}} {
		if got := list(erik, r); len(got) != 0 {
			t.Errorf("erik sees %v", got)
		}
	}
}

func TestPeersArePagedAndThoseWithoutAddressHidden(t *testing.T) {
	d := newDoor(t)
	var want []string
	for n := range 7 {
		p := fsc.Peer{ID: fsc.PeerID(fmt.Sprintf("000000990000000%05d", n)), Name: fmt.Sprintf("Gemeente %d", n), ManagerAddress: "https://manager.test:8443"}
		switch n {
		case 2, 3:
			p.ManagerAddress = ""
		case 5:
			p.Name = ""
		default:
			want = append(want, string(p.ID))
		}
		d.peer(t, p)
	}
	id := func(p fsc.Peer) string { return string(p.ID) }
	bothWays(t, want, id, func(p fscapi.Page) (fscapi.Results[fsc.Peer], error) {
		return d.ListPeers(t.Context(), as(erik), fscapi.PeersRequest{Page: p})
	})
	bothWays(t, want[1:2], id, func(p fscapi.Page) (fscapi.Results[fsc.Peer], error) {
		return d.ListPeers(t.Context(), as(erik), fscapi.PeersRequest{Page: p, PeerName: "MEENTE 1"})
	})
	res, err := d.ListPeers(t.Context(), as(erik), fscapi.PeersRequest{Page: fscapi.Page{Limit: 1}, PeerName: "nothing", PeerIDs: []fsc.PeerID{
		fsc.PeerID(want[0]), fsc.PeerID(want[1]), "00000099000000000002", "unknown",
	}})
	must(t, err)
	if len(res.Items) != 2 || res.Next != nil {
		t.Errorf("by ID: %v, next %v", res.Items, res.Next)
	}
}

func TestServicesArePagedFromValidPublications(t *testing.T) {
	d := newDoor(t)
	for _, p := range []fsc.PeerID{anna, bart, carla} {
		d.peer(t, fsc.Peer{ID: p, Name: "Gemeente " + string(p[16:]), ManagerAddress: "https://manager.test:8443"})
	}
	d.put(t, 1, nil, publication(bart, "persons"))
	d.put(t, 2, nil, publication(anna, "persons"), publication(anna, "addresses"))
	delegated := publication(bart, "buildings")
	delegated.Type, delegated.Delegator, delegated.Properties = fsc.GrantTypeDelegatedServicePublication, carla, []byte(`{"a":1.0}`)
	d.put(t, 3, nil, delegated)
	d.put(t, 4, func(draft *fsc.Draft) { draft.NotBefore, draft.NotAfter = start.Add(-2*time.Hour), start }, publication(carla, "ended"))
	elsewhere := publication(carla, "elsewhere")
	elsewhere.Directory = erik
	d.put(t, 5, nil, elsewhere)
	name := func(l fscapi.ServiceListing) string { return string(l.Peer.ID) + " " + l.Name }
	all := []string{string(anna) + " addresses", string(anna) + " persons", string(bart) + " buildings", string(bart) + " persons"}
	list := func(r fscapi.ServicesRequest) func(fscapi.Page) (fscapi.Results[fscapi.ServiceListing], error) {
		return func(p fscapi.Page) (fscapi.Results[fscapi.ServiceListing], error) {
			r.Page = p
			return d.ListServices(t.Context(), as(erik), r)
		}
	}
	bothWays(t, all, name, list(fscapi.ServicesRequest{}))
	bothWays(t, all[:2], name, list(fscapi.ServicesRequest{PeerID: anna}))
	bothWays(t, []string{all[1], all[3]}, name, list(fscapi.ServicesRequest{ServiceName: "ERSON"}))
	bothWays(t, []string{all[0], all[1], all[3]}, name, list(fscapi.ServicesRequest{PeerID: anna, ServiceName: "persons"}))
	for _, l := range walk(t, fscapi.Page{Limit: 10}, list(fscapi.ServicesRequest{ServiceName: "buildings"})) {
		if l.Delegator.ID != carla || l.Delegator.Name == "" || string(l.Properties) != `{"a":1.0}` || l.Protocol != fsc.ProtocolHTTP11 || l.Peer.Name == "" {
			t.Errorf("listing %+v", l)
		}
	}
}

func record(n int, outway, provider fsc.PeerID) txlog.Record {
	return txlog.Record{
		TransactionID: fmt.Sprintf("00000000-0000-7000-8000-%012x", n), Direction: txlog.DirectionIncoming, GrantHash: "$1$3$grant", GroupID: group,
		ServiceName: "persons", OutwayPeerID: outway, ServicePeerID: provider, CreatedAt: start.Add(time.Duration(n/3) * time.Second),
	}
}

func (d *door) index(t *testing.T, records ...txlog.Record) {
	t.Helper()
	must(t, d.store.Log().Index(t.Context(), records, txlog.Position{Segment: 1, Offset: 1}))
}

func TestLogRecordsArePaged(t *testing.T) {
	d := newDoor(t)
	var want []string
	for n := range 6 {
		in := record(n, bart, anna)
		out := in
		out.Direction = txlog.DirectionOutgoing
		d.index(t, in, out)
		want = append(want, in.TransactionID+" DIRECTION_INCOMING", in.TransactionID+" DIRECTION_OUTGOING")
	}
	d.index(t, record(50, erik, carla))
	bothWays(t, want, func(r fscapi.LogRecord) string { return r.TransactionID + " " + string(r.Direction) }, func(p fscapi.Page) (fscapi.Results[fscapi.LogRecord], error) {
		return d.ListLogRecords(t.Context(), as(bart), fscapi.LogsRequest{Page: p})
	})
}

func TestACallerReadsOnlyRecordsThatNameIt(t *testing.T) {
	d := newDoor(t)
	r := record(1, bart, anna)
	r.SourceDelegator, r.DestinationDelegator = carla, dirk
	d.index(t, r)
	at := r.CreatedAt.Unix()
	before, after := at+1, at-1
	for name, request := range map[string]fscapi.LogsRequest{
		"everything":        {},
		"by transaction":    {TransactionIDs: []string{r.TransactionID}},
		"by grant":          {GrantHashes: []fsc.GrantHash{"$1$3$grant"}},
		"by service":        {ServiceNames: []string{"persons"}},
		"by either of them": {GrantHashes: []fsc.GrantHash{"other"}, ServiceNames: []string{"persons"}},
		"by time":           {After: &after, Before: &before},
	} {
		t.Run(name, func(t *testing.T) {
			request.Page.Limit = 10
			for reader, want := range map[fsc.PeerID]int{anna: 1, bart: 1, carla: 1, dirk: 1, erik: 0} {
				res, err := d.ListLogRecords(t.Context(), as(reader), request)
				must(t, err)
				if len(res.Items) != want {
					t.Errorf("%s reads %d", reader, len(res.Items))
				}
			}
		})
	}
}

func TestACursorOfAnotherListIsRefused(t *testing.T) {
	d := newDoor(t)
	ctx := t.Context()
	lists := map[string]func(fscapi.Page) error{
		"contracts": func(p fscapi.Page) error {
			_, err := d.ListContracts(ctx, as(bart), fscapi.ContractsRequest{Page: p})
			return err
		},
		"peers": func(p fscapi.Page) error {
			_, err := d.ListPeers(ctx, as(bart), fscapi.PeersRequest{Page: p})
			return err
		},
		"services": func(p fscapi.Page) error {
			_, err := d.ListServices(ctx, as(bart), fscapi.ServicesRequest{Page: p})
			return err
		},
		"logs": func(p fscapi.Page) error {
			_, err := d.ListLogRecords(ctx, as(bart), fscapi.LogsRequest{Page: p})
			return err
		},
	}
	for name, list := range lists {
		for _, after := range [][]string{{}, {"a", "b", "c", "d"}} {
			if err := list(fscapi.Page{Limit: 5, After: after}); fsc.CodeOf(err) != fsc.CodeInvalidRequest {
				t.Errorf("%s with %v: %v", name, after, err)
			}
		}
	}
	for name, after := range map[string][]string{"contracts": {"now", "hash"}, "logs": {"now", "id", "direction"}} {
		if err := lists[name](fscapi.Page{Limit: 5, After: after}); fsc.CodeOf(err) != fsc.CodeInvalidRequest {
			t.Errorf("%s with %v: %v", name, after, err)
		}
	}
}

func TestTheHandlersPassOnWhatTheManagerSays(t *testing.T) {
	d := newDoor(t)
	info, err := d.PeerInfo(t.Context())
	must(t, err)
	if info.ID != dirk || info.Name != "Directory" {
		t.Errorf("peer %v", info)
	}
	_, err = d.Token(t.Context(), as(bart), fscapi.TokenRequest{GrantType: "password", ClientID: bart})
	if e, ok := errors.AsType[*fsc.TokenError](err); !ok || e.Code != fsc.TokenUnsupportedGrantType {
		t.Errorf("token error %v", err)
	}
	submit := func(ctx context.Context) error {
		return d.SubmitContract(ctx, as(bart), fscapi.Submission{Content: []byte("{")})
	}
	if err := submit(t.Context()); fsc.CodeOf(err) != fsc.CodeInvalidRequest {
		t.Errorf("submission: %v", err)
	}
	if err := d.PutSignature(t.Context(), as(bart), fsc.SignatureTypeAccept, "x", fscapi.Submission{}); fsc.CodeOf(err) != fsc.CodeInvalidRequest {
		t.Errorf("signature: %v", err)
	}
	if err := d.Announce(t.Context(), as(bart)); fsc.CodeOf(err) != fsc.CodeInvalidRequest {
		t.Errorf("announcement: %v", err)
	}
}
