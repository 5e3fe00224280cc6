// SPDX-License-Identifier: EUPL-1.2

package cli_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/cli"
)

// remote asks a server, and gives what was read of the answer.
func remote(t *testing.T, patience time.Duration, serve http.HandlerFunc) (string, error) {
	t.Helper()
	s := httptest.NewServer(serve)
	t.Cleanup(s.Close)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := cli.RemoteHTTP(patience).Do(r)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(res.Body)
	return string(b), errors.Join(err, res.Body.Close())
}

func TestAnAnswerFromElsewhereMayTakeAnyTimeWhileItComes(t *testing.T) {
	const patience, lines = time.Second, 30
	body, err := remote(t, patience, func(w http.ResponseWriter, r *http.Request) {
		tick := time.NewTicker(patience / 20)
		defer tick.Stop()
		for range lines {
			select {
			case <-tick.C:
			case <-r.Context().Done():
				return
			}
			_, _ = io.WriteString(w, "line\n")
			_ = http.NewResponseController(w).Flush()
		}
	})
	if err != nil || strings.Count(body, "\n") != lines {
		t.Errorf("%d lines, %v", strings.Count(body, "\n"), err)
	}
}

func TestAControllerElsewhereThatFallsSilentIsGivenUp(t *testing.T) {
	const patience = 100 * time.Millisecond
	for name, first := range map[string]string{"before it answers": "", "halfway": "line\n"} {
		_, err := remote(t, patience, func(w http.ResponseWriter, r *http.Request) {
			if first != "" {
				_, _ = io.WriteString(w, first)
				_ = http.NewResponseController(w).Flush()
			}
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			panic(http.ErrAbortHandler) // an answer now might still be read
		})
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "nothing was heard") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
