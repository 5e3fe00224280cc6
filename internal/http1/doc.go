// SPDX-License-Identifier: EUPL-1.2

// Package http1 is the server side of the hot path: it serves the ordinary
// request over HTTP/1.1 with few system calls and allocations, and leaves all
// else to net/http.
//
// A [Server] is made from a configured http.Server and takes the same handler.
// It reads a request head by a grammar that is a strict part of RFC 9112: a
// method, an absolute path, one Host, fields in lines that end in CRLF, no
// body or one of a given length. A connection whose next request is anything
// else (chunked bodies, Expect, Upgrade, CONNECT, HTTP/1.0, HTTP/2, odd or
// malformed bytes) goes, with every byte that was read from it, to the
// http.Server, and stays there; on the way package strict refuses what can be read in
// two ways. So nothing is accepted that net/http would refuse or read in another way.
//
// There are no timers per request: a watcher looks at all connections a few
// times a second, closes those that are too slow, are idle too long or take
// nothing of what is written to them, and ends the context of a request whose
// client has left.
//
// The package must not know FSC, tokens, proxies or logs.
//
// Start with [New] and [Server.Serve].
package http1
