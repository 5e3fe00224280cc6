// SPDX-License-Identifier: EUPL-1.2

package fieldlab_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/fieldlab"
)

func TestTheFourScenesPlayAndAreLoggedOnBothSides(t *testing.T) {
	var out bytes.Buffer
	err := fieldlab.Run(t.Context(), fieldlab.Options{Dir: t.TempDir(), Once: true, Out: &out})
	t.Log(out.String())
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), " yes "); n != 2 {
		t.Errorf("%d calls are in both logs, want 2", n)
	}
}
