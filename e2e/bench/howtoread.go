// SPDX-License-Identifier: EUPL-1.2

package main

const howToRead = `## How to read this

- All programs share one machine: the client (wrk, one thread), both hops, the backend (nginx, one worker, static
  answers) and the database. Absolute figures therefore say little; ratios and CPU per request say more.
- **direct** is the client on the backend. **nginx+nginx** and **haproxy+haproxy** are two hops with mTLS (TLS 1.3, P-256,
  AES-128-GCM) and connections that are kept; they check no token and write no log. **samenspel** is two nodes as an
  organisation runs them, each one process with a Manager: token checked on each call, a record durable on both sides
  before the call goes on, and records indexed into SQLite meanwhile.
- **samenspel-nolog** is for comparison only: our Outway and Inway with all their checks, but with a log that keeps
  nothing and without a Manager. It is part of the benchmark; a node can't be configured like that.
- **reverseproxy+postgres** is the usual design in Go: a tuned ` + "`httputil.ReverseProxy`" + ` on both sides, a token verified
  once, and an INSERT per request and side into one PostgreSQL. **predecessor** has the same inserts and the connections
  of the gateways that were there before: at the Outway the two idle connections that a transport keeps by itself, at
  the Inway a new transport, and so a new connection to the service, for each request.
- Chains are measured in turn within each round, each round starting with another one. Requests/s is the median of the
  rounds with the lowest and highest behind it. Ratios are taken per round, against nginx in the same round. With one
  connection half of the rounds are measured, without the chains that have a database.
- Before each cell the benchmark waits until other programs leave the machine alone and what was written is on the disk;
  after its cell a chain first finishes what it put off (the index of the log, the checkpoint of PostgreSQL), so that
  this isn't charged to the next. A round in which others used more than
  0.25 core is dropped; the last column counts what was kept. "Disturbed" means that none was quiet, so take it with care.
- CPU is user and system time of Outway + Inway (+ database): during the load, and up to when they rest again after it,
  for example because records are indexed; "settles" is how long that takes. Target T9 compares the first. Memory is the
  resident set of each at the end.
- New connections are those that the chain opened during the load, between the hops and to the backend, after a warm-up
  at the highest number of clients.
- Most load is closed loop: each connection sends its next request when it has the answer. Latencies at many connections
  mostly show queueing for two cores; those at a fixed rate don't.
- How fast "durable" is depends on the disk; the flush time tells how fast this one says it is. No test cut the power.
`
