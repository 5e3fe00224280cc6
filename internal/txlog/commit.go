// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"context"
	"runtime"

	"github.com/samenspel/samenspel/fsc"
)

const (
	// leaderYields is how often the leader lets others run before it takes the
	// batch, so that those who are ready join it; while the batch still grows it
	// goes on, up to maxLeaderYields. A timer would cost far more than it gathers.
	leaderYields    = 10
	maxLeaderYields = 60
	// fewRecords is a batch that isn't worth waiting for more: there are few callers.
	fewRecords = 4
	// keepBufferBytes is the largest batch buffer that is kept for reuse.
	keepBufferBytes = 256 << 10
	// scratchBytes holds the encoding of an ordinary record on the stack.
	scratchBytes = 512
)

// batch is a number of records that become durable in one flush.
type batch struct {
	frames  []byte
	records int
	prev    <-chan struct{} // closed when the batch before this one is settled
	done    chan struct{}   // closed when this one is settled
	err     error           // the outcome, once done is closed
}

// Record makes r durable together with the records of others that arrive
// meanwhile, and returns when it is (FSC Logging, writing rules). ctx only
// bounds the wait for a place in a batch; after that the answer is always the
// truth, so that no caller gives up on a record that is then confirmed.
func (l *Log) Record(ctx context.Context, r *Record) error {
	if err := l.record(ctx, r); err != nil {
		return fsc.WrapError(fsc.CodeTransactionLogWriteError, err, "the transaction could not be logged")
	}
	return nil
}

func (l *Log) record(ctx context.Context, r *Record) error {
	var scratch [scratchBytes]byte
	payload, err := appendRecord(scratch[:0], r)
	if err != nil {
		return err
	}
	b, leads, err := l.join(ctx, payload)
	if err != nil {
		return err
	}
	if leads {
		l.lead(b)
	} else {
		<-b.done
	}
	return b.err
}

// join puts the record into the collecting batch. Who is first in it leads it.
func (l *Log) join(ctx context.Context, payload []byte) (b *batch, leads bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.closed && l.isFull(len(payload)) {
		if err := l.waitForRoom(ctx); err != nil {
			return nil, false, err
		}
	}
	if l.closed {
		return nil, false, ErrClosed
	}
	b = l.collecting
	b.frames = appendFrame(b.frames, payload)
	b.records++
	return b, b.records == 1, nil
}

func (l *Log) isFull(payload int) bool {
	b := l.collecting
	return b.records >= l.cfg.MaxBatchRecords || len(b.frames)+frameHeaderBytes+payload > l.cfg.MaxBatchBytes
}

// waitForRoom gives up mu until the collecting batch is taken.
func (l *Log) waitForRoom(ctx context.Context) error {
	if l.room == nil {
		l.room = make(chan struct{})
	}
	room := l.room
	l.mu.Unlock()
	defer l.mu.Lock()
	select {
	case <-room:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lead waits for the commit right, takes the batch and settles it.
func (l *Log) lead(b *batch) {
	<-b.prev
	l.gather(b)
	l.take(b)
	b.err = l.commit(b)
	l.settle(b)
}

// gather gives those who are about to join the time to do so. With few callers
// nobody is about to, and yielding only wakes threads.
func (l *Log) gather(b *batch) {
	seen, before := l.gathered(b)
	if max(seen, before) < fewRecords {
		return
	}
	for yields := 0; yields < maxLeaderYields; yields += leaderYields {
		for range leaderYields {
			runtime.Gosched()
		}
		now, _ := l.gathered(b)
		if now == seen && yields > 0 || now < fewRecords {
			return
		}
		seen = now
	}
}

// gathered tells how many records b has, and how many the batch before it had.
func (l *Log) gathered(b *batch) (now, before int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return b.records, l.before
}

// take opens the next batch; from here on nobody joins b.
func (l *Log) take(b *batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.before = b.records
	l.collecting = &batch{frames: l.spare, prev: b.done, done: make(chan struct{})}
	l.spare = nil
	if l.room != nil {
		close(l.room)
		l.room = nil
	}
}

// commit writes the batch and flushes it. After a failed write or flush the
// segment is never used again: what a second flush says of the same pages
// cannot be trusted.
func (l *Log) commit(b *batch) error {
	if l.active == nil || l.active.size-l.active.end < int64(len(b.frames)) {
		if err := l.roll(); err != nil {
			return err
		}
	}
	s := l.active
	stampFrames(b.frames, s.seed)
	start := l.cfg.Now()
	if err := s.append(b.frames); err != nil {
		l.abandon()
		return err
	}
	s.end += int64(len(b.frames))

	l.mu.Lock()
	defer l.mu.Unlock()
	l.stats.addBatch(b, l.cfg.Now().Sub(start))
	l.spans[len(l.spans)-1].end = s.end
	l.wakeReaders()
	return nil
}

// settle tells the outcome to all who wait and passes the commit right on.
func (l *Log) settle(b *batch) {
	l.mu.Lock()
	l.failure = b.err
	if b.err != nil {
		l.stats.Failures++
	}
	if cap(b.frames) <= keepBufferBytes {
		l.spare = b.frames[:0]
	}
	b.frames = nil
	l.mu.Unlock()
	close(b.done)
}
