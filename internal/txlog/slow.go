// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"fmt"
	"sync/atomic"
	"time"
)

const (
	// slowFlush is how long a flush takes on a disk that is too slow: calls wait for it.
	slowFlush = time.Second
	// slowFor is how long a flush that was too slow is told.
	slowFor = time.Minute
	// stalledFlush is how long one takes on a disk that doesn't answer any more.
	stalledFlush = 10 * time.Second
)

// flushWatch follows the flushes of the active segment. Instants are counted from
// the moment the log was opened; 0 is none.
type flushWatch struct {
	now    func() time.Duration
	began  atomic.Int64 // of the flush under way
	slowAt atomic.Int64 // the end of the last slow one
	slow   atomic.Int64 // how long that took
}

func newFlushWatch(now func() time.Time) *flushWatch {
	opened := now()
	return &flushWatch{now: func() time.Duration { return max(now().Sub(opened), 1) }}
}

// underWay gives how long the flush takes that is under way; 0: there is none.
func (w *flushWatch) underWay() time.Duration {
	began := time.Duration(w.began.Load())
	if began == 0 {
		return 0
	}
	return w.now() - began
}

// watchedFile is the active segment.
type watchedFile struct {
	File
	watch *flushWatch
}

// Sync implements [File].
func (f watchedFile) Sync() error {
	defer f.watch.end(f.watch.begin())
	return f.File.Sync()
}

// appendDurably implements directWriter where the file does.
func (f watchedFile) appendDurably(p []byte, off, size int64) (ok bool, err error) {
	direct, ok := f.File.(directWriter)
	if !ok {
		return false, nil
	}
	defer f.watch.end(f.watch.begin())
	return direct.appendDurably(p, off, size)
}

func (w *flushWatch) begin() time.Duration {
	began := w.now()
	w.began.Store(int64(began))
	return began
}

func (w *flushWatch) end(began time.Duration) {
	w.began.Store(0)
	if ended := w.now(); ended-began >= slowFlush {
		w.slowAt.Store(int64(ended))
		w.slow.Store(int64(ended - began))
	}
}

// Slow tells that the disk takes a second or longer to make records durable, or
// did so within the last minute; nil when it doesn't. Calls wait meanwhile, and none
// is forwarded without its record.
func (l *Log) Slow() error {
	w := l.stats.watch
	if took := w.underWay(); took >= slowFlush {
		return fmt.Errorf("the disk hasn't confirmed records for %s; calls wait for it", took.Round(time.Second/10))
	}
	at := time.Duration(w.slowAt.Load())
	if at == 0 || w.now()-at > slowFor {
		return nil
	}
	return fmt.Errorf("the disk took %s to confirm records within the last minute", time.Duration(w.slow.Load()).Round(time.Second/10))
}

// Stalled tells that the disk hasn't answered for ten seconds: no call gets through.
func (l *Log) Stalled() error {
	if took := l.stats.watch.underWay(); took >= stalledFlush {
		return fmt.Errorf("the disk hasn't confirmed records for %s", took.Round(time.Second))
	}
	return nil
}
