// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"cmp"
	"slices"
	"sync"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/limit"
)

// refusals counts refused calls for people; the metrics have them for machines.
type refusals struct {
	mu      sync.Mutex
	calls   map[refusalKey]uint64
	limited map[limitKey]uint64
}

type limitKey struct {
	service string
	by      limit.Name
}

type refusalKey struct {
	component string
	code      fsc.ErrorCode
}

func (r *refusals) add(component string, code fsc.ErrorCode) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls == nil {
		r.calls = map[refusalKey]uint64{}
	}
	r.calls[refusalKey{component, code}]++
}

// addLimited counts a call that a limit of a service refused or cut off.
func (r *refusals) addLimited(service string, by limit.Name) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.limited == nil {
		r.limited = map[limitKey]uint64{}
	}
	r.limited[limitKey{service, by}]++
}

// limitedOf counts those of one service; limits that stopped none aren't in it.
func (r *refusals) limitedOf(service string) map[limit.Name]uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[limit.Name]uint64{}
	for _, n := range limit.Names() {
		if calls := r.limited[limitKey{service, n}]; calls > 0 {
			out[n] = calls
		}
	}
	return out
}

// list gives the most frequent first.
func (r *refusals) list() []controller.Refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]controller.Refusal, 0, len(r.calls))
	for k, n := range r.calls {
		out = append(out, controller.Refusal{Component: k.component, Code: k.code, Calls: n})
	}
	slices.SortFunc(out, func(a, b controller.Refusal) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Component, b.Component), cmp.Compare(a.Code, b.Code))
	})
	return out
}

// of sums the refusals of a component.
func (r *refusals) of(component string) (sum int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, n := range r.calls {
		if k.component == component {
			sum += int(min(n, 1<<31))
		}
	}
	return sum
}

// RefusedByOutway counts the calls that this node's Outway refused since the
// start, whoever made them. They are in no log: a refused call has no record.
func (n *Node) RefusedByOutway() int { return n.metrics.refused.of("outway") }
