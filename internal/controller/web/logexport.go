// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/samenspel/samenspel/internal/txlog"
)

// exportedRecord is a record as a line of JSON, with the names of the standard.
type exportedRecord struct {
	TransactionID        string          `json:"transaction_id"`
	Direction            txlog.Direction `json:"direction"`
	CreatedAt            string          `json:"created_at"`
	GroupID              string          `json:"group_id"`
	GrantHash            string          `json:"grant_hash"`
	ServiceName          string          `json:"service_name"`
	OutwayPeerID         string          `json:"outway_peer_id"`
	SourceDelegator      string          `json:"source_delegator_peer_id,omitempty"`
	ServicePeerID        string          `json:"service_peer_id"`
	DestinationDelegator string          `json:"destination_delegator_peer_id,omitempty"`
	TraceID              string          `json:"trace_id,omitempty"`
	SpanID               string          `json:"span_id,omitempty"`
	AdditionalData       json.RawMessage `json:"additional_data,omitempty"`
}

func (s *server) exportLog(q *request, search txlog.Search) error {
	format := "csv"
	if q.wants("ndjson") {
		format = "ndjson"
	}
	search.Before, search.After = nil, nil
	records, err := s.cfg.Controller.ExportLog(q.Ctx, q.Actor, search, format)
	if err != nil {
		return err
	}
	name := "transactions-" + s.cfg.Now().UTC().Format("20060102T150405Z")
	if format == "ndjson" {
		return ndjson(q, name, records, exportRecord)
	}
	header := []string{
		"created_at", "direction", "transaction_id", "service_name", "outway_peer_id", "source_delegator_peer_id", "service_peer_id",
		"destination_delegator_peer_id", "grant_hash", "group_id", "trace_id", "span_id",
	}
	return q.csv(name, header, rowsOf(records, func(r txlog.Record) []string {
		return []string{
			r.CreatedAt.UTC().Format(time.RFC3339Nano), string(r.Direction), r.TransactionID, r.ServiceName, string(r.OutwayPeerID),
			string(r.SourceDelegator), string(r.ServicePeerID), string(r.DestinationDelegator), r.GrantHash, string(r.GroupID), r.TraceID, r.SpanID,
		}
	}))
}

func exportRecord(r txlog.Record) any {
	return exportedRecord{
		TransactionID: r.TransactionID, Direction: r.Direction, CreatedAt: r.CreatedAt.UTC().Format(time.RFC3339Nano),
		GroupID: string(r.GroupID), GrantHash: r.GrantHash, ServiceName: r.ServiceName,
		OutwayPeerID: string(r.OutwayPeerID), SourceDelegator: string(r.SourceDelegator),
		ServicePeerID: string(r.ServicePeerID), DestinationDelegator: string(r.DestinationDelegator),
		TraceID: r.TraceID, SpanID: r.SpanID, AdditionalData: r.AdditionalData,
	}
}

// rowsOf makes cells of values as they come.
func rowsOf[T any](values iter.Seq2[T, error], cells func(T) []string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for v, err := range values {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(cells(v), nil) {
				return
			}
		}
	}
}

// ndjson answers with one line of JSON a value, as they come. An error among
// them ends the file early and is logged.
func ndjson[T any](q *request, name string, values iter.Seq2[T, error], form func(T) any) error {
	h := q.w.Header()
	h.Set("Content-Type", "application/x-ndjson")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.ndjson"`, fileName(name)))
	h.Set("Cache-Control", "no-store")
	out := json.NewEncoder(q.unhurried())
	for v, err := range values {
		if err != nil {
			q.s.cfg.Logger.ErrorContext(q.Ctx, "export ended early", "path", q.r.URL.Path, "error", err)
			return nil // the answer has begun: a shorter file is all that is left
		}
		if err := out.Encode(form(v)); err != nil {
			q.s.cfg.Logger.DebugContext(q.Ctx, "browser went away", "error", err)
			return nil // nobody is left to tell
		}
	}
	return nil
}
