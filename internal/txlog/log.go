// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// ErrClosed is the cause when the log is closed.
var ErrClosed = errors.New("transaction log is closed")

// ErrLocked is the cause when another Log has the directory.
var ErrLocked = errors.New("transaction log is in use by another process")

const lockName = "lock"

// Log is a transaction log in segments on disk, safe for concurrent use. It
// implements [Recorder]. Make one with [Open].
//
// Only one batch is written at a time. Who writes it has the commit right,
// which passes from batch to batch over the channels batch.prev and batch.done.
type Log struct {
	cfg  Config
	lock io.Closer
	stop chan struct{} // closed to end background work

	closeOnce sync.Once
	closeErr  error

	// active is written under mu and with the commit right.
	active *segment

	mu         sync.Mutex
	closed     bool
	collecting *batch        // the batch that records join now
	spare      []byte        // buffer of a settled batch, for the next one
	before     int           // records of the batch before collecting
	room       chan struct{} // closed when collecting is replaced; nil when nobody waits
	grown      chan struct{} // closed when there is more to read; nil when nobody waits
	spans      []span        // readable segments in order; the last one grows
	standby    *standby
	failure    error // why the last commit failed; nil after a success
	stats      counters
}

// Open recovers the log in cfg.Dir and makes it ready to be written. All
// records that were ever confirmed and not released can be read at once. A torn
// tail, the rest of a batch that was being written at a crash, is cut off. It
// always goes on in a fresh segment.
//
// Errors: [ErrLocked] when the directory is in use, otherwise those of the
// configuration and of the file system.
func Open(cfg Config) (*Log, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("transaction log: %w", err)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("transaction log: %w", err)
	}
	lock, err := lockFile(filepath.Join(cfg.Dir, lockName))
	if err != nil {
		return nil, fmt.Errorf("transaction log: %w", err)
	}
	l := &Log{cfg: cfg, lock: lock, stop: make(chan struct{}), stats: counters{watch: newFlushWatch(cfg.Now)}}
	if err := l.start(); err != nil {
		return nil, fmt.Errorf("transaction log: %w", errors.Join(err, l.Close()))
	}
	return l, nil
}

func (l *Log) start() error {
	settled := make(chan struct{})
	close(settled)
	l.collecting = &batch{prev: settled, done: make(chan struct{})}
	if err := syncDir(&l.cfg, filepath.Dir(l.cfg.Dir)); err != nil {
		return err
	}
	found, err := recoverSegments(&l.cfg)
	if err != nil {
		return err
	}
	l.spans, l.stats.damage = found.spans, found.damage
	if found.unused != nil {
		l.standby = readyStandby(found.unused)
	} else {
		l.standby = l.startStandby(found.next)
	}
	return l.roll()
}

// Close refuses new records, waits until those that have joined a batch are
// settled, and gives the directory free. Reading ends as well. A second call
// gives the same answer.
func (l *Log) Close() error {
	l.closeOnce.Do(func() { l.closeErr = l.close() })
	return l.closeErr
}

func (l *Log) close() error {
	l.mu.Lock()
	l.closed = true
	pending := l.collecting.prev
	if l.collecting.records > 0 {
		pending = l.collecting.done
	}
	l.mu.Unlock()

	<-pending
	close(l.stop)

	l.mu.Lock()
	defer l.mu.Unlock()
	l.wakeReaders()
	var errs []error
	if l.active != nil {
		errs = append(errs, l.active.file.Close())
	}
	if s := l.standby; s != nil {
		<-s.done
		if s.err == nil {
			errs = append(errs, s.segment.file.Close())
		}
	}
	return errors.Join(append(errs, l.lock.Close())...)
}

// Health is nil when the last write succeeded or when a segment is ready for
// the next one. It asks for another segment when the last attempt to make one
// failed, so a log that is watched heals without traffic.
func (l *Log) Health() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	ready, err := l.standby.state()
	if err != nil {
		l.standby = l.startStandby(l.standby.number + 1)
	}
	if l.failure == nil || ready || l.isFresh() {
		return nil
	}
	return errors.Join(l.failure, err)
}

// isFresh tells that the active segment holds no records yet; it needs mu.
func (l *Log) isFresh() bool {
	return l.active != nil && l.spans[len(l.spans)-1].end == firstFrame
}
