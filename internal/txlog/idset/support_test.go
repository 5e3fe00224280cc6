// SPDX-License-Identifier: EUPL-1.2

package idset_test

import (
	"errors"
	"slices"

	"github.com/samenspel/samenspel/internal/txlog/idset"
)

func tree(ids ...[]idset.ID) *idset.Tree { return idset.NewTree(slices.Concat(ids...)) }

func reasonOf(err error) idset.Reason {
	if r, ok := errors.AsType[*idset.Refusal](err); ok {
		return r.Reason
	}
	return ""
}
