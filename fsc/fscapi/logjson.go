// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

type wireRecords struct {
	Records    []wireRecord   `json:"records"`
	Pagination wirePagination `json:"pagination"`
}

type wireRecord struct {
	TransactionID  string          `json:"transaction_id"`
	Direction      Direction       `json:"direction"`
	GrantHash      fsc.GrantHash   `json:"grant_hash"`
	Source         wireSource      `json:"source"`
	Destination    wireDestination `json:"destination"`
	ServiceName    string          `json:"service_name"`
	CreatedAt      int64           `json:"created_at"`
	AdditionalData jsontext.Value  `json:"additional_data,omitzero"`
	TraceID        string          `json:"trace_id,omitzero"`
	SpanID         string          `json:"span_id,omitzero"`
}

type wireSource struct {
	Type      string     `json:"type"`
	PeerID    fsc.PeerID `json:"outway_peer_id"`
	Delegator fsc.PeerID `json:"delegator_peer_id,omitzero"`
}

type wireDestination struct {
	Type      string     `json:"type"`
	PeerID    fsc.PeerID `json:"service_peer_id"`
	Delegator fsc.PeerID `json:"delegator_peer_id,omitzero"`
}

func newWireRecords(records []LogRecord) []wireRecord {
	out := make([]wireRecord, len(records))
	for i, r := range records {
		w := wireRecord{
			TransactionID: r.TransactionID, Direction: r.Direction, GrantHash: r.GrantHash,
			Source:      wireSource{"SOURCE_TYPE_SOURCE", r.OutwayPeerID, r.SourceDelegator},
			Destination: wireDestination{"DESTINATION_TYPE_DESTINATION", r.ServicePeerID, r.DestinationDelegator},
			ServiceName: r.ServiceName, CreatedAt: r.CreatedAt,
			AdditionalData: r.AdditionalData, TraceID: r.TraceID, SpanID: r.SpanID,
		}
		if r.SourceDelegator != "" {
			w.Source.Type = "SOURCE_TYPE_DELEGATED_SOURCE"
		}
		if r.DestinationDelegator != "" {
			w.Destination.Type = "DESTINATION_TYPE_DELEGATED_DESTINATION"
		}
		out[i] = w
	}
	return out
}

func decodeRecords(raw []byte) (Results[LogRecord], error) {
	var w wireRecords
	if err := lenient(raw, &w); err != nil {
		return Results[LogRecord]{}, err
	}
	items := make([]LogRecord, len(w.Records))
	for i, r := range w.Records {
		if r.TransactionID == "" || (r.Direction != DirectionIncoming && r.Direction != DirectionOutgoing) {
			return Results[LogRecord]{}, fmt.Errorf("record %d has no transaction_id or no direction", i)
		}
		items[i] = LogRecord{
			TransactionID: r.TransactionID, Direction: r.Direction, GrantHash: r.GrantHash,
			OutwayPeerID: r.Source.PeerID, SourceDelegator: r.Source.Delegator,
			ServicePeerID: r.Destination.PeerID, DestinationDelegator: r.Destination.Delegator,
			ServiceName: r.ServiceName, CreatedAt: r.CreatedAt, TraceID: r.TraceID, SpanID: r.SpanID,
		}
		if r.AdditionalData.Kind() == '{' {
			items[i].AdditionalData = r.AdditionalData
		}
	}
	return results(items, w.Pagination), nil
}
