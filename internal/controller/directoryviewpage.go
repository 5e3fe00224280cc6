// SPDX-License-Identifier: EUPL-1.2

package controller

// defaultLimit and maxLimit bound the rows of a page; maxLimit also a whole export.
const (
	defaultLimit = 25
	maxLimit     = 10_000
)

// Place asks for a part of a list: what follows the key After, or what comes
// before the key Before, or the beginning when both are empty.
type Place struct {
	After, Before string
	Limit         int // 0: 25; at most 10,000
}

// Window is a part of a list.
type Window[T any] struct {
	Items []T
	// Total is the number of rows of the whole list.
	Total int
	// Next and Previous are keys for [Place.After] and [Place.Before]; empty at
	// the ends of the list.
	Next, Previous string
}

// cut takes the part of a sorted list that p asks for. A key that is gone starts
// the list anew.
func cut[T any](list []T, key func(T) string, p Place) Window[T] {
	limit := p.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	limit = min(limit, maxLimit)
	from := 0
	switch {
	case p.After != "":
		from = index(list, key, p.After) + 1
	case p.Before != "":
		from = max(0, index(list, key, p.Before)-limit)
	}
	to := min(from+limit, len(list))
	w := Window[T]{Items: list[from:to], Total: len(list)}
	if from > 0 && to > from {
		w.Previous = key(list[from])
	}
	if to < len(list) {
		w.Next = key(list[to-1])
	}
	return w
}

// index finds the row with the key, or -1.
func index[T any](list []T, key func(T) string, k string) int {
	for i := range list {
		if key(list[i]) == k {
			return i
		}
	}
	return -1
}
