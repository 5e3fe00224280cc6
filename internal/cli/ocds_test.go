// SPDX-License-Identifier: EUPL-1.2

package cli_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/cli"
)

func TestOCDSFilesOfOthersAreChecked(t *testing.T) {
	file := func(name string) string {
		return filepath.Join("..", "collective", "ocds", "testdata", "real", name)
	}
	cabling := file("uk-cf-network-cabling-framework-award.json")
	for _, tc := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{cabling}, cli.ExitOK, "1 releases, valid OCDS 1.1.5"},
		{[]string{"--framework", cabling}, cli.ExitFailed, "art. 33(1)"},
		{[]string{"--framework", "--rationale", "Cables last twenty years", cabling}, cli.ExitOK, "valid"},
		{[]string{file("chile-framework-open_multiple_award.json")}, cli.ExitFailed, "initiationType"},
		{[]string{"--rationale", "because", cabling}, cli.ExitUsage, "--framework"},
		{[]string{file("none.json")}, cli.ExitFailed, "none.json"},
	} {
		r := call(t.Context(), "", append([]string{"ocds", "check"}, tc.args...)...)
		if r.code != tc.code || !strings.Contains(r.stdout+r.stderr, tc.want) {
			t.Errorf("%v: exit %d\n%s%s", tc.args, r.code, r.stdout, r.stderr)
		}
	}
}
