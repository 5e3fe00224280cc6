// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
)

// scout goes the way of a call for people. It implements [controller.Scout].
type scout struct{ n *Node }

const (
	wayTime = 5 * time.Second
	// settle is how long a server gets to refuse our certificate: with TLS 1.3 it
	// does so after the handshake.
	settle = 250 * time.Millisecond
)

// The parts of a way that went well, for controller.Way.Reached.
const (
	reachedName = iota + 1
	reachedConnection
	reachedTLS
	reachedIdentity
)

// Manager implements [controller.Scout].
func (s scout) Manager(ctx context.Context, id fsc.PeerID) controller.Way {
	p, err := s.n.manager.Locate(ctx, id)
	if err != nil || p.ManagerAddress == "" {
		return controller.Way{Reason: controller.ReasonNoAddress}
	}
	return s.walk(ctx, p.ManagerAddress, id, s.n.trust.tls(s.n.keys.transport).Client(id)) //nolint:contextcheck // the TLS callback has a time limit of its own
}

// Inway implements [controller.Scout].
func (s scout) Inway(ctx context.Context, id fsc.PeerID, t controller.SeenToken) controller.Way {
	address := t.Inway
	if address == "" {
		address = s.n.inwayAddress
	}
	return s.walk(ctx, address, id, s.n.trust.tls(s.n.keys.outway).Client(id)) //nolint:contextcheck // the TLS callback has a time limit of its own
}

// walk connects as far as it can. Nothing is sent but the handshake.
func (s scout) walk(ctx context.Context, address string, id fsc.PeerID, config *tls.Config) controller.Way {
	ctx, cancel := context.WithTimeout(ctx, wayTime)
	defer cancel()
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Port() == "" {
		return controller.Way{Reason: controller.ReasonNoAddress}
	}
	w := controller.Way{Address: u.Host}
	began := s.n.now()
	if _, err := (&net.Resolver{}).LookupNetIP(ctx, "ip", u.Hostname()); err != nil {
		w.Reason, w.Detail = controller.ReasonNameUnknown, err.Error()
		return w
	}
	w.Reached, w.Took[0] = reachedName, s.n.now().Sub(began)
	began = s.n.now()
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		w.Reason, w.Detail = controller.ReasonNothingListens, err.Error()
		if timedOut(err) {
			w.Reason = controller.ReasonNoAnswer
		}
		return w
	}
	defer func() { _ = raw.Close() }()
	w.Reached, w.Took[1] = reachedConnection, s.n.now().Sub(began)
	s.handshake(ctx, &w, raw, u.Hostname(), id, config)
	return w
}

// handshake goes on from the connection.
func (s scout) handshake(ctx context.Context, w *controller.Way, raw net.Conn, host string, id fsc.PeerID, config *tls.Config) { //nolint:revive // one more would be a type for one use
	config.ServerName, config.ClientSessionCache = host, nil
	show := func(chain []*x509.Certificate) {
		if len(chain) > 0 {
			w.Certificate = certificateOf("transport", "", chain[0])
			w.Found, _ = s.n.trust.identity.Peer(chain[0]) // nobody, if it names none
		}
	}
	verify := config.VerifyConnection
	var refused error
	config.VerifyConnection = func(cs tls.ConnectionState) error {
		show(cs.PeerCertificates)
		refused = verify(cs)
		return refused
	}
	began := s.n.now()
	conn := tls.Client(raw, config)
	err := conn.HandshakeContext(ctx)
	w.Took[2] = s.n.now().Sub(began)
	if err == nil {
		err = refusesUs(conn)
	}
	untrusted, ok := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case err == nil:
		w.Reached = reachedIdentity
		return
	case ok:
		w.Reached = reachedTLS
		show(untrusted.UnverifiedCertificates)
		w.Reason = untrustedReason(untrusted.Err)
	case refused != nil && w.Found.ID != id:
		w.Reached, w.Reason = reachedTLS, controller.ReasonOtherPeer
	case refused != nil:
		w.Reached, w.Reason = reachedTLS, controller.ReasonNotTrusted
	case timedOut(err):
		w.Reason = controller.ReasonNoAnswer
	default:
		w.Reason = controller.ReasonNoTLS
		if remote, ok := errors.AsType[*net.OpError](err); ok && remote.Op == "remote error" {
			w.Reason = controller.ReasonOursRefused
		}
	}
	w.Detail = err.Error()
}

// refusesUs waits shortly for the alert of a server that doesn't take our
// certificate. Silence and data are both well.
func refusesUs(conn *tls.Conn) error {
	if err := conn.SetReadDeadline(time.Now().Add(settle)); err != nil {
		return err
	}
	_, err := conn.Read(make([]byte, 1))
	if remote, ok := errors.AsType[*net.OpError](err); ok && remote.Op == "remote error" {
		return err
	}
	return nil
}

func untrustedReason(err error) controller.Reason {
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return controller.ReasonOtherName
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return controller.ReasonCertificateEnded
	}
	return controller.ReasonOtherGroup
}

func timedOut(err error) bool {
	t, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || ok && t.Timeout()
}
