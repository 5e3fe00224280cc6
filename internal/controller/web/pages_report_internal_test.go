// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"fmt"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// pageTarget is how long 95 of 100 answers may take at most.
const pageTarget = 50 * time.Millisecond

var longNames = regexp.MustCompile(`(\$|%24)1(\$|%24)\d(\$|%24)[0-9A-Za-z_-]{20,}|[0-9a-f]{8}-[0-9a-f-]{27}`)

// reportOfPages is the table of docs/performance-pages.md.
func reportOfPages(all []measured) string {
	var out strings.Builder
	missed := slices.DeleteFunc(slices.Clone(all), func(m measured) bool { return m.p95 < pageTarget })
	fmt.Fprintf(&out, `# How fast the pages are

Every page of the Controller, asked %d times by somebody who is logged in, over a node with %s contracts and %s log
records in SQLite, %d services in the Directory, %d contracts for services of others and %s events in the audit trail.
The first answer of each page counts as well. The time is that of the server: from the question
to the last byte, with checking the session, reading the database, drawing and compressing. What is asked of other
organisations' Managers is answered at once here.

Measured with %s on %d cores (%s/%s). The target is a 95th percentile below %d ms: %d of %d pages reach it.

    make bench-pages

`, all[0].answers, formatNumber(english, int64(*benchContracts)), formatNumber(english, int64(*benchRecords)), bigListed, bigUsed, formatNumber(english, int64(*benchContracts)),
		runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, pageTarget.Milliseconds(), len(all)-len(missed), len(all))
	out.WriteString("| Page | p50 ms | p95 ms | max ms | allocations | KB allocated | bytes sent | bytes unpacked |\n|---|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, m := range all {
		mark := ""
		if m.p95 >= pageTarget {
			mark = " **missed**"
		}
		fmt.Fprintf(&out, "| `%s`%s | %.1f | %.1f | %.1f | %d | %d | %d | %d |\n", shortPath(m.path), mark, millis(m.p50), millis(m.p95), millis(m.max),
			m.mallocs, m.allocated/1000, m.sent, m.unsent)
	}
	return out.String()
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// shortPath leaves out what is different at every run.
func shortPath(p string) string {
	place, query, filtered := strings.Cut(p, "?")
	place = path.Clean(longNames.ReplaceAllString(place, "…"))
	if !filtered {
		return place
	}
	return place + "?" + longNames.ReplaceAllString(query, "…")
}
