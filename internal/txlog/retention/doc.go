// SPDX-License-Identifier: EUPL-1.2

// Package retention says how long the records of a call are kept: a [Policy] has
// one period for all, and rules with another period for a service of this node or
// for services of other Peers.
//
// It decides and does nothing else: package evidence removes records, verifies
// that they were removed lawfully, and tells of it; package reconcile asks which
// calls it can't have any more; people are told until when a record stays. All of
// them have to agree, so the rule that counts for a call is found here only.
//
// It must not know configuration files, SQL or pages. The entry point is [New];
// the source is docs/adr/0021-retention-per-service.md.
package retention
