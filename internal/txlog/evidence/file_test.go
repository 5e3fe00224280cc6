// SPDX-License-Identifier: EUPL-1.2

package evidence_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

// file gives the log as the lines of a file.
func (w *world) file() []string {
	w.t.Helper()
	var lines []string
	for l, err := range evidence.Lines(w.t.Context(), town, group, w.store.Log()) {
		if err != nil {
			w.t.Fatal(err)
		}
		b, err := json.Marshal(l)
		if err != nil {
			w.t.Fatal(err)
		}
		lines = append(lines, string(b)+"\n")
	}
	return lines
}

func (w *world) checkFile(lines []string, window evidence.Window) (*evidence.Report, error) {
	w.t.Helper()
	f, err := evidence.Open(strings.NewReader(strings.Join(lines, "")))
	if err != nil {
		return nil, err
	}
	return w.verifier.Check(w.t.Context(), f, window)
}

func TestAFileProvesTheLogWithoutTheNode(t *testing.T) {
	w := newWorld(t)
	full := newRecord(1, w.at)
	w.indexed = 1
	full.SourceDelegator, full.DestinationDelegator, full.AdditionalData = "00000099000000003000", "00000099000000004000", []byte(`{"b": 1.0,  "a": "é"}`)
	if err := w.store.Log().Index(t.Context(), []txlog.Record{full}, txlog.Position{Segment: 1}); err != nil {
		t.Fatal(err)
	}
	w.fill()
	lines := w.file()
	r, err := w.checkFile(lines, evidence.Window{})
	if err != nil || r.Problem != nil || r.Records != 36 || r.Checkpoints != 3 {
		t.Errorf("got %+v, %v", r, err)
	}
	r, err = w.checkFile(lines, evidence.Window{From: w.at.Unix()})
	if err != nil || r.Problem != nil || r.Records != 15 {
		t.Errorf("a part: got %+v, %v", r, err)
	}
	if _, err := w.keeper.Prune(t.Context(), w.at); err != nil {
		t.Fatal(err)
	}
	r, err = w.checkFile(w.file(), evidence.Window{})
	if err != nil || r.Problem != nil || r.Records != 15 || r.Pruned != 21 {
		t.Errorf("after lawful removal: got %+v, %v", r, err)
	}
}

func TestTamperingWithAFileIsFound(t *testing.T) {
	w := newWorld(t)
	w.fill()
	whole := w.file() // 1 line, 3 checkpoints, 35 records
	const tenth = 4 + 9
	for _, c := range []struct {
		name string
		do   func(lines []string) []string
		want string
	}{
		{"a line is removed", func(l []string) []string { return slices.Delete(l, tenth, tenth+1) }, "record 10: missing"},
		{"the end is cut off", func(l []string) []string { return l[:tenth] }, "records 10 to 35: missing"},
		{"two lines change places", func(l []string) []string { l[tenth], l[tenth+1] = l[tenth+1], l[tenth]; return l }, "record 11 (transaction 00000000-000b-7000-8000-00000000000b, DIRECTION_INCOMING): out of order"},
		{"a line stands twice", func(l []string) []string { return slices.Insert(l, tenth, l[tenth]) }, "record 10 (transaction 00000000-000a-7000-8000-00000000000a, DIRECTION_OUTGOING): inserted"},
		{"a line is put in", func(l []string) []string {
			return slices.Insert(l, tenth, strings.Replace(l[tenth], "00000000000a", "0000000000ff", 1))
		}, "record 10 (transaction 00000000-000a-7000-8000-0000000000ff, DIRECTION_OUTGOING): inserted"},
		{"a line is put at the end", func(l []string) []string {
			return append(l, strings.Replace(l[len(l)-1], `"sequence":35`, `"sequence":36`, 1))
		}, "record 36 (transaction 00000000-0023-7000-8000-000000000023, DIRECTION_INCOMING): inserted"},
		{"a line is changed", func(l []string) []string {
			l[tenth] = strings.Replace(l[tenth], `"service-1"`, `"service-2"`, 1)
			return l
		}, "record 10 (transaction 00000000-000a-7000-8000-00000000000a, DIRECTION_OUTGOING): changed"},
		{"a checkpoint is removed", func(l []string) []string { return slices.Delete(l, 2, 3) }, "checkpoint 2: does not hold"},
		{"the head promises more", func(l []string) []string { l[0] = strings.Replace(l[0], `"last":35`, `"last":36`, 1); return l }, "record 36: missing"},
		{"the head promises less", func(l []string) []string { l[0] = strings.Replace(l[0], `"last":35`, `"last":29`, 1); return l }, "record 30: missing"},
	} {
		lines := c.do(slices.Clone(whole))
		if slices.Equal(lines, whole) {
			t.Fatalf("%s: nothing changed", c.name)
		}
		r, err := w.checkFile(lines, evidence.Window{})
		if err != nil || r.Problem == nil || !strings.Contains(r.Problem.String(), c.want) {
			t.Errorf("%s: got %+v, %v, want %q", c.name, r, err, c.want)
		}
	}
}

func TestAFileIsReadStrictly(t *testing.T) {
	w := newWorld(t)
	w.fill()
	whole := w.file()
	for name, lines := range map[string][]string{
		"empty":                       nil,
		"no head":                     whole[1:],
		"another format":              {strings.Replace(whole[0], evidence.Format, "something-else", 1)},
		"a head without link":         {strings.Replace(whole[0], `"head":"`, `"head":"=`, 1)},
		"two heads":                   {whole[0], whole[0]},
		"an unknown member":           {whole[0], `{"checkpoint":{"number":1,"jws":"x","certificates":[],"more":1}}`},
		"a member twice":              {whole[0], `{"checkpoint":{"number":1,"number":1,"jws":"x","certificates":[]}}`},
		"a line without anything":     {whole[0], "{}"},
		"no JSON":                     append(slices.Clone(whole[:5]), "nonsense"),
		"a checkpoint after a record": append(slices.Clone(whole[:5]), whole[1]),
		"a line that is too long":     {whole[0], strings.Repeat(" ", 2<<20)},
	} {
		if _, err := w.checkFile(lines, evidence.Window{}); !errors.Is(err, evidence.ErrFile) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	w := newWorld(f)
	w.fill()
	lines := w.file()
	f.Add([]byte(strings.Join(lines, "")))
	f.Add([]byte(lines[0]))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := evidence.Open(bytes.NewReader(b))
		if err != nil {
			return
		}
		r, err := w.verifier.Check(t.Context(), file, evidence.Window{})
		if err == nil && r.Problem == nil && r.Checkpoints > 0 && !bytes.Contains(b, []byte(lines[1][:len(lines[1])-1])) {
			t.Errorf("a log that isn't ours holds: %+v", r)
		}
	})
}
