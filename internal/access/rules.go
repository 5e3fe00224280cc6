// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
)

// Rules follows a file with rules, so that a change holds without a restart. A
// file that can't be read or is wrong is never taken into use: the old rules stay
// and the log tells why.
type Rules struct {
	file    string
	of      Component
	logger  *slog.Logger
	current atomic.Pointer[ruleSet]
	failing atomic.Bool

	mu   sync.Mutex
	last string // what was told last
}

// NewRules reads the file once; the error is that of the first reading.
func NewRules(file string, of Component, logger *slog.Logger) (*Rules, error) {
	r := &Rules{file: file, of: of, logger: logger}
	set, err := r.read()
	if err != nil {
		return nil, err
	}
	r.current.Store(set)
	return r, nil
}

func (r *Rules) read() (*ruleSet, error) {
	f, err := os.Open(r.file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // was only read
	b, err := io.ReadAll(io.LimitReader(f, maxRuleFile+1))
	if err != nil {
		return nil, err
	}
	set, err := parseRules(b, r.of)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.file, err)
	}
	return set, nil
}

// Reload reads the file now and takes changed rules into use. It logs a failure
// when it appears or changes, not each time.
func (r *Rules) Reload() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	set, err := r.read()
	r.failing.Store(err != nil)
	if err != nil {
		if r.last != err.Error() {
			r.last = err.Error()
			r.logger.Error("rules not reloaded; the old ones stay", "component", string(r.of), "error", err)
		}
		return err
	}
	r.last = ""
	if set.version != r.current.Load().version {
		r.current.Store(set)
		r.logger.Info("rules reloaded", "component", string(r.of), "version", set.version)
	}
	return nil
}

// Failing tells that the file can't be used as it is now.
func (r *Rules) Failing() bool { return r.failing.Load() }

// CheckRules tells what is wrong with a file with rules.
func CheckRules(file string, of Component) error {
	_, err := (&Rules{file: file, of: of}).read()
	return err
}
