// SPDX-License-Identifier: EUPL-1.2

// Package strict refuses spellings of a request over HTTP/1.1 that the server of net/http
// accepts and that another program may read in another way: that is how a request is
// smuggled past a proxy. It stands between a connection and net/http, and looks at all
// that passes:
//
//   - a line of the head, of a chunk's size or of the trailers that doesn't end in CRLF
//     (RFC 9112, section 2.2),
//   - a field that goes on over a second line (section 5.2),
//   - a length beside chunks, more than one of either, or chunks in HTTP/1.0 (section 6.3),
//   - a chunk's size that is more than digits and extensions (section 7.1),
//   - all that follows on a head that is longer than net/http takes.
//
// What it finds ends the reading with an error, which net/http answers with 400, or with 431
// for the length, before it closes the connection. Whatever else is wrong net/http finds itself.
//
// It must not know handlers or the answers to a request. The entry point is [New].
package strict
