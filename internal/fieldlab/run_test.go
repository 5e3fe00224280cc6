// SPDX-License-Identifier: EUPL-1.2

package fieldlab_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/fieldlab"
)

func TestTheScenesAndTheTalePlayAndAreLoggedOnBothSidesAgainAndAgainInOneFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("the federation of the start page plays them too; make test runs it")
	}
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		var out bytes.Buffer
		err := fieldlab.Run(t.Context(), fieldlab.Options{Dir: dir, Once: true, Out: &out})
		if err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		if n := strings.Count(out.String(), " yes "); n != 5 {
			t.Errorf("%d calls are in both logs, want 5:\n%s", n, out.String())
		}
		for _, scene := range []string{"call without a contract", "call after a revocation", "notice: overlijden", "notice without a call-off", "notice after the end", "both sides agree", "not_enough"} {
			if !strings.Contains(out.String(), scene) {
				t.Errorf("the scene %q is missing:\n%s", scene, out.String())
			}
		}
	}
}
