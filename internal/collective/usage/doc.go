// SPDX-License-Identifier: EUPL-1.2

// Package usage says how much of a call-off was used in a month, so that buyer
// and supplier agree without showing each other their transaction logs, and
// what was saved by buying together.
//
// It owns the root over the TransactionIDs of a month ([Counter], [Tree]), the
// rule which calls belong to a month ([Query]), the bodies of the deeds about
// them ([ReadStatement], [ReadSettlement], [ReadSaving]), what a deed has to be
// beside its call-off ([JudgeStatement], [JudgeSettlement]), the comparison of
// two statements ([Compare]) and, when they differ, the exchange in which the two
// find the calls that only one of them has ([Diff], [Tree.Answer]). It also owns the
// sums a group may see: savings ([TotalSaving]) and demand ([TotalDemand]).
//
// All of it is arithmetic. The package must not know where records are kept,
// how deeds and questions travel, who is logged in, or what time it is: the
// records come through [Log], the months through a [Calendar].
//
// Start with [Count]. The source is section 3.5 (step 6) of the design of the
// collective side and the rows 43 and 54 of its section 1; the bytes are in
// docs/collective.md, "Usage".
package usage
