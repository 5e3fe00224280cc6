// SPDX-License-Identifier: EUPL-1.2

// Package facts is the compact file format of the fictitious persons: what the
// generator writes and the source reads.
//
// The file is gzip over lines of JSON. The first line is a [Tables]: the code
// tables the persons refer to. Every further line is one [Person]. The order
// is by BSN, then by the rest of the record, so the same input always gives
// the same bytes.
//
// Dates are the eight digits of the registration ("19850704"), where zeros
// mean unknown ("19850700", "00000000"), and empty means absent. Codes keep
// their leading zeros.
//
// The package knows nothing of HTTP, of the response shape or of SQL.
// [Write] and [Read] are the entry points.
package facts
