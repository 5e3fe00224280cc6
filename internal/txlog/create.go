// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const (
	fillChunk     = 256 << 10
	fillSyncEvery = 4 << 20
)

// createSegment makes a segment that is ready to be written: filled with zeros
// and flushed together with its directory, so that a later flush has nothing
// but data to write. On an error, or when stop is closed, no file is left.
func createSegment(cfg *Config, number uint64, stop <-chan struct{}) (*segment, error) {
	s := &segment{path: filepath.Join(cfg.Dir, segmentName(number)), number: number, size: cfg.SegmentSize}
	f, err := cfg.OpenFile(s.path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create segment: %w", err)
	}
	s.file = f
	if err := s.prepare(stop); err != nil {
		return nil, fmt.Errorf("prepare segment: %w", errors.Join(err, s.discard()))
	}
	if err := syncDir(cfg, cfg.Dir); err != nil {
		return nil, fmt.Errorf("prepare segment: %w", errors.Join(err, s.discard()))
	}
	return s, nil
}

func (s *segment) prepare(stop <-chan struct{}) error {
	if err := s.fillZero(stop); err != nil {
		return err
	}
	var epoch [8]byte
	_, _ = rand.Read(epoch[:]) // never fails (crypto/rand)
	header := encodeHeader(s.number, binary.LittleEndian.Uint64(epoch[:]))
	s.seed = seedOf(header)
	if _, err := s.file.WriteAt(header, 0); err != nil {
		return err
	}
	return s.file.Sync()
}

// fillZero writes real zeros: space that is only reserved costs a journal
// commit at each flush. It flushes in steps, so that a flush of records next
// to it never waits for all of it.
func (s *segment) fillZero(stop <-chan struct{}) error {
	zeros := make([]byte, min(fillChunk, s.size))
	for off := int64(0); off < s.size; off += int64(len(zeros)) {
		select {
		case <-stop:
			return ErrClosed
		default:
		}
		zeros = zeros[:min(int64(len(zeros)), s.size-off)]
		if _, err := s.file.WriteAt(zeros, off); err != nil {
			return err
		}
		if (off+int64(len(zeros)))%fillSyncEvery != 0 {
			continue
		}
		if err := s.file.Sync(); err != nil {
			return err
		}
	}
	return s.file.Sync()
}
