// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strconv"
	"strings"
)

// A segment file is a header, a seal and then the frames of records; the rest
// is zero, or frames of a segment that the file was before and that are not
// read. The header says
//
//	magic 8 | number 8 | epoch 8 | checksum 4 | zero 4
//
// and the seal, the payload of the first frame, says where the segment before
// it ends:
//
//	kind 1 | number 8 | offset 8
const (
	segmentMagic  = "FSCTXLG1"
	headerBytes   = 32
	sealKind      = 0xf5
	sealBytes     = 1 + 8 + 8
	firstFrame    = headerBytes + frameHeaderBytes + sealBytes
	segmentSuffix = ".seg"
	damagedSuffix = ".damaged"
)

// Position is a place in the log: all records before it are in segments with
// a lower Segment, or in this one below Offset (bytes). The zero value is the
// start of the log.
type Position struct {
	Segment uint64
	Offset  int64
}

// span is what is known of a segment that can be read.
type span struct {
	number  uint64
	seed    uint32
	end     int64 // all frames below it are confirmed
	damaged bool
	failed  bool // a write or flush failed, so its place on disk isn't used again
}

func (s span) position() Position { return Position{Segment: s.number, Offset: s.end} }

// segment is an open file that is, or is to be, written.
type segment struct {
	file   File
	path   string
	number uint64
	seed   uint32
	size   int64
	end    int64
}

func segmentName(number uint64) string { return fmt.Sprintf("%016x%s", number, segmentSuffix) }

func parseSegmentName(name string) (uint64, bool) {
	digits, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok || !isLowerHex(digits, 16) {
		return 0, false
	}
	number, err := strconv.ParseUint(digits, 16, 64)
	return number, err == nil && number > 0
}

func encodeHeader(number, epoch uint64) []byte {
	h := make([]byte, 0, headerBytes)
	h = append(h, segmentMagic...)
	h = binary.LittleEndian.AppendUint64(h, number)
	h = binary.LittleEndian.AppendUint64(h, epoch)
	h = binary.LittleEndian.AppendUint32(h, crc32.Checksum(h, castagnoli()))
	return append(h, 0, 0, 0, 0)
}

// readHeader gives the seed of the segment's checksums; false when the header
// is not that of the segment with this number.
func readHeader(src io.ReaderAt, number uint64) (seed uint32, ok bool, err error) {
	h := make([]byte, headerBytes)
	if _, err := src.ReadAt(h, 0); err != nil && !errors.Is(err, io.EOF) {
		return 0, false, err
	}
	epoch := binary.LittleEndian.Uint64(h[16:])
	return seedOf(h), bytes.Equal(h, encodeHeader(number, epoch)), nil
}

func seedOf(header []byte) uint32 { return crc32.Checksum(header[8:24], castagnoli()) }

// directWriter is a file that may be able to do a write and its flush at once.
type directWriter interface {
	appendDurably(p []byte, off, size int64) (ok bool, err error)
}

// append makes frames durable behind the last ones.
func (s *segment) append(frames []byte) error {
	if f, ok := s.file.(directWriter); ok {
		if done, err := f.appendDurably(frames, s.end, s.size); done || err != nil {
			return err
		}
	}
	if _, err := s.file.WriteAt(frames, s.end); err != nil {
		return fmt.Errorf("write batch: %w", err)
	}
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("flush batch: %w", err)
	}
	return nil
}

// begin makes the end of the segment before this one durable. Only then may
// frames of records follow.
func (s *segment) begin(before Position) error {
	payload := append(make([]byte, 0, sealBytes), sealKind)
	payload = binary.LittleEndian.AppendUint64(payload, before.Segment)
	payload = binary.LittleEndian.AppendUint64(payload, uint64(before.Offset)) //nolint:gosec // an offset is not negative
	frame := appendFrame(nil, payload)
	stampFrames(frame, s.seed)
	if _, err := s.file.WriteAt(frame, headerBytes); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	s.end = firstFrame
	return nil
}

// readSeal gives the end of the segment before this one; false when this one
// was never begun.
func readSeal(src io.ReaderAt, seed uint32) (Position, bool, error) {
	payload, err := newFrameReader(src, seed, headerBytes, firstFrame).next()
	if err != nil || len(payload) != sealBytes || payload[0] != sealKind {
		return Position{}, false, err
	}
	return Position{
		Segment: binary.LittleEndian.Uint64(payload[1:]),
		Offset:  int64(binary.LittleEndian.Uint64(payload[9:])), //nolint:gosec // checked by the checksum
	}, true, nil
}

func (s *segment) discard() error {
	return errors.Join(s.file.Close(), os.Remove(s.path))
}

func syncDir(cfg *Config, dir string) error {
	d, err := cfg.OpenFile(dir, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
