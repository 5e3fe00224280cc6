// SPDX-License-Identifier: EUPL-1.2

// Package oas reads an OpenAPI 3.0 document and checks what comes in against it:
// parameters and JSON bodies, with everything that is wrong told at once.
//
// It owns the part of OpenAPI and JSON Schema that our own document uses, and
// refuses a document that uses more, so that no keyword is there for show. It
// reads JSON itself, since a reader that stops at the first unknown or
// duplicate member can't tell the others.
//
// The package must not know HTTP handlers or what an operation does.
//
// Start with [Load]; a [Schema] and a [Parameter] check values.
package oas
