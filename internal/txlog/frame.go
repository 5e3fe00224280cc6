// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// A frame is length 4 | checksum 4 | payload, little endian. The checksum
// covers the segment's number and epoch, the length and the payload, so that
// bytes left over from another segment are never taken for a frame.
const frameHeaderBytes = 8

// scanBufferBytes is how much of a segment is held in memory while reading; it
// must hold the largest frame.
const scanBufferBytes = 256 << 10

// castagnoli gives the table for which processors have an instruction; it is
// built once inside the standard library.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// appendFrame adds a frame without its checksum, which depends on the segment
// it will be written to.
func appendFrame(dst, payload []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(payload))) //nolint:gosec // at most MaxRecordBytes
	dst = append(dst, 0, 0, 0, 0)
	return append(dst, payload...)
}

// stampFrames fills in the checksums of frames made by appendFrame.
func stampFrames(frames []byte, seed uint32) {
	for table := castagnoli(); len(frames) > 0; {
		n := frameHeaderBytes + int(binary.LittleEndian.Uint32(frames))
		binary.LittleEndian.PutUint32(frames[4:], checksum(frames[:n], seed, table))
		frames = frames[n:]
	}
}

func checksum(frame []byte, seed uint32, table *crc32.Table) uint32 {
	sum := crc32.Update(seed, table, frame[:4])
	return crc32.Update(sum, table, frame[frameHeaderBytes:])
}

// frameReader walks over the frames of a segment from off up to limit.
type frameReader struct {
	src    io.ReaderAt
	table  *crc32.Table
	seed   uint32
	off    int64 // of the next frame
	limit  int64
	window []byte // bytes of the segment from off on
	buffer []byte
}

func newFrameReader(src io.ReaderAt, seed uint32, off, limit int64) *frameReader {
	return &frameReader{src: src, table: castagnoli(), seed: seed, off: off, limit: limit}
}

// next gives the payload of the frame at off and moves on; it is valid until
// the next call. No frame, or a bad one, gives nil and leaves off where it is;
// an error is one of reading the file.
func (f *frameReader) next() ([]byte, error) {
	ok, err := f.fill(frameHeaderBytes)
	if !ok || err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(f.window)
	if size == 0 || size > MaxRecordBytes {
		return nil, nil
	}
	n := frameHeaderBytes + int(size)
	ok, err = f.fill(n)
	if !ok || err != nil {
		return nil, err
	}
	frame := f.window[:n]
	if checksum(frame, f.seed, f.table) != binary.LittleEndian.Uint32(frame[4:]) {
		return nil, nil
	}
	f.window = f.window[n:]
	f.off += int64(n)
	return frame[frameHeaderBytes:], nil
}

// fill makes the window hold n bytes; false means that there are not so many.
func (f *frameReader) fill(n int) (bool, error) {
	if len(f.window) >= n {
		return true, nil
	}
	left := f.limit - f.off
	if left < int64(n) {
		return false, nil
	}
	if f.buffer == nil {
		f.buffer = make([]byte, min(left, scanBufferBytes))
	}
	chunk := f.buffer[:min(left, int64(len(f.buffer)))]
	read, err := f.src.ReadAt(chunk, f.off)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	f.window = chunk[:read]
	return read >= n, err
}
