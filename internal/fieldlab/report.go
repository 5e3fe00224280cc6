// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// report writes what happens, as it happens, and the results at the end.
type report struct {
	w          io.Writer
	began      time.Time
	first      time.Duration // from start to the first answered call
	delegation fsc.ContentHash
	calls      []call
}

// line writes one line; nobody is helped if the terminal has gone away.
func (r *report) line(format string, args ...any) {
	_, _ = fmt.Fprintf(r.w, format+"\n", args...)
}

func (r *report) step(format string, args ...any) {
	r.line("%5.2f s  %s", time.Since(r.began).Seconds(), fmt.Sprintf(format, args...))
}

func (r *report) firstCall() {
	if r.first == 0 {
		r.first = time.Since(r.began)
	}
}

// chapter prints the numbers by which people find a part of the tale again.
func (r *report) chapter(c chapter) {
	for _, one := range c.facts {
		r.line("           %s %s", one.name, one.value)
	}
	r.line("           %d ms", c.took.Milliseconds())
}

// table prints who called whom and how that went.
func (r *report) table() {
	r.line("")
	t := tabwriter.NewWriter(r.w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "SCENE\tFROM\tTO\tSTATUS\tMS\tTRANSACTION ID\tIN BOTH LOGS\tANSWER")
	for _, c := range r.calls {
		status, id, both := strconv.Itoa(c.status), c.transactionID, "-"
		if c.code != "" {
			status += " " + c.code
		}
		if id == "" {
			id = "-"
		}
		if c.inBothLogs {
			both = "yes"
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.1f\t%s\t%s\t%s\n",
			c.scene, c.from.name, c.to.name, status, float64(c.took.Microseconds())/1000, id, both, shorten(c.answer, 70))
	}
	_ = t.Flush() // as in line
	r.line("")
	r.line("First call answered %.1f s after the start; the whole federation uses %s of memory.", r.first.Seconds(), memory())
}

func shorten(s string, n int) string {
	if len([]rune(s)) > n {
		return string([]rune(s)[:n]) + "…"
	}
	return s
}

// memory tells the resident memory of this process, where the system tells it.
func memory() string {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "an unknown amount"
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(v), "kB")))
			if err == nil {
				return fmt.Sprintf("%d MiB", kib>>10)
			}
		}
	}
	return "an unknown amount"
}

// counterList gives the form pages, one to a line.
func (f *federation) counterList() string {
	var b strings.Builder
	for _, o := range municipalities() {
		_, _ = fmt.Fprintf(&b, "  %s: %s/\n", o.name, f.apps.counters[o.key].url())
	}
	return b.String()
}

// invite tells what can be tried by hand while the federation is up.
func (r *report) invite(f *federation, program string) {
	r.line(`
The federation stays up; Ctrl-C stops it. Try it yourself:

As an application of %[1]s, read a person at the source:
  curl -i %[2]s%[3]s/personen -H 'Content-Type: application/json' \
    -d '%[4]s'

As an application of %[5]s, which has no contract:
  curl -i %[6]s%[3]s/personen -H 'Content-Type: application/json' \
    -d '%[4]s'

The form pages of the municipalities:
%[11]s
What each side logged, and what they agreed:
  %[10]s log list --node %[7]s
  %[10]s log list --node %[8]s
  %[10]s contract list --node %[8]s

Everything lies in %[9]s.`,
		f.duinwijk.name, f.duinwijk.outway(), servicePath, question(f.bsns[0]),
		f.veenhoven.name, f.veenhoven.outway(), f.duinwijk.dir, f.source.dir, f.dir, program, f.counterList())
}
