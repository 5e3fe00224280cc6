// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// BenchmarkContractAcceptance does what a Peer computes to accept a contract that
// another one sends: read it strictly, hash it, verify the proposer's signature
// and sign. Storage isn't in it.
func BenchmarkContractAcceptance(b *testing.B) {
	now := time.Now()
	proposer, acceptor := benchSigner(b, now, consumerID), benchSigner(b, now, providerID)
	rules := fsc.Rules{GroupID: groupID}
	content, err := fsc.Draft{
		IV: "019b7600-0000-7000-8000-000000000002", GroupID: groupID, CreatedAt: now, NotBefore: now, NotAfter: now.Add(time.Hour),
		Grants: []fsc.Grant{{
			Type:    fsc.GrantTypeServiceConnection,
			Outway:  fsc.Outway{PeerID: consumerID, PublicKeyThumbprint: strings.Repeat("3a", 32)},
			Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: providerID, Name: serviceName},
		}},
	}.Content(rules)
	if err != nil {
		b.Fatal(err)
	}
	jws, err := fsc.Sign(proposer.signer, content.Hash(), fsc.SignatureTypeAccept, now)
	if err != nil {
		b.Fatal(err)
	}
	raw := content.Raw()
	b.ReportAllocs()
	for b.Loop() {
		if err := acceptOnce(raw, jws, rules, proposer, acceptor, now); err != nil {
			b.Fatal(err)
		}
	}
}

func acceptOnce(raw []byte, jws string, rules fsc.Rules, proposer, acceptor signing, now time.Time) error {
	received, err := fsc.ParseContent(raw, rules)
	if err != nil {
		return err
	}
	signature, err := fsc.ParseSignature(jws)
	if err != nil {
		return err
	}
	if err := signature.Verify(proposer.key); err != nil {
		return err
	}
	_, err = fsc.Sign(acceptor.signer, received.Hash(), fsc.SignatureTypeAccept, now)
	return err
}

// signing is a Peer's signer and the key others verify with.
type signing struct {
	signer *fsc.Signer
	key    any
}

func benchSigner(b *testing.B, now time.Time, id fsc.PeerID) signing {
	b.Helper()
	ca, err := localca.New(now)
	if err != nil {
		b.Fatal(err)
	}
	issued, err := ca.Issue(localca.Request{PeerID: id, Name: "Bench"})
	if err != nil {
		b.Fatal(err)
	}
	pair, err := issued.KeyPair()
	if err != nil {
		b.Fatal(err)
	}
	signer, err := fsc.NewSigner(pair.Key, pair.Leaf().Raw)
	if err != nil {
		b.Fatal(err)
	}
	return signing{signer: signer, key: pair.Key.Public()}
}
