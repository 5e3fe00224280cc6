// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/txlog"
)

func (s *server) logHandlers() map[string]handler {
	return map[string]handler{
		"listTransactions": s.listTransactions, "getTransaction": s.getTransaction, "listCounterparts": s.listCounterparts,
		"createTransactionVerification": s.createVerification, "createTransactionComparison": s.createComparison,
		"createTransactionExport": s.createTransactionExport, "listTraffic": s.listTraffic,
		"listTransactionCheckpoints": s.listCheckpoints, "createTransactionCheck": s.createCheck, "createTransactionCheckStream": s.createCheckStream,
		"createTransactionEvidenceExport": s.createEvidenceExport, "listTransactionRetentionRules": s.listRetention,
	}
}

// directionFrom gives the name of the standard.
func directionFrom(text string) txlog.Direction {
	return map[string]txlog.Direction{"incoming": txlog.DirectionIncoming, "outgoing": txlog.DirectionOutgoing}[text]
}

func directionOf(d txlog.Direction) string {
	if d == txlog.DirectionIncoming {
		return "incoming"
	}
	return "outgoing"
}

// recordOf makes records that travel, with the names of the Peers that are known.
func recordOf(peers map[fsc.PeerID]fsc.Peer) func(txlog.Record) client.Record {
	peer := func(id fsc.PeerID) fsc.Peer {
		if p, ok := peers[id]; ok {
			return p
		}
		return fsc.Peer{ID: id}
	}
	return func(r txlog.Record) client.Record {
		return client.Record{
			TransactionID: r.TransactionID, Direction: directionOf(r.Direction), GrantHash: fsc.GrantHash(r.GrantHash), Service: r.ServiceName,
			Consumer: peerOf(peer(r.OutwayPeerID)), Provider: peerOf(peer(r.ServicePeerID)),
			ConsumerDelegator: peerIf(peer(r.SourceDelegator)), ProviderDelegator: peerIf(peer(r.DestinationDelegator)),
			CreatedAt: utc(r.CreatedAt), TraceID: r.TraceID, SpanID: r.SpanID, AdditionalData: string(r.AdditionalData),
		}
	}
}

func (s *server) listTransactions(c *call) (*reply, error) {
	after, before, err := c.cursor()
	if err != nil {
		return nil, err
	}
	search := txlog.Search{
		Peer: fsc.PeerID(c.text("peerId")), ServiceName: c.text("service"), GrantHash: c.text("grantHash"), Direction: directionFrom(c.text("direction")),
		From: c.moment("from"), Until: c.moment("until"), TransactionID: c.text("transactionId"), Limit: c.limit(),
	}
	if search.Before, err = controller.ParseLogCursor(after); err != nil {
		return nil, err
	}
	if search.After, err = controller.ParseLogCursor(before); err != nil {
		return nil, err
	}
	found, err := s.act.Log(c.ctx(), c.actor, search)
	if err != nil {
		return nil, err
	}
	return page(c, each(found.Records, recordOf(found.Peers)), 0, next(controller.FormatLogCursor(found.Next)), previous(controller.FormatLogCursor(found.Previous)))
}

func (s *server) getTransaction(c *call) (*reply, error) {
	t, err := s.act.Transaction(c.ctx(), c.actor, c.path["transactionId"])
	if err != nil {
		return nil, err
	}
	records := each(t.Records, recordOf(t.Peers))
	for i := range records {
		records[i].KeptUntil = utc(s.act.KeptUntil(&t.Records[i]))
	}
	return done(client.Transaction{
		TransactionID: t.ID, Records: records, ContentHash: t.Contract, ContractState: t.State,
	})
}

func pairOf(p controller.RecordPair) client.RecordPair {
	out := client.RecordPair{
		Ours: recordOf(nil)(p.Ours), OtherPeerID: p.Other, Problem: p.Problem, Agrees: p.Agrees(), ApartMilliseconds: p.Apart.Milliseconds(),
		Fields: each(p.Fields, func(f controller.FieldPair) client.FieldPair {
			return client.FieldPair{Field: f.Field, Ours: f.Ours, Theirs: f.Theirs, Outcome: string(f.Outcome)}
		}),
	}
	if p.Theirs != nil {
		r := recordOf(nil)(*p.Theirs)
		out.Theirs = &r
	}
	return out
}

func (s *server) listCounterparts(c *call) (*reply, error) {
	pairs, err := s.act.Counterparts(c.ctx(), c.actor, c.path["transactionId"])
	if err != nil {
		return nil, err
	}
	return whole(c, each(pairs, pairOf))
}

func (s *server) createVerification(c *call) (*reply, error) {
	in, err := decode[client.NewVerification](c)
	if err != nil {
		return nil, err
	}
	v, err := s.act.Verify(c.ctx(), c.actor, txlog.Search{Peer: in.PeerID, ServiceName: in.Service, From: in.From, Until: in.Until})
	if err != nil {
		return nil, err
	}
	return done(client.Verification{
		Peer: peerOf(v.Peer), At: utc(v.At), Asked: v.Asked, Equal: v.Equal, Different: v.Different, Missing: v.Missing,
		From: utc(v.From), Until: utc(v.Until), Pairs: each(v.Pairs, pairOf), Problem: v.Problem,
	})
}

func (s *server) createTransactionExport(c *call) (*reply, error) {
	in, err := decode[client.NewTransactionExport](c)
	if err != nil {
		return nil, err
	}
	records, err := s.act.ExportLog(c.ctx(), c.actor, txlog.Search{
		Peer: in.PeerID, ServiceName: in.Service, GrantHash: string(in.GrantHash), Direction: directionFrom(in.Direction),
		From: in.From, Until: in.Until, TransactionID: in.TransactionID,
	}, "ndjson")
	if err != nil {
		return nil, err
	}
	return lines(records, recordOf(nil))
}

// lines answers with one JSON object a line, as they come.
func lines[A, B any](all iter.Seq2[A, error], wire func(A) B) (*reply, error) {
	return &reply{status: http.StatusOK, stream: func(w io.Writer) error {
		for v, err := range all {
			if err != nil {
				return err
			}
			line, err := json.Marshal(wire(v))
			if err != nil {
				return err
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
				return err
			}
		}
		return nil
	}}, nil
}

// trafficDays is how far traffic looks back when nothing was asked.
const trafficDays = 7

func (s *server) listTraffic(c *call) (*reply, error) {
	q := txlog.TrafficQuery{
		From: c.moment("from").Truncate(time.Hour), Until: c.moment("until").Truncate(time.Hour), Direction: directionFrom(c.text("direction")),
		ServiceName: c.text("service"), Peer: fsc.PeerID(c.text("peerId")), PerHour: c.flag("perHour"), PerGrant: c.flag("perGrant"),
	}
	if q.Until.IsZero() {
		q.Until = s.cfg.Now().UTC().Truncate(time.Hour).Add(time.Hour)
	}
	if q.From.IsZero() {
		q.From = q.Until.AddDate(0, 0, -trafficDays)
	}
	if g := c.text("grantHash"); g != "" {
		q.GrantHashes = []string{g}
	}
	counts, err := s.act.Traffic(c.ctx(), c.actor, q)
	if err != nil {
		return nil, err
	}
	return whole(c, each(counts, func(t txlog.Traffic) client.Traffic {
		return client.Traffic{
			Hour: utc(t.Hour), Direction: directionOf(t.Direction), GrantHash: fsc.GrantHash(t.GrantHash), Service: t.ServiceName,
			ConsumerID: t.OutwayPeerID, ProviderID: t.ServicePeerID, Calls: t.Calls,
		}
	}))
}
