// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"bytes"
	"time"
)

// What the external tests need of the encoding.
const (
	FirstFrame       = firstFrame
	HeaderBytes      = headerBytes
	FrameHeaderBytes = frameHeaderBytes
)

var (
	AppendRecord = appendRecord
	DecodeRecord = decodeRecord
	EncodeHeader = encodeHeader
	SeedOf       = seedOf
)

// FramesOf gives the frames of payloads for a segment with this seed.
func FramesOf(seed uint32, payloads ...[]byte) []byte {
	var b []byte
	for _, p := range payloads {
		b = appendFrame(b, p)
	}
	stampFrames(b, seed)
	return b
}

// ScanSegment gives the end of the good frames in b, and their payloads.
func ScanSegment(b []byte, seed uint32) (end int64, payloads [][]byte, err error) {
	frames := newFrameReader(bytes.NewReader(b), seed, 0, int64(len(b)))
	for {
		p, err := frames.next()
		if p == nil || err != nil {
			return frames.off, payloads, err
		}
		payloads = append(payloads, bytes.Clone(p))
	}
}

// Collecting gives how many records wait for the flush in flight to end.
func Collecting(l *Log) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.collecting.records
}

// Waiting tells whether anybody waits for room in a batch.
func Waiting(l *Log) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.room != nil
}

// ScanImage gives the end of the good frames in the bytes of a whole segment.
func ScanImage(image []byte, number uint64) (int64, error) {
	seed, _, err := readHeader(bytes.NewReader(image), number)
	if err != nil {
		return 0, err
	}
	return scanFrames(newFrameReader(bytes.NewReader(image), seed, firstFrame, int64(len(image))))
}

// Yield gives how long an indexer rests after a batch that took so long, with
// the log's records having come in since that time.
func Yield(l *Log, at Position, since time.Time, took time.Duration) time.Duration {
	return (&Indexer{log: l, at: since}).yield(at, took)
}

// Recovered gives a log as Open finds it, without a segment to go on in: it can
// only be read.
func Recovered(cfg Config) (*Log, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	found, err := recoverSegments(&cfg)
	if err != nil {
		return nil, err
	}
	if found.unused != nil {
		err = found.unused.file.Close()
	}
	return &Log{cfg: cfg, spans: found.spans, stats: counters{watch: newFlushWatch(cfg.Now), damage: found.damage}}, err
}

// Wait has records wait for the index since a moment.
func (x *Indexer) Wait(since time.Time) { x.behind.Store(since.UnixMicro()) }
