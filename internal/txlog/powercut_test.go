// SPDX-License-Identifier: EUPL-1.2

package txlog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/samenspel/samenspel/internal/txlog"
)

// block is what a disk writes at once.
const block = 4096

// cutShort is a log of one segment of which the last block can be spoilt, as by
// a power cut.
type cutShort struct {
	image []byte
	ends  []int64 // of its records
	after []byte  // the image of the next segment; nil: the log ended here
}

// newCutShort writes more records than the last block holds.
func newCutShort(t *testing.T, sealed bool) *cutShort {
	t.Helper()
	dir := t.TempDir()
	l := open(t, txlog.Config{Dir: dir, OpenFile: lazyDisk().open})
	c := &cutShort{}
	for n := 0; len(c.ends) == 0 || c.ends[len(c.ends)-1] < txlog.FirstFrame+2*block; n++ {
		write(t, l, n)
		c.ends = append(c.ends, l.Stats().End.Offset)
	}
	closeLog(t, l)
	if sealed {
		closeLog(t, open(t, txlog.Config{Dir: dir, OpenFile: lazyDisk().open})) // begins the next
	}
	for name, to := range map[string]*[]byte{segment1: &c.image, segment2: &c.after} {
		if to == &c.after && !sealed {
			continue
		}
		var err error
		if *to, err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	c.image = c.image[:c.end()+2*block] // the rest is zero
	return c
}

func (c *cutShort) end() int64 { return c.ends[len(c.ends)-1] }

// intact gives the records that lie wholly before an offset.
func (c *cutShort) intact(off int64) []string {
	var ids []string
	for n, end := range c.ends {
		if end <= off {
			ids = append(ids, transactionID(n))
		}
	}
	return ids
}

// put makes a log's directory with the segment so spoilt.
func (c *cutShort) put(dir string, spoilt []byte) error {
	err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, segment1), spoilt, 0o600))
	if c.after != nil {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, segment2), c.after, 0o600))
	}
	return err
}

// recover gives what Open can read of the log and what it reports. It leaves all
// else in the directory as it is.
func (c *cutShort) recover(dir string, spoilt []byte) ([]string, []txlog.Damage, error) {
	dir += "-read"
	err := os.WriteFile(filepath.Join(dir, segment1), spoilt, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		err = c.put(dir, spoilt)
	}
	if err != nil {
		return nil, nil, err
	}
	l, err := txlog.Recovered(txlog.Config{Dir: dir, SegmentSize: smallSegment, OpenFile: lazyDisk().open})
	if err != nil {
		return nil, nil, err
	}
	ids, err := firstIDs(l)
	return ids, l.Damage(), err
}

// reopen does the same with the whole log, which goes on afterwards.
func (c *cutShort) reopen(dir string, spoilt []byte) ([]string, []txlog.Damage, error) {
	if err := c.put(dir, spoilt); err != nil {
		return nil, nil, err
	}
	l, err := txlog.Open(txlog.Config{Dir: dir, SegmentSize: smallSegment, OpenFile: lazyDisk().open})
	if err != nil {
		return nil, nil, err
	}
	ids, err := firstIDs(l)
	if err == nil {
		err = l.Record(context.Background(), record(9999))
	}
	after, readErr := firstIDs(l)
	if goesOn := slices.Equal(after, ids) || len(ids) == 0 && slices.Equal(after, idsOf(9999)); err == nil && !goesOn {
		err = fmt.Errorf("after the next record: %v", after)
	}
	return ids, l.Damage(), errors.Join(err, readErr, l.Close())
}

// firstIDs gives what is in the first segment that has anything.
func firstIDs(l *txlog.Log) ([]string, error) {
	recs, _, err := l.Read(context.Background(), txlog.Position{}, 1000)
	ids := make([]string, 0, len(recs))
	for _, r := range recs {
		ids = append(ids, r.TransactionID)
	}
	return ids, err
}

// everywhere spoils the segment at each offset of its last block and of the block
// behind its end, in each way, and has the outcome judged.
func (c *cutShort) everywhere(t *testing.T, judge func(off int64, how string, ids []string, found []txlog.Damage) error) {
	t.Helper()
	offsets := make(chan int64)
	var wg sync.WaitGroup
	for range 4 {
		dir := filepath.Join(t.TempDir(), "log")
		wg.Go(func() {
			for off := range offsets {
				zeroed, flipped := slices.Clone(c.image), slices.Clone(c.image)
				clear(zeroed[off:])
				flipped[off] ^= 1 << (off % 8)
				open := c.recover
				if off%32 == 0 || off == c.end() { // the rest of opening is slow, and the same for all
					open = c.reopen
				}
				for how, spoilt := range map[string][]byte{"cut": c.image[:off], "zero": zeroed, "flip": flipped} {
					ids, found, err := open(dir, spoilt)
					if err == nil {
						err = judge(off, how, ids, found)
					}
					if err != nil {
						t.Errorf("%s at %d (records end at %d): %v", how, off, c.end(), err)
					}
				}
			}
		})
	}
	for off := c.end() - block; off < c.end()+64 && !t.Failed(); off++ {
		offsets <- off
	}
	close(offsets)
	wg.Wait()
}

func TestPowerCutAtEachOffsetOfTheLastBlockKeepsWhatCameBeforeAndTellsOfTheRest(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	c := newCutShort(t, false)
	last := c.ends[len(c.ends)-2] // where the last record begins
	c.everywhere(t, func(off int64, how string, ids []string, found []txlog.Damage) error {
		want := c.intact(off)
		if !slices.Equal(ids, want) {
			return fmt.Errorf("%d records instead of %d", len(ids), len(want))
		}
		// Without anything behind it, nobody can tell a record that was lost from
		// one that was never finished.
		if how != "flip" || off >= last {
			if len(found) > 0 {
				return fmt.Errorf("reported %+v", found)
			}
			return nil
		}
		if len(found) != 1 || found[0].Behind != len(c.ends)-len(want)-1 || found[0].Expected != c.end() {
			return fmt.Errorf("reported %+v of %d records", found, len(c.ends))
		}
		return nil
	})
}

func TestPowerCutInASegmentThatIsDoneWithIsAlwaysReported(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	c := newCutShort(t, true)
	c.everywhere(t, func(off int64, _ string, ids []string, found []txlog.Damage) error {
		want := c.intact(off)
		if !slices.Equal(ids, want) {
			return fmt.Errorf("%d records instead of %d", len(ids), len(want))
		}
		if off >= c.end() {
			if len(found) > 0 {
				return fmt.Errorf("reported %+v", found)
			}
			return nil
		}
		lost := txlog.Damage{Segment: 1, Readable: txlog.FirstFrame, Expected: c.end()}
		if len(want) > 0 {
			lost.Readable = c.ends[len(want)-1]
		}
		if len(found) != 1 || found[0].Readable != lost.Readable || found[0].Expected != lost.Expected {
			return fmt.Errorf("reported %+v instead of %+v", found, lost)
		}
		return nil
	})
}

func TestEachBitOfHeaderAndSealMayFlipWithoutARecordThatIsMadeUpOrRemoved(t *testing.T) {
	t.Parallel()
	c := newCutShort(t, false)
	dir := filepath.Join(t.TempDir(), "log")
	for bit := range 8 * txlog.FirstFrame {
		open := c.recover
		if bit%16 == 0 {
			open = c.reopen
		}
		flipped := slices.Clone(c.image)
		flipped[bit/8] ^= 1 << (bit % 8)
		ids, found, err := open(dir, flipped)
		if err != nil {
			t.Fatal(err)
		}
		all, none := slices.Equal(ids, c.intact(c.end())), len(ids) == 0 && len(found) == 1
		if header := bit/8 < txlog.HeaderBytes; header && !none || !header && (!all || len(found) > 0) {
			t.Fatalf("bit %d: %d records, reported %+v", bit, len(ids), found)
		}
		if bit%16 != 0 {
			continue // nothing was done to it
		}
		kept, err := os.ReadFile(filepath.Join(dir, segment1))
		if err != nil || !bytes.Equal(kept, flipped) {
			t.Fatalf("bit %d: the segment was changed or removed: %v", bit, err)
		}
	}
}

func TestDamageIsToldUntilSomebodyTakesTheSegmentAway(t *testing.T) {
	dir := t.TempDir()
	c := newCutShort(t, true)
	spoilt := slices.Clone(c.image)
	spoilt[c.ends[0]+20] ^= 1
	if _, _, err := c.reopen(dir, spoilt); err != nil {
		t.Fatal(err)
	}
	l := open(t, txlog.Config{Dir: dir})
	want := txlog.Damage{Segment: 1, Readable: c.ends[0], Expected: c.end(), Behind: len(c.ends) - 2}
	if got := l.Damage(); len(got) != 1 || got[0] != want {
		t.Fatalf("found %+v", got)
	}
	if err := l.Release(l.Stats().End); err != nil {
		t.Fatal(err)
	}
	want.File = "0000000000000001.damaged"
	for range 2 { // also after a restart
		if got := l.Damage(); len(got) != 1 || got[0] != want || l.Stats().DamagedSegments != 1 {
			t.Fatalf("kept %+v", got)
		}
		closeLog(t, l)
		l = open(t, txlog.Config{Dir: dir})
	}
	closeLog(t, l)
	if err := os.Remove(filepath.Join(dir, want.File)); err != nil {
		t.Fatal(err)
	}
	if got := open(t, txlog.Config{Dir: dir}).Damage(); len(got) != 0 {
		t.Errorf("still told: %+v", got)
	}
}

// A cut between two records leaves nothing to see in the log itself.
func TestRecordsThatOnlyTheIndexHasAreReported(t *testing.T) {
	c := newCutShort(t, false)
	dir := t.TempDir()
	if err := c.put(filepath.Join(dir, "log"), c.image[:c.ends[3]]); err != nil {
		t.Fatal(err)
	}
	l := open(t, txlog.Config{Dir: filepath.Join(dir, "log")})
	if got := l.Damage(); len(got) != 0 {
		t.Fatalf("found %+v", got)
	}
	_, stop := startIndexer(t, l, &tableIndex{position: txlog.Position{Segment: 1, Offset: c.end()}})
	eventually(t, "the report", func() bool {
		return slices.Equal(l.Damage(), []txlog.Damage{{Segment: 1, Readable: c.ends[3], Expected: c.end()}})
	})
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// What a file holds of a former life looks like records, and is none.
func TestFramesOfAFormerLifeOfTheFileAreNoDamage(t *testing.T) {
	dir := t.TempDir()
	cfg := txlog.Config{Dir: dir, OpenFile: lazyDisk().open}
	for life := range 4 {
		l := open(t, cfg)
		for n := range 100 / (life + 1) { // each life is shorter, so the one before shows behind it
			write(t, l, 1000*life+n)
		}
		if got := l.Damage(); len(got) != 0 {
			t.Fatalf("life %d: %+v", life, got)
		}
		if err := l.Release(l.Stats().End); err != nil {
			t.Fatal(err)
		}
		closeLog(t, l)
	}
}
