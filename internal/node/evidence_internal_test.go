// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"testing"

	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

func TestPartsOfTheLogThatDoNotHoldAreCounted(t *testing.T) {
	if err := brokenParts(nil); err != nil {
		t.Error(err)
	}
	const want = "parts of the transaction log that don't hold, so that nothing is removed from them: 2, the first of records 11 to 20; run samenspel log verify"
	if err := brokenParts([]evidence.Part{{Checkpoint: 2, First: 11, Last: 20}, {Checkpoint: 5, First: 41, Last: 50}}); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}
