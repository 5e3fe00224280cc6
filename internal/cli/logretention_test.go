// SPDX-License-Identifier: EUPL-1.2

package cli_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/cli"
)

func TestLogRetentionTellsWhatKeepsRecordsFromBeingRemoved(t *testing.T) {
	const rules = `{"items":[{"direction":"incoming","service":"persons","keepDays":30},{"service":"*"}]}`
	for name, c := range map[string]struct {
		status int
		health string
		want   string
	}{
		"all is well": {
			http.StatusOK, `{"status":"ok","healthy":3,"problems":[]}`, "",
		},
		"a part doesn't hold": {
			http.StatusOK, `{"status":"degraded","healthy":2,"problems":[{"name":"slow_log","problem":"no"},{"name":"log_retention","problem":"one part"}]}`, "one part\n",
		},
		"a token that may not know": {
			http.StatusForbidden, `{"title":"Forbidden","status":403,"detail":"no","code":"forbidden"}`, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/transaction-retention-rules") {
					_, _ = io.WriteString(w, rules)
					return
				}
				if c.status != http.StatusOK {
					w.Header().Set("Content-Type", "application/problem+json")
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.health)
			}))
			t.Cleanup(s.Close)
			token := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(token, []byte("secret"), 0o600); err != nil {
				t.Fatal(err)
			}
			r := call(t.Context(), "", "log", "retention", "--url", s.URL, "--token-file", token)
			want := "CALLS                      KEPT\nincoming, service persons  30 days\nall other calls            for ever\n" + c.want
			if r.code != cli.ExitOK || r.stdout != want {
				t.Errorf("%d %s%q, want %q", r.code, r.stderr, r.stdout, want)
			}
		})
	}
}
