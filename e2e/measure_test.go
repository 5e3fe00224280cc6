// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
)

// soaking tells whether the long forms of tests run (make soak).
func soaking() bool { return os.Getenv("SAMENSPEL_SOAK") == "1" }

// longOrShort gives the form of a figure for this run.
func longOrShort[T any](long, short T) T {
	if soaking() {
		return long
	}
	return short
}

// soakOnly skips a test that takes longer than a minute.
func soakOnly(t *testing.T) {
	t.Helper()
	if !soaking() {
		t.Skip("takes minutes: make soak")
	}
}

// figure reads a figure without labels, or the sum over all labels.
func (p *process) figure(t *testing.T, name string) float64 {
	t.Helper()
	// A client whose connections end, or measuring would change what is measured.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	a := mustSend(t, client, http.MethodGet, "http://"+p.addresses["monitoring"]+"/metrics", nil, nil)
	sum, found := 0.0, false
	for line := range strings.Lines(string(a.body)) {
		fields := strings.Fields(line)
		if len(fields) != 2 || fields[0] != name && !strings.HasPrefix(fields[0], name+"{") {
			continue
		}
		v, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		sum, found = sum+v, true
	}
	if !found {
		t.Fatalf("no figure %s", name)
	}
	return sum
}

// memory gives the resident memory in MiB, and the most there ever was.
func (p *process) memory(t *testing.T) (now, most int) {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Skip("the memory of a process can only be read on Linux")
	}
	for line := range strings.Lines(string(b)) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[2] != "kB" {
			continue
		}
		n, err := strconv.Atoi(fields[1])
		if err != nil {
			t.Fatal(err)
		}
		switch fields[0] {
		case "VmRSS:":
			now = n >> 10
		case "VmHWM:":
			most = n >> 10
		}
	}
	return now, most
}

// leavesNothing waits until a process has no calls under way, and about as many
// goroutines and open files as it had.
func (p *process) leavesNothing(t *testing.T, goroutines, files float64) {
	t.Helper()
	const some = 40 // idle connections and their readers
	last := ""
	defer func() {
		if t.Failed() {
			t.Log(last)
		}
	}()
	eventually(t, "an end to what calls left behind in "+string(p.peer.ID), func() bool {
		calls, g, f := p.figure(t, "samenspel_calls_in_flight"), p.figure(t, "go_goroutines"), p.figure(t, "process_open_fds")
		last = fmt.Sprintf("%v calls, %v goroutines (%v before), %v files (%v)", calls, g, goroutines, f, files)
		return calls == 0 && g < goroutines+some && f < files+some
	})
}

// all are the processes of the pair.
func (p *pair) all() []*process {
	var out []*process
	for _, r := range p.running {
		out = append(out, r)
	}
	return out
}

// withoutLeak runs what may leave something behind in a node.
func (p *pair) withoutLeak(t *testing.T, run func()) {
	t.Helper()
	type level struct{ goroutines, files float64 }
	before := map[*process]level{}
	for _, r := range p.all() {
		before[r] = level{r.figure(t, "go_goroutines"), r.figure(t, "process_open_fds")}
	}
	run()
	for r, l := range before {
		r.leavesNothing(t, l.goroutines, l.files)
	}
}

// header is what an application sends to call the service.
func (p *pair) header() http.Header { return http.Header{"Fsc-Grant-Hash": {string(p.grant)}} }

// call calls the service as an application does.
func (p *pair) call(client *http.Client) (answer, error) {
	return send(client, http.MethodGet, p.running[consumerID].outway()+"/", p.header(), nil)
}
