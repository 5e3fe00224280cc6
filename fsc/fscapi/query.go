// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/samenspel/samenspel/fsc"
)

const (
	sortAscending  = "SORT_ORDER_ASCENDING"
	sortDescending = "SORT_ORDER_DESCENDING"
	maxHashLength  = 1024
	minName        = 3
	maxName        = 255
)

// query reads the parameters of a list and keeps the first error. An empty
// parameter counts as absent, an unknown one is ignored.
type query struct {
	values url.Values
	err    error
}

func parseQuery(raw string) *query {
	values, err := url.ParseQuery(raw)
	q := &query{values: values}
	if err != nil {
		q.err = fsc.Errorf(fsc.CodeInvalidRequest, "the query of the URL is malformed")
	}
	return q
}

func (q *query) refuse(format string, args ...any) {
	if q.err == nil {
		q.err = fsc.Errorf(fsc.CodeInvalidRequest, format, args...)
	}
}

// single gives the value of a parameter that may be given once.
func (q *query) single(name string) string {
	if len(q.values[name]) > 1 {
		q.refuse("parameter %s can be given only once", name)
	}
	return q.values.Get(name)
}

// name reads an optional name or part of one.
func (q *query) name(param string) string {
	s := q.single(param)
	if s != "" && !lengthBetween(s, minName, maxName) {
		q.refuse("parameter %s must be %d to %d characters", param, minName, maxName)
	}
	return s
}

// seconds reads an optional time in Unix seconds.
func (q *query) seconds(param string) *int64 {
	s := q.single(param)
	if s == "" {
		return nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		q.refuse("parameter %s must be Unix seconds", param)
		return nil
	}
	return &n
}

// list reads a parameter that holds several values with commas between them,
// is given several times, or both.
func (q *query) list(param string, minLength, maxLength int) []string {
	var list []string
	for _, v := range q.values[param] {
		if v == "" {
			continue
		}
		if len(list)+strings.Count(v, ",") >= MaxLimit {
			q.refuse("parameter %s can have at most %d values", param, MaxLimit)
			return nil
		}
		list = append(list, strings.Split(v, ",")...)
	}
	for _, s := range list {
		if !lengthBetween(s, minLength, maxLength) {
			q.refuse("each value of parameter %s must be %d to %d characters", param, minLength, maxLength)
			return nil
		}
	}
	return list
}

// page reads limit and sort_order.
func (q *query) page() Page {
	p := Page{Limit: DefaultLimit}
	if s := q.single("limit"); s != "" {
		n, err := strconv.ParseUint(s, 10, 32)
		if err != nil || n < 1 || n > MaxLimit {
			q.refuse("parameter limit must be a number from 1 to %d", MaxLimit)
			return p
		}
		p.Limit = int(n)
	}
	switch q.single("sort_order") {
	case sortAscending:
		p.Ascending = true
	case "", sortDescending:
	default:
		q.refuse("parameter sort_order must be %s or %s", sortAscending, sortDescending)
	}
	return p
}

func (q *query) grantType() fsc.GrantType {
	t := fsc.GrantType(q.single("grant_type"))
	if t != "" && !t.IsPublication() && !t.IsConnection() {
		q.refuse("parameter grant_type is not a grant type")
	}
	return t
}

func lengthBetween(s string, low, high int) bool {
	n := utf8.RuneCountInString(s)
	return n >= low && n <= high && utf8.ValidString(s)
}

func convert[T, S ~string](list []S) []T {
	if len(list) == 0 {
		return nil
	}
	out := make([]T, len(list))
	for i, s := range list {
		out[i] = T(s)
	}
	return out
}

// set writes an optional parameter.
func set(v url.Values, name, value string) {
	if value != "" {
		v.Set(name, value)
	}
}

// setList writes a list in the standard's form: one parameter with commas.
func setList[T ~string](v url.Values, name string, list []T) {
	set(v, name, strings.Join(convert[string](list), ","))
}

// pageValues writes the parameters that all lists share.
func pageValues(p Page) url.Values {
	v := url.Values{}
	if p.Limit > 0 {
		v.Set("limit", strconv.Itoa(p.Limit))
	}
	// Not every list of the standard has a default order, so it is always said.
	v.Set("sort_order", sortDescending)
	if p.Ascending {
		v.Set("sort_order", sortAscending)
	}
	set(v, "cursor", strings.Join(p.After, ""))
	return v
}

func setSeconds(v url.Values, name string, t *int64) {
	if t != nil {
		v.Set(name, strconv.FormatInt(*t, 10))
	}
}
