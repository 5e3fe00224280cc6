// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrUnknownPosition refuses a position past the end of the log: it belongs to
// another log, or this one was restored from an older copy.
var ErrUnknownPosition = errors.New("position is past the end of the transaction log")

// Read gives up to limit confirmed records from a position on, oldest first,
// and the position after them. It does not wait: at the end of the log it gives
// none. It may give fewer than limit although there are more; next then tells
// how far it came. A position in a released segment counts as the start.
func (l *Log) Read(ctx context.Context, from Position, limit int) (recs []Record, next Position, err error) {
	if err := ctx.Err(); err != nil {
		return nil, from, err
	}
	s, at, err := l.locate(from)
	if err != nil || at.Offset == s.end {
		return nil, at, err
	}
	recs, next.Offset, err = l.readSpan(s, at.Offset, limit)
	if err != nil {
		return nil, at, fmt.Errorf("read segment %d: %w", s.number, err)
	}
	next.Segment = s.number
	return recs, next, nil
}

// Wait returns nil when there is something to read after from; otherwise the
// error of ctx, [ErrClosed] or [ErrUnknownPosition].
func (l *Log) Wait(ctx context.Context, from Position) error {
	for {
		grown := l.whenGrown()
		s, at, err := l.locate(from)
		if err != nil || at.Offset < s.end {
			return err
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Backlog is how many bytes of records there are from a position on.
func (l *Log) Backlog(from Position) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var n int64
	for _, s := range l.spans {
		switch {
		case s.number > from.Segment:
			n += s.end - firstFrame
		case s.number == from.Segment:
			n += s.end - max(from.Offset, firstFrame)
		}
	}
	return n
}

// Release gives up the segments that lie wholly before upTo: the files of the
// first few become the next segments, the others are removed. One that is damaged
// is renamed and kept for examination.
func (l *Log) Release(upTo Position) error {
	var errs []error
	for _, s := range l.takeReleased(upTo.Segment) {
		errs = append(errs, retire(&l.cfg, s))
		l.noteKept(s.number, strings.TrimSuffix(segmentName(s.number), segmentSuffix)+damagedSuffix)
	}
	return errors.Join(errs...)
}

// takeReleased takes segments from the list, never the last one.
func (l *Log) takeReleased(before uint64) []span {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	n := 0
	for n < len(l.spans)-1 && l.spans[n].number < before {
		n++
	}
	released := slices.Clone(l.spans[:n])
	l.spans = slices.Delete(l.spans, 0, n)
	return released
}

// locate gives the segment that is to be read at from, and the position in it.
// At the end of the log the offset is the segment's end.
func (l *Log) locate(from Position) (span, Position, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return span{}, from, ErrClosed
	}
	last := l.spans[len(l.spans)-1]
	if from.Segment > last.number || from.Segment == last.number && from.Offset > last.end {
		return span{}, from, ErrUnknownPosition
	}
	i, _ := slices.BinarySearchFunc(l.spans, from.Segment, func(s span, number uint64) int {
		return cmp.Compare(s.number, number)
	})
	for ; ; i++ {
		s := l.spans[i]
		at := Position{Segment: s.number, Offset: firstFrame}
		if s.number == from.Segment {
			at.Offset = max(at.Offset, from.Offset)
		}
		if at.Offset < s.end || s.number == last.number {
			return s, at, nil
		}
	}
}

func (l *Log) readSpan(s span, offset int64, limit int) ([]Record, int64, error) {
	f, err := l.cfg.OpenFile(filepath.Join(l.cfg.Dir, segmentName(s.number)), os.O_RDONLY, 0)
	if err != nil {
		return nil, offset, err
	}
	recs, end, err := readRecords(newFrameReader(f, s.seed, offset, s.end), limit)
	return recs, end, errors.Join(err, f.Close())
}

// readRecords decodes the frames of one buffer, at most limit. All of them were
// good once, so a bad one is an error.
func readRecords(frames *frameReader, limit int) (recs []Record, end int64, err error) {
	stop := min(frames.limit, frames.off+scanBufferBytes-MaxRecordBytes)
	for len(recs) < limit && frames.off < stop {
		at := frames.off
		payload, err := frames.next()
		if err != nil {
			return nil, at, err
		}
		if payload == nil {
			return nil, at, fmt.Errorf("offset %d: bad frame", at)
		}
		r, err := decodeRecord(payload)
		if err != nil {
			return nil, at, fmt.Errorf("offset %d: %w", at, err)
		}
		recs = append(recs, r)
	}
	return recs, frames.off, nil
}

// whenGrown gives a channel that is closed at the next confirmation.
func (l *Log) whenGrown() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.grown == nil {
		l.grown = make(chan struct{})
	}
	return l.grown
}

// wakeReaders needs mu.
func (l *Log) wakeReaders() {
	if l.grown != nil {
		close(l.grown)
		l.grown = nil
	}
}
