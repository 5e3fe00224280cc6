// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// permitsName and refusalsName are how the files begin: apart from each other,
	// so that refusals, which anybody with a contract can bring about, never push a
	// permit out.
	permitsName  = "decisions"
	refusalsName = "refusals"
	logSuffix    = ".ndjson"
	// maxTail is more than a record can have; behind it lies the end of a line.
	maxTail = 64 << 10
)

// LogConfig says where decisions are kept and how many. All are required.
type LogConfig struct {
	// Dir is made when the first decision comes.
	Dir string
	// FileSize in bytes at which a new file is begun, and Files the number of them
	// that are kept of each kind, the open one among them.
	FileSize int64
	Files    int
	Now      func() time.Time
	Logger   *slog.Logger
}

// Log is the Authorization Decision Log: files with permits and files with refusals,
// one record a line, appended only. It is safe for concurrent use.
type Log struct{ permits, refusals *journal }

// NewLog opens nothing yet.
func NewLog(cfg LogConfig) *Log {
	return &Log{newJournal(cfg, permitsName), newJournal(cfg, refusalsName)}
}

// Health tells why the last decision could not be recorded; no call that needs one
// is let through while that lasts.
func (l *Log) Health() error { return errors.Join(l.permits.health(), l.refusals.health()) }

// Close waits for what is being written. Later decisions are refused.
func (l *Log) Close() error { return errors.Join(l.permits.close(), l.refusals.close()) }

// journal is a file with its predecessors. Records that come together share one
// flush.
type journal struct {
	cfg  LogConfig
	name string

	mu      sync.Mutex
	next    *batch
	writing bool // a flush is under way
	closed  bool
	idle    *sync.Cond
	err     error // of the last flush

	// Only the flush that is under way uses these.
	file *os.File
	size int64
}

type batch struct {
	lines []byte
	done  chan struct{}
	err   error
}

var errLogClosed = errors.New("the decision log is closed")

func newJournal(cfg LogConfig, name string) *journal {
	l := &journal{cfg: cfg, name: name}
	l.idle = sync.NewCond(&l.mu)
	return l
}

// write returns when the line is durable.
func (l *journal) write(line []byte) error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return errLogClosed
	}
	if l.next == nil {
		l.next = &batch{done: make(chan struct{})}
	}
	b := l.next
	b.lines = append(b.lines, line...)
	if !l.writing {
		l.writing = true
		go l.flush()
	}
	l.mu.Unlock()
	<-b.done
	return b.err
}

// flush writes batches until there are none.
func (l *journal) flush() {
	for {
		l.mu.Lock()
		b := l.next
		l.next = nil
		if b == nil {
			l.writing = false
			l.idle.Broadcast()
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		b.err = l.append(b.lines)
		l.mu.Lock()
		l.err = b.err
		l.mu.Unlock()
		close(b.done)
	}
}

// append makes lines durable. After a failure the file is opened anew, without
// what may have been written of them.
func (l *journal) append(lines []byte) error {
	if l.file != nil && l.size > 0 && l.size+int64(len(lines)) > l.cfg.FileSize {
		if err := l.rotate(); err != nil {
			return err
		}
	}
	if l.file == nil {
		if err := l.open(); err != nil {
			return err
		}
	}
	_, err := l.file.Write(lines)
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		err = errors.Join(err, l.file.Truncate(l.size), l.file.Close())
		l.file = nil
		return fmt.Errorf("write decisions: %w", err)
	}
	l.size += int64(len(lines))
	return nil
}

// open takes up the last file, without a line that a crash left unfinished.
func (l *journal) open() error {
	if err := os.MkdirAll(l.cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("open decisions: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(l.cfg.Dir, l.name+logSuffix), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open decisions: %w", err)
	}
	size, err := wholeLines(f)
	if err == nil {
		err = f.Truncate(size)
	}
	if err == nil {
		err = syncDir(l.cfg.Dir)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("open decisions: %w", err), f.Close())
	}
	l.file, l.size = f, size
	return nil
}

// wholeLines gives the length of a file up to its last end of a line.
func wholeLines(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	tail := make([]byte, min(info.Size(), maxTail))
	if _, err := f.ReadAt(tail, info.Size()-int64(len(tail))); err != nil {
		return 0, err
	}
	if i := bytes.LastIndexByte(tail, '\n'); i >= 0 || len(tail) < maxTail {
		return info.Size() - int64(len(tail)) + int64(i) + 1, nil
	}
	return 0, errors.New("the last file is not a log of decisions; move it away")
}

// rotate closes the open file under the time at which that was, and removes the
// oldest beyond those that are kept.
func (l *journal) rotate() error {
	err := l.file.Close()
	l.file = nil
	if err == nil {
		name := l.name + "-" + l.cfg.Now().UTC().Format("20060102T150405.000000000") + logSuffix
		err = os.Rename(filepath.Join(l.cfg.Dir, l.name+logSuffix), filepath.Join(l.cfg.Dir, name))
	}
	if err != nil {
		return fmt.Errorf("rotate decisions: %w", err)
	}
	old, err := l.closedFiles()
	for _, name := range old[:max(0, len(old)-(l.cfg.Files-1))] {
		err = errors.Join(err, os.Remove(filepath.Join(l.cfg.Dir, name)))
		l.cfg.Logger.Warn("the oldest decisions were removed", "file", name, "files", l.cfg.Files)
	}
	if err != nil { // the disk has more than it should; the log goes on
		l.cfg.Logger.Error("old decisions can't be removed", "error", err)
	}
	return nil
}

// closedFiles lists the files that are full, the oldest first.
func (l *journal) closedFiles() ([]string, error) {
	entries, err := os.ReadDir(l.cfg.Dir)
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), l.name+"-") && strings.HasSuffix(e.Name(), logSuffix) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, err
}

func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the node's own folder
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// health tells why the last record could not be written. It tries again, since a
// node that isn't ready may get no calls that would.
func (l *journal) health() error {
	l.mu.Lock()
	err := l.err
	l.mu.Unlock()
	if err == nil {
		return nil
	}
	return l.write(nil)
}

// close waits for what is being written. Later records are refused.
func (l *journal) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for l.writing {
		l.idle.Wait()
	}
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
