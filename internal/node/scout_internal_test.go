// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

const (
	scoutSelf  fsc.PeerID = "00000099000000001000"
	scoutOther fsc.PeerID = "00000099000000002000"
)

// side is a Peer under one CA, for both ends of a connection.
func side(t *testing.T, trusted, issuer *localca.CA, id fsc.PeerID, host string) *pki.TLS {
	t.Helper()
	issued, err := issuer.Issue(localca.Request{PeerID: id, Name: "Gemeente " + string(id), Hosts: []string{host}})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := issued.KeyPair()
	if err != nil {
		t.Fatal(err)
	}
	anchors, err := pki.LoadAnchors(trusted.AnchorPEM())
	if err != nil {
		t.Fatal(err)
	}
	return &pki.TLS{Anchors: func() *pki.Anchors { return anchors }, Transport: pair, Now: time.Now}
}

// serveHandshakes accepts connections until the test ends.
func serveHandshakes(t *testing.T, config *tls.Config) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				if config == nil {
					_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
					return
				}
				if s := tls.Server(c, config); s.HandshakeContext(context.Background()) == nil {
					_, _ = s.Read(make([]byte, 1))
				}
			}()
		}
	}()
	return "https://" + l.Addr().String()
}

func TestTheWayToADoorTellsWhereItEnds(t *testing.T) {
	group, err := localca.New(time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := localca.New(time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	const here = "127.0.0.1"
	closed := serveHandshakes(t, nil)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "https://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	server := func(s *pki.TLS) string { return serveHandshakes(t, s.Server("http/1.1")) }
	s := scout{&Node{trust: &trust{}, now: time.Now}}
	for name, c := range map[string]struct {
		address string
		reached int
		reason  controller.Reason
	}{
		"a Peer of the Group":      {server(side(t, group, group, scoutOther, here)), reachedIdentity, ""},
		"another Peer":             {server(side(t, group, group, scoutSelf, here)), reachedTLS, controller.ReasonOtherPeer},
		"another Group":            {server(side(t, group, stranger, scoutOther, here)), reachedTLS, controller.ReasonOtherGroup},
		"another name":             {server(side(t, group, group, scoutOther, "elsewhere.test")), reachedTLS, controller.ReasonOtherName},
		"who doesn't trust us":     {server(side(t, stranger, group, scoutOther, here)), reachedConnection, controller.ReasonOursRefused},
		"a door without TLS":       {closed, reachedConnection, controller.ReasonNoTLS},
		"nobody":                   {nobody, reachedName, controller.ReasonNothingListens},
		"a name that isn't there":  {"https://nowhere.invalid:443", 0, controller.ReasonNameUnknown},
		"an address that isn't":    {"https://nowhere", 0, controller.ReasonNoAddress},
		"an address of no address": {"\x00", 0, controller.ReasonNoAddress},
	} {
		t.Run(name, func(t *testing.T) {
			w := s.walk(t.Context(), c.address, scoutOther, side(t, group, group, scoutSelf, here).Client(scoutOther))
			if w.Reached != c.reached || w.Reason != c.reason {
				t.Errorf("came to %d: %q, %s", w.Reached, w.Reason, w.Detail)
			}
			if c.reached == reachedIdentity && (w.Found.ID != scoutOther || w.Certificate.NotAfter.IsZero()) {
				t.Errorf("found %+v", w)
			}
		})
	}
}
