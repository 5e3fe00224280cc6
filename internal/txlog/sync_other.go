// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package txlog

// platform is for Linux only.
type platform struct{}

func (platform) open(string) {}

// Sync flushes data and metadata.
func (f *dataFile) Sync() error { return f.File.Sync() }
