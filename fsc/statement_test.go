// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"crypto/ed25519"
	"testing"

	"github.com/samenspel/samenspel/fsc"
)

const statementTyp = "example-statement+jws"

func TestAStatementIsSignedAndReadBack(t *testing.T) {
	signer, err := fsc.NewStatementSigner(p256Key(), certificate, statementTyp)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign([]byte(`{"a":1}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := fsc.ParseStatement(jws, statementTyp)
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Payload) != `{"a":1}` || got.CertificateThumbprint != signer.Thumbprint() {
		t.Errorf("got %s by %s", got.Payload, got.CertificateThumbprint)
	}
	if err := got.Verify(p256Key().Public()); err != nil {
		t.Error(err)
	}
	wantCode(t, got.Verify(p384Key().Public()), fsc.CodeSignatureVerificationFailed)
	_, err = fsc.ParseStatement(jws, "other-statement+jws")
	wantCode(t, err, fsc.CodeSignatureVerificationFailed)
}

func TestAStatementIsNoSignatureOfAContract(t *testing.T) {
	signer, err := fsc.NewStatementSigner(p256Key(), certificate, statementTyp)
	if err != nil {
		t.Fatal(err)
	}
	// Even a payload that reads as a contract signature doesn't make it one.
	jws, err := signer.Sign([]byte(acceptPayload))
	if err != nil {
		t.Fatal(err)
	}
	_, err = fsc.ParseSignature(jws)
	wantDetail(t, err, "outside the standard")
	_, err = fsc.ParseToken(jws)
	wantCode(t, err, fsc.CodeAccessTokenInvalid)

	contract, err := fsc.Sign(newSigner(t, p256Key()), hashText, fsc.SignatureTypeAccept, created)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fsc.ParseStatement(contract, statementTyp)
	wantCode(t, err, fsc.CodeSignatureVerificationFailed)
	_, err = fsc.ParseStatement(contract, "")
	wantCode(t, err, fsc.CodeSignatureVerificationFailed)
	_, err = fsc.ParseSignature(signRaw(t, `{"alg":"ES256","typ":"X+JWS","x5t#S256":"x"}`, acceptPayload))
	wantDetail(t, err, "outside the standard")
}

func TestAStatementNeedsATypOfItsOwn(t *testing.T) {
	for _, typ := range []string{"", "JWT", "JOSE", "+jws", "at+jwt"} {
		if _, err := fsc.NewStatementSigner(p256Key(), certificate, typ); err == nil {
			t.Errorf("typ %q was accepted", typ)
		}
	}
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fsc.NewStatementSigner(key, certificate, statementTyp); err == nil {
		t.Error("a key that the standard doesn't know was accepted")
	}
}
