// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"flag"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective/collectivetest"
	"github.com/samenspel/samenspel/internal/controller"
)

var (
	loadPeers      = flag.Int("peers", 34, "how many Peers the benchmark of a federation has")
	loadFrameworks = flag.Int("frameworks", 10, "how many frameworks it has")
	loadCallOffs   = flag.Int("call-offs", 1000, "how many call-offs it has in all")
	loadReport     = flag.String("load-report", "", "file the benchmark of a federation writes its tables to, in Markdown")
)

const (
	// A question is asked until it was asked often, or took long, but never less
	// than a few times.
	loadOften = 1000
	loadLong  = 5 * time.Second
	loadFew   = 5
)

// timed is what a question cost.
type timed struct {
	name          string
	times         int
	p50, p95, max time.Duration
	read          collectivetest.Asked // the last time
}

// loadResult is what there is and what it cost.
type loadResult struct {
	size               collectivetest.Size
	deeds, live        int
	founded, rebuilt   time.Duration
	received           int
	receiving          time.Duration
	disk, memory, most int64 // bytes; 0: this system doesn't tell
	all                []timed
}

// BenchmarkFederation founds a federation, and asks of it what people and
// programs ask. Run it with -benchtime 1x.
func BenchmarkFederation(b *testing.B) {
	r := loadResult{size: collectivetest.Size{Peers: *loadPeers, Frameworks: *loadFrameworks, CallOffs: *loadCallOffs}}
	began := time.Now()
	l := newLoad(b, r.size)
	r.founded, r.received, r.receiving, r.disk = time.Since(began), l.Received, l.Took, l.Bytes(cora)
	b.Logf("founded in %s", r.founded)
	for _, q := range append(l.questions(), l.lists()...) {
		r.all = append(r.all, l.time(b, q))
		b.Logf("%+v", r.all[len(r.all)-1])
	}
	began = time.Now()
	checkLoad(b, l.desk.Rebuild(b.Context()))
	r.rebuilt = time.Since(began)
	debug.FreeOSMemory()
	r.memory, r.most = resident(b, "VmRSS"), resident(b, "VmHWM")
	r.live, r.deeds = l.exact(b), l.count(b)
	b.Logf("%d deeds, %d live, rebuilt in %s, %d MB", r.deeds, r.live, r.rebuilt, r.disk>>20)
	if *loadReport != "" {
		checkLoad(b, os.WriteFile(*loadReport, []byte(r.report()), 0o600))
	}
}

// lists are questions about everything: they cost more where there is more.
func (l *load) lists() []question {
	return []question{
		{"the first page of frameworks, as the Controller shows it", func(t testing.TB, _ int) error {
			_, err := l.at.Frameworks(t.Context(), everything(), controller.FrameworkFilter{})
			return err
		}},
		{"frameworks found by a word in their name", func(t testing.TB, _ int) error {
			_, err := l.at.Frameworks(t.Context(), everything(), controller.FrameworkFilter{Text: "webdiensten 3"})
			return err
		}},
		{"the process board", func(t testing.TB, _ int) error {
			_, err := l.at.Board(t.Context(), everything())
			return err
		}},
		{"what there is to do", func(t testing.TB, _ int) error {
			_, err := l.at.Tasks(t.Context(), everything())
			return err
		}},
	}
}

func (l *load) time(b *testing.B, q question) timed {
	b.Helper()
	var took []time.Duration
	out := timed{name: q.name}
	for began := time.Now(); len(took) < loadFew || len(took) < loadOften && time.Since(began) < loadLong; {
		before, start := l.Asked(cora), time.Now()
		checkLoad(b, q.ask(b, len(took)))
		took = append(took, time.Since(start))
		out.read = l.Asked(cora).Since(before)
	}
	slices.Sort(took)
	out.times = len(took)
	out.p50, out.p95, out.max = took[len(took)/2], took[len(took)*95/100], took[len(took)-1]
	return out
}

func (l *load) count(b *testing.B) int {
	b.Helper()
	total := 0
	for _, w := range l.Works {
		view, err := l.desk.View(b.Context(), w.Framework)
		checkLoad(b, err)
		total += len(view.All())
	}
	return total
}

// resident reads a figure about this process's memory, in bytes.
func resident(b *testing.B, name string) int64 {
	b.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	status, err := os.ReadFile("/proc/self/status")
	checkLoad(b, err)
	found := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		return 0
	}
	kilobytes, err := strconv.ParseInt(string(found[1]), 10, 64)
	checkLoad(b, err)
	return kilobytes << 10
}
