// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

// loadTargets are those of the design, by question; 95 of 100 answers keep to them.
func loadTargets() map[string]time.Duration {
	return map[string]time.Duration{
		"the state of a call-off, from its projection": 5 * time.Millisecond,
		"the great framework folded after a restart":   time.Second,
	}
}

// report is docs/performance-collective.md.
func (r *loadResult) report() string {
	var out strings.Builder
	fmt.Fprintf(&out, `# How fast acting together is

What a secretariat's node costs that keeps %d framework agreements of %d buyers with %d call-offs, in SQLite. The buyers
have the facts of municipalities in the register and numbers for tests. The great framework has an accession of each
buyer; the others have ten buyers each. The great one was handed in deed by deed, as other nodes do; the deeds of the
others were put in the store, signed as well; the secretariat counted all call-offs itself. One framework in ten has too
few units for its last call-offs. At the end the ledger of each framework is compared with what its lot has room for:
it has to be exact.

Measured with %s on %d cores (%s/%s), in one process with all that makes the deeds.

    make bench-collective

`, r.size.Frameworks, r.size.Peers, r.size.CallOffs, runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	out.WriteString("| Question | times asked | p50 ms | p95 ms | max ms | target p95 ms | reads | rows in lists |\n|---|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, m := range r.all {
		fmt.Fprintf(&out, "| %s | %d | %.2f | %.2f | %.2f | %s | %d | %d |\n",
			m.name, m.times, inMillis(m.p50), inMillis(m.p95), inMillis(m.max), targetOf(m), m.read.Questions, m.read.Rows)
	}
	out.WriteString("\nReads are the questions to the store about deeds, dossiers and projections, the last time. The lists at the end are\n" +
		"over all frameworks, so they read more where there are more; a test shows that the others don't.\n\n")
	out.WriteString("| All together | |\n|---|---:|\n")
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&out, "| %s | %s |\n", name, fmt.Sprintf(format, args...))
	}
	row("deeds", "%d", r.deeds)
	row("call-offs that are live", "%d", r.live)
	row("deeds and signatures of the great framework taken in, each second", "%.0f", float64(r.received)/r.receiving.Seconds())
	row("founding it all", "%s", r.founded.Round(time.Second))
	row("making all projections anew", "%s", r.rebuilt.Round(time.Second/10))
	row("on disk", "%d MB", r.disk>>20)
	if r.memory > 0 {
		row("memory of the process at the end", "%d MB", r.memory>>20)
		row("most memory it had", "%d MB", r.most>>20)
	}
	return out.String()
}

func targetOf(m timed) string {
	target, ok := loadTargets()[m.name]
	switch {
	case !ok:
		return ""
	case m.p95 >= target:
		return fmt.Sprintf("%d **missed**", target.Milliseconds())
	}
	return fmt.Sprint(target.Milliseconds())
}

func inMillis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
