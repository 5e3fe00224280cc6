// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// errMissedTargets is returned with -must when a target isn't reached.
var errMissedTargets = errors.New("targets were missed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is the program; as a child of itself it is one hop of a comparison chain.
func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 2 {
		switch args[0] {
		case hopCommand:
			return runHop(ctx, args[1])
		case quietCommand:
			return runQuiet(ctx, args[1])
		case paceCommand:
			return runPace(args[1], out)
		}
	}
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	return o.bench(ctx, out)
}

// bench builds the program and does what the options ask for.
func (o *options) bench(ctx context.Context, out io.Writer) (err error) {
	r, err := newRig(o, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	r.say("build")
	if err := r.build(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	switch {
	case o.soak > 0:
		return r.soakMode(ctx, out)
	case o.compare != "":
		return r.compareMode(ctx, out)
	}
	rep := report{options: o, machine: describeMachine(ctx, r.dir)}
	if err := rep.measure(ctx, r); err != nil {
		return err
	}
	if err := writePage(o, out, rep.page(), map[string][]byte{"": rep.chart(), "-targets": rep.goalsChart()}); err != nil {
		return err
	}
	if o.must && !rep.passed() {
		return errMissedTargets
	}
	return nil
}

// measure does the usual run: small benchmarks first, while no chain is up.
func (rep *report) measure(ctx context.Context, r *rig) error {
	o := r.options
	var err error
	if !o.skipSmall {
		r.say("parts")
		if rep.small, err = runSmall(ctx, o); err != nil {
			return err
		}
		r.say("log engines")
		if rep.engines, err = r.measureEngines(ctx); err != nil {
			return err
		}
	}
	chains, err := r.startChains(ctx)
	if err != nil {
		return err
	}
	if rep.fresh, err = r.secondRequest(ctx, chains); err != nil {
		return err
	}
	if rep.results, err = r.measure(ctx, chains); err != nil {
		return err
	}
	if rep.paced, err = r.measurePaced(ctx, rep.results, chains); err != nil {
		return err
	}
	rep.chains, rep.flushes = chains, r.flushes
	return nil
}
