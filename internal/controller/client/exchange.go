// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// exchange sends a request and reads the answer.
func exchange[T any](ctx context.Context, c *Client, r request) (T, string, error) {
	var out T
	res, err := c.send(ctx, &r)
	if err != nil {
		return out, "", plain(err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.UnmarshalRead(io.LimitReader(res.Body, maxAnswer), &out); err != nil {
		return out, "", fmt.Errorf("%s %s: read answer: %w", r.method, r.path, err)
	}
	return out, res.Header.Get("ETag"), nil
}

// plain gives a refusal as callers know it.
func plain(err error) error {
	if r, ok := errors.AsType[*refused](err); ok {
		return r.Problem
	}
	return err
}

func read[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	out, _, err := exchange[T](ctx, c, request{method: http.MethodGet, path: path, query: query})
	return out, err
}

func readTagged[T any](ctx context.Context, c *Client, path string) (Tagged[T], error) {
	out, tag, err := exchange[T](ctx, c, request{method: http.MethodGet, path: path})
	return Tagged[T]{out, tag}, err
}

// create makes something under an Idempotency-Key.
func create[T any](ctx context.Context, c *Client, path string, body any) (T, error) {
	out, _, err := exchange[T](ctx, c, request{method: http.MethodPost, path: path, body: body, once: true})
	return out, err
}

// perform is a POST that isn't sent twice.
func perform[T any](ctx context.Context, c *Client, path string, body any) (T, error) {
	out, _, err := exchange[T](ctx, c, request{method: http.MethodPost, path: path, body: body})
	return out, err
}

func replace[T any](ctx context.Context, c *Client, path string, body any, match If) (Tagged[T], error) {
	out, tag, err := exchange[T](ctx, c, request{method: http.MethodPut, path: path, body: body, match: match})
	return Tagged[T]{out, tag}, err
}

// silent is a request whose answer has no body.
func (c *Client) silent(ctx context.Context, r request) error {
	res, err := c.send(ctx, &r)
	if err != nil {
		return plain(err)
	}
	return res.Body.Close()
}

func (c *Client) remove(ctx context.Context, path string, match If) error {
	return c.silent(ctx, request{method: http.MethodDelete, path: path, match: match})
}

// all goes through a list page by page; it stops at an error.
func all[T any](ctx context.Context, c *Client, path string, query url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		query := maps.Clone(query)
		for {
			p, err := read[Page[T]](ctx, c, path, query)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range p.Items {
				if !yield(item, nil) {
					return
				}
			}
			if p.Next == "" {
				return
			}
			if query == nil {
				query = url.Values{}
			}
			query.Set("cursor", p.Next)
		}
	}
}

// lines reads an export, one JSON object a line. An export that breaks off is
// an error, so that nobody takes a part for the whole.
func lines[T any](ctx context.Context, c *Client, path string, body any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		res, err := c.send(ctx, &request{method: http.MethodPost, path: path, body: body})
		if err != nil {
			yield(none, plain(err))
			return
		}
		defer func() { _ = res.Body.Close() }()
		d := jsontext.NewDecoder(res.Body)
		for {
			var v T
			err := json.UnmarshalDecode(d, &v)
			if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return
			}
			if err != nil {
				yield(none, fmt.Errorf("POST %s: read line: %w", path, err))
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// query makes the parameters of a list; what is zero is left out.
type query url.Values

func (q query) text(name, value string) query {
	if value != "" {
		q[name] = []string{value}
	}
	return q
}

func (q query) flag(name string, value bool) query {
	if value {
		q[name] = []string{"true"}
	}
	return q
}

func (q query) limit(value int) query {
	if value != 0 {
		q["limit"] = []string{strconv.Itoa(value)}
	}
	return q
}

func (q query) moment(name string, value time.Time) query {
	if !value.IsZero() {
		q[name] = []string{value.UTC().Format(time.RFC3339Nano)}
	}
	return q
}

// at makes a path of segments; the odd ones are values.
func at(segments ...string) string {
	for i := 1; i < len(segments); i += 2 {
		segments[i] = url.PathEscape(segments[i])
	}
	return "/" + strings.Join(segments, "/")
}
