// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// loadResult is what the load generator saw.
type loadResult struct {
	requests      int64
	perSec        float64
	p50, p90, p99 time.Duration
	p999          time.Duration // at a fixed rate only
	errors        int64         // connections that failed and answers other than 2xx and 3xx
	cpu           time.Duration // of the generator itself
	opened        int           // connections of the generator
}

// load sends requests over so many connections as fast as they are answered.
func (c *chain) load(ctx context.Context, body, connections, seconds int) (loadResult, error) {
	args := []string{
		"-t1", "-c" + strconv.Itoa(connections), "-d" + strconv.Itoa(seconds) + "s", "--timeout", "10s", "--latency",
	}
	if c.host != "" {
		args = append(args, "-H", "Host: "+c.host)
	}
	out, cpu, err := outputAndCPU(ctx, "", "wrk", append(args, c.entry+bodyPath(body))...)
	if err != nil {
		return loadResult{}, err
	}
	res, err := parseLoad(string(out))
	res.cpu, res.opened = cpu, connections+1 // wrk tries the address first
	return res, err
}

var (
	wrkTotal  = regexp.MustCompile(`(?m)^\s*(\d+) requests in `)
	wrkRate   = regexp.MustCompile(`(?m)^Requests/sec:\s+([0-9.]+)`)
	wrkP50    = regexp.MustCompile(`(?m)^\s+50%\s+(\S+)`)
	wrkP90    = regexp.MustCompile(`(?m)^\s+90%\s+(\S+)`)
	wrkP99    = regexp.MustCompile(`(?m)^\s+99%\s+(\S+)`)
	wrkSocket = regexp.MustCompile(`(?m)^\s+Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)`)
	wrkStatus = regexp.MustCompile(`(?m)^\s+Non-2xx or 3xx responses: (\d+)`)
)

func parseLoad(text string) (loadResult, error) {
	var r loadResult
	var problems []error
	find := func(re *regexp.Regexp) string {
		m := re.FindStringSubmatch(text)
		if m == nil {
			problems = append(problems, fmt.Errorf("no line like %s", re))
			return "0"
		}
		return m[1]
	}
	count := func(text string) int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		problems = append(problems, err)
		return n
	}
	r.requests = count(find(wrkTotal))
	rate, err := strconv.ParseFloat(find(wrkRate), 64)
	r.perSec = rate
	p50, err50 := parseLatency(find(wrkP50))
	p90, err90 := parseLatency(find(wrkP90))
	p99, err99 := parseLatency(find(wrkP99))
	r.p50, r.p90, r.p99 = p50, p90, p99
	problems = append(problems, err, err50, err90, err99)
	for _, re := range []*regexp.Regexp{wrkSocket, wrkStatus} {
		if m := re.FindStringSubmatch(text); m != nil {
			for _, n := range m[1:] {
				r.errors += count(n)
			}
		}
	}
	if err := errors.Join(problems...); err != nil {
		return r, fmt.Errorf("read the output of wrk: %w\n%s", err, text)
	}
	return r, nil
}

// parseLatency reads 12.34us, 1.20ms, 1.05s or 1.50m.
func parseLatency(text string) (time.Duration, error) {
	return time.ParseDuration(strings.Replace(text, "us", "µs", 1))
}
