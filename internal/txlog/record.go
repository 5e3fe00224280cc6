// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/samenspel/samenspel/fsc"
)

// Direction tells on which side of a call a record was written.
type Direction string

// The directions of FSC Logging, schema logRecord.
const (
	// DirectionIncoming marks a record of an Inway.
	DirectionIncoming Direction = "DIRECTION_INCOMING"
	// DirectionOutgoing marks a record of an Outway.
	DirectionOutgoing Direction = "DIRECTION_OUTGOING"
)

// ErrInvalidRecord is the cause when a record breaks the schema logRecord.
var ErrInvalidRecord = errors.New("invalid record")

// ErrRecordTooLarge is the cause when a record is over [MaxRecordBytes].
var ErrRecordTooLarge = errors.New("record too large")

// Record is the fact that one request was made (FSC Logging, schema
// logRecord), flattened. It holds no method, path, status or payload.
type Record struct {
	// TransactionID is a UUIDv7 in its text form, lower case.
	TransactionID string
	// Direction is the side that wrote the record.
	Direction Direction
	// GrantHash is the claim gth of the token; 1 to 1024 bytes.
	GrantHash string
	// GroupID is the Group in which the call was made; 1 to 100 bytes.
	GroupID fsc.GroupID
	// ServiceName is the claim svc of the token; 3 to 255 bytes.
	ServiceName string
	// OutwayPeerID is source.outway_peer_id.
	OutwayPeerID fsc.PeerID
	// ServicePeerID is destination.service_peer_id.
	ServicePeerID fsc.PeerID
	// SourceDelegator is source.delegator_peer_id, empty when not delegated.
	SourceDelegator fsc.PeerID
	// DestinationDelegator is destination.delegator_peer_id, empty when not
	// delegated.
	DestinationDelegator fsc.PeerID
	// CreatedAt is kept in UTC with a precision of a microsecond; what is
	// finer is dropped. The wire shows whole Unix seconds.
	CreatedAt time.Time
	// TraceID is empty or 32 lower-case hexadecimal digits (W3C Trace Context).
	TraceID string
	// SpanID is empty or 16 lower-case hexadecimal digits.
	SpanID string
	// AdditionalData is empty or one JSON object without space around it.
	AdditionalData []byte
}

// Recorder writes records on the hot path.
type Recorder interface {
	// Record returns nil only when r is durable. After an error nothing may be
	// forwarded. The error is an *fsc.Error with CodeTransactionLogWriteError.
	// r is not kept after the return.
	Record(ctx context.Context, r *Record) error
}

// VisibleTo reports whether Peer p takes part in the call and so may read the
// record (FSC Logging, GET /logs). The empty PeerID sees nothing.
func (r *Record) VisibleTo(p fsc.PeerID) bool {
	if p == "" {
		return false
	}
	return p == r.OutwayPeerID || p == r.ServicePeerID || p == r.SourceDelegator || p == r.DestinationDelegator
}

// Validate checks the record against the schema logRecord. Its error wraps
// [ErrInvalidRecord] and names the field, never the value.
func (r *Record) Validate() error {
	if _, ok := parseTransactionID(r.TransactionID); !ok {
		return invalid("transaction_id")
	}
	if r.Direction != DirectionIncoming && r.Direction != DirectionOutgoing {
		return invalid("direction")
	}
	if !isText(r.GrantHash, 1, 1024) {
		return invalid("grant_hash")
	}
	if !isText(string(r.GroupID), 1, 100) {
		return invalid("group_id")
	}
	if !isText(r.ServiceName, 3, 255) {
		return invalid("service_name")
	}
	if t := r.CreatedAt; t.Unix() < 0 || t.Unix() > maxUnixSeconds {
		return invalid("created_at")
	}
	if err := validatePeers(r); err != nil {
		return err
	}
	return validateExtras(r)
}

func validatePeers(r *Record) error {
	if !isPeerID(r.OutwayPeerID) {
		return invalid("outway_peer_id")
	}
	if !isPeerID(r.ServicePeerID) {
		return invalid("service_peer_id")
	}
	if r.SourceDelegator != "" && !isPeerID(r.SourceDelegator) {
		return invalid("source.delegator_peer_id")
	}
	if r.DestinationDelegator != "" && !isPeerID(r.DestinationDelegator) {
		return invalid("destination.delegator_peer_id")
	}
	return nil
}

func validateExtras(r *Record) error {
	if r.TraceID != "" && !isLowerHex(r.TraceID, 32) {
		return invalid("trace_id")
	}
	if r.SpanID != "" && !isLowerHex(r.SpanID, 16) {
		return invalid("span_id")
	}
	if len(r.AdditionalData) > 0 && !isJSONObject(r.AdditionalData) {
		return invalid("additional_data")
	}
	return nil
}

// maxUnixSeconds is the end of the year 9999, the last that SQL engines and
// RFC 3339 agree on.
const maxUnixSeconds = 253402300799

func invalid(field string) error { return fmt.Errorf("%w: %s", ErrInvalidRecord, field) }

// isText refuses what a database could refuse later: a record that cannot be
// indexed would hold up all records behind it.
func isText(s string, low, high int) bool {
	return len(s) >= low && len(s) <= high && utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}

func isPeerID(p fsc.PeerID) bool {
	return p.Validate() == nil && strings.IndexByte(string(p), 0) < 0
}

func isLowerHex(s string, size int) bool {
	if len(s) != size {
		return false
	}
	for i := range len(s) {
		if _, ok := hexDigit(s[i]); !ok {
			return false
		}
	}
	return true
}

func isJSONObject(b []byte) bool {
	return bytes.HasPrefix(b, []byte("{")) && bytes.HasSuffix(b, []byte("}")) && utf8.Valid(b) && json.Valid(b)
}
