// SPDX-License-Identifier: EUPL-1.2

// Package evidence makes the transaction log something that can be shown: it
// signs checkpoints over the chain of records and finds what was removed,
// changed, moved or put in afterwards.
//
// It owns the [Checkpoint] with its form and signature, the [Keeper] that signs
// one at fixed intervals and one for what is lawfully removed, the [Verifier]
// that goes through a log and names the first bad record, and the file in which
// a log travels with its checkpoints ([Write], [Open]), so that it can be
// verified without the node.
//
// The links of the chain are made in txlog and stored with the records. What is
// promised: whoever changes records under a checkpoint needs the node's key to
// hide it. What is not promised: that a log cut back to an older checkpoint, with
// everything after it gone, is told from one that never went further. For that,
// keep a checkpoint somewhere else.
//
// It must not know SQL, HTTP, files or pages. The entry points are [NewKeeper]
// and [Verifier.Check]. The source is docs/adr/0015-the-log-as-evidence.md.
package evidence
