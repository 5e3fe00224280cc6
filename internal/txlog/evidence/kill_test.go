// SPDX-License-Identifier: EUPL-1.2

package evidence_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/pki/localca"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

const (
	victimDir = "EVIDENCE_TEST_VICTIM_DIR"
	victimNow = "EVIDENCE_TEST_VICTIM_NOW"
	// killedParts of killedRecords each are what the log of the killed process has.
	killedParts, killedRecords = 10, 600
)

// incomingFor keeps incoming calls, every second one, for ten days.
func incomingFor(t testing.TB) *retention.Policy {
	t.Helper()
	p, err := retention.New(0, []retention.Rule{{Direction: txlog.DirectionIncoming, Service: "*", Days: 10}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// outspoken prints when it begins to remove and when that is durable.
type outspoken struct{ *store.LogStore }

func (s outspoken) Remove(ctx context.Context, c *evidence.Checkpoint, sealed evidence.Sealed, gone []evidence.Gone) error {
	fmt.Fprintln(os.Stdout, "removing")
	err := s.LogStore.Remove(ctx, c, sealed, gone)
	if err == nil {
		fmt.Fprintln(os.Stdout, "removed", len(gone))
	}
	return err
}

// TestTheProcessThatIsKilledSweeps is no test but that process.
func TestTheProcessThatIsKilledSweeps(t *testing.T) {
	dir := os.Getenv(victimDir)
	if dir == "" {
		t.Skip("it is run by TestAProcessThatIsKilledWhileItRemovesGoesOnWhereItWas")
	}
	now, err := strconv.ParseInt(os.Getenv(victimNow), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: dir, at: time.Unix(now, 0)}
	if w.ca, err = localca.Load(filepath.Join(dir, "ca"), w.at); err != nil {
		t.Fatal(err)
	}
	w.open()
	cfg := w.configOf(town)
	cfg.Retention, cfg.Store = incomingFor(t), outspoken{w.store.Log()}
	cfg.Removal = func(_ context.Context, records int64, _ []evidence.Reason) { fmt.Fprintln(os.Stdout, "told", records) }
	w.keeper = evidence.NewKeeper(cfg)
	w.sweep()
	fmt.Fprintln(os.Stdout, "done")
}

// A kill at any moment of a removal, also within its transaction, leaves a log that
// holds, from which nothing went that stays, and the next process removes the rest.
func TestAProcessThatIsKilledWhileItRemovesGoesOnWhereItWas(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	w := newWorld(t)
	for range killedParts {
		w.index(killedRecords)
		w.seal()
	}
	w.later(11 * oneDay)
	if err := w.ca.Save(filepath.Join(w.dir, "ca"), w.at); err != nil {
		t.Fatal(err)
	}
	const all, due = killedParts * killedRecords, killedParts * killedRecords / 2
	var confirmed, told, before int64
	kills, within, span := 0, 0, 20*time.Millisecond
	for done := false; !done; kills++ {
		if err := w.store.Close(); err != nil {
			t.Fatal(err)
		}
		var last string
		var c, n int64
		last, c, n = w.sweepAndKill(1+rand.N(2), &span)
		confirmed, told, done = confirmed+c, told+n, last == "done"
		w.open()
		gone := w.onlyIncomingIsGone()
		if gone < confirmed || gone < before || told > gone {
			t.Fatalf("after %d kills %d are gone, %d before; %d were confirmed and %d told", kills, gone, before, confirmed, told)
		}
		if last == "removing" && gone == before+c {
			within++
		}
		before = gone
		w.sound(all-gone, gone) // what was signed counts none twice
	}
	w.keeping(incomingFor(t))
	if n := w.sweep(); n != 0 || before != due {
		t.Errorf("%d of %d are gone, and %d more went", before, due, n)
	}
	t.Logf("%d kills, %d of them in a removal that was undone; %d removals of %d confirmed, %d told", kills-1, within, confirmed, due, told)
}

// onlyIncomingIsGone counts what is gone and was to go, and finds each number once.
func (w *world) onlyIncomingIsGone() (gone int64) {
	w.t.Helper()
	all, err := w.store.Log().Linked(w.t.Context(), math.MinInt64, math.MaxInt32)
	if err != nil {
		w.t.Fatal(err)
	}
	for i, x := range all {
		if x.Sequence != int64(i)+1 {
			w.t.Fatalf("record %d stands where %d was", x.Sequence, i+1)
		}
		if x.Removed != nil {
			gone++
			if x.Sequence%2 == 0 {
				w.t.Fatalf("record %d is gone and was to stay", x.Sequence)
			}
		}
	}
	return gone
}

// sweepAndKill runs the process and kills it within its nth removal or soon after; span
// is how long the last one took. It gives the last thing that the process said.
func (w *world) sweepAndKill(nth int, span *time.Duration) (last string, confirmed, told int64) {
	w.t.Helper()
	victim := exec.CommandContext(w.t.Context(), os.Args[0], "-test.run=^TestTheProcessThatIsKilledSweeps$")
	victim.Env = append(os.Environ(), victimDir+"="+w.dir, victimNow+"="+strconv.FormatInt(w.at.Unix(), 10))
	out, err := victim.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		w.t.Fatal(err)
	}
	var began time.Time
	for lines := bufio.NewScanner(out); lines.Scan() && last != "done"; {
		word, number, _ := strings.Cut(lines.Text(), " ")
		n, _ := strconv.ParseInt(number, 10, 64)
		last = word
		switch word {
		case "removing":
			if nth--; nth == 0 {
				time.AfterFunc(rand.N(*span*5/4), func() { _ = victim.Process.Kill() })
			}
			began = time.Now()
		case "removed":
			confirmed, *span = confirmed+n, time.Since(began)
		case "told":
			told += n
		}
	}
	_, _ = io.Copy(io.Discard, out)
	if err := victim.Wait(); err == nil && last != "done" || err != nil && nth > 0 {
		w.t.Fatalf("%v after %q", err, last)
	}
	return last, confirmed, told
}
