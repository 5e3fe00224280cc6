// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"flag"
	"maps"
	"os"
	"slices"
	"testing"
	"time"
)

const wrkText = `Running 2s test @ http://127.0.0.1:40001/body/100
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.44ms    2.01ms  30.11ms   92.11%
    Req/Sec    22.29k     1.35k   24.62k    75.00%
  Latency Distribution
     50%  650.00us
     75%    1.20ms
     90%    1.90ms
     99%    1.02s 
  44528 requests in 2.00s, 14.31MB read
`

func TestTheOutputOfTheLoadGeneratorIsRead(t *testing.T) {
	got, err := parseLoad(wrkText + "Requests/sec:  22264.13\nTransfer/sec:      7.15MB\n")
	want := loadResult{requests: 44528, perSec: 22264.13, p50: 650 * time.Microsecond, p90: 1900 * time.Microsecond, p99: 1020 * time.Millisecond}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestFailedCallsAreCounted(t *testing.T) {
	got, err := parseLoad(wrkText + "  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 100\nRequests/sec:  1.00\n")
	if err != nil || got.errors != 110 {
		t.Errorf("got %d failures, %v, want 110", got.errors, err)
	}
}

func TestIncompleteOutputOfTheLoadGeneratorIsAnError(t *testing.T) {
	if got, err := parseLoad(wrkText); err == nil {
		t.Errorf("got %+v without a rate, want an error", got)
	}
}

func TestAProcessWithAStrangeNameIsRead(t *testing.T) {
	line := "4242 (a) b (c)) S 17 4242 4242 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 1 0 555 1000000 300 18446744073709551615 1 1 0 0 0 0\n"
	got, err := parseProcStat(line)
	want := procStat{pid: 4242, parent: 17, ticks: 100, rss: 300 * int64(os.Getpagesize())}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if _, err := parseProcStat("17 no name"); err == nil {
		t.Error("a line without a name is read")
	}
}

func TestUsageCountsAllDescendants(t *testing.T) {
	table := map[int]procStat{
		1: {pid: 1, ticks: 1000, rss: 1 << 30},
		2: {pid: 2, parent: 1, ticks: 100, rss: 10},
		3: {pid: 3, parent: 2, ticks: 50, rss: 20},
		4: {pid: 4, parent: 3, ticks: 25, rss: 40},
	}
	if got, want := treeUsage(table, 2), (usage{cpu: 1750 * time.Millisecond, rss: 70}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestOurOwnProcessIsInTheTable(t *testing.T) {
	table, err := processTable()
	if err != nil {
		t.Fatal(err)
	}
	if got := table[os.Getpid()]; got.parent != os.Getppid() || got.rss == 0 {
		t.Errorf("got %+v for ourselves, want parent %d and memory", got, os.Getppid())
	}
}

func TestBusyTimeLeavesOutIdleAndInterrupts(t *testing.T) {
	got, err := parseMachineBusy("cpu  100 10 1 5000 700 30 40 9 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n")
	if want := 1200 * time.Millisecond; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestConnectionsToAPortAreFoundFromBothEnds(t *testing.T) {
	const head = "  sl  local_address rem_address   st tx_queue rx_queue\n"
	got, err := parseConnections(head+
		"   0: 0100007F:1F90 00000000:0000 0A 0\n"+ // listens
		"   1: 0100007F:1F90 0100007F:C001 01 0\n"+ // server's end
		"   2: 0100007F:C001 0100007F:1F90 01 0\n"+ // client's end of the same
		"   3: 0100007F:C002 0100007F:1F90 06 0\n"+ // closed by the client
		"   4: 0100007F:C003 0100007F:1F91 01 0\n", 0x1f90)
	if err != nil || !slices.Equal(slices.Sorted(maps.Keys(got)), []int{0xc001, 0xc002}) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestOpenedConnectionsAreCounted(t *testing.T) {
	got, err := parseOpened("Ip: Forwarding DefaultTTL\nIp: 1 64\nTcp: RtoAlgorithm ActiveOpens PassiveOpens\nTcp: 1 4711 12\n")
	if err != nil || got != 4711 {
		t.Errorf("got %d, %v", got, err)
	}
	for _, bad := range []string{"", "Tcp: ActiveOpens\n", "Tcp: A B\nTcp: 1 2\n", "Tcp: A ActiveOpens\nTcp: 1\n"} {
		if n, err := parseOpened(bad); err == nil {
			t.Errorf("%q is read as %d", bad, n)
		}
	}
}

func TestTheOutputOfGoTestIsRead(t *testing.T) {
	got, err := parseSmall("goos: linux\nBenchmarkRecord/callers=64-2  \t 1000\t 4166 ns/op\t 240000 records/s\t 12 B/op\t 1 allocs/op\nPASS\n")
	want := smallFigure{nsPerOp: 4166, bytes: 12, allocations: 1}
	if err != nil || got["BenchmarkRecord/callers=64"] != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, args := range [][]string{
		{"-rounds", "0"},
		{"-seconds", "99"},
		{"-concurrency", "16,x"},
		{"-concurrency", "100000"},
		{"-bodies", "-1"},
		{"surplus"},
		{"-soak", "-1s"},
		{"-soak", "1500ms"},
		{"-soak", "1m", "-compare", "main"},
	} {
		if _, err := parseOptions(args); err == nil || errors.Is(err, flag.ErrHelp) {
			t.Errorf("%q: got %v, want a refusal", args, err)
		}
	}
	o, err := parseOptions([]string{"-quick", "-rounds", "2"})
	if err != nil || o.rounds != 2 || o.seconds != 1 || !slices.Equal(o.bodies, []int{100}) {
		t.Errorf("got %+v, %v: -quick must leave what was asked for", o, err)
	}
}
