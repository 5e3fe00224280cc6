// SPDX-License-Identifier: EUPL-1.2

// Package proxy is what Inway and Outway share on the hot path: an upstream
// client on pooled connections that streams a request to one target and its
// response back, the hop-by-hop rules, the FSC headers, transaction ids and the
// FSC error reply.
//
// The front is a net/http server of the caller. The back is [Upstream]: the
// request head leaves in one write, together with a body that is small; the
// response is read by the same goroutine. Only a large or open-ended request
// body gets a goroutine of its own, so that an early response passes.
//
// Path and query go out byte for byte as they came in, and so do end-to-end
// headers, bodies and trailers. What arrives from a target is parsed strictly:
// a response whose length can be read in two ways is refused.
//
// The package must not know tokens, contracts, grants, storage or logs. It
// returns errors that say how far the request came and leaves the answer, the
// record and the log line to its caller.
//
// Start with [NewUpstream], [Upstream.Forward] and [WriteError].
package proxy
