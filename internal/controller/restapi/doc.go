// SPDX-License-Identifier: EUPL-1.2

// Package restapi is the management API: everything that people do in the pages
// of the Controller, for programs, under the Dutch API Design Rules.
//
// The OpenAPI document openapi.yaml comes first: paths, parameters and bodies
// are checked against it before an operation sees them, and the package doesn't
// start when an operation has no handler or a handler no operation. The package
// owns what HTTP adds: who asks, rate limits, problems (RFC 9457), ETags,
// idempotency keys, cursors and links. Each operation calls one act or view of
// the Controller, which decides who may do what and writes the audit trail.
//
// The package must not know HTML, SQL or the rules of the standard.
//
// Start with [New]. [Tokens] tells who asks by a bearer token.
package restapi
