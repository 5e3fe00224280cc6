// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/samenspel/samenspel/internal/http1"
	"github.com/samenspel/samenspel/internal/pki"
)

const (
	headerTimeout  = 10 * time.Second
	requestTimeout = time.Minute // for the Manager's own interfaces; proxied bodies have no limit
	stallTimeout   = time.Minute // what a proxy writes may wait this long for the client
	idleTimeout    = 2 * time.Minute
	drainTimeout   = 20 * time.Second
	maxHeaderBytes = 64 << 10
)

// door is one listener with its server.
type door struct {
	name     string
	listener net.Listener
	server   server
	// opens, when not nil, is closed when there is something to serve. Until then
	// connections wait: an Inway or Outway that has just started knows nothing and
	// would refuse what is right.
	opens  <-chan struct{}
	ending chan struct{} // closed by drain; only with opens
}

// server is a [http.Server] or, where calls go through, a [http1.Server].
type server interface {
	Serve(l net.Listener) error
	Shutdown(ctx context.Context) error
	Close() error
}

// open binds an address. With a TLS configuration the listener speaks TLS.
func open(ctx context.Context, name, address string, config *tls.Config) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: listen on %s: %w", name, address, err)
	}
	if config != nil {
		l = tls.NewListener(http1.Gather(l), config)
	}
	return l, nil
}

// newServer makes a server with limits against slow and oversized requests. A
// proxy's bodies may take as long as they need, if only the client reads on;
// those of other doors may not. The server of a proxy is for [http1.New], where
// WriteTimeout is about a client that reads nothing.
func newServer(h http.Handler, proxied bool, logger *slog.Logger) *http.Server {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	if proxied {
		s.WriteTimeout = stallTimeout
		return s
	}
	s.ReadTimeout, s.WriteTimeout = requestTimeout, requestTimeout
	return s
}

// serve runs the door until it is shut down.
func (d *door) serve() error {
	if d.opens != nil {
		select {
		case <-d.opens:
		case <-d.ending:
		}
	}
	err := d.server.Serve(d.listener)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("%s: %w", d.name, err)
}

// drain lets requests finish, and cuts off those that take too long.
func (d *door) drain() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	if d.ending != nil {
		close(d.ending)
	}
	if err := d.server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", d.name, err), d.server.Close())
	}
	return nil
}

// publicURL gives the address others use: the configured one, or one made from
// the first name in the certificate and the port listened on.
func publicURL(configured string, l net.Listener, own *pki.KeyPair) (string, error) {
	if configured != "" {
		u, err := url.Parse(configured)
		if err != nil {
			return "", err
		}
		return u.Scheme + "://" + u.Host, nil
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return "", err
	}
	leaf := own.Leaf()
	switch {
	case len(leaf.DNSNames) > 0:
		return "https://" + net.JoinHostPort(leaf.DNSNames[0], port), nil
	case len(leaf.IPAddresses) > 0:
		return "https://" + net.JoinHostPort(leaf.IPAddresses[0].String(), port), nil
	}
	return "", errors.New("the certificate names no host; set the address in the configuration")
}
