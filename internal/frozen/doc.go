// SPDX-License-Identifier: EUPL-1.2

// Package frozen has a map that never changes, and edits that make a changed copy
// of it.
//
// It owns one thing: how a copy shares nearly all of its memory with what it was
// made of, so that one change among a million keys costs microseconds and not a
// second, while those who read need no lock. The Outway finds grants in such maps, the
// Inway services: calls go on with the map they began with.
//
// It must not know what is kept in it, and it keeps no order.
//
// Begin with [Map]; a nil one is empty. [Map.Edit] begins a change, [Edit.Freeze]
// ends it.
package frozen
