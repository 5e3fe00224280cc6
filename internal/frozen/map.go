// SPDX-License-Identifier: EUPL-1.2

package frozen

import (
	"hash/maphash"
	"iter"
	"maps"
	"math/bits"
	"slices"
)

const (
	// perPart is how many keys a part has as a rule: what an edit copies for each key
	// that changes. A map of Go has room for 224 before it doubles.
	perPart = 180
	// maxPerPart is how many it may get on average before all parts are made anew.
	maxPerPart = 4 * perPart
)

// Map is never changed, so any number of goroutines can read it. Nil is empty.
type Map[K comparable, V any] struct {
	seed  maphash.Seed
	parts []map[K]V
	n     int
}

func (m *Map[K, V]) part(k K) uint64 {
	part, _ := bits.Mul64(maphash.Comparable(m.seed, k), uint64(len(m.parts)))
	return part
}

// Get gives what is kept under a key; the zero value when there is nothing.
func (m *Map[K, V]) Get(k K) (v V) {
	if m == nil || m.n == 0 {
		return v
	}
	return m.parts[m.part(k)][k]
}

// Len is the number of keys.
func (m *Map[K, V]) Len() int {
	if m == nil {
		return 0
	}
	return m.n
}

// All goes through all keys, in no order.
func (m *Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if m == nil {
			return
		}
		for _, part := range m.parts {
			for k, v := range part {
				if !yield(k, v) {
					return
				}
			}
		}
	}
}

// Keys goes through all keys, in no order.
func (m *Map[K, V]) Keys() iter.Seq[K] {
	return func(yield func(K) bool) {
		for k := range m.All() {
			if !yield(k) {
				return
			}
		}
	}
}

// Values goes through what is kept under all keys, in no order.
func (m *Map[K, V]) Values() iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, v := range m.All() {
			if !yield(v) {
				return
			}
		}
	}
}

// Edit is a changed copy in the making. It is for one goroutine.
type Edit[K comparable, V any] struct {
	m   Map[K, V]
	own []bool // parts that are of this edit alone
}

// Edit begins a changed copy. more is about how many keys will be added; it only
// decides how the copy is laid out.
func (m *Map[K, V]) Edit(more int) *Edit[K, V] {
	n := m.Len() + more
	if m == nil || n > maxPerPart*len(m.parts) {
		return m.anew(n)
	}
	return &Edit[K, V]{m: Map[K, V]{m.seed, slices.Clone(m.parts), m.n}, own: make([]bool, len(m.parts))}
}

// anew begins a copy that shares nothing, with parts for n keys.
func (m *Map[K, V]) anew(n int) *Edit[K, V] {
	parts := n/perPart + 1
	e := &Edit[K, V]{m: Map[K, V]{seed: maphash.MakeSeed(), parts: make([]map[K]V, parts)}, own: make([]bool, parts)}
	for i := range e.m.parts {
		e.m.parts[i], e.own[i] = make(map[K]V, n/parts), true
	}
	for k, v := range m.All() {
		e.Set(k, v)
	}
	return e
}

// Get is [Map.Get] of what the copy is so far.
func (e *Edit[K, V]) Get(k K) V { return e.m.Get(k) }

// Set keeps a value under a key, in place of what was there.
func (e *Edit[K, V]) Set(k K, v V) {
	part := e.writable(k)
	before := len(part)
	part[k] = v
	e.m.n += len(part) - before
}

// Delete removes a key; one that isn't there is no matter.
func (e *Edit[K, V]) Delete(k K) {
	part := e.writable(k)
	before := len(part)
	delete(part, k)
	e.m.n += len(part) - before
}

func (e *Edit[K, V]) writable(k K) map[K]V {
	i := e.m.part(k)
	if !e.own[i] {
		e.m.parts[i], e.own[i] = maps.Clone(e.m.parts[i]), true
	}
	return e.m.parts[i]
}

// Freeze ends the edit, which must not be used any more.
func (e *Edit[K, V]) Freeze() *Map[K, V] {
	m := e.m
	e.m.parts, e.own = nil, nil
	return &m
}
