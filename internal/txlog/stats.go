// SPDX-License-Identifier: EUPL-1.2

package txlog

import "time"

// Stats is what a [Log] has done since it was opened, for metrics.
type Stats struct {
	// Records, Batches and Bytes (frames included) count what was confirmed.
	Records, Batches, Bytes uint64
	// Failures counts the batches that were refused; none of their records may
	// have been forwarded.
	Failures uint64
	// FlushTime is the sum over all confirmed batches, FlushMax the longest.
	FlushTime, FlushMax time.Duration
	// Flushes is a histogram of the flushes; the last bucket has no bound.
	Flushes []FlushBucket
	// Segments is how many can be read, DamagedSegments how many lack records, see
	// [Log.Damage]; also those that are only kept for examination.
	Segments, DamagedSegments int
	// Waiting is how long the flush takes that is under way; 0: there is none.
	Waiting time.Duration
	// StandbyReady tells that the next segment is ready.
	StandbyReady bool
	// End is the position after the last confirmed record.
	End Position
}

// FlushBucket counts the flushes that took at most UpTo and more than the
// bucket before it. UpTo is 0 in the last bucket.
type FlushBucket struct {
	UpTo  time.Duration
	Count uint64
}

const (
	flushBuckets     = 10
	firstFlushBucket = 125 * time.Microsecond // each next one is twice as long
)

// counters are what Stats is made of beside the segments: figures that only grow,
// what Open found, and the flush under way.
type counters struct {
	Records, Batches, Bytes, Failures uint64
	FlushTime, FlushMax               time.Duration
	flushes                           [flushBuckets + 1]uint64
	damage                            []Damage
	watch                             *flushWatch
}

func (c *counters) addBatch(b *batch, flush time.Duration) {
	c.Records += uint64(b.records) //nolint:gosec // a count is not negative
	c.Batches++
	c.Bytes += uint64(len(b.frames))
	c.FlushTime += flush
	c.FlushMax = max(c.FlushMax, flush)
	i := 0
	for i < flushBuckets && flush > firstFlushBucket<<i {
		i++
	}
	c.flushes[i]++
}

// Stats gives a consistent copy of the figures.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &l.stats
	s := Stats{
		Records: c.Records, Batches: c.Batches, Bytes: c.Bytes, Failures: c.Failures,
		FlushTime: c.FlushTime, FlushMax: c.FlushMax,
		Flushes:  make([]FlushBucket, 0, len(c.flushes)),
		Segments: len(l.spans), DamagedSegments: len(l.stats.damage), Waiting: l.stats.watch.underWay(),
		End: l.spans[len(l.spans)-1].position(),
	}
	for i, count := range c.flushes {
		s.Flushes = append(s.Flushes, FlushBucket{UpTo: firstFlushBucket << i, Count: count})
	}
	s.Flushes[flushBuckets].UpTo = 0
	s.StandbyReady, _ = l.standby.state()
	return s
}
