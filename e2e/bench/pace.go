// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

// paceCommand is the subcommand by which the rig runs itself as a generator of
// load at a fixed rate.
const paceCommand = "pace"

// paceConnections is what calls at a fixed rate are spread over.
const paceConnections = 32

// patience is how long answers may take after the last call was due, and how long
// a generator without a rate may go on.
const patience = 10 * time.Second

// pacePlan is what the generator is asked for. Calls start at equal distances,
// whether or not earlier ones were answered, as those of many clients would.
type pacePlan struct {
	Address     string // host:port
	Host        string // of the calls
	Path        string
	Connections int
	Rate        int // calls per second; 0 is as fast as answers come
	Calls       int // in all
	// Patience is how long answers may take after the last call was due.
	Patience time.Duration
}

// paceResult is what it saw. Latencies count from when a call was due, so a
// chain that stalls is charged for all calls that it kept waiting.
type paceResult struct {
	Answered, Failed int64
	Unanswered       int64         // when patience ended
	Took             time.Duration // from the first call due to the last answer
	P50, P90, P99    time.Duration
	P999, Most       time.Duration
	CPU              time.Duration // of the generator itself
}

// runPace is the program of the generator; it writes its result as JSON.
func runPace(plan string, out io.Writer) error {
	var p pacePlan
	if err := json.Unmarshal([]byte(plan), &p); err != nil {
		return err
	}
	runtime.LockOSThread() // the thread waits in the kernel, as that of wrk does
	debug.SetGCPercent(-1) // what it makes fits in memory
	before, err := ownCPU()
	if err != nil {
		return err
	}
	res, err := pace(p)
	if err != nil {
		return err
	}
	after, err := ownCPU()
	if err != nil {
		return err
	}
	res.CPU = after - before
	return json.NewEncoder(out).Encode(res)
}

func ownCPU() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("getrusage: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// paced sends so many calls, at the rate of the cell.
func (c *chain) paced(ctx context.Context, at cell, calls int) (loadResult, error) {
	address := strings.TrimPrefix(c.entry, "http://")
	plan := pacePlan{
		Address: address, Host: c.host, Path: bodyPath(at.body), Connections: at.connections, Rate: at.rate,
		Calls: calls, Patience: patience,
	}
	if plan.Host == "" {
		plan.Host = address
	}
	text, err := json.Marshal(plan)
	if err != nil {
		return loadResult{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return loadResult{}, err
	}
	out, err := output(ctx, "", self, paceCommand, string(text))
	if err != nil {
		return loadResult{}, err
	}
	var res paceResult
	if err := json.Unmarshal(out, &res); err != nil {
		return loadResult{}, fmt.Errorf("read the result of the generator: %w", err)
	}
	if res.Answered == 0 {
		return loadResult{}, errors.New("no call at a fixed rate was answered")
	}
	return loadResult{
		requests: res.Answered, perSec: float64(res.Answered) / res.Took.Seconds(), errors: res.Failed + res.Unanswered,
		p50: res.P50, p90: res.P90, p99: res.P99, p999: res.P999, cpu: res.CPU, opened: at.connections,
	}, nil
}
