// SPDX-License-Identifier: EUPL-1.2

package ocds

import (
	"fmt"
	"strings"
)

// Rules that a [Problem] can name beside the keywords of JSON Schema (required,
// type, enum, pattern, format, minLength, minItems, minProperties, uniqueItems,
// additionalProperties).
const (
	ruleJSON      = "json"
	ruleLimit     = "limit"
	ruleDuplicate = "duplicate"
	ruleVersion   = "version"
	ruleReference = "reference"
	ruleInput     = "input"

	// RuleFourYears is the rule of [Problem] for a framework of more than four
	// years without a reason: Directive 2014/24/EU, article 33(1).
	RuleFourYears = "2014/24/EU art. 33(1)"
	// RuleMaximum is the rule of [Problem] for a framework without a maximum
	// quantity or value: Court of Justice of the EU, C-23/20.
	RuleMaximum = "C-23/20"
	// RuleImmutable is the rule of [Problem] for two different releases with one id.
	RuleImmutable = "immutable"
)

const (
	maxProblems = 100
	maxTold     = 10
)

// Problem is one reason why a document or a fact isn't accepted.
type Problem struct {
	Path string // JSON Pointer (RFC 6901) into the document, or the name of an input field; "" is the whole
	Rule string // keyword of JSON Schema, or one of the names above
	Text string // what is wrong and what would be right, in English
}

// String gives the problem as one line.
func (p Problem) String() string {
	if p.Path == "" {
		return fmt.Sprintf("%s (%s)", p.Text, p.Rule)
	}
	return fmt.Sprintf("%s: %s (%s)", p.Path, p.Text, p.Rule)
}

// InvalidError says why a document or a fact was refused. Nothing of it was used.
type InvalidError struct {
	Problems []Problem // at least one, at most 100, in the order of the document
}

// Error names the first ten problems and the number of all others.
func (e *InvalidError) Error() string {
	lines := make([]string, 0, maxTold+1)
	for i, p := range e.Problems {
		if i == maxTold {
			lines = append(lines, fmt.Sprintf("and %d more", len(e.Problems)-maxTold))
			break
		}
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "; ")
}

// problem is an InvalidError with one problem.
func problem(path, rule, format string, args ...any) error {
	return &InvalidError{Problems: []Problem{{Path: path, Rule: rule, Text: fmt.Sprintf(format, args...)}}}
}

// findings gathers problems up to the limit.
type findings struct{ list []Problem }

func (f *findings) add(path, rule, format string, args ...any) {
	if len(f.list) < maxProblems {
		f.list = append(f.list, Problem{Path: path, Rule: rule, Text: fmt.Sprintf(format, args...)})
	}
}

func (f *findings) full() bool { return len(f.list) >= maxProblems }

// err is nil when nothing was found.
func (f *findings) err() error {
	if len(f.list) == 0 {
		return nil
	}
	return &InvalidError{Problems: f.list}
}
