// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/samenspel/samenspel/internal/proxy"
)

// span is the decision's own place in the trace of a call (W3C Trace Context).
type span struct {
	trace, id string // hexadecimal digits
	parent    string // empty when the call has no trace
	flags     string
}

// newSpan makes a child of the call's span, or begins a trace. The flags pass as
// they came: records of decisions don't depend on sampling.
func newSpan(traceparent string) span {
	var random [24]byte
	_, _ = rand.Read(random[:]) // never fails: the program would end
	s := span{trace: hex.EncodeToString(random[8:]), id: hex.EncodeToString(random[:8]), flags: "00"}
	if trace, parent, ok := proxy.ParseTraceparent(traceparent); ok {
		s.trace, s.parent, s.flags = trace, parent, traceparent[53:55]
	}
	return s
}

func (s span) traceparent() string { return "00-" + s.trace + "-" + s.id + "-" + s.flags }
