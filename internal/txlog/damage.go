// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Damage tells of a segment that lacks records which may have been confirmed: a
// disk that lost or changed bytes, or a person who did. What was readable is in
// the log; nothing was put in.
type Damage struct {
	// Segment is its number.
	Segment uint64
	// Readable is the offset in bytes up to which its records were read, and Expected
	// the one up to which it is known to have had any; 0: its header can't be read,
	// so nothing is known.
	Readable, Expected int64
	// Behind is how many records can still be told apart close behind Readable. They aren't
	// in the log, since what lay between may have been theirs. After a power cut they
	// may be of the last batch, that nobody had a confirmation of.
	Behind int
	// File is where the segment is kept for examination once its records are in the
	// index; empty before that.
	File string
}

// Damage lists what Open found, the oldest first, and the damaged segments of
// earlier processes that are still kept in the directory.
func (l *Log) Damage() []Damage {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.stats.damage)
}

// expect tells the log that somebody has its records up to a position. What it
// lacks of them is damage.
func (l *Log) expect(upTo Position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.spans {
		s := &l.spans[i]
		known := slices.ContainsFunc(l.stats.damage, func(d Damage) bool { return d.Segment == s.number })
		if s.number != upTo.Segment || s.end >= upTo.Offset || known {
			continue
		}
		s.damaged = true
		l.stats.damage = append(l.stats.damage, Damage{Segment: s.number, Readable: s.end, Expected: upTo.Offset})
		l.cfg.Logger.Error("segment of the transaction log lacks records that the index has",
			"segment", s.number, "readable_bytes", s.end, "expected_bytes", upTo.Offset)
	}
}

// noteKept tells where a damaged segment is kept from now on.
func (l *Log) noteKept(number uint64, file string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.stats.damage {
		if l.stats.damage[i].Segment == number {
			l.stats.damage[i].File = file
		}
	}
}

// lookAhead is how far behind a bad frame others are looked for, in bytes. There the
// file may have a former life, every byte of which would be tried.
const lookAhead = 4 << 20

// remainder is what lies behind the last good frame of a segment.
type remainder struct {
	frames int   // that can be told apart
	end    int64 // of the last of them
}

// lookBehind reads what lies from off up to size, or so much of it as is told above.
// Frames of a former life of the file aren't good in this one.
func lookBehind(src io.ReaderAt, seed uint32, off, size int64) (r remainder, err error) {
	size = min(size, off+lookAhead)
	clean, err := isZero(src, off, size)
	if clean || err != nil {
		return r, err
	}
	for frames := newFrameReader(src, seed, off, size); frames.off < size; {
		payload, err := frames.next()
		if err != nil {
			return r, err
		}
		if payload == nil {
			frames.skip()
			continue
		}
		r.frames, r.end = r.frames+1, frames.off
	}
	return r, nil
}

// skip moves on by a byte.
func (f *frameReader) skip() {
	f.off++
	f.window = f.window[min(1, len(f.window)):]
}

// keptDamage lists the damaged segments that earlier processes put aside.
func keptDamage(cfg *Config) ([]Damage, error) {
	names, err := filepath.Glob(filepath.Join(cfg.Dir, "*"+damagedSuffix))
	if err != nil {
		return nil, err
	}
	var kept []Damage
	for _, name := range names {
		base := filepath.Base(name)
		number, ok := parseSegmentName(strings.TrimSuffix(base, damagedSuffix) + segmentSuffix)
		if !ok {
			continue
		}
		d := Damage{Segment: number, File: base}
		if err := d.examine(cfg, name); err != nil {
			return nil, err
		}
		kept = append(kept, d)
	}
	return kept, nil
}

// examine measures a segment that is kept.
func (d *Damage) examine(cfg *Config, name string) error {
	f, err := cfg.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	seed, ok, err := readHeader(f, d.Segment)
	if ok && err == nil {
		d.Readable, err = scanFrames(newFrameReader(f, seed, firstFrame, info.Size()))
	}
	if ok && err == nil {
		var behind remainder
		behind, err = lookBehind(f, seed, d.Readable, info.Size())
		d.Behind, d.Expected = behind.frames, max(d.Readable, behind.end)
	}
	return errors.Join(err, f.Close())
}
