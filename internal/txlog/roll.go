// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"errors"
	"fmt"
)

// standby is the next segment, being made in the background.
type standby struct {
	number  uint64
	done    chan struct{} // closed when segment and err are set
	segment *segment
	err     error
}

func readyStandby(s *segment) *standby {
	done := make(chan struct{})
	close(done)
	return &standby{number: s.number, done: done, segment: s}
}

func (l *Log) startStandby(number uint64) *standby {
	s := &standby{number: number, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		s.segment, s.err = nextSegment(&l.cfg, number, l.stop)
		if s.err != nil && !errors.Is(s.err, ErrClosed) {
			l.cfg.Logger.Error("next segment of the transaction log is not ready", "segment", number, "error", s.err)
		}
	}()
	return s
}

// state never waits; err is why the segment could not be made.
func (s *standby) state() (ready bool, err error) {
	select {
	case <-s.done:
		return s.err == nil, s.err
	default:
		return false, nil
	}
}

// roll makes the standby segment the active one and orders the next. It needs
// the commit right. Without a standby the active segment stays. When the seal
// fails it goes as well: the seal may be on disk, and what is written after
// what it says would be lost at a restart.
func (l *Log) roll() error {
	next, err := l.takeStandby()
	if err != nil {
		return fmt.Errorf("next segment: %w", err)
	}
	if err := next.begin(l.lastPosition()); err != nil {
		l.replaceActive(nil, next.number+1)
		return fmt.Errorf("next segment: %w", errors.Join(err, next.discard()))
	}
	l.replaceActive(next, next.number+1)
	return nil
}

// replaceActive orders a standby with the given number as well.
func (l *Log) replaceActive(s *segment, standby uint64) {
	l.mu.Lock()
	old := l.active
	l.active = s
	if s != nil {
		s.file = watchedFile{s.file, l.stats.watch}
		l.spans = append(l.spans, span{number: s.number, seed: s.seed, end: s.end})
	}
	l.standby = l.startStandby(standby)
	l.mu.Unlock()
	if old != nil {
		l.closeSegment(old)
	}
}

// takeStandby waits for the segment being made. One that could not be made is
// tried once more, for the disk may have space again.
func (l *Log) takeStandby() (*segment, error) {
	l.mu.Lock()
	if _, err := l.standby.state(); err != nil {
		l.standby = l.startStandby(l.standby.number + 1)
	}
	s := l.standby
	l.mu.Unlock()
	<-s.done
	return s.segment, s.err
}

func (l *Log) lastPosition() Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.spans) == 0 {
		return Position{}
	}
	return l.spans[len(l.spans)-1].position()
}

// abandon leaves the active segment after a failure. When the next one is
// ready it begins at once: its seal keeps the failed batch from coming back
// after a restart.
func (l *Log) abandon() {
	l.mu.Lock()
	broken := l.active
	l.active = nil
	l.spans[len(l.spans)-1].failed = true
	ready, _ := l.standby.state()
	l.mu.Unlock()
	l.closeSegment(broken)
	if !ready {
		return
	}
	if err := l.roll(); err != nil {
		l.cfg.Logger.Error("transaction log has no writable segment", "error", err)
	}
}

// closeSegment closes a segment that was flushed or given up, so its close can
// lose nothing.
func (l *Log) closeSegment(s *segment) {
	if err := s.file.Close(); err != nil {
		l.cfg.Logger.Warn("close segment of the transaction log", "segment", s.number, "error", err)
	}
}
