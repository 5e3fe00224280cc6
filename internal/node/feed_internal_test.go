// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

func TestTheSameSnapshotIsAskedForAgainForAnotherCertificate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	certificate, asked, applied := "first", []string(nil), []string(nil)
	n := &Node{logger: slog.New(slog.DiscardHandler), outwayFed: newFed()}
	content := "grants"
	feed(ctx, n, source[string]{
		component: "outway", fed: n.outwayFed, own: func() string { return certificate },
		next: func(_ context.Context, after string) (internalapi.Snapshot[string], error) {
			asked = append(asked, after)
			switch {
			case len(asked) == 2:
				certificate = "second"
			case len(asked) == 5:
				cancel()
			}
			if after == "1" {
				return internalapi.Snapshot[string]{Version: "1"}, nil
			}
			return internalapi.Snapshot[string]{Version: "1", Content: &content}, nil
		},
		apply: func(s *string) error {
			applied = append(applied, certificate+" "+*s)
			return nil
		},
	})
	if want := []string{"", "1", "", "1", "1"}; !slices.Equal(asked, want) {
		t.Errorf("asked after %q, want %q", asked, want)
	}
	if want := []string{"first grants", "second grants"}; !slices.Equal(applied, want) {
		t.Errorf("applied %q, want %q", applied, want)
	}
}

func TestALongSnapshotIsFollowedByARest(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{
		0: 0, 199 * time.Millisecond: 0, time.Second: 9 * time.Second, time.Minute: 30 * time.Second,
	} {
		if got := feedRest(took); got != want {
			t.Errorf("after %v: %v, want %v", took, got, want)
		}
	}
}
