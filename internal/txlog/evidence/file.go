// SPDX-License-Identifier: EUPL-1.2

package evidence

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
)

// Format names the file and its version.
const Format = "samenspel-log-evidence-1"

// maxLine holds the largest record, with every byte of it escaped.
const maxLine = 1 << 20

// ErrFile is the cause when a file isn't one of [Lines].
var ErrFile = errors.New("no log with its checkpoints")

// Line is one line of the file, as JSON: first the head, then the checkpoints in
// order, then the records in order, also those of which little is left. One member
// is set.
type Line struct {
	Head       *HeadLine       `json:"log,omitzero"`
	Checkpoint *CheckpointLine `json:"checkpoint,omitzero"`
	Record     *RecordLine     `json:"record,omitzero"`
	Removed    *RemovedLine    `json:"removed,omitzero"`
}

// HeadLine says whose log it is and where its chain begins and ends.
type HeadLine struct {
	Format    string      `json:"format"`
	PeerID    fsc.PeerID  `json:"peer_id"`
	GroupID   fsc.GroupID `json:"group_id"`
	StartedAt int64       `json:"started_at"` // Unix seconds
	Unlinked  int64       `json:"unlinked"`
	Last      int64       `json:"last"`
	Head      string      `json:"head"`
	Outside   int64       `json:"outside"` // records outside the chain; they aren't in the file
}

// CheckpointLine is a [Sealed].
type CheckpointLine struct {
	Number       int64    `json:"number"`
	JWS          string   `json:"jws"`
	Certificates [][]byte `json:"certificates"` // DER, base64, the leaf first
}

// RecordLine is a [txlog.Linked] with the names of FSC Logging.
type RecordLine struct {
	Sequence             int64           `json:"sequence"`
	Link                 string          `json:"link"`
	TransactionID        string          `json:"transaction_id"`
	Direction            txlog.Direction `json:"direction"`
	CreatedAt            time.Time       `json:"created_at"`
	GroupID              fsc.GroupID     `json:"group_id"`
	GrantHash            string          `json:"grant_hash"`
	ServiceName          string          `json:"service_name"`
	OutwayPeerID         fsc.PeerID      `json:"outway_peer_id"`
	SourceDelegator      fsc.PeerID      `json:"source_delegator_peer_id,omitzero"`
	ServicePeerID        fsc.PeerID      `json:"service_peer_id"`
	DestinationDelegator fsc.PeerID      `json:"destination_delegator_peer_id,omitzero"`
	TraceID              string          `json:"trace_id,omitzero"`
	SpanID               string          `json:"span_id,omitzero"`
	AdditionalData       string          `json:"additional_data,omitzero"` // the text as it was recorded
}

// RemovedLine is a [txlog.Linked] with a [txlog.Removed].
type RemovedLine struct {
	Sequence   int64  `json:"sequence"`
	Link       string `json:"link"`
	Content    string `json:"content"`    // hash of the record, base64url
	Checkpoint int64  `json:"checkpoint"` // that tells of its removal
	Reason     int    `json:"reason"`     // place among those of that checkpoint, from 0
}

// Lines is [Lines] of the own log, while no records are removed from it.
func (v *Verifier) Lines(ctx context.Context, source Source) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		defer v.hold()()
		Lines(ctx, v.Peer, v.Group, source)(yield)
	}
}

// Lines gives the whole log of a Peer as the lines of a file. What is recorded
// after the first line isn't in it.
func Lines(ctx context.Context, self fsc.PeerID, group fsc.GroupID, source Source) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		state, err := source.ChainState(ctx)
		var outside int64
		if err == nil {
			outside, _, err = source.Unlinked(ctx)
		}
		head := &HeadLine{
			Format: Format, PeerID: self, GroupID: group, StartedAt: state.Start.At, Unlinked: state.Start.Unlinked,
			Last: state.Last, Head: FormatLink(state.Head), Outside: outside,
		}
		if !yield(Line{Head: head}, err) || err != nil {
			return
		}
		if checkpointLines(ctx, source, state.Last, yield) {
			recordLines(ctx, source, state.Last, yield)
		}
	}
}

// checkpointLines tells whether the reader wants more.
func checkpointLines(ctx context.Context, source Source, last int64, yield func(Line, error) bool) bool {
	for after := int64(0); ; {
		page, err := source.Checkpoints(ctx, after, pageSize)
		if err != nil {
			yield(Line{}, err)
			return false
		}
		for _, s := range page {
			if c, err := s.Read(); err == nil && c.Last > last {
				return true // signed since
			}
			if !yield(Line{Checkpoint: &CheckpointLine{Number: s.Number, JWS: s.JWS, Certificates: s.Chain}}, nil) {
				return false
			}
			after = s.Number
		}
		if len(page) < pageSize {
			return true
		}
	}
}

func recordLines(ctx context.Context, source Source, last int64, yield func(Line, error) bool) {
	for after := int64(0); after < last; {
		page, err := source.Linked(ctx, after, pageSize)
		if err != nil {
			yield(Line{}, err)
			return
		}
		for i := range page {
			if page[i].Sequence > last || !yield(lineOf(&page[i]), nil) {
				return
			}
			after = page[i].Sequence
		}
		if len(page) < pageSize {
			return
		}
	}
}

func lineOf(r *txlog.Linked) Line {
	if x := r.Removed; x != nil {
		return Line{Removed: &RemovedLine{r.Sequence, FormatLink(r.Link), FormatLink(x.Content), x.Checkpoint, x.Rule}}
	}
	return Line{Record: recordLine(r)}
}

// linked is the inverse of lineOf.
func (l *Line) linked() (r txlog.Linked, err error) {
	if l.Removed == nil {
		return l.Record.linked()
	}
	x := &txlog.Removed{Checkpoint: l.Removed.Checkpoint, Rule: l.Removed.Reason}
	r = txlog.Linked{Sequence: l.Removed.Sequence, Removed: x}
	if r.Link, err = ParseLink(l.Removed.Link); err == nil {
		x.Content, err = ParseLink(l.Removed.Content)
	}
	return r, err
}

func recordLine(r *txlog.Linked) *RecordLine {
	return &RecordLine{
		Sequence: r.Sequence, Link: FormatLink(r.Link), TransactionID: r.TransactionID, Direction: r.Direction, CreatedAt: r.CreatedAt.UTC(),
		GroupID: r.GroupID, GrantHash: r.GrantHash, ServiceName: r.ServiceName, OutwayPeerID: r.OutwayPeerID, SourceDelegator: r.SourceDelegator,
		ServicePeerID: r.ServicePeerID, DestinationDelegator: r.DestinationDelegator, TraceID: r.TraceID, SpanID: r.SpanID, AdditionalData: string(r.AdditionalData),
	}
}

func (l *RecordLine) linked() (r txlog.Linked, err error) {
	r = txlog.Linked{Sequence: l.Sequence, Record: txlog.Record{
		TransactionID: l.TransactionID, Direction: l.Direction, CreatedAt: l.CreatedAt.UTC(),
		GroupID: l.GroupID, GrantHash: l.GrantHash, ServiceName: l.ServiceName, OutwayPeerID: l.OutwayPeerID, SourceDelegator: l.SourceDelegator,
		ServicePeerID: l.ServicePeerID, DestinationDelegator: l.DestinationDelegator, TraceID: l.TraceID, SpanID: l.SpanID,
	}}
	if l.AdditionalData != "" {
		r.AdditionalData = []byte(l.AdditionalData)
	}
	r.Link, err = ParseLink(l.Link)
	return r, err
}

// File reads the lines of a log, once and in order. It implements [Source].
type File struct {
	// PeerID and GroupID are whose log it says to be.
	PeerID  fsc.PeerID
	GroupID fsc.GroupID

	lines *bufio.Scanner
	table *tableReader // instead of lines
	read  int          // lines
	next  *Line
	state State
	head  *HeadLine
}

// Open reads the head of a file. Its error wraps [ErrFile].
func Open(r io.Reader) (*File, error) {
	in := bufio.NewReader(r)
	f := &File{lines: bufio.NewScanner(in)}
	var err error
	if f.table, err = asTable(in); err != nil {
		return nil, err
	}
	f.lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	if err := f.advance(); err != nil {
		return nil, err
	}
	if f.next == nil || f.next.Head == nil || f.next.Head.Format != Format {
		return nil, fmt.Errorf("%w: the first line doesn't begin one; make the file with samenspel log export --evidence", ErrFile)
	}
	f.head = f.next.Head
	f.PeerID, f.GroupID = f.head.PeerID, f.head.GroupID
	f.state = State{Start: txlog.ChainStart{At: f.head.StartedAt, Unlinked: f.head.Unlinked}, Last: f.head.Last}
	if f.state.Head, err = ParseLink(f.head.Head); err != nil {
		return nil, fmt.Errorf("%w: line 1: head: %w", ErrFile, err)
	}
	return f, f.advance()
}

// scan reads a line as it is; nil at the end.
func (f *File) scan() (*Line, error) {
	if f.table != nil {
		l, err := f.table.next()
		if errors.Is(err, io.EOF) {
			return nil, nil //nolint:nilnil // the end
		}
		return l, err
	}
	if !f.lines.Scan() {
		return nil, f.lines.Err()
	}
	l := &Line{}
	return l, fsc.UnmarshalStrict(f.lines.Bytes(), l)
}

// advance reads the next line; nil at the end.
func (f *File) advance() error {
	f.next = nil
	l, err := f.scan()
	if err != nil {
		return fmt.Errorf("%w: line %d: %w", ErrFile, f.read+1, err)
	}
	if l == nil {
		return nil
	}
	f.read++
	set := 0
	for _, is := range []bool{l.Head != nil, l.Checkpoint != nil, l.Record != nil, l.Removed != nil} {
		if is {
			set++
		}
	}
	if set != 1 || (l.Head != nil) != (f.read == 1) {
		return fmt.Errorf("%w: line %d is neither a checkpoint nor a record", ErrFile, f.read)
	}
	f.next = l
	return nil
}

// ChainState implements [Source].
func (f *File) ChainState(context.Context) (State, error) { return f.state, nil }

// Unlinked implements [Source].
func (f *File) Unlinked(context.Context) (int64, *txlog.Linked, error) {
	return f.head.Outside, nil, nil
}

// Checkpoints implements [Source]: the next ones, whatever after says.
func (f *File) Checkpoints(ctx context.Context, _ int64, limit int) (page []Sealed, err error) {
	for len(page) < limit && f.next != nil && f.next.Checkpoint != nil && ctx.Err() == nil {
		c := f.next.Checkpoint
		page = append(page, Sealed{Number: c.Number, JWS: c.JWS, Chain: c.Certificates})
		if err := f.advance(); err != nil {
			return nil, err
		}
	}
	return page, ctx.Err()
}

// Linked implements [Source]: the next ones, whatever after says.
func (f *File) Linked(ctx context.Context, _ int64, limit int) (page []txlog.Linked, err error) {
	for len(page) < limit && f.next != nil && ctx.Err() == nil {
		if f.next.Checkpoint != nil {
			return nil, fmt.Errorf("%w: line %d: a checkpoint stands among the records", ErrFile, f.read)
		}
		r, err := f.next.linked()
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrFile, f.read, err)
		}
		page = append(page, r)
		if err := f.advance(); err != nil {
			return nil, err
		}
	}
	return page, ctx.Err()
}
