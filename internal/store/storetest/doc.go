// SPDX-License-Identifier: EUPL-1.2

// Package storetest is the conformance suite of storage: what the Manager, the
// Directory and the transaction log expect of the interfaces they declare.
// Every engine has to pass the same tests; nothing here knows SQL.
//
// It is for tests only. The entry point is [Run].
package storetest
