// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/pki"
)

const (
	feedRetry = 2 * time.Second
	// A snapshot that takes long to apply is applied at most a part of the time. What
	// changed takes no time; a whole one comes after the first only for another
	// certificate, and when the Manager can't tell what changed.
	feedLong    = 200 * time.Millisecond
	feedRests   = 9
	feedRestMax = 30 * time.Second
)

// fed tells whether a first snapshot has arrived.
type fed struct {
	ok    atomic.Bool
	first chan struct{} // closed when it has
}

func newFed() *fed { return &fed{first: make(chan struct{})} }

func (f *fed) arrived() {
	if f.ok.CompareAndSwap(false, true) {
		close(f.first)
	}
}

func (f *fed) health() error {
	if f.ok.Load() {
		return nil
	}
	return errors.New("no snapshot from the Manager yet")
}

// source is where a component's snapshots come from and go to.
type source[T any] struct {
	component string
	fed       *fed
	// next waits for a snapshot that isn't the version after.
	next func(ctx context.Context, after string) (internalapi.Snapshot[T], error)
	// own names what else the snapshot is applied with; when it changes, a whole
	// one is asked for.
	own   func() string
	apply func(*T) error
}

// feed applies each new snapshot until ctx ends. When the Manager is away, the
// component keeps working on the last one.
func feed[T any](ctx context.Context, n *Node, from source[T]) {
	version, own := "", ""
	for ctx.Err() == nil {
		s, err := from.next(ctx, version)
		now := from.own()
		if err == nil && version != "" && now != own { // what changed isn't enough for another certificate
			version = ""
			continue
		}
		var took time.Duration
		if err == nil && s.Content != nil && s.Version != version {
			began := time.Now()
			if err = from.apply(s.Content); err == nil {
				if from.fed.ok.Load() { // changes that came in meanwhile follow the first at once
					took = time.Since(began)
				}
				version, own = s.Version, now
				from.fed.arrived()
			}
		}
		rest := feedRest(took)
		if err != nil && ctx.Err() == nil {
			n.logger.Error("snapshot", "component", from.component, "error", err)
			rest = max(rest, feedRetry)
		}
		if rest == 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
	}
}

// feedRest is how long the next snapshot waits after one that took so long.
func feedRest(took time.Duration) time.Duration {
	if took < feedLong {
		return 0
	}
	return min(feedRests*took, feedRestMax)
}

// internalClient makes the client for the door of a Manager in another process.
func (n *Node) internalClient() (*internalapi.Client, error) {
	c := n.cfg.Internal
	own, err := pki.NewReloader(pki.Files{Certificate: c.Certificate, Key: c.Key}, n.logger, n.now)
	if err != nil {
		return nil, fmt.Errorf("internal: %w", err)
	}
	return NewInternalClient(c.Address, c.CA, own, n.now)
}

// NewInternalClient makes a client for an internal door, with the PEM file of
// the internal CA and the component's own pair.
func NewInternalClient(address, caFile string, own pki.Source, now func() time.Time) (*internalapi.Client, error) {
	c, err := NewInternalHTTPClient(caFile, own, now)
	if err != nil {
		return nil, err
	}
	return internalapi.NewClient(c, address), nil
}

// NewInternalHTTPClient makes the HTTP client under it, which also reaches the
// management API below [ManagementPath].
func NewInternalHTTPClient(caFile string, own pki.Source, now func() time.Time) (*http.Client, error) {
	b, err := os.ReadFile(caFile) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("internal CA: %w", err)
	}
	anchors, err := pki.LoadAnchors(b)
	if err != nil {
		return nil, fmt.Errorf("internal CA: %w", err)
	}
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: pki.InternalTLS{Anchors: anchors, Component: own, Now: now}.Client(), IdleConnTimeout: idleTimeout,
	}}, nil
}

// ReadAccess reads what a node wrote into its data folder for the command line
// of its own machine: the key pair and the address of the internal door.
func ReadAccess(dataDir string) (*pki.KeyPair, string, error) {
	dir := filepath.Join(dataDir, "internal")
	var files [3][]byte
	for i, name := range []string{string(internalapi.RoleCLI) + ".pem", string(internalapi.RoleCLI) + "-key.pem", "address"} {
		var err error
		if files[i], err = os.ReadFile(filepath.Join(dir, name)); err != nil { //nolint:gosec // the operator names the folder
			return nil, "", fmt.Errorf("the node's folder has no access for the command line; did the node start once? %w", err)
		}
	}
	pair, err := pki.ParseKeyPair(files[0], files[1])
	return pair, strings.TrimSpace(string(files[2])), err
}
