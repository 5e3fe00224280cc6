// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// hostileKeySets has Peers whose key set isn't what it should be.
func (f *federation) hostileKeySets(t *testing.T) {
	stranger := newLab(t)
	n := 0
	liar := func(t *testing.T) *foreign {
		n++
		return f.foreign(t, fsc.PeerID(fmt.Sprintf("0000009900000008%04d", n)), localca.ECDSAP256)
	}
	for _, c := range []struct {
		name string
		code fsc.ErrorCode
		// lie sets the key set and gives the signer of the contract.
		lie func(t *testing.T, l *foreign) *fsc.Signer
	}{
		{"without the key", fsc.CodeSignatureVerificationFailed, func(_ *testing.T, l *foreign) *fsc.Signer {
			l.serveKeys()
			return l.signer
		}},
		{"with a certificate of another Peer", fsc.CodePeerIDSignatureMismatch, func(t *testing.T, l *foreign) *fsc.Signer {
			_, other := f.issue(t, localca.Request{PeerID: outsiderID})
			return l.signerOf(t, other, other)
		}},
		{"with another Peer's certificate around its own key", fsc.CodePeerIDSignatureMismatch, func(t *testing.T, l *foreign) *fsc.Signer {
			mixed := newJWK(l.pair)
			mixed.Chain = newJWK(f.amber.pair).Chain
			l.serveRaw(mixed)
			signer, err := fsc.NewSigner(l.pair.Key, f.amber.pair.Leaf().Raw) // names amber's certificate
			if err != nil {
				t.Fatal(err)
			}
			return signer
		}},
		{"with a certificate of a stranger", fsc.CodeSignatureVerificationFailed, func(t *testing.T, l *foreign) *fsc.Signer {
			_, own := stranger.issue(t, localca.Request{PeerID: l.peer.ID})
			return l.signerOf(t, own, own)
		}},
		{"with an expired certificate", fsc.CodeSignatureVerificationFailed, func(t *testing.T, l *foreign) *fsc.Signer {
			_, old := f.issue(t, localca.Request{PeerID: l.peer.ID, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-time.Hour)})
			return l.signerOf(t, old, old)
		}},
		{"that never ends", fsc.CodeSignatureVerificationFailed, func(_ *testing.T, l *foreign) *fsc.Signer {
			huge := newJWK(l.pair)
			huge.Curve = strings.Repeat("x", 40<<20)
			l.serveRaw(huge)
			return l.signer
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := liar(t)
			signer := c.lie(t, l)
			content := draft(t, nil, connection(l.peer.ID, l.pair, providerID, service))
			jws, err := fsc.Sign(signer, content.Hash(), fsc.SignatureTypeAccept, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			l.api(t, f.provider.peer, http.MethodPost, "/contracts", submission(content.Raw(), jws)).refusedByManager(t, c.code, 422)
			f.notStored(t, content)
		})
	}
	t.Run("on a server of another Peer", func(t *testing.T) {
		l := liar(t)
		c := draft(t, nil, connection(l.peer.ID, l.pair, providerID, service))
		f.beryl.serveKeys(f.beryl.pair, l.pair)
		defer f.beryl.serveKeys(f.beryl.pair)
		h := http.Header{"Content-Type": {"application/json"}, "Fsc-Manager-Address": {f.beryl.peer.ManagerAddress}}
		mustSend(t, l.client, http.MethodPost, f.provider.peer.ManagerAddress+"/v1/contracts", h, submission(c.Raw(), l.sign(t, c, fsc.SignatureTypeAccept))).
			refusedByManager(t, fsc.CodeSignatureVerificationFailed, 422)
		f.notStored(t, c)
	})
}

// signerOf serves pairs in the key set and signs with one.
func (f *foreign) signerOf(t *testing.T, signing *pki.KeyPair, served ...*pki.KeyPair) *fsc.Signer {
	t.Helper()
	f.serveKeys(served...)
	signer, err := fsc.NewSigner(signing.Key, signing.Leaf().Raw)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// serveRaw sets the key set to keys that needn't make sense.
func (f *foreign) serveRaw(keys ...jwk) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keys = keys
}
