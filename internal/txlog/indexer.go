// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

const (
	indexBatch = 1000
	// busyBatch is a batch while calls come in fast: short, so that no call waits
	// long for the processor.
	busyBatch = 100
	// indexPause lets records gather between two transactions of the index, so
	// that its flushes do not compete with those of the log.
	indexPause = 100 * time.Millisecond
	// While records come in at busyRate or faster, the index gets at most one
	// part in indexYield+1 of the time: calls go first, searching later. A short
	// batch takes about a millisecond, so the index still follows some 2,000
	// calls a second.
	busyRate   = 1000 // records a second
	indexYield = 49
	yieldMax   = time.Second
	// backlogMax is how many segments may wait for the index before it stops
	// giving way, so that the disk doesn't fill up.
	backlogMax = 32
	// indexBackoff doubles up to indexBackoffMax.
	indexBackoff    = 50 * time.Millisecond
	indexBackoffMax = 5 * time.Second
	// drainTime bounds the last round at shutdown; what is left is indexed
	// after the next start.
	drainTime = 5 * time.Second
)

// LateAfter is how long a record may wait for the index before people hear of it.
// In ordinary traffic that is a tenth of a second, in very fast traffic a second.
const LateAfter = 5 * time.Second

// Index is the searchable copy of the log.
type Index interface {
	// IndexedUpTo gives the position that was last saved, or the zero Position.
	IndexedUpTo(ctx context.Context) (Position, error)
	// Index stores recs and the position after them in one durable transaction.
	// A record that is there already, by transaction id and direction, is left
	// as it is. recs must not be kept.
	Index(ctx context.Context, recs []Record, next Position) error
}

// Indexer copies confirmed records from a [Log] to an [Index] and releases the
// segments that are done with. Make one with [NewIndexer].
type Indexer struct {
	log     *Log
	index   Index
	logger  *slog.Logger
	indexed atomic.Pointer[Position]
	behind  atomic.Int64 // Unix µs before which the index has everything; 0: it has all

	seen  uint64    // records of the log when they were last counted
	at    time.Time // when that was
	limit int       // of the next batch
}

// NewIndexer joins a log and an index; nothing happens before Run.
func NewIndexer(log *Log, index Index, logger *slog.Logger) *Indexer {
	return &Indexer{log: log, index: index, logger: logger, limit: indexBatch}
}

// Indexed gives the position up to which the index is durable, as far as this
// process knows.
func (x *Indexer) Indexed() Position {
	if p := x.indexed.Load(); p != nil {
		return *p
	}
	return Position{}
}

// Lag is how long the oldest record that isn't in the index has been waiting,
// give or take a batch; 0 when all are in it.
func (x *Indexer) Lag() time.Duration {
	since := x.behind.Load()
	if since == 0 {
		return 0
	}
	return max(0, time.Since(time.UnixMicro(since)))
}

// Late tells of records that have waited longer than [LateAfter]; nil: there are none.
// Calls go on and nothing is lost, but a search doesn't find all.
func (x *Indexer) Late() error {
	lag := x.Lag()
	if lag <= LateAfter {
		return nil
	}
	return fmt.Errorf("the newest calls can't be searched yet, the oldest of them for %d seconds; if that keeps growing, the log of the node tells why", int(lag.Seconds()))
}

// Run works until ctx ends, and then copies what is confirmed by that time. It
// tries again for as long as it takes when the index fails. A record is in the
// index within about a tenth of a second after its confirmation, and later while
// there are more calls than the index can follow beside them. Close the log
// after Run has returned. The error says why the last round left records
// behind; they are not lost. A log closed under it gives [ErrClosed].
func (x *Indexer) Run(ctx context.Context) error {
	var at Position
	err := x.retry(ctx, "read the position of the transaction index", func() error {
		var err error
		at, err = x.index.IndexedUpTo(ctx)
		return err
	})
	if err == nil {
		found := at
		x.indexed.Store(&found)
	}
	x.log.expect(at)
	for err == nil {
		at, err = x.follow(ctx, at)
	}
	if ctx.Err() == nil {
		return fmt.Errorf("index transaction log: %w", err)
	}
	return x.drain(context.WithoutCancel(ctx))
}

// follow waits for records, copies one batch, and pauses when that was not a
// full one or when calls need the time.
func (x *Indexer) follow(ctx context.Context, at Position) (Position, error) {
	err := x.log.Wait(ctx, at)
	if errors.Is(err, ErrUnknownPosition) {
		x.logger.Error("transaction index is ahead of the log, indexing from the start", "segment", at.Segment, "offset", at.Offset)
		return Position{}, nil
	}
	if err != nil {
		return at, err
	}
	var n int
	began := time.Now()
	x.behind.CompareAndSwap(0, began.UnixMicro())
	err = x.retry(ctx, "index the transaction log", func() error {
		var err error
		n, at, err = x.copyBatch(ctx, at)
		return err
	})
	rest := x.yield(at, time.Since(began))
	if rest == 0 && n < indexBatch {
		rest = indexPause
	}
	if err == nil && rest > 0 {
		err = pause(ctx, rest)
	}
	return at, err
}

// yield tells how long to leave the machine to calls after a batch that took so
// long.
func (x *Indexer) yield(at Position, took time.Duration) time.Duration {
	now, s := time.Now(), x.log.Stats()
	rate := float64(s.Records-x.seen) / now.Sub(x.at).Seconds()
	x.seen, x.at = s.Records, now
	if x.limit = indexBatch; rate < busyRate || s.End.Segment > at.Segment+backlogMax {
		return 0
	}
	x.limit = busyBatch
	return min(took*indexYield, yieldMax)
}

// copyBatch fills a batch over the borders of reads and segments, stores it and
// releases what lies before it. On an error the position has not moved.
func (x *Indexer) copyBatch(ctx context.Context, from Position) (int, Position, error) {
	var batch []Record
	at := from
	for len(batch) < x.limit {
		recs, next, err := x.log.Read(ctx, at, x.limit-len(batch))
		if err != nil {
			return 0, from, err
		}
		at = next
		if len(recs) == 0 {
			break
		}
		batch = append(batch, recs...)
	}
	if len(batch) > 0 {
		if err := x.index.Index(ctx, batch, at); err != nil {
			return 0, from, err
		}
	}
	x.indexed.Store(&at)
	x.caughtUp(batch, at)
	if err := x.log.Release(at); err != nil {
		x.logger.Warn("release segments of the transaction log", "error", err)
	}
	return len(batch), at, nil
}

// caughtUp tells those who ask for the lag how far the index is.
func (x *Indexer) caughtUp(batch []Record, at Position) {
	switch {
	case at == x.log.Stats().End:
		x.behind.Store(0)
	case len(batch) > 0:
		x.behind.Store(max(x.behind.Load(), batch[len(batch)-1].CreatedAt.UnixMicro()))
	}
}

// drain copies what is left, without another try.
func (x *Indexer) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	at, err := x.index.IndexedUpTo(ctx)
	for n := indexBatch; err == nil && n > 0; {
		n, at, err = x.copyBatch(ctx, at)
	}
	if err != nil {
		return fmt.Errorf("drain transaction log: %w", err)
	}
	return nil
}

// retry repeats do until it succeeds, ctx ends or the log is closed.
func (x *Indexer) retry(ctx context.Context, what string, do func() error) error {
	for delay := indexBackoff; ; delay = min(2*delay, indexBackoffMax) {
		err := do()
		if err == nil || errors.Is(err, ErrClosed) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		x.logger.Warn("transaction index is behind", "step", what, "error", err, "retry_in", delay)
		if err := pause(ctx, delay); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
