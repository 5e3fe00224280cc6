// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/limit"
)

// Limits of the wire form. They hold for both sides, so they can't differ
// between nodes.
const (
	// MaxItems is how many items one answer of a feed has at most.
	MaxItems = 64
	// MaxCheckpoints is how many checkpoints go into one exchange of them.
	MaxCheckpoints = 100
	// MaxWait is how long a request for a feed may wait for news.
	MaxWait = 30 * time.Second

	maxDeedBody       = deed.MaxContentBytes
	maxSignatureBody  = 192 << 10 // a signature with the largest chain
	maxCheckpointBody = 1 << 20
	// feedBytes is how large the deeds, signatures and chains of one answer of a
	// feed are together, unless its first item is larger.
	feedBytes = 1 << 20
	// maxAnswer bounds an answer of another Peer, and maxProblem a refusal.
	maxAnswer  = 8 << 20
	maxProblem = 64 << 10
	maxHash    = 128
	maxDetail  = 500
)

const (
	// settle is how long a poll waits after a change before it looks: what belongs
	// together often comes together, and thousands of polls may be waiting.
	settle = 100 * time.Millisecond
	// usagePerSecond is how many requests about usage one Peer may begin in a second:
	// twice as many as a comparison makes.
	usagePerSecond = 40
	// atOnce is how many requests read from the desk at the same time.
	atOnce = 8
)

// Limits are what Peers may ask at most. A zero field gets its default.
type Limits struct {
	// CallsPerSecond is how many requests one Peer may begin in a second; 50 by
	// default.
	CallsPerSecond int64
	// Polls is how many requests of all Peers may wait for news at once, and
	// PollsPerPeer those of one; 2,000 and 4 by default.
	Polls, PollsPerPeer int64
	// Stall is how long a caller may leave a piece of a body, either way; 30 s by
	// default.
	Stall time.Duration
}

func (l Limits) orDefault() Limits {
	set(&l.CallsPerSecond, 50)
	set(&l.Polls, 2000)
	set(&l.PollsPerPeer, 4)
	set(&l.Stall, 30*time.Second)
	return l
}

func set[T ~int64](v *T, to T) {
	if *v <= 0 {
		*v = to
	}
}

// gate is a bound on requests of one kind.
type gate struct {
	*limit.Gate
	limits limit.Limits
}

func newGate(l limit.Limits) gate { return gate{limit.NewGate(), l} }

// gates are the bounds on requests: all of them, those that wait for news, those
// that bring something, and those for everything about a deed at once, those about
// usage, and those for annexes.
type gates struct {
	calls, polls, uploads, whole, usage, annexes gate
}

func newGates(l Limits) gates {
	return gates{
		calls:   newGate(limit.Limits{ConcurrentCalls: 2 * l.Polls, ConcurrentCallsPerPeer: 4 * l.PollsPerPeer, CallsPerSecondPerPeer: l.CallsPerSecond}),
		polls:   newGate(limit.Limits{ConcurrentCalls: l.Polls, ConcurrentCallsPerPeer: l.PollsPerPeer}),
		uploads: newGate(limit.Limits{ConcurrentCalls: 256, ConcurrentCallsPerPeer: 8}),
		whole:   newGate(limit.Limits{ConcurrentCalls: 4, ConcurrentCallsPerPeer: 1}),
		usage:   newGate(limit.Limits{ConcurrentCalls: 4, ConcurrentCallsPerPeer: 1, CallsPerSecondPerPeer: usagePerSecond}),
		annexes: newGate(limit.Limits{ConcurrentCalls: 16, ConcurrentCallsPerPeer: 2}),
	}
}
