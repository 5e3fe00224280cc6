// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"cmp"
	"slices"
	"sync"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
)

// refusals counts refused calls for people; the metrics have them for machines.
type refusals struct {
	mu    sync.Mutex
	calls map[refusalKey]uint64
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
