// SPDX-License-Identifier: EUPL-1.2

package inway

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki"
)

// connection is what stays the same for all requests of one TLS connection.
type connection struct {
	once       sync.Once
	peer       fsc.PeerID
	thumbprint string
	err        error

	last atomic.Pointer[verified] // the token used last
}

type connectionKey struct{}

// ConnContext is for [http.Server.ConnContext]. With it the client's
// certificate is looked at once per connection; without it, at each request.
func (g *Inway) ConnContext(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, new(connection))
}

func connectionOf(r *http.Request) *connection {
	if c, ok := r.Context().Value(connectionKey{}).(*connection); ok {
		return c
	}
	return new(connection)
}

// identify can't be done earlier: when the connection is accepted there was no
// handshake yet.
func (c *connection) identify(r *http.Request, rule pki.IdentityRule) {
	if r.TLS == nil {
		c.err = fsc.Errorf(fsc.CodePeerCertificateVerificationFailed, "the Inway takes calls over mutual TLS only")
		return
	}
	peer, err := pki.PeerOf(*r.TLS, rule)
	if err != nil {
		c.err = err
		return
	}
	c.peer = peer.ID
	c.thumbprint = fsc.CertificateThumbprint(r.TLS.VerifiedChains[0][0].Raw)
}
