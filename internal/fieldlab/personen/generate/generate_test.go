// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheCommittedPersonsFollowFromTheDump(t *testing.T) {
	dump := filepath.FromSlash("../../../../../shared/data/bronnen/brp/lo3_pl_data.sql.gz")
	if _, err := os.Stat(dump); errors.Is(err, fs.ErrNotExist) {
		t.Skip("the SQL dump of the test set (lo3_pl_data.sql.gz) is not present, so the persons are not generated again")
	}
	out := filepath.Join(t.TempDir(), "persons.jsonl.gz")
	if err := run(inputs{dump: dump, supplement: "supplement.jsonl", out: out}); err != nil {
		t.Fatal(err)
	}
	got, want := unpack(t, out), unpack(t, "../persons.jsonl.gz")
	if !bytes.Equal(got, want) {
		t.Errorf("generated %d bytes that differ from the %d committed", len(got), len(want))
	}
}

func TestTheCommittedPersonsStaySmall(t *testing.T) {
	info, err := os.Stat("../persons.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 400_000 {
		t.Errorf("%d bytes, want fewer than 400,000", info.Size())
	}
}

// unpack compares contents, because compression may differ between releases.
func unpack(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	zr, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestARowIsSplitIntoItsValues(t *testing.T) {
	name, values, err := parseInsert(`INSERT INTO public.lo3_pl_persoon VALUES (12, NULL, 'van ''t, Hof', '(x)', '') ON CONFLICT DO NOTHING;`)
	if err != nil {
		t.Fatal(err)
	}
	if got := name + "|" + strings.Join(values, "|"); got != "lo3_pl_persoon|12||van 't, Hof|(x)|" {
		t.Errorf("got %s", got)
	}
}

func TestBrokenRowsAreRefused(t *testing.T) {
	for _, line := range []string{
		"", "DROP TABLE x;", "INSERT INTO public.t VALUES (", "INSERT INTO public.t VALUES ('x", "INSERT INTO public.t VALUES (1 2",
		"INSERT INTO public.t VALUES (1, )", "INSERT INTO public.t VALUES ('x'y)",
	} {
		if _, _, err := parseInsert(line); !errors.Is(err, errRow) {
			t.Errorf("%q: %v", line, err)
		}
	}
	if _, err := parseDump(strings.NewReader("INSERT INTO public.lo3_pl VALUES (1, 2) ON CONFLICT DO NOTHING;\n")); err == nil {
		t.Error("a row with missing columns was taken")
	}
}

func FuzzParseInsert(f *testing.F) {
	f.Add(`INSERT INTO public.lo3_pl VALUES (1, NULL, 'a''b') ON CONFLICT DO NOTHING;`)
	f.Add(`INSERT INTO public.t VALUES ('`)
	f.Fuzz(func(t *testing.T, line string) {
		_, values, err := parseInsert(line)
		if err == nil && len(values) == 0 {
			t.Error("a row without values")
		}
	})
}
