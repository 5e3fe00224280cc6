// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"log"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// exampleDraft asks for a connection from one Peer's Outway to another's service.
func exampleDraft() fsc.Draft {
	return fsc.Draft{
		IV:        "019b7600-0000-7000-8000-000000000002",
		GroupID:   "fsc-example-group",
		NotBefore: time.Unix(1767225600, 0),
		NotAfter:  time.Unix(1798761600, 0),
		CreatedAt: time.Unix(1767222000, 0),
		Grants: []fsc.Grant{{
			Type: fsc.GrantTypeServiceConnection,
			Outway: fsc.Outway{
				PeerID:              "00000000000000000002",
				PublicKeyThumbprint: "3a56f2e9269ac63f0d4394c46b96539da1625b6a985d38029ff89f34e490960c",
			},
			Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: "00000000000000000001", Name: "example-service"},
		}},
	}
}

// exampleSigner makes a throw-away key; a real node has a certificate of its
// Group's trust anchor.
func exampleSigner() (*fsc.Signer, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	signer, err := fsc.NewSigner(key, []byte("the DER of the certificate"))
	if err != nil {
		panic(err)
	}
	return signer, key
}

func ExampleDraft_Content() {
	rules := fsc.Rules{GroupID: "fsc-example-group"}
	content, err := exampleDraft().Content(rules)
	if err != nil {
		log.Fatal(err)
	}
	if err := content.Validate(rules, time.Unix(1767222000, 0)); err != nil {
		log.Fatal(err)
	}
	fmt.Println(content.Hash())
	fmt.Println(content.Grants[0].Hash)
	fmt.Println(content.Parties())
	// Output:
	// $1$1$PqKA7_8fCK0q_zqDIQtvsiBQS3qVJSnvptPp4fZiRf1Gqu_zNl_H_V7Db8edb3RQs-UHQq8ZyHxh4vELOZhveg
	// $1$3$zulK6r2H4ySasUOwjUJh3oSQBqger_NKZ2cMVcmJ7NpVutqiE79YV6UdZ1BVngd6kZ5ATCwOVGoMsmiroIeTEw
	// [00000000000000000002 00000000000000000001]
}

func ExampleParseContent() {
	_, err := fsc.ParseContent([]byte(`{"iv":"a","iv":"b"}`), fsc.Rules{GroupID: "fsc-example-group"})
	fmt.Println(fsc.CodeOf(err), fsc.CodeOf(err).HTTPStatus())
	// Output:
	// ERROR_CODE_INVALID_REQUEST 400
}

func ExampleSign() {
	signer, key := exampleSigner()
	content, err := exampleDraft().Content(fsc.Rules{GroupID: "fsc-example-group"})
	if err != nil {
		log.Fatal(err)
	}
	now := time.Unix(1767222001, 0)
	jws, err := fsc.Sign(signer, content.Hash(), fsc.SignatureTypeAccept, now)
	if err != nil {
		log.Fatal(err)
	}

	// The receiver first looks at what is said, then fetches and checks the
	// certificate with this thumbprint, and verifies with its key.
	signature, err := fsc.ParseSignature(jws)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(signature.Check(content.Hash(), fsc.SignatureTypeAccept, now))
	fmt.Println(signature.CertificateThumbprint == signer.Thumbprint())
	fmt.Println(signature.Verify(key.Public()))
	fmt.Println(signature.Algorithm, signature.Type)
	// Output:
	// <nil>
	// true
	// <nil>
	// ES256 accept
}

func ExampleState() {
	content, err := exampleDraft().Content(fsc.Rules{GroupID: "fsc-example-group"})
	if err != nil {
		log.Fatal(err)
	}
	now := time.Unix(1780000000, 0)
	renewal := now.AddDate(1, 0, 0)
	marks := []fsc.Mark{{PeerID: "00000000000000000002", Type: fsc.SignatureTypeAccept, CertificateNotAfter: renewal}}
	fmt.Println(fsc.State(content, marks, now), fsc.Awaiting(content, marks, now))

	marks = append(marks, fsc.Mark{PeerID: "00000000000000000001", Type: fsc.SignatureTypeAccept, CertificateNotAfter: renewal})
	fmt.Println(fsc.State(content, marks, now))

	marks = append(marks, fsc.Mark{PeerID: "00000000000000000001", Type: fsc.SignatureTypeRevoke})
	fmt.Println(fsc.State(content, marks, now))
	// Output:
	// PROPOSED [00000000000000000001]
	// VALID
	// REVOKED
}

func ExampleIssueToken() {
	signer, key := exampleSigner()
	now := time.Unix(1780000000, 0)
	jwt, err := fsc.IssueToken(signer, fsc.Claims{
		GrantHash: "$1$3$zulK6r2H4ySasUOwjUJh3oSQBqger_NKZ2cMVcmJ7NpVutqiE79YV6UdZ1BVngd6kZ5ATCwOVGoMsmiroIeTEw",
		GroupID:   "fsc-example-group", Subject: "00000000000000000002", Issuer: "00000000000000000001",
		Service: "example-service", Audience: "https://inway.example.nl:443",
		NotBefore: now.Unix(), ExpiresAt: now.Add(5 * time.Minute).Unix(),
		CertificateThumbprint: "kOY-jqn0T4f1mh_C5oWW7WOjSOXboCRsJTtDOKnDtxQ",
	})
	if err != nil {
		log.Fatal(err)
	}

	// The Inway verifies the signature once, and how the token is used each time.
	token, err := fsc.ParseToken(jwt)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Verify(key.Public()))
	use := fsc.TokenUse{
		GroupID: "fsc-example-group", Issuer: "00000000000000000001", PeerID: "00000000000000000002",
		CertificateThumbprint: "kOY-jqn0T4f1mh_C5oWW7WOjSOXboCRsJTtDOKnDtxQ", Now: now,
	}
	fmt.Println(token.Claims.CheckUse(use))
	use.Now = now.Add(time.Hour)
	fmt.Println(fsc.CodeOf(token.Claims.CheckUse(use)))
	// Output:
	// <nil>
	// <nil>
	// ERROR_CODE_ACCESS_TOKEN_EXPIRED
}

func ExampleParseHash() {
	const grant = "$1$3$zulK6r2H4ySasUOwjUJh3oSQBqger_NKZ2cMVcmJ7NpVutqiE79YV6UdZ1BVngd6kZ5ATCwOVGoMsmiroIeTEw"
	typ, err := fsc.ParseHash(grant)
	fmt.Println(typ == fsc.HashTypeServiceConnectionGrant, err)
	fmt.Println(fsc.GrantHash(grant).Validate())
	fmt.Println(fsc.CodeOf(fsc.ContentHash(grant).Validate()))
	// Output:
	// true <nil>
	// <nil>
	// ERROR_CODE_INVALID_REQUEST
}
