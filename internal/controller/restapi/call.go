// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/controller/restapi/oas"
	"github.com/samenspel/samenspel/internal/operator"
)

// call is a request that fits the OpenAPI document.
type call struct {
	r     *http.Request
	op    *oas.Operation
	actor operator.Actor
	path  map[string]string
	query map[string]string
	body  []byte
	file  *sentFile // a body of bytes, to be read once
	began time.Time
}

// ctx ends when whoever asked is gone.
func (c *call) ctx() context.Context { return c.r.Context() }

// text gives a parameter of the query; empty when it wasn't given.
func (c *call) text(name string) string { return c.query[name] }

// integer gives a parameter that is a number; 0 when it wasn't given.
func (c *call) integer(name string) int {
	n, _ := strconv.Atoi(c.query[name]) // checked before
	return n
}

// flag gives a parameter that is true or false.
func (c *call) flag(name string) bool { return c.query[name] == "true" }

// moment gives a parameter that is a moment; zero when it wasn't given.
func (c *call) moment(name string) time.Time {
	t, err := time.Parse(time.RFC3339, c.query[name])
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// sort gives the order with the name that the Controller has for it, and
// whether it is descending.
func (c *call) sort() (name string, descending bool) {
	name, descending = strings.CutPrefix(c.query["sort"], "-")
	return name, descending
}

// limit is how long a page is.
func (c *call) limit() int {
	if n := c.integer("limit"); n > 0 {
		return n
	}
	return defaultLimit
}

const defaultLimit = 25

// cursor gives what a page gave as next or previous, as the Controller knows it.
func (c *call) cursor() (after, before string, err error) {
	text := c.query["cursor"]
	if text == "" {
		return "", "", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < 2 || b[0] != 'n' && b[0] != 'p' {
		return "", "", wrongCursor()
	}
	if b[0] == 'n' {
		return string(b[1:]), "", nil
	}
	return "", string(b[1:]), nil
}

func wrongCursor() error {
	return &operator.Error{Kind: operator.KindInvalid, Field: "cursor", Text: "this isn't a cursor of this list"}
}

// next and previous make cursors; an empty key gives none.
func next(key string) string     { return cursorText("n", key) }
func previous(key string) string { return cursorText("p", key) }

func cursorText(direction, key string) string {
	if key == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(direction + key))
}

// decode reads the body, which fits its schema.
func decode[T any](c *call) (T, error) {
	var v T
	if err := json.Unmarshal(c.body, &v); err != nil {
		return v, fmt.Errorf("read a body that was checked: %w", err)
	}
	return v, nil
}

// reply is the answer of an operation.
type reply struct {
	status   int
	body     any    // JSON; nil: none
	raw      []byte // instead of body: JSON as it is
	etag     string
	location string // path below the base
	links    string
	// stream writes lines of JSON instead of a body.
	stream func(io.Writer) error
	// file is given as bytes instead of a body, and closed.
	file *controller.AnnexFile
}

// done answers 200.
func done(body any) (*reply, error) { return &reply{status: http.StatusOK, body: body}, nil }

// made answers 201 with the place of what was made.
func made(body any, location string) (*reply, error) {
	return &reply{status: http.StatusCreated, body: body, location: location}, nil
}

// gone answers 204.
func gone() (*reply, error) { return &reply{status: http.StatusNoContent}, nil }

// page answers with a part of a list.
func page[T any](c *call, items []T, total int, next, previous string) (*reply, error) {
	p := client.Page[T]{Items: items, Total: total, Next: next, Previous: previous}
	return &reply{status: http.StatusOK, body: p, links: c.links(next, previous)}, nil
}

// whole answers with a list that has one part.
func whole[T any](c *call, items []T) (*reply, error) { return page(c, items, len(items), "", "") }

// links makes the Link header of a page.
func (c *call) links(next, previous string) string {
	var out []string
	add := func(cursor, rel string) {
		if cursor == "" {
			return
		}
		q := c.r.URL.Query()
		q.Set("cursor", cursor)
		out = append(out, "<"+c.r.URL.EscapedPath()+"?"+q.Encode()+`>; rel="`+rel+`"`)
	}
	add(next, "next")
	add(previous, "prev")
	return strings.Join(out, ", ")
}
