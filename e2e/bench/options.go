// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// options is what one run was asked for.
type options struct {
	args        []string // as given, for the report
	rounds      int
	seconds     int
	concurrency []int
	bodies      []int
	only        []string      // names of chains; empty is all
	out         string        // Markdown page; empty is none
	dir         string        // where the temporary folder is made
	limit       time.Duration // of the run, once the program is built
	quietWait   time.Duration // how long to wait for a quiet machine before a cell, or a settled chain after it
	smallTime   time.Duration // per small benchmark
	quick       bool
	must        bool
	skipSmall   bool
	soak        time.Duration // 0 is the usual run
	compare     string        // revision to compare with; empty is the usual run
}

const (
	fullLimit  = 33 * time.Minute
	quickLimit = 4 * time.Minute
)

func parseOptions(args []string) (*options, error) {
	o := &options{args: args, limit: fullLimit, quietWait: 5 * time.Second, smallTime: 300 * time.Millisecond}
	var concurrency, bodies, only string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.IntVar(&o.rounds, "rounds", 6, "`rounds` over all chains")
	f.IntVar(&o.seconds, "seconds", 3, "`seconds` of load per cell")
	f.StringVar(&concurrency, "concurrency", "1,16,64,256", "`connections` of the client, in turn")
	f.StringVar(&bodies, "bodies", "100,102400", "sizes of the answer in `bytes`, in turn")
	f.StringVar(&only, "chains", "", "`names` of the chains to measure beside nginx (default all)")
	f.StringVar(&o.out, "out", "", "`file` to write the report to, for example docs/performance.md")
	f.StringVar(&o.dir, "dir", "", "`folder` for temporary files; its disk is the one measured (default the system's)")
	f.BoolVar(&o.quick, "quick", false, "one round of one second, small answers only: to see that all works")
	f.BoolVar(&o.must, "must", false, "fail when a target of stage 1 or a must is missed")
	f.BoolVar(&o.skipSmall, "chains-only", false, "leave out the small benchmarks and the log engines")
	f.DurationVar(&o.soak, "soak", 0, "instead of all else, load our own chain for this long and watch its memory, for example 10m")
	f.StringVar(&o.compare, "compare", "", "instead of all else, compare our own chain with that of this `revision`; fails on more allocations or connections")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	given := map[string]bool{}
	f.Visit(func(x *flag.Flag) { given[x.Name] = true })
	if o.quick {
		o.limit, o.quietWait, o.smallTime = quickLimit, 3*time.Second, 20*time.Millisecond
		setUnless(given["rounds"], &o.rounds, 1)
		setUnless(given["seconds"], &o.seconds, 1)
		setUnless(given["bodies"], &bodies, "100")
	}
	if o.compare != "" {
		setUnless(given["concurrency"], &concurrency, "16,64,256")
		setUnless(given["bodies"], &bodies, "100")
	}
	if o.soak > 0 {
		o.limit = o.soak + soakSettle + quickLimit
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	var err1, err2 error
	o.concurrency, err1 = positives("concurrency", concurrency)
	o.bodies, err2 = positives("bodies", bodies)
	return o, errors.Join(err1, err2, o.check())
}

func setUnless[T any](given bool, to *T, v T) {
	if !given {
		*to = v
	}
}

func positives(name, list string) ([]int, error) {
	var out []int
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-%s: %q is not a positive number", name, text)
		}
		out = append(out, n)
	}
	return out, nil
}

func (o *options) check() error {
	switch {
	case o.rounds < 1 || o.rounds > 100:
		return errors.New("-rounds must be 1 to 100")
	case o.seconds < 1 || o.seconds > 60:
		return errors.New("-seconds must be 1 to 60")
	case o.soak < 0 || o.soak > 24*time.Hour || o.soak%time.Second != 0:
		return errors.New("-soak must be whole seconds, up to 24h")
	case o.soak > 0 && o.compare != "":
		return errors.New("-soak and -compare don't go together")
	}
	for _, c := range o.concurrency {
		if c > maxConnections {
			return fmt.Errorf("-concurrency goes up to %d", maxConnections)
		}
	}
	for _, b := range o.bodies {
		if b > maxBody {
			return fmt.Errorf("-bodies go up to %d", maxBody)
		}
	}
	return nil
}

const (
	maxConnections = 1000
	maxBody        = 16 << 20
)

// command is the line that repeats this run.
func (o *options) command() string {
	return strings.Join(append([]string{"go run ./e2e/bench"}, o.args...), " ")
}

// chartName is the name of the page's chart, as the page has it beside itself.
func (o *options) chartName() string {
	return strings.TrimSuffix(filepath.Base(o.out), filepath.Ext(o.out))
}
