// SPDX-License-Identifier: EUPL-1.2

package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/samenspel/samenspel/internal/http1/socket"
)

const (
	defaultDialTimeout     = 10 * time.Second
	defaultIdleTimeout     = 60 * time.Second
	defaultMaxIdle         = 1024
	defaultContinueTimeout = time.Second
	defaultStallTimeout    = time.Minute

	copyBuffer = 64 << 10
	headBuffer = 2 << 10
	maxPooled  = 64 << 10 // a bigger head buffer isn't kept
)

// UpstreamConfig describes one target. Only URL is required.
type UpstreamConfig struct {
	// URL has scheme http or https, host with optional port, and an optional
	// base path that is put before the path of every request.
	URL *url.URL
	// TLS is used for https, with a copy; nil means the defaults. ServerName and
	// the session cache are filled in if missing.
	TLS *tls.Config
	// KeepHost sends the Host of the request and not that of URL.
	KeepHost bool
	// AllowUpgrade passes requests to switch protocols, such as WebSocket. When
	// false the request goes on without its Upgrade field.
	AllowUpgrade bool
	// DialTimeout bounds connecting together with the TLS handshake; 10 s by default.
	DialTimeout time.Duration
	// ResponseHeaderTimeout bounds the wait for a response after the request was
	// sent; zero is no bound.
	ResponseHeaderTimeout time.Duration
	// StallTimeout is how long the target may leave untaken a piece of a body that
	// is streamed to it; 1 min by default.
	StallTimeout time.Duration
	// ContinueTimeout is how long a body waits for 100 Continue before it is
	// sent anyway; 1 s by default.
	ContinueTimeout time.Duration
	// IdleTimeout is how long an unused connection is kept; 60 s by default. It
	// should be shorter than the target's own.
	IdleTimeout time.Duration
	// MaxIdle is the most unused connections kept; 1024 by default. Below the
	// peak concurrency it costs handshakes.
	MaxIdle int
	// OnClose is called when the target ends a connection with a response, and must be
	// quick; nil if that is of no interest.
	OnClose func()
	// Dial replaces the TCP dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Now replaces time.Now for the age of idle connections.
	Now func() time.Time
}

// Upstream sends requests to one target over pooled HTTP/1.1 connections. It is
// safe for concurrent use.
type Upstream struct {
	address, host, base    string
	keepHost, allowUpgrade bool
	tls                    *tls.Config
	dialTimeout            time.Duration
	headTimeout            time.Duration
	stallTimeout           time.Duration
	continueTimeout        time.Duration
	idleTimeout            time.Duration
	maxIdle                int
	onClose                func()
	dial                   func(ctx context.Context, network, address string) (net.Conn, error)
	now                    func() time.Time

	exchanges sync.Pool // *exchange
	copies    sync.Pool // *[]byte of copyBuffer bytes

	mu       sync.Mutex
	idle     []*conn // the last one was used last
	sweeping bool
	closed   bool
}

// NewUpstream makes an Upstream. It opens no connection.
func NewUpstream(cfg UpstreamConfig) *Upstream {
	u := &Upstream{
		host:            cfg.URL.Host,
		base:            strings.TrimRight(cfg.URL.EscapedPath(), "/"),
		keepHost:        cfg.KeepHost,
		allowUpgrade:    cfg.AllowUpgrade,
		dialTimeout:     or(cfg.DialTimeout, defaultDialTimeout),
		headTimeout:     cfg.ResponseHeaderTimeout,
		stallTimeout:    or(cfg.StallTimeout, defaultStallTimeout),
		continueTimeout: or(cfg.ContinueTimeout, defaultContinueTimeout),
		idleTimeout:     or(cfg.IdleTimeout, defaultIdleTimeout),
		maxIdle:         or(cfg.MaxIdle, defaultMaxIdle),
		onClose:         cfg.OnClose,
		dial:            cfg.Dial,
		now:             cfg.Now,
	}
	port := "80"
	if cfg.URL.Scheme == "https" {
		port, u.tls = "443", clientTLS(cfg.TLS, cfg.URL.Hostname())
	}
	if p := cfg.URL.Port(); p != "" {
		port = p
	}
	u.address = net.JoinHostPort(cfg.URL.Hostname(), port)
	if u.dial == nil {
		u.dial = new(net.Dialer).DialContext
	}
	if u.now == nil {
		u.now = time.Now
	}
	u.exchanges.New = func() any { return &exchange{out: outgoing{wire: make([]byte, 0, headBuffer)}} }
	u.copies.New = func() any { b := make([]byte, copyBuffer); return &b }
	return u
}

func or[T int | time.Duration](v, fallback T) T {
	if v > 0 {
		return v
	}
	return fallback
}

func clientTLS(cfg *tls.Config, name string) *tls.Config {
	if cfg == nil {
		cfg = &tls.Config{MinVersion: tls.VersionTLS13}
	} else {
		cfg = cfg.Clone()
	}
	if cfg.ServerName == "" {
		cfg.ServerName = name
	}
	if cfg.ClientSessionCache == nil {
		cfg.ClientSessionCache = tls.NewLRUClientSessionCache(32)
	}
	cfg.NextProtos = []string{"http/1.1"}
	cfg.DynamicRecordSizingDisabled = true
	return cfg
}

// connect makes a new connection.
func (u *Upstream) connect(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, u.dialTimeout)
	defer cancel()
	raw, err := u.dial(ctx, "tcp", u.address)
	if err != nil {
		return nil, &DialError{err}
	}
	raw = socket.Quick(raw)
	c := &conn{raw: raw, rw: raw, sight: newSight(raw)}
	if u.tls != nil {
		c.shutter = &shutter{Conn: raw}
		tc := tls.Client(c.shutter, u.tls)
		if err := tc.HandshakeContext(ctx); err != nil {
			_ = raw.Close()
			return nil, &DialError{err}
		}
		c.rw = tc
	}
	c.br = bufio.NewReaderSize(c.rw, 4<<10)
	c.abort = func() { _ = raw.Close() }
	return c, nil
}

// take gives the connection used last, or nil. Each is looked at first: the target may
// have closed it, or have sent more, which would be taken for the next response.
func (u *Upstream) take() *conn {
	now := u.now()
	for {
		u.mu.Lock()
		n := len(u.idle)
		if n == 0 {
			u.mu.Unlock()
			return nil
		}
		c := u.idle[n-1]
		u.idle[n-1] = nil
		u.idle = u.idle[:n-1]
		u.mu.Unlock()

		if now.Sub(c.since) < u.idleTimeout && c.sight.alive() {
			c.reused = true
			return c
		}
		c.abort()
	}
}

// give puts back a connection on which nothing is under way.
func (u *Upstream) give(c *conn) {
	c.since = u.now()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed || len(u.idle) >= u.maxIdle {
		c.abort()
		return
	}
	u.idle = append(u.idle, c)
	if !u.sweeping {
		u.sweeping = true
		time.AfterFunc(u.idleTimeout, u.sweep)
	}
}

// sweep closes connections that were idle too long. It runs only while there
// are idle connections.
func (u *Upstream) sweep() {
	oldest := u.now().Add(-u.idleTimeout)
	u.mu.Lock()
	defer u.mu.Unlock()
	keep := u.idle[:0]
	for _, c := range u.idle {
		if c.since.After(oldest) {
			keep = append(keep, c)
		} else {
			c.abort()
		}
	}
	clear(u.idle[len(keep):])
	u.idle = keep
	if u.sweeping = len(keep) > 0; u.sweeping {
		time.AfterFunc(u.idleTimeout, u.sweep)
	}
}

// Close closes the idle connections and keeps no more of them. Requests under
// way go on to their end.
func (u *Upstream) Close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed = true
	for _, c := range u.idle {
		c.abort()
	}
	u.idle = nil
}
