// SPDX-License-Identifier: EUPL-1.2

package pki

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// TLS makes the settings for mutual TLS with other Peers of one Group. All
// fields but Revocation and MinVersion are needed. Set them before first use.
type TLS struct {
	// Anchors gives the Group's Trust Anchors of this moment.
	Anchors func() *Anchors
	// Transport is this Peer's own certificate.
	Transport Source
	// Identity is the Group's rule for reading a Peer from its certificate.
	Identity IdentityRule
	// Revocation is asked about each Peer; nil for no revocation checks.
	Revocation *RevocationChecker
	// MinVersion is [tls.VersionTLS13], also when zero, or [tls.VersionTLS12]
	// in a Group that allows it. Any other value means TLS 1.3.
	MinVersion uint16
	// Now is the clock certificates are judged by.
	Now func() time.Time
}

// Server gives the settings for accepting connections of Peers. A client
// certificate is required and verified against exactly the Group's anchors;
// anchors and own certificate are looked up at each handshake, so both may
// change while the server runs. Protocols are those for ALPN, such as "h2" and
// "http/1.1"; they can't be added to the result later.
func (t *TLS) Server(protocols ...string) *tls.Config {
	cfg := t.server(protocols)
	cfg.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return t.server(protocols), nil
	}
	return cfg
}

func (t *TLS) server(protocols []string) *tls.Config {
	cfg := t.base()
	cfg.NextProtos = protocols
	cfg.ClientAuth = tls.RequireAndVerifyClientCert
	cfg.ClientCAs = t.Anchors().Pool()
	// Certificates stays empty: clients that connect by IP address would get
	// a static entry even after the certificate was renewed.
	cfg.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return currentCertificate(t.Transport)
	}
	cfg.VerifyConnection = func(cs tls.ConnectionState) error { return t.verify(cs, "") }
	return cfg
}

// Client gives the settings for connecting to a Peer. The server must have a
// certificate under the Group's anchors with a readable identity, and be the
// Peer expect unless that is empty. The host name is verified by crypto/tls; a
// caller that doesn't use net/http sets ServerName. An anchor that is removed
// later is refused at once; one that is added is only seen by a new Client.
func (t *TLS) Client(expect fsc.PeerID) *tls.Config {
	cfg := t.base()
	cfg.RootCAs = t.Anchors().Pool()
	cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return currentCertificate(t.Transport)
	}
	cfg.ClientSessionCache = newSessionCache(t.Transport, t.Now)
	cfg.VerifyConnection = func(cs tls.ConnectionState) error { return t.verify(cs, expect) }
	return cfg
}

func (t *TLS) base() *tls.Config {
	minVersion := uint16(tls.VersionTLS13)
	if t.MinVersion == tls.VersionTLS12 {
		minVersion = tls.VersionTLS12
	}
	return &tls.Config{
		MinVersion: minVersion,
		// For TLS 1.2 only; those of TLS 1.3 are fixed and all good.
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
			tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		DynamicRecordSizingDisabled: true,
		Time:                        t.Now,
	}
}

// verify runs for full and resumed handshakes alike.
func (t *TLS) verify(cs tls.ConnectionState, expect fsc.PeerID) error {
	chain := t.Anchors().stillTrusted(cs.VerifiedChains, t.Now())
	if chain == nil {
		return refuse("the certificate is not valid under the trust anchors of this Group", nil)
	}
	if err := checkPublicKey(chain[0].PublicKey); err != nil {
		return refuse("the certificate's key is not allowed", err)
	}
	peer, err := t.Identity.Peer(chain[0])
	if err != nil {
		return err
	}
	if expect != "" && peer.ID != expect {
		return refuse(fmt.Sprintf("expected Peer %q, the certificate is of Peer %q", expect, peer.ID), nil)
	}
	if t.Revocation == nil {
		return nil
	}
	return t.Revocation.Check(chain)
}

func currentCertificate(source Source) (*tls.Certificate, error) {
	pair := source.Current()
	if pair == nil {
		return nil, errors.New("no key pair available")
	}
	cert := pair.TLS()
	return &cert, nil
}
