// SPDX-License-Identifier: EUPL-1.2

package internalapi

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/txlog"
)

const (
	// snapshotWait is how long a request for a newer snapshot is held. What
	// changes by time alone, contracts that begin or end, shows after it.
	snapshotWait   = 25 * time.Second
	maxRecordBatch = 5000
)

// Snapshot is a whole snapshot with the version it has.
type Snapshot[T any] struct {
	Version string `json:"version"`
	Content *T     `json:"content"` // nil when nothing changed
}

// inwaySnapshot gives components that ask for changes those alone, or nothing when
// the wait is over; others get the whole.
func (s *server) inwaySnapshot(r *http.Request) (any, error) {
	if r.FormValue("changes") == "true" {
		return awaitChanged(s, r, s.Manager.InwayChanges)
	}
	return await(s, r, s.Manager.InwaySnapshotAfter)
}

// outwaySnapshot is inwaySnapshot for an Outway.
func (s *server) outwaySnapshot(r *http.Request) (any, error) {
	if r.FormValue("changes") == "true" {
		return awaitChanged(s, r, s.Manager.OutwayChanges)
	}
	return await(s, r, s.Manager.OutwaySnapshotAfter)
}

// Getter gives the newest snapshot with its version. The snapshot may be nil when
// the version is after: nothing has changed.
type Getter[T any] func(ctx context.Context, after string) (content *T, version string, err error)

func await[T any](s *server, r *http.Request, get Getter[T]) (any, error) {
	found, err := awaitChanged(s, r, get)
	if err == nil && found.Content == nil { // components of every version get the whole one
		found.Content, found.Version, err = get(context.WithoutCancel(r.Context()), "")
	}
	return found, err
}

func awaitChanged[T any](s *server, r *http.Request, get Getter[T]) (Snapshot[T], error) {
	ctx, cancel := context.WithTimeout(r.Context(), s.SnapshotWait)
	defer cancel()
	go func() {
		select {
		case <-s.Draining:
			cancel()
		case <-ctx.Done():
		}
	}()
	return Await(ctx, s.Manager, r.FormValue("after"), get)
}

// Await gives a snapshot of the Manager once its version differs from after, or
// that version when the wait is over, then perhaps without content: after 25 s, or
// with ctx. Components in the Manager's own process use it directly.
func Await[T any](ctx context.Context, m *manager.Manager, after string, get Getter[T]) (Snapshot[T], error) {
	ctx, cancel := context.WithTimeout(ctx, snapshotWait)
	defer cancel()
	for {
		changed := m.Changed()
		content, version, err := get(context.WithoutCancel(ctx), after)
		if err != nil {
			return Snapshot[T]{}, err
		}
		if version != after || ctx.Err() != nil {
			return Snapshot[T]{Version: version, Content: content}, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

var sourcePattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

func (s *server) indexOf(r *http.Request) (txlog.Index, error) {
	source := r.PathValue("source")
	if !sourcePattern.MatchString(source) {
		return nil, fsc.Errorf(fsc.CodeInvalidRequest, "the name of a log is 1 to 40 of a-z, 0-9 and -")
	}
	return s.Index(source), nil
}

func (s *server) position(r *http.Request) (any, error) {
	index, err := s.indexOf(r)
	if err != nil {
		return nil, err
	}
	p, err := index.IndexedUpTo(r.Context())
	return Position(p), err
}

func (s *server) takeRecords(r *http.Request) (any, error) {
	index, err := s.indexOf(r)
	if err != nil {
		return nil, err
	}
	var in Records
	if err := read(r, &in); err != nil {
		return nil, err
	}
	records, err := in.records(r.PathValue("source"), s.GroupID)
	if err != nil {
		return nil, err
	}
	return nil, index.Index(r.Context(), records, txlog.Position{Segment: in.Segment, Offset: in.Offset})
}

// records checks a batch before anything of it is stored.
func (in *Records) records(source string, group fsc.GroupID) ([]txlog.Record, error) {
	switch {
	case in.Source != source:
		return nil, fsc.Errorf(fsc.CodeInvalidRequest, "source in the body must be the name in the path")
	case in.Segment > math.MaxInt64 || in.Offset < 0:
		return nil, fsc.Errorf(fsc.CodeInvalidRequest, "segment and offset must be a position in a log")
	case len(in.Records) > maxRecordBatch:
		return nil, fsc.Errorf(fsc.CodeRequestTooLarge, "at most %d records at once", maxRecordBatch)
	}
	records := make([]txlog.Record, 0, len(in.Records))
	for i, w := range in.Records {
		r := w.record(group)
		if err := r.Validate(); err != nil {
			return nil, fsc.WrapError(fsc.CodeInvalidRequest, err, fmt.Sprintf("record %d breaks the schema of a log record", i))
		}
		records = append(records, r)
	}
	return records, nil
}

func wireRecord(r txlog.Record) Record {
	return Record{
		TransactionID: r.TransactionID, Direction: string(r.Direction), GrantHash: r.GrantHash, ServiceName: r.ServiceName,
		OutwayPeerID: r.OutwayPeerID, SourceDelegator: r.SourceDelegator,
		ServicePeerID: r.ServicePeerID, DestinationDelegator: r.DestinationDelegator,
		CreatedAt: r.CreatedAt, TraceID: r.TraceID, SpanID: r.SpanID, AdditionalData: r.AdditionalData,
	}
}

func (w Record) record(group fsc.GroupID) txlog.Record {
	return txlog.Record{
		TransactionID: w.TransactionID, Direction: txlog.Direction(w.Direction), GrantHash: w.GrantHash, GroupID: group,
		ServiceName: w.ServiceName, OutwayPeerID: w.OutwayPeerID, SourceDelegator: w.SourceDelegator,
		ServicePeerID: w.ServicePeerID, DestinationDelegator: w.DestinationDelegator,
		CreatedAt: w.CreatedAt, TraceID: w.TraceID, SpanID: w.SpanID, AdditionalData: w.AdditionalData,
	}
}
