// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"math/bits"
	"time"
)

const (
	// subBuckets of each doubling keep a latency to within 1.6 %.
	subBits    = 6
	subBuckets = 1 << subBits
	// doublings reach from a nanosecond to more than an hour.
	doublings = 42 - subBits
)

// histogram counts latencies in buckets whose width grows with their value, so
// that the tail costs no more memory than the middle. The zero value is empty.
type histogram struct {
	counts [(doublings + 1) * subBuckets]uint64
	total  uint64
	most   time.Duration
}

// bucketOf gives the bucket of a latency; negative ones are zero and those that
// are too long are in the last.
func bucketOf(d time.Duration) int {
	v := uint64(max(d, 0))
	if v < 2*subBuckets {
		return int(v)
	}
	shift := bits.Len64(v) - subBits - 1
	return min(shift*subBuckets+int(v>>shift), len(histogram{}.counts)-1) //nolint:gosec // less than 2*subBuckets after the shift
}

// upperEdge is the longest latency that belongs to a bucket.
func upperEdge(bucket int) time.Duration {
	if bucket < 2*subBuckets {
		return time.Duration(bucket)
	}
	shift := bucket/subBuckets - 1
	return time.Duration((bucket%subBuckets+subBuckets+1)<<shift - 1)
}

func (h *histogram) add(d time.Duration) {
	h.counts[bucketOf(d)]++
	h.total++
	h.most = max(h.most, d)
}

// quantile is the latency that a part q of all stays within; 0 without any.
func (h *histogram) quantile(q float64) time.Duration {
	wanted := uint64(q*float64(h.total) + 0.999999)
	var seen uint64
	for i, n := range h.counts {
		if seen += n; n > 0 && seen >= wanted {
			return min(upperEdge(i), h.most)
		}
	}
	return h.most
}
