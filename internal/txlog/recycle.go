// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A segment that is released becomes a spare file: a name that recovery doesn't
// look at. The next segment is made of it with one small write, where a new file
// would be filled with zeros, as many bytes as all its records together, beside
// the flushes of calls. The frames of its former life stay in it and are never
// read: see renew.
const (
	spareSuffix = ".spare"
	// maxSpares bounds what the disk holds for this.
	maxSpares = 2
	// leadBytes is how much of a segment is zero behind the header until it begins:
	// one block, so that the header is only there when the zeros are.
	leadBytes = 4 << 10
)

// nextSegment makes a segment that is ready to be written, of a spare file when
// there is one that will do.
func nextSegment(cfg *Config, number uint64, stop <-chan struct{}) (*segment, error) {
	spares, err := spareFiles(cfg)
	for _, path := range spares {
		s, err := recycleSegment(cfg, path, number)
		if err == nil {
			return s, nil
		}
		cfg.Logger.Warn("spare segment of the transaction log cannot be used", "segment", number, "error", err)
	}
	if err != nil {
		cfg.Logger.Warn("spare segments of the transaction log cannot be found", "error", err)
	}
	return createSegment(cfg, number, stop)
}

func spareFiles(cfg *Config) ([]string, error) {
	entries, err := os.ReadDir(cfg.Dir)
	var paths []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), spareSuffix) {
			paths = append(paths, filepath.Join(cfg.Dir, e.Name()))
		}
	}
	return paths, err
}

// recycleSegment makes a segment of the spare file at path. Each step is durable
// before the next one: the name that recovery passes over, the header, the name
// of a segment. A crash leaves a spare file or a segment that is ready. After an
// error the file is gone.
func recycleSegment(cfg *Config, path string, number uint64) (*segment, error) {
	f, err := cfg.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	s := &segment{file: f, path: path, number: number, size: cfg.SegmentSize}
	if err := s.recycle(cfg); err != nil {
		return nil, errors.Join(err, s.discard())
	}
	return s, nil
}

func (s *segment) recycle(cfg *Config) error {
	info, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	if info.Size() != s.size {
		return fmt.Errorf("it has %d bytes instead of %d", info.Size(), s.size)
	}
	if err := syncDir(cfg, cfg.Dir); err != nil {
		return err
	}
	if err := s.renew(); err != nil {
		return err
	}
	path := filepath.Join(cfg.Dir, segmentName(s.number))
	if err := os.Rename(s.path, path); err != nil {
		return err
	}
	s.path = path
	return syncDir(cfg, cfg.Dir)
}

// renew writes a header with the new number and clears what recovery looks at.
//
// The epoch stays. Two numbers that differ in their low 32 bits only never have
// the same checksum behind the same epoch, because CRC-32 finds each burst of at
// most 32 bits. So the seeds of all lives of one file differ, and as the checksum
// of given bytes is another one for each seed, no frame of a former life is ever
// good in a later one.
func (s *segment) renew() error {
	old := make([]byte, headerBytes)
	if _, err := s.file.ReadAt(old, 0); err != nil {
		return err
	}
	number, epoch := binary.LittleEndian.Uint64(old[8:]), binary.LittleEndian.Uint64(old[16:])
	if !bytes.Equal(old, encodeHeader(number, epoch)) || number >= s.number {
		return errors.New("it has no header of an earlier segment")
	}
	lead := append(make([]byte, 0, leadBytes), encodeHeader(s.number, epoch)...)
	s.seed = seedOf(lead)
	if _, err := s.file.WriteAt(lead[:leadBytes], 0); err != nil {
		return err
	}
	return s.file.Sync()
}

// retire does away with a released segment: to the spare files as long as there
// are few, and otherwise off the disk. A damaged one is kept for examination.
func retire(cfg *Config, s span) error {
	path := filepath.Join(cfg.Dir, segmentName(s.number))
	name := strings.TrimSuffix(path, segmentSuffix)
	if s.damaged {
		return os.Rename(path, name+damagedSuffix)
	}
	if spares, err := spareFiles(cfg); !s.failed && err == nil && len(spares) < maxSpares {
		return os.Rename(path, name+spareSuffix)
	}
	return os.Remove(path)
}
