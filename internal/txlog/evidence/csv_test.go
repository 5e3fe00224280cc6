// SPDX-License-Identifier: EUPL-1.2

package evidence_test

import (
	"bytes"
	"errors"
	"regexp"
	"testing"

	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

func TestATableProvesTheLogAndHoldsNoFormula(t *testing.T) {
	w := newWorld(t)
	w.keeping(twoRules(t, 0))
	for i, service := range []string{`=cmd|' /C calc'!A0`, "'quoted", "+1+1;=2", "@sum;'-1", "--\n\t=x", "\uff1d1"} {
		r := newRecord(1000+i, w.at)
		r.ServiceName = service
		if err := w.store.Log().Index(t.Context(), []txlog.Record{r}, txlog.Position{Segment: 1, Offset: int64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	w.fill()
	w.later(11 * oneDay)
	if w.sweep() == 0 {
		t.Fatal("nothing was removed")
	}
	want := w.check()
	var table bytes.Buffer
	if err := evidence.WriteCSV(&table, evidence.Lines(t.Context(), town, group, w.store.Log())); err != nil {
		t.Fatal(err)
	}
	r, err := w.checkFile([]string{table.String()}, evidence.Window{})
	if err != nil || r.Problem != nil || r.Records != want.Records || len(r.Removed) != 1 || r.Checkpoints != want.Checkpoints {
		t.Fatalf("got %+v, %v", r, err)
	}
	if found := regexp.MustCompile(`(?m)(^|[,;])[\s"]*([=+@-]|\x{ff1d})`).FindString(table.String()); found != "" {
		t.Errorf("a cell begins with %q", found)
	}
	changed := bytes.Replace(table.Bytes(), []byte("service-2"), []byte("service-9"), 1)
	if r, err := w.checkFile([]string{string(changed)}, evidence.Window{}); err != nil || r.Problem == nil || r.Problem.Kind != evidence.KindChanged {
		t.Errorf("a change isn't found: %+v, %v", r, err)
	}
	for _, broken := range [][]byte{bytes.Replace(table.Bytes(), []byte("\nrecord,1,"), []byte("\nrecord,01,"), 1), bytes.Replace(table.Bytes(), []byte("line,sequence"), []byte("line,number"), 1)} {
		if _, err := w.checkFile([]string{string(broken)}, evidence.Window{}); !errors.Is(err, evidence.ErrFile) {
			t.Errorf("got %v", err)
		}
	}
}

func FuzzTable(f *testing.F) {
	f.Add([]byte("line,sequence\nlog,1\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := evidence.Open(bytes.NewReader(raw))
		if err != nil {
			return
		}
		for _, err := file.Checkpoints(t.Context(), 0, 1000); err == nil; {
			page, readErr := file.Linked(t.Context(), 0, 1000)
			if err = readErr; len(page) == 0 {
				return
			}
		}
	})
}
