// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// fact is a property of the machine or of a program that matters for the figures.
type fact struct{ name, value string }

// describeMachine collects what a reader needs to judge the figures. What can't
// be found out is left out.
func describeMachine(ctx context.Context, dir string) []fact {
	facts := []fact{
		{"date", time.Now().Format(time.DateOnly)},
		{"commit", firstLine(ctx, "git", "rev-parse", "--short=12", "HEAD")},
		{"processor", fmt.Sprintf("%s, %d cores", find(`(?m)^model name\s*: (.*)$`, "/proc/cpuinfo"), runtime.NumCPU())},
		{"memory", memory()},
		{"kernel", "Linux " + find(`^(.*)`, "/proc/sys/kernel/osrelease")},
		{"file system", fileSystem(dir)},
		{"Go", strings.TrimPrefix(runtime.Version(), "go") + ", CGO off"},
		{"nginx", number(ctx, "nginx", "-v")},
		{"haproxy", number(ctx, "haproxy", "-v")},
		{"wrk", number(ctx, "wrk", "-v")},
	}
	if bin, err := postgresPrograms(); err == nil {
		facts = append(facts, fact{"PostgreSQL", number(ctx, bin+"/postgres", "--version")})
	}
	var known []fact
	for _, f := range facts {
		if f.value != "" {
			known = append(known, f)
		}
	}
	return known
}

// memory is the machine's, in GiB.
func memory() string {
	kib, err := strconv.ParseFloat(find(`(?m)^MemTotal:\s*(\d+) kB$`, "/proc/meminfo"), 64)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%.0f GiB", kib/(1<<20))
}

func firstLine(ctx context.Context, program string, args ...string) string {
	out, err := output(ctx, "", program, args...)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}

var version = regexp.MustCompile(`\d+\.\d+(\.\d+)?`)

// number is the version a program tells; some tell it on stderr or exit with 1.
func number(ctx context.Context, program string, args ...string) string {
	out, err := exec.CommandContext(ctx, program, args...).CombinedOutput() //nolint:gosec // programs of the rig
	if err != nil && len(out) == 0 {
		return ""
	}
	return version.FindString(string(out))
}

func find(pattern, file string) string {
	b, err := os.ReadFile(file) //nolint:gosec // files of the kernel
	if err != nil {
		return ""
	}
	m := regexp.MustCompile(pattern).FindSubmatch(b)
	if m == nil {
		return ""
	}
	return string(m[1])
}

// fileSystem is the kind of the mount that dir is on: logs in memory would be
// faster than any disk.
func fileSystem(dir string) string {
	b, err := os.ReadFile("/proc/mounts")
	if err != nil {
		return ""
	}
	best, kind := "", ""
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		inside := f[1] == "/" || dir == f[1] || strings.HasPrefix(dir, f[1]+"/")
		if inside && len(f[1]) >= len(best) {
			best, kind = f[1], f[2]
		}
	}
	return kind
}
