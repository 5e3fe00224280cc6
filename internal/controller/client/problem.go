// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"strconv"
	"strings"
)

// Problem is why something wasn't done (RFC 9457). It is the error of each
// method when the node refuses.
type Problem struct { //nolint:errname // the word of RFC 9457
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance,omitempty"`
	// Code is for programs: not_found, forbidden, conflict …, or a code of the
	// standard where there is one.
	Code string `json:"code"`
	// Errors are all that is wrong with what was sent.
	Errors []InputError `json:"errors,omitempty"`
}

// InputError is one thing that is wrong with what was sent.
type InputError struct {
	In string `json:"in"` // body, query, path or header
	// Pointer is a JSON pointer in a body, otherwise the name of the parameter.
	Pointer string `json:"pointer"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

// Error gives detail and errors on one line.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(p.Status) + " " + p.Detail)
	for _, e := range p.Errors {
		b.WriteString("; " + e.Pointer + " " + e.Detail)
	}
	return b.String()
}

// Waiting tells that an act waits for a second person. It is an error, since
// what was asked for isn't there yet, but nothing went wrong.
type Waiting struct { //nolint:errname // it isn't a failure
	Status string `json:"status"`
	Detail string `json:"detail"`
	// DecisionRequestID is the request; empty where it isn't certain which one.
	DecisionRequestID string `json:"decisionRequestId,omitempty"`
}

// Error gives the detail.
func (w *Waiting) Error() string { return w.Detail }

// Page is a part of a list. Next and Previous are cursors; empty where there is
// no such part.
type Page[T any] struct {
	Items []T `json:"items"`
	// Total is the number of rows of the whole list, where they are counted.
	Total    int    `json:"total,omitzero"`
	Next     string `json:"next,omitempty"`
	Previous string `json:"previous,omitempty"`
}

// ContractPage is a part of the list of contracts, with numbers of all.
type ContractPage struct {
	Page[Contract]

	Counts ContractCounts `json:"counts"`
}
