// SPDX-License-Identifier: EUPL-1.2

package frozen

import (
	"iter"
	"slices"
)

// Index finds values by a key, and those that share a name as a list in order. Like a
// [Map] it is never changed, and nil is empty.
type Index[K, N, V comparable] struct {
	keys  *Map[K, V]
	names *Map[N, []V]
}

// Get gives the value with a key; the zero value when there is none.
func (x *Index[K, N, V]) Get(k K) (v V) {
	if x == nil {
		return v
	}
	return x.keys.Get(k)
}

// Named gives the values with a name. The list must not be changed.
func (x *Index[K, N, V]) Named(n N) []V {
	if x == nil {
		return nil
	}
	return x.names.Get(n)
}

// Values goes through all values, in no order.
func (x *Index[K, N, V]) Values() iter.Seq[V] {
	if x == nil {
		return func(func(V) bool) {}
	}
	return x.keys.Values()
}

// Terms say how an index is made.
type Terms[K, N, V comparable] struct {
	Key   func(V) K
	Name  func(V) N
	Order func(a, b V) int // of the values that share a name
}

// IndexEdit is a changed copy in the making. It is for one goroutine.
type IndexEdit[K, N, V comparable] struct {
	terms Terms[K, N, V]
	keys  *Edit[K, V]
	names *Edit[N, []V]
	// Removed are the values that were taken out, also those that another one with
	// their key came in place of.
	Removed []V
}

// Edit begins a changed copy, see [Map.Edit].
func (x *Index[K, N, V]) Edit(more int, terms Terms[K, N, V]) *IndexEdit[K, N, V] {
	if x == nil {
		x = &Index[K, N, V]{}
	}
	return &IndexEdit[K, N, V]{terms: terms, keys: x.keys.Edit(more), names: x.names.Edit(more)}
}

// Clear takes out all values. more is as in [Map.Edit].
func (e *IndexEdit[K, N, V]) Clear(more int) {
	for v := range e.keys.m.Values() {
		e.Removed = append(e.Removed, v)
	}
	e.keys, e.names = (*Map[K, V])(nil).Edit(more), (*Map[N, []V])(nil).Edit(more)
}

// Put adds a value, in place of the one with its key. The lists of other copies stay
// as they are. It is for short lists: each value that comes in makes a new one.
func (e *IndexEdit[K, N, V]) Put(v V) {
	k, n := e.terms.Key(v), e.terms.Name(v)
	e.Remove(k)
	e.keys.Set(k, v)
	list := e.names.Get(n)
	i, _ := slices.BinarySearchFunc(list, v, e.terms.Order)
	e.names.Set(n, slices.Insert(slices.Clip(list), i, v))
}

// Remove takes out the value with a key; one that isn't there is no matter.
func (e *IndexEdit[K, N, V]) Remove(k K) {
	v, none := e.keys.Get(k), *new(V)
	if v == none {
		return
	}
	e.Removed = append(e.Removed, v)
	e.keys.Delete(k)
	n := e.terms.Name(v)
	list := slices.DeleteFunc(slices.Clone(e.names.Get(n)), func(have V) bool { return have == v })
	if len(list) == 0 {
		e.names.Delete(n)
		return
	}
	e.names.Set(n, list)
}

// Freeze ends the edit, which must not be used any more but for Removed.
func (e *IndexEdit[K, N, V]) Freeze() *Index[K, N, V] {
	return &Index[K, N, V]{e.keys.Freeze(), e.names.Freeze()}
}
