// SPDX-License-Identifier: EUPL-1.2

// Package idsettest makes TransactionIDs for the tests of packages that compare
// sets of them.
//
// It owns how such an ID is made from a moment and from a seed, so that tests of
// several packages speak of the same calls. It must not know what the sets are
// compared for, and is for tests only.
//
// Begin at [Calls].
package idsettest
