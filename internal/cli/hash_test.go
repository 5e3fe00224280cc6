// SPDX-License-Identifier: EUPL-1.2

package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/cli"
)

func TestContractHashGivesTheHashesOfTheVectors(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "fsc", "testdata", "vectors", "contracts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		ID            string   `json:"id"`
		Profile       string   `json:"profile"`
		Content       string   `json:"content"`
		ContentHash   string   `json:"content_hash"`
		GrantHashes   []string `json:"grant_hashes"`
		HasProperties bool     `json:"has_properties"`
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, v := range vectors {
		if v.Profile == "dev" || v.Profile == "v1" && v.HasProperties {
			continue
		}
		checked++
		t.Run(v.ID, func(t *testing.T) {
			want := strings.Join(append([]string{v.ContentHash}, v.GrantHashes...), "\n") + "\n"
			for _, args := range [][]string{{"contract", "hash", "-"}, {"contract", "hash", "--profile", v.Profile, "-"}} {
				if r := call(t.Context(), v.Content, args...); r.code != cli.ExitOK || r.stdout != want {
					t.Errorf("%q ends with %d %s\n got %s\nwant %s", args, r.code, r.stderr, r.stdout, want)
				}
			}
			other := map[string]string{"v1": "v2", "v2": "v1"}[v.Profile]
			if r := call(t.Context(), v.Content, "contract", "hash", "--profile", other, "-"); r.code != cli.ExitFailed || r.stdout != "" {
				t.Errorf("profile %s: ends with %d %s", other, r.code, r.stdout)
			}
		})
	}
	if checked < 10 {
		t.Errorf("only %d vectors were checked", checked)
	}
}
