// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestTheCommittedFactsFollowFromTheOriginals(t *testing.T) {
	in := os.Getenv("SAMENSPEL_REGISTER_ORIGINALS")
	if in == "" {
		t.Skip("SAMENSPEL_REGISTER_ORIGINALS doesn't name the folder with the original files, so the facts are not generated again")
	}
	out := filepath.Join(t.TempDir(), "facts.txt")
	if err := run(in, out); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../facts.txt")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("generated %d bytes that differ from the %d committed", len(got), len(want))
	}
}
