// SPDX-License-Identifier: EUPL-1.2

package limit

import "time"

// Name names a limit: as a field of the management API, as a label of the
// metrics and in the count of refused calls.
type Name string

// The limits of a service.
const (
	ConcurrentCalls        Name = "concurrent_calls"
	ConcurrentCallsPerPeer Name = "concurrent_calls_per_peer"
	CallsPerSecondPerPeer  Name = "calls_per_second_per_peer"
	RequestBytes           Name = "request_bytes"
	ResponseMilliseconds   Name = "response_milliseconds"
)

// The most that a limit can be set to. More is a slip of the pen: such a limit
// would never be met.
const (
	MaxCalls        = 1_000_000
	MaxRequestBytes = 1_000_000_000_000
	MaxResponse     = time.Hour
)

// Limits are what a service may be asked at most. Zero in a field is no limit.
type Limits struct {
	// ConcurrentCalls are calls under way at once, of all Peers together; a call
	// ends when its response was passed.
	ConcurrentCalls int64
	// ConcurrentCallsPerPeer are those of one Peer: the one whose Outway calls.
	ConcurrentCallsPerPeer int64
	// CallsPerSecondPerPeer is how many calls of one Peer may begin in a second. A
	// Peer that rested may begin as many at once.
	CallsPerSecondPerPeer int64
	// RequestBytes is the longest body of a request, in bytes.
	RequestBytes int64
	// ResponseMilliseconds is the longest wait for the head of the response after
	// the request was sent, in milliseconds. The body may take longer.
	ResponseMilliseconds int64
}

// Names lists all limits, in the order in which people see them.
func Names() []Name {
	return []Name{ConcurrentCalls, ConcurrentCallsPerPeer, CallsPerSecondPerPeer, RequestBytes, ResponseMilliseconds}
}

// Of gives the limit of a name; zero when there is none.
func (l *Limits) Of(n Name) int64 {
	switch n {
	case ConcurrentCalls:
		return l.ConcurrentCalls
	case ConcurrentCallsPerPeer:
		return l.ConcurrentCallsPerPeer
	case CallsPerSecondPerPeer:
		return l.CallsPerSecondPerPeer
	case RequestBytes:
		return l.RequestBytes
	case ResponseMilliseconds:
		return l.ResponseMilliseconds
	}
	return 0
}

// Counts tells whether calls have to pass a [Gate].
func (l *Limits) Counts() bool {
	return l.ConcurrentCalls > 0 || l.ConcurrentCallsPerPeer > 0 || l.CallsPerSecondPerPeer > 0
}

// Response is the longest wait for the head of a response; zero is no limit.
func (l *Limits) Response() time.Duration {
	return time.Duration(l.ResponseMilliseconds) * time.Millisecond
}
