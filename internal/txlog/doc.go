// SPDX-License-Identifier: EUPL-1.2

// Package txlog owns the transaction log of FSC Logging: the [Record] of one
// call, the rules of who may read it ([Record.VisibleTo], [Query]) and the
// [Log], a durable segment log with group commit that Inway and Outway write
// before they forward anything.
//
// The entry point is [Open]. Its Log is a [Recorder]: Record returns nil only
// when the record is on stable storage, and an error means that nothing may be
// forwarded (FSC Logging, writing a log record). An [Indexer] copies confirmed
// records into an [Index], after which whole segments are released.
//
// What is promised: a confirmed record is never lost by a crash of the process
// or of the machine. What is not promised: that a record which was never
// confirmed is absent after a crash. A frame that reached the disk although
// its caller died, or was told of an error just before a crash, may come back
// as an extra record. As soon as the log has moved on to another segment this
// cannot happen any more, because each segment begins with a seal that says
// where the one before it ends.
//
// The package must not know HTTP, SQL, tokens or contracts. Layer 1: it
// imports fsc and the standard library only.
package txlog
