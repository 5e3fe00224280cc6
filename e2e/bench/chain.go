// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The chains, by the names they have in the report.
const (
	chainDirect      = "direct"
	chainNginx       = "nginx+nginx"
	chainHaproxy     = "haproxy+haproxy"
	chainSamenspel   = "samenspel"
	chainQuiet       = "samenspel-nolog"
	chainReverse     = "reverseproxy+postgres"
	chainPredecessor = "predecessor"
)

// chain is a way from the client to the backend.
type chain struct {
	name  string
	entry string // URL without path
	host  string // Host header of the calls; empty is that of the URL
	// outway and inway are the hops, extra is the database server they share;
	// nil where the chain has none.
	outway, inway, extra *process
	hopPort              int // where the second hop listens
	// What a chain leaves to do after its load is part of its own cost and not of
	// the next one's: finish, when not nil, has it done at once, and pauses is how
	// long the chain may seem to rest before it goes on with it.
	finish func(context.Context) error
	pauses time.Duration
}

func (c *chain) processes() []*process {
	return slices.DeleteFunc([]*process{c.outway, c.inway, c.extra}, func(p *process) bool { return p == nil })
}

// bodyPath is where the backend has an answer of so many bytes.
func bodyPath(n int) string { return "/body/" + strconv.Itoa(n) }

func bodyText(n int) []byte { return bytes.Repeat([]byte("s"), n) }

// startChains starts the backend and everything in front of it. All chains stay
// up for the whole run; only one at a time has work.
func (r *rig) startChains(ctx context.Context) ([]*chain, error) {
	direct, err := r.startBackend(ctx)
	if err != nil {
		return nil, err
	}
	chains := []*chain{direct}
	backend := strings.TrimPrefix(direct.entry, "http://")
	starters := []struct {
		name  string
		start func(ctx context.Context, backend string) (*chain, error)
	}{
		{chainNginx, r.startNginx},
		{chainHaproxy, r.startHaproxy},
		{chainSamenspel, r.startSamenspel},
		{chainQuiet, r.startQuiet},
		{chainReverse, r.startReverse},
		{chainPredecessor, r.startPredecessor},
	}
	for _, s := range starters {
		if s.name != chainNginx && len(r.only) > 0 && !slices.Contains(r.only, s.name) {
			continue
		}
		r.say("start %s", s.name)
		c, err := s.start(ctx, backend)
		if err != nil {
			return nil, fmt.Errorf("chain %s: %w", s.name, err)
		}
		c.name = s.name
		chains = append(chains, c)
	}
	for _, c := range chains {
		if err := r.check(ctx, c); err != nil {
			return nil, err
		}
	}
	return chains, nil
}

// check compares the answers that come through the chain with those of the backend.
func (r *rig) check(ctx context.Context, c *chain) error {
	client := newCaller()
	defer client.CloseIdleConnections()
	for _, n := range r.bodies {
		got, err := c.get(ctx, client, n)
		if err != nil {
			return fmt.Errorf("chain %s: %w", c.name, err)
		}
		if !bytes.Equal(got, bodyText(n)) {
			return fmt.Errorf("chain %s: the answer of %d bytes arrives altered", c.name, n)
		}
	}
	return nil
}

func newCaller() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableCompression: true}, Timeout: 5 * time.Second}
}

func (c *chain) get(ctx context.Context, client *http.Client, body int) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.entry+bodyPath(body), http.NoBody) //nolint:gosec // a loopback address of the rig
	if err != nil {
		return nil, err
	}
	req.Host = c.host
	res, err := client.Do(req) //nolint:gosec // a loopback address of the rig
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answer %s: %s", res.Status, b[:min(len(b), 300)])
	}
	return b, nil
}

// ready waits until the chain answers.
func (c *chain) ready(ctx context.Context, body int) error {
	client := newCaller()
	defer client.CloseIdleConnections()
	for _, p := range c.processes() {
		if err := p.waitFor(ctx, 15*time.Second, func(ctx context.Context) error {
			_, err := c.get(ctx, client, body)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
