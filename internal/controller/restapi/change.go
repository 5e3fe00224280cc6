// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// etagOf gives the ETag of what can be changed.
func etagOf(v any) (string, error) {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("make ETag: %w", err)
	}
	sum := sha256.Sum256(b)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`, nil
}

// tagged answers with something that can be changed, and its ETag. version is
// what the ETag is of.
func tagged(status int, body any, location string, version any) (*reply, error) {
	tag, err := etagOf(version)
	if err != nil {
		return nil, err
	}
	return &reply{status: status, body: body, location: location, etag: tag}, nil
}

// change does an act on what exists, unless If-Match or If-None-Match forbids
// it. current gives what the ETag is of. Two changes of one thing under such a
// condition don't run beside each other: the second is refused.
func (s *server) change(c *call, current func() (any, error), act func() (*reply, error)) (*reply, error) {
	match, none := c.r.Header.Get("If-Match"), c.r.Header.Get("If-None-Match")
	if c.op.Parameter("header", "If-Match") == nil || match == "" && none == "" {
		return act()
	}
	path := c.r.URL.EscapedPath()
	if !s.changing.begin(path) {
		return nil, fail(http.StatusConflict, "conflict", "this is being changed at this moment; read it again")
	}
	defer s.changing.end(path)
	v, err := current()
	exists := !isNotFound(err)
	if err != nil && exists {
		return nil, err
	}
	tag := ""
	if exists {
		if tag, err = etagOf(v); err != nil {
			return nil, err
		}
	}
	if none != "" && exists || match != "" && (!exists || !matches(match, tag)) {
		return nil, fail(http.StatusPreconditionFailed, "precondition_failed", "it isn't what it was when you read it; read it again")
	}
	return act()
}

// matches tells whether a list of ETags holds the tag, or is *.
func matches(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one == "*" || one == tag {
			return true
		}
	}
	return false
}

func isNotFound(err error) bool {
	for _, e := range controller.FieldErrors(err) {
		if e.Kind == operator.KindNotFound {
			return true
		}
	}
	return errors.Is(err, operator.ErrNotFound)
}

// turns keeps things that are being changed.
type turns struct {
	mu   sync.Mutex
	busy map[string]bool
}

func newTurns() *turns { return &turns{busy: map[string]bool{}} }

func (t *turns) begin(what string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy[what] {
		return false
	}
	t.busy[what] = true
	return true
}

func (t *turns) end(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.busy, what)
}
