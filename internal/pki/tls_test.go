// SPDX-License-Identifier: EUPL-1.2

package pki_test

import (
	"crypto/tls"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// swap is a Source and a list of anchors that tests change while in use.
type swap struct {
	pair    atomic.Pointer[pki.KeyPair]
	anchors atomic.Pointer[pki.Anchors]
}

func (s *swap) Current() *pki.KeyPair { return s.pair.Load() }

type party struct {
	*swap
	tls *pki.TLS
}

func newParty(t *testing.T, ca *localca.CA, issued *localca.Issued, now func() time.Time) party {
	t.Helper()
	s := &swap{}
	s.pair.Store(pairOf(t, issued))
	s.anchors.Store(anchorsOf(t, ca.AnchorPEM()))
	return party{s, &pki.TLS{Anchors: s.anchors.Load, Transport: s, Now: now}}
}

func newParties(t *testing.T, now *clock) (ca *localca.CA, inway, outway party) {
	t.Helper()
	ca = newCA(t, now.Now())
	inway = newParty(t, ca, issue(t, ca, localca.Request{PeerID: provider, Name: "Leverancier"}), now.Now)
	outway = newParty(t, ca, issue(t, ca, localca.Request{}), now.Now)
	return ca, inway, outway
}

func TestTwoPeersOfAGroupKnowEachOther(t *testing.T) {
	for name, version := range map[string]uint16{"TLS 1.3": tls.VersionTLS13, "TLS 1.2": tls.VersionTLS12} {
		t.Run(name, func(t *testing.T) {
			now := newClock()
			_, inway, outway := newParties(t, now)
			inway.tls.MinVersion, outway.tls.MinVersion = version, version
			s := serve(t, inway.tls.Server("http/1.1"))
			cfg := outway.tls.Client(provider)
			cfg.MaxVersion = version
			cfg.NextProtos = []string{"h2", "http/1.1"}
			state, err := s.dial(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if state.Version != version || state.NegotiatedProtocol != "http/1.1" {
				t.Errorf("version %x, protocol %q", state.Version, state.NegotiatedProtocol)
			}
			server, err := pki.PeerOf(state, pki.IdentityRule{})
			if err != nil || server.ID != provider || server.Name != "Leverancier" {
				t.Errorf("the client sees %v, %v", server, err)
			}
			client, err := pki.PeerOf(<-s.states, pki.IdentityRule{})
			if err != nil || client.ID != gemeente {
				t.Errorf("the server sees %v, %v", client, err)
			}
		})
	}
}

func TestTLS12IsRefusedUnlessAllowed(t *testing.T) {
	_, inway, outway := newParties(t, newClock())
	s := serve(t, inway.tls.Server())
	outway.tls.MinVersion = tls.VersionTLS12
	cfg := outway.tls.Client("")
	cfg.MaxVersion = tls.VersionTLS12
	err := s.mustRefuse(t, cfg)
	wantError(t, err, "version")
	outway.tls.MinVersion = tls.VersionTLS10
	if got := outway.tls.Client("").MinVersion; got != tls.VersionTLS13 {
		t.Errorf("an impossible minimum gives version %x", got)
	}
}

func TestServerRefusesClients(t *testing.T) {
	now := newClock()
	ca, inway, outway := newParties(t, now)
	s := serve(t, inway.tls.Server())

	t.Run("without a certificate", func(t *testing.T) {
		cfg := outway.tls.Client("")
		cfg.GetClientCertificate = nil
		wantError(t, s.mustRefuse(t, cfg), "certificate")
	})
	t.Run("under another anchor", func(t *testing.T) {
		foreign := newCA(t, now.Now())
		pair := pairOf(t, issue(t, foreign, localca.Request{}))
		cfg := outway.tls.Client("")
		// Offered although the server doesn't list the issuer, as an attacker would.
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			cert := pair.TLS()
			return &cert, nil
		}
		wantError(t, s.mustRefuse(t, cfg), "unknown authority")
	})
	t.Run("with an expired certificate", func(t *testing.T) {
		expired := newParty(t, ca, issue(t, ca, localca.Request{NotAfter: now.Now().Add(-time.Minute)}), now.Now)
		wantError(t, s.mustRefuse(t, expired.tls.Client("")), "expired")
	})
	t.Run("whose identity can't be read", func(t *testing.T) {
		inway.tls.Identity.PeerIDField = pki.FieldOrganizationalUnitName
		defer func() { inway.tls.Identity.PeerIDField = "" }()
		wantRefused(t, s.mustRefuse(t, outway.tls.Client("")), "no organizationalUnitName")
	})
	t.Run("when there are no anchors", func(t *testing.T) {
		before := inway.anchors.Swap(nil)
		defer inway.anchors.Store(before)
		_ = s.mustRefuse(t, outway.tls.Client(""))
	})
	s.mustDial(t, outway.tls.Client(""))
}

func TestClientRefusesServers(t *testing.T) {
	now := newClock()
	ca, inway, outway := newParties(t, now)

	t.Run("of another Peer than expected", func(t *testing.T) {
		s := serve(t, inway.tls.Server())
		_, err := s.dial(outway.tls.Client("00000099000000003000"))
		wantRefused(t, err, "expected Peer")
	})
	t.Run("under another anchor", func(t *testing.T) {
		foreign := newCA(t, now.Now())
		impostor := newParty(t, foreign, issue(t, foreign, localca.Request{PeerID: provider}), now.Now)
		_, err := serve(t, impostor.tls.Server()).dial(outway.tls.Client(provider))
		wantError(t, err, "unknown authority")
	})
	t.Run("on another host", func(t *testing.T) {
		elsewhere := newParty(t, ca, issue(t, ca, localca.Request{PeerID: provider, Hosts: []string{"fsc.example"}}), now.Now)
		_, err := serve(t, elsewhere.tls.Server()).dial(outway.tls.Client(provider))
		wantError(t, err, "127.0.0.1")
	})
	t.Run("with an expired certificate", func(t *testing.T) {
		expired := newParty(t, ca, issue(t, ca, localca.Request{PeerID: provider, NotAfter: now.Now().Add(-time.Minute)}), now.Now)
		_, err := serve(t, expired.tls.Server()).dial(outway.tls.Client(provider))
		wantError(t, err, "expired")
	})
}

func TestAnchorsAreReloadedWithoutRestart(t *testing.T) {
	now := newClock()
	_, inway, outway := newParties(t, now)
	s := serve(t, inway.tls.Server())
	newcomers := newCA(t, now.Now())
	newcomer := newParty(t, newcomers, issue(t, newcomers, localca.Request{}), now.Now)
	newcomer.anchors.Store(outway.anchors.Load())
	_ = s.mustRefuse(t, newcomer.tls.Client(""))

	old := inway.anchors.Swap(anchorsOf(t, newcomers.AnchorPEM()))
	s.mustDial(t, newcomer.tls.Client(""))
	_ = s.mustRefuse(t, outway.tls.Client(""))

	inway.anchors.Store(old)
	client := outway.tls.Client("")
	s.mustDial(t, client)
	outway.anchors.Store(anchorsOf(t, newcomers.AnchorPEM()))
	_, err := s.dial(client)
	wantRefused(t, err, "not valid under the trust anchors")
}

func TestResumedSessionsAreJudgedAgain(t *testing.T) {
	for name, version := range map[string]uint16{"TLS 1.3": tls.VersionTLS13, "TLS 1.2": tls.VersionTLS12} {
		t.Run(name, func(t *testing.T) {
			now := newClock()
			ca, inway, outway := newParties(t, now)
			inway.tls.MinVersion, outway.tls.MinVersion = version, version
			crl := newCRLServer(t, ca, now)
			inway.tls.Revocation = crl.checker(t, pki.RevocationConfig{})
			outway.pair.Store(pairOf(t, issue(t, ca, localca.Request{CRLURLs: []string{crl.url}})))
			s := serve(t, inway.tls.Server())
			cfg := outway.tls.Client("")
			cfg.MaxVersion = version
			if s.mustDial(t, cfg).DidResume || !s.mustDial(t, cfg).DidResume {
				t.Fatal("the second connection wasn't a resumed one")
			}
			if err := ca.Revoke(outway.Current().Leaf(), now.Now()); err != nil {
				t.Fatal(err)
			}
			if err := inway.tls.Revocation.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			err := s.mustRefuse(t, cfg)
			wantRefused(t, err, "revoked")
			if !errors.Is(err, pki.ErrRevoked) {
				t.Errorf("cause of %v", err)
			}
		})
	}
}

func TestResumedSessionsEndWithTheCertificate(t *testing.T) {
	now := newClock()
	ca, inway, outway := newParties(t, now)
	outway.pair.Store(pairOf(t, issue(t, ca, localca.Request{NotAfter: now.Now().Add(time.Hour)})))
	s := serve(t, inway.tls.Server())
	cfg := outway.tls.Client("")
	s.mustDial(t, cfg)
	if !s.mustDial(t, cfg).DidResume {
		t.Fatal("not resumed")
	}
	now.Advance(2 * time.Hour)
	wantError(t, s.mustRefuse(t, cfg), "expired")
}

func TestClientStopsResumingWhenItsCertificateIsRenewed(t *testing.T) {
	now := newClock()
	ca, inway, outway := newParties(t, now)
	s := serve(t, inway.tls.Server())
	cfg := outway.tls.Client("")
	s.mustDial(t, cfg)
	if !s.mustDial(t, cfg).DidResume {
		t.Fatal("not resumed")
	}
	renewed := pairOf(t, issue(t, ca, localca.Request{}))
	outway.pair.Store(renewed)
	for _, step := range []struct {
		wait    time.Duration
		resumed bool
	}{{0, false}, {time.Second, false}, {time.Minute, false}, {time.Second, true}} {
		now.Advance(step.wait)
		if _, err := s.dial(cfg); err != nil {
			t.Fatal(err)
		}
		state := <-s.states
		if got := fsc.CertificateThumbprint(state.PeerCertificates[0].Raw); got != renewed.CertificateThumbprint() {
			t.Error("the server sees the old certificate")
		}
		if state.DidResume != step.resumed {
			t.Errorf("after %s: resumed %t", step.wait, state.DidResume)
		}
	}
}

func TestErrorsForOthersDontTellCauses(t *testing.T) {
	_, err := anchorsOf(t, newCA(t, time.Now()).AnchorPEM()).Verify(nil, time.Now(), 0)
	var told *fsc.Error
	if !errors.As(err, &told) || strings.Contains(told.Detail, "x509") {
		t.Errorf("detail of %v", err)
	}
}
