// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ticksPerSecond is the unit of /proc; the same on every Linux that Go runs on.
const ticksPerSecond = 100

// procStat is what we need of one line of /proc/PID/stat.
type procStat struct {
	pid, parent int
	ticks       int64 // own CPU time and that of children it has waited for
	rss         int64 // in bytes
}

// parseProcStat reads /proc/PID/stat. The name of the program, between
// parentheses, may contain anything.
func parseProcStat(line string) (procStat, error) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return procStat{}, errors.New("no program name")
	}
	fields := strings.Fields(line[end+1:])
	if len(fields) < 22 {
		return procStat{}, errors.New("too few fields")
	}
	var s procStat
	var err error
	number := func(text string) int64 {
		n, e := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		err = errors.Join(err, e)
		return n
	}
	s.pid, s.parent = int(number(line[:open])), int(number(fields[1]))
	for _, f := range fields[11:15] { // utime, stime, cutime, cstime
		s.ticks += number(f)
	}
	s.rss = number(fields[21]) * int64(os.Getpagesize())
	return s, err
}

// processTable reads all processes; those that end meanwhile are left out.
func processTable() (map[int]procStat, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	table := make(map[int]procStat, len(files))
	for _, f := range files {
		b, err := os.ReadFile(f) //nolint:gosec // a file of the kernel
		if err != nil {
			continue
		}
		s, err := parseProcStat(string(b))
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", f, err)
		}
		table[s.pid] = s
	}
	if len(table) == 0 {
		return nil, errors.New("no processes in /proc: the rig needs Linux")
	}
	return table, nil
}

// usage is the CPU time and memory of a process with all its descendants.
type usage struct {
	cpu time.Duration
	rss int64
}

func treeUsage(table map[int]procStat, pid int) usage {
	children := map[int][]int{}
	for _, s := range table {
		children[s.parent] = append(children[s.parent], s.pid)
	}
	var u usage
	var add func(int)
	add = func(pid int) {
		s := table[pid]
		u.cpu += time.Duration(s.ticks) * time.Second / ticksPerSecond
		u.rss += s.rss
		for _, c := range children[pid] {
			add(c)
		}
	}
	add(pid)
	return u
}

// machineBusy is the CPU time spent since boot by programs and by other guests
// of the host. Interrupts are left out: most of them are ours.
func machineBusy() (time.Duration, error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	return parseMachineBusy(string(b))
}

func parseMachineBusy(text string) (time.Duration, error) {
	first, _, _ := strings.Cut(text, "\n")
	fields := strings.Fields(first)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, errors.New("parse /proc/stat: first line is not of all CPUs")
	}
	var ticks int64
	for _, i := range []int{1, 2, 3, 8} { // user, nice, system, steal
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("parse /proc/stat: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// opened counts the TCP connections this machine has opened since boot.
func opened() (int64, error) {
	b, err := os.ReadFile("/proc/net/snmp")
	if err != nil {
		return 0, err
	}
	return parseOpened(string(b))
}

// parseOpened finds ActiveOpens in /proc/net/snmp: a line of names, then one of
// figures, per protocol.
func parseOpened(text string) (int64, error) {
	var names []string
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != "Tcp:" {
			continue
		}
		if names == nil {
			names = fields
			continue
		}
		if i := slices.Index(names, "ActiveOpens"); i > 0 && i < len(fields) {
			return strconv.ParseInt(fields[i], 10, 64)
		}
	}
	return 0, errors.New("parse /proc/net/snmp: no ActiveOpens of Tcp")
}

// connections gives the client ports of all connections to a port of this
// machine, open or just closed.
func connections(port int) (map[int]bool, error) {
	b, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return nil, err
	}
	return parseConnections(string(b), port)
}

func parseConnections(text string, port int) (map[int]bool, error) {
	const listening = "0A"
	found := map[int]bool{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[0] == "sl" || fields[3] == listening {
			continue
		}
		local, err1 := portOf(fields[1])
		remote, err2 := portOf(fields[2])
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("parse /proc/net/tcp: %w", err)
		}
		switch port {
		case local:
			found[remote] = true
		case remote:
			found[local] = true
		}
	}
	return found, nil
}

func portOf(address string) (int, error) {
	_, hexPort, ok := strings.Cut(address, ":")
	if !ok {
		return 0, fmt.Errorf("address %q has no port", address)
	}
	n, err := strconv.ParseUint(hexPort, 16, 16)
	return int(n), err
}
