// SPDX-License-Identifier: EUPL-1.2

package pki

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"
)

// InternalTLS makes the settings for mutual TLS between components of this
// Peer. All fields are needed. A component on another machine has the anchor
// and a pair from files; it never has the authority's key.
type InternalTLS struct {
	// Anchors is [InternalCA.Anchors], or [LoadAnchors] of its AnchorPEM.
	Anchors *Anchors
	// Component is the certificate issued to this component.
	Component Source
	// Now is the clock certificates are judged by.
	Now func() time.Time
}

// Server gives the settings for accepting other components, and nobody else.
func (t InternalTLS) Server(protocols ...string) *tls.Config {
	cfg := t.base()
	cfg.NextProtos = protocols
	cfg.ClientAuth = tls.RequireAndVerifyClientCert
	cfg.ClientCAs = t.Anchors.Pool()
	cfg.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return currentCertificate(t.Component)
	}
	return cfg
}

// Client gives the settings for connecting to another component.
func (t InternalTLS) Client() *tls.Config {
	cfg := t.base()
	cfg.RootCAs = t.Anchors.Pool()
	cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return currentCertificate(t.Component)
	}
	return cfg
}

func (t InternalTLS) base() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		Time:       t.Now,
		VerifyConnection: func(cs tls.ConnectionState) error {
			if t.Anchors.stillTrusted(cs.VerifiedChains, t.Now()) == nil {
				return errors.New("the certificate is not of a component of this node")
			}
			_, err := roleOf(cs)
			return err
		},
	}
}

// RoleOf gives the role of the component at the other end of a connection made
// with [InternalTLS]. It doesn't accept a connection of another Peer.
func RoleOf(cs tls.ConnectionState) (string, error) {
	if !cs.HandshakeComplete {
		return "", errors.New("the handshake is not complete")
	}
	return roleOf(cs)
}

func roleOf(cs tls.ConnectionState) (string, error) {
	if len(cs.VerifiedChains) == 0 || len(cs.VerifiedChains[0]) == 0 {
		return "", errors.New("the connection has no verified certificate")
	}
	subject := cs.VerifiedChains[0][0].Subject
	if len(subject.Organization) != 1 || subject.Organization[0] != internalOrganization || !rolePattern.MatchString(subject.CommonName) {
		return "", fmt.Errorf("the certificate of %q has no role", subject)
	}
	return subject.CommonName, nil
}
