// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// smallBenchmark is one of the benchmarks that live beside the code.
type smallBenchmark struct {
	what string // in the report
	pkg  string // folder
	name string // as go test prints it, without the number of CPUs
}

// The benchmarks that a target is about.
const (
	benchFirstToken = "BenchmarkVerifier/first"
	benchKnownToken = "BenchmarkVerifier/known"
	benchCheckUse   = "BenchmarkCheckUse"
)

// smallBenchmarks are those of the report, by package.
var smallBenchmarks = []smallBenchmark{
	{"verify an access token, ES256 (first use)", "fsc", "BenchmarkVerifyToken/ES256"},
	{"verify an access token, RS256 (first use)", "fsc", "BenchmarkVerifyToken/RS256"},
	{"check a verified token on a call", "fsc", benchCheckUse},
	{"Inway: read and verify a token that is new, ES256", "internal/inway", benchFirstToken},
	{"Inway: find a token that is known, by its hash", "internal/inway", benchKnownToken},
	{"issue an access token, ES256", "fsc", "BenchmarkIssueToken/ES256"},
	{"parse a contract and compute its hashes, 1 grant", "fsc", "BenchmarkParseContent/grants=1"},
	{"parse a contract and compute its hashes, 10 grants", "fsc", "BenchmarkParseContent/grants=10"},
	{"accept a contract: parse, hash, verify the proposer, sign, ES256", "e2e/bench", "BenchmarkContractAcceptance"},
	{"append to the log durably, 1 caller", "internal/txlog", "BenchmarkRecord/callers=1"},
	{"append to the log durably, 64 callers", "internal/txlog", "BenchmarkRecord/callers=64"},
	{"append to the log durably, 256 callers", "internal/txlog", "BenchmarkRecord/callers=256"},
	{"answer a small request: the server's part of one hop", "internal/http1", "BenchmarkGet/http1"},
	{"forward a small call: the proxy's own part of one hop", "internal/proxy", "BenchmarkForwardSmallGet"},
}

// smallFigure is what one of them gave; nsPerOp is 0 when it didn't run.
type smallFigure struct {
	smallBenchmark
	nsPerOp            float64
	bytes, allocations int64
}

// runSmall runs them package by package.
func runSmall(ctx context.Context, o *options) ([]smallFigure, error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return nil, err
	}
	var out []smallFigure
	lines := map[string]map[string]smallFigure{}
	for _, b := range smallBenchmarks {
		if lines[b.pkg] == nil {
			if lines[b.pkg], err = runPackage(ctx, o, root, b.pkg); err != nil {
				return nil, err
			}
		}
		f := lines[b.pkg][b.name]
		f.smallBenchmark = b
		out = append(out, f)
	}
	return out, nil
}

// runPackage runs the benchmarks of one package of the repository at root.
func runPackage(ctx context.Context, o *options, root, pkg string) (map[string]smallFigure, error) {
	names := map[string]bool{}
	var patterns []string
	for _, b := range smallBenchmarks {
		top, _, _ := strings.Cut(b.name, "/")
		if b.pkg == pkg && !names[top] {
			names[top] = true
			patterns = append(patterns, top)
		}
	}
	var text []byte
	var err error
	for range 2 { // once more: a benchmark that waits for the disk gives up when others use it
		text, err = output(ctx, root, "go", "test", "-run=^$", "-bench=^("+strings.Join(patterns, "|")+")$",
			"-benchmem", "-benchtime="+o.smallTime.String(), "./"+pkg)
		if err == nil {
			return parseSmall(string(text))
		}
	}
	return nil, fmt.Errorf("benchmarks of %s: %w\n%s", pkg, err, text)
}

// cpuSuffix is the number of CPUs that go test adds to a benchmark's name.
var cpuSuffix = regexp.MustCompile(`-\d+$`)

// parseSmall reads the lines of go test -bench: a name, a count, and pairs of a
// figure and its unit.
func parseSmall(text string) (map[string]smallFigure, error) {
	out := map[string]smallFigure{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		var f smallFigure
		for i := 2; i+1 < len(fields); i += 2 {
			n, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, fmt.Errorf("read benchmark line %q: %w", line, err)
			}
			switch fields[i+1] {
			case "ns/op":
				f.nsPerOp = n
			case "B/op":
				f.bytes = int64(n)
			case "allocs/op":
				f.allocations = int64(n)
			}
		}
		out[cpuSuffix.ReplaceAllString(fields[0], "")] = f
	}
	return out, nil
}

// moduleRoot is the folder of the repository, wherever the rig was started.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := output(ctx, "", "go", "env", "GOMOD")
	if err != nil {
		return "", err
	}
	file := strings.TrimSpace(string(out))
	if file == "" || file == os.DevNull {
		return "", fmt.Errorf("start the benchmark inside the repository")
	}
	return filepath.Dir(file), nil
}

// smallPackages are the folders of the benchmarks, each once.
func smallPackages() []string {
	var out []string
	for _, b := range smallBenchmarks {
		if !slices.Contains(out, b.pkg) {
			out = append(out, b.pkg)
		}
	}
	return out
}
