// SPDX-License-Identifier: EUPL-1.2

package store

import "github.com/pressly/goose/v3"

// dialect is what differs between database engines, apart from migrations.
type dialect struct {
	// name is the folder of the migrations.
	name      string
	migration goose.Dialect
	// skipLocked ends a subquery that picks rows for this transaction alone.
	skipLocked string
	// retryable tells whether a transaction that failed so may be run again.
	retryable func(error) bool
}
