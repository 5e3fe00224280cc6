// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package txlog

// Sync flushes data and metadata.
func (f *dataFile) Sync() error { return f.File.Sync() }

// flusher is for Linux only.
type flusher struct{}
