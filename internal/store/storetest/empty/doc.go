// SPDX-License-Identifier: EUPL-1.2

// Package empty gives tests the files of a store without rows, with its newest
// tables. To make the tables takes longer than most tests, so that is done once
// in a test program and copied. The entry point is [Dir].
//
// It owns those copies. It must not know what a test keeps in a store. Package
// store tests how the tables are made, with folders of its own.
package empty
