// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
)

// recovered is what Open finds on disk.
type recovered struct {
	spans  []span
	damage []Damage
	unused *segment // made by an earlier process and never begun
	next   uint64   // number for a new segment
}

// candidate is a segment file while it is being judged.
type candidate struct {
	span
	path   string
	size   int64
	header bool // has a good header
	begun  bool // has a good seal
	behind remainder
	blank  bool     // holds nothing but a header and perhaps a torn seal
	before Position // what the seal says
}

// recoverSegments reads every segment up to its first bad frame. Nothing that
// may hold records is changed or removed.
func recoverSegments(cfg *Config) (*recovered, error) {
	files, err := listSegments(cfg)
	if err != nil {
		return nil, err
	}
	r := &recovered{next: 1}
	if r.damage, err = keptDamage(cfg); err != nil {
		return nil, fmt.Errorf("read what is kept of damage: %w", err)
	}
	seals := map[uint64]int64{}
	for i := range files {
		if err := files[i].inspect(cfg); err != nil {
			return nil, fmt.Errorf("read segment %d: %w", files[i].number, err)
		}
		if files[i].begun {
			seals[files[i].before.Segment] = files[i].before.Offset
		}
		r.next = files[i].number + 1
	}
	for i, c := range files {
		if last := i == len(files)-1; c.blank {
			if err := r.addUnused(cfg, c, last); err != nil {
				return nil, err
			}
			continue
		}
		sealed, isSealed := seals[c.number]
		if err := c.scan(cfg, sealed, isSealed); err != nil {
			return nil, fmt.Errorf("read segment %d: %w", c.number, err)
		}
		r.spans = append(r.spans, c.span)
		if c.damaged {
			r.addDamage(cfg.Logger, &c, sealed)
		}
	}
	return r, nil
}

func listSegments(cfg *Config) ([]candidate, error) {
	entries, err := os.ReadDir(cfg.Dir) // sorted by name, so by number
	if err != nil {
		return nil, err
	}
	var files []candidate
	for _, e := range entries {
		number, ok := parseSegmentName(e.Name())
		if !ok {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		files = append(files, candidate{
			span: span{number: number, end: firstFrame},
			path: filepath.Join(cfg.Dir, e.Name()), size: info.Size(),
		})
	}
	return files, nil
}

// inspect reads header and seal, and looks whether there is anything more.
func (c *candidate) inspect(cfg *Config) error {
	f, err := cfg.OpenFile(c.path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	c.seed, c.header, err = readHeader(f, c.number)
	if err == nil && c.header {
		c.before, c.begun, err = readSeal(f, c.seed)
	}
	if err == nil && !c.begun {
		c.blank, err = isZero(f, firstFrame, c.unwritten())
	}
	return errors.Join(err, f.Close())
}

// unwritten is where the zeros end in a segment that never began. Behind its own
// header a segment may have the frames of another (see renew).
func (c *candidate) unwritten() int64 {
	if c.header {
		return min(leadBytes, c.size)
	}
	return c.size
}

func isZero(src io.ReaderAt, off, end int64) (bool, error) {
	step := max(0, min(fillChunk, end-off))
	zeros, chunk := make([]byte, step), make([]byte, step)
	for off < end {
		n, err := src.ReadAt(chunk[:min(step, end-off)], off)
		if !bytes.Equal(chunk[:n], zeros[:n]) {
			return false, nil
		}
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		off += int64(n)
	}
	return true, nil
}

// addUnused keeps the newest segment that was made in advance, and removes
// what a crash left half made.
func (r *recovered) addUnused(cfg *Config, c candidate, last bool) error {
	if !last || !c.header || c.size != cfg.SegmentSize {
		return os.Remove(c.path)
	}
	f, err := cfg.OpenFile(c.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	r.unused = &segment{file: f, path: c.path, number: c.number, seed: c.seed, size: c.size}
	return nil
}

// scan finds the end of the segment. A seal in the next segment is what was
// confirmed: frames after it never were, and too few before it are damage.
// Without a seal the log stopped here, and what is found is flushed before
// anybody may read it. What then lies behind it is the rest of a batch that was
// being written, or damage when there are frames in it.
func (c *candidate) scan(cfg *Config, sealed int64, isSealed bool) error {
	if !c.header {
		c.damaged = true
		return nil
	}
	f, err := cfg.OpenFile(c.path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	limit := c.size
	if isSealed {
		limit = min(limit, sealed)
	}
	c.end, err = scanFrames(newFrameReader(f, c.seed, firstFrame, limit))
	if err == nil && !isSealed {
		err = f.Sync()
	}
	if err == nil {
		c.behind, err = lookBehind(f, c.seed, c.end, limit)
	}
	c.damaged = isSealed && c.end < sealed || c.behind.frames > 0
	return errors.Join(err, f.Close())
}

// scanFrames gives the offset of the first bad frame.
func scanFrames(frames *frameReader) (int64, error) {
	for {
		payload, err := frames.next()
		if payload == nil || err != nil {
			return frames.off, err
		}
	}
}

// addDamage reports a segment that lacks records.
func (r *recovered) addDamage(logger *slog.Logger, c *candidate, sealed int64) {
	d := Damage{Segment: c.number, Behind: c.behind.frames}
	if c.header {
		d.Readable, d.Expected = c.end, max(sealed, c.behind.end)
	}
	r.damage = append(r.damage, d)
	logger.Error("segment of the transaction log is damaged",
		"segment", d.Segment, "readable_bytes", d.Readable, "expected_bytes", d.Expected, "records_behind", d.Behind)
}
