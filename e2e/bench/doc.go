// SPDX-License-Identifier: EUPL-1.2

// Command bench measures the data plane: client, Outway, mTLS, Inway, backend,
// with both transaction logs durable, beside chains of other programs on the same
// machine in the same run.
//
// It owns the programs it compares with (nginx, haproxy, PostgreSQL, reverse
// proxies in Go), the load, as fast as answers come and at fixed rates, the
// figures, what was aimed at, and the pages docs/performance.md and
// docs/performance-soak.md. Absolute figures of a shared machine say little, so it
// measures all chains in turn within a round, waits until nothing else runs, drops
// rounds that were disturbed, and reports ratios to nginx of the same round.
//
// It must not know how Samenspel works inside: it starts the built program as two
// nodes, makes a contract between them through the command line and sends calls.
// Only the benchmark of the log's engine, and the chain that shows what the log
// costs by leaving it out, use packages of ours directly.
//
// Everything listens on loopback addresses, lives in a temporary folder and ends
// with the run. Entry point: run `go run ./e2e/bench -h`.
package main
