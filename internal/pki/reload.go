// SPDX-License-Identifier: EUPL-1.2

package pki

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// ReloadInterval is how often key files are normally looked at.
const ReloadInterval = 30 * time.Second

// previousPairs is how long a replaced pair is remembered: the hour a token
// may live, and a margin for clocks and caches of key sets.
const previousPairs = 70 * time.Minute

// Files are the paths of a key pair in PEM, see [ParseKeyPair].
type Files struct {
	Certificate string
	Key         string
}

// Reloader is a [Source] that follows two files, so that a renewed certificate
// is used without a restart. A new pair that can't be read, doesn't match or
// isn't valid now is never taken into use: the old one stays and
// [Reloader.Health] tells why.
type Reloader struct {
	files   Files
	logger  *slog.Logger
	now     func() time.Time
	current atomic.Pointer[KeyPair]

	mu       sync.Mutex
	seen     [2][sha256.Size]byte
	err      error
	replaced []replacedPair
}

type replacedPair struct {
	pair *KeyPair
	at   time.Time
}

// NewReloader reads the files once; the error is that of the first reading. An
// expired certificate is accepted here, so that a node can start and report it.
func NewReloader(files Files, logger *slog.Logger, now func() time.Time) (*Reloader, error) {
	r := &Reloader{files: files, logger: logger, now: now}
	pair, seen, err := r.read()
	if err != nil {
		return nil, err
	}
	r.seen = seen
	r.current.Store(pair)
	r.warnReadable()
	return r, nil
}

// Current gives the pair in use.
func (r *Reloader) Current() *KeyPair { return r.current.Load() }

// Previous gives the pairs replaced in the last 70 minutes, newest first.
// Tokens they signed can still be valid, so their public keys are still needed.
func (r *Reloader) Previous() []*KeyPair {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget()
	var pairs []*KeyPair
	for _, old := range slices.Backward(r.replaced) {
		pairs = append(pairs, old.pair)
	}
	return pairs
}

// Health reports why the newest files aren't in use, or that the certificate
// in use is expired or not valid yet.
func (r *Reloader) Health() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.err, validNow(r.Current(), r.now()))
}

// Run calls [Reloader.Reload] at each interval until ctx is done. A failure is
// logged when it appears or changes, not at each interval.
func (r *Reloader) Run(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		message := ""
		if err := r.Reload(); err != nil {
			message = err.Error()
		}
		if message != "" && message != last {
			r.logger.Error("key pair not reloaded", "certificate_file", r.files.Certificate, "error", message)
		}
		last = message
	}
}

// Reload reads the files now and takes a changed pair into use. The error is
// also kept for [Reloader.Health] until a later reading succeeds.
func (r *Reloader) Reload() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	pair, seen, err := r.read()
	if err == nil && seen != r.seen {
		if err = validNow(pair, r.now()); err == nil {
			r.replace(pair, seen)
		}
	}
	r.err = err
	return err
}

// replace needs r.mu.
func (r *Reloader) replace(pair *KeyPair, seen [2][sha256.Size]byte) {
	old := r.current.Swap(pair)
	r.seen = seen
	r.forget()
	r.replaced = append(r.replaced, replacedPair{old, r.now()})
	r.warnReadable()
	r.logger.Info("key pair reloaded", "certificate_file", r.files.Certificate,
		"certificate_thumbprint", pair.CertificateThumbprint(), "not_after", pair.Leaf().NotAfter)
}

// forget needs r.mu.
func (r *Reloader) forget() {
	limit := r.now().Add(-previousPairs)
	r.replaced = slices.DeleteFunc(r.replaced, func(old replacedPair) bool { return old.at.Before(limit) })
}

func (r *Reloader) read() (*KeyPair, [2][sha256.Size]byte, error) {
	var seen [2][sha256.Size]byte
	certPEM, err := readFile(r.files.Certificate, maxPEMBytes)
	if err != nil {
		return nil, seen, fmt.Errorf("read certificate: %w", err)
	}
	keyPEM, err := readFile(r.files.Key, maxPEMBytes)
	if err != nil {
		return nil, seen, fmt.Errorf("read key: %w", err)
	}
	pair, err := ParseKeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, seen, fmt.Errorf("%s: %w", r.files.Certificate, err)
	}
	return pair, [2][sha256.Size]byte{sha256.Sum256(certPEM), sha256.Sum256(keyPEM)}, nil
}

func (r *Reloader) warnReadable() {
	info, err := os.Stat(r.files.Key)
	if err == nil && openToOthers(info.Mode()) {
		r.logger.Warn("key file can be read by others", "key_file", r.files.Key, "mode", info.Mode().String())
	}
}

func validNow(pair *KeyPair, now time.Time) error {
	leaf := pair.Leaf()
	switch {
	case now.After(leaf.NotAfter):
		return fmt.Errorf("the certificate expired at %s", leaf.NotAfter.Format(time.RFC3339))
	case now.Before(leaf.NotBefore):
		return fmt.Errorf("the certificate is not valid before %s", leaf.NotBefore.Format(time.RFC3339))
	default:
		return nil
	}
}

// openToOthers is only meaningful where files have Unix permissions.
func openToOthers(mode fs.FileMode) bool {
	return runtime.GOOS != "windows" && mode.Perm()&0o077 != 0
}

// readFile reads at most limit bytes, so that a wrong path can't fill memory.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // The path comes from the node's own configuration.
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: more than %d bytes", path, limit)
	}
	return data, nil
}
