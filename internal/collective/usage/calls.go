// SPDX-License-Identifier: EUPL-1.2

package usage

import "github.com/samenspel/samenspel/internal/txlog/idset"

// The set of calls of a month is compared as any set of calls is; here it goes by
// the names that statements use.
type (
	// ID is a TransactionID.
	ID = idset.ID
	// Root is the hash of a set of TransactionIDs.
	Root = idset.Root
	// Summary is what a statement tells of a set of calls.
	Summary = idset.Summary
	// Tree is the calls of one call-off and month on one side.
	Tree = idset.Tree
	// Question asks the other side of a call-off for parts of its calls in a month,
	// and Answer has them. Only that side may ask: an answer can hold TransactionIDs.
	Question = idset.Question
	// Answer is what one side has.
	Answer = idset.Answer
	// Report is what came of a comparison of two sides.
	Report = idset.Report
)
