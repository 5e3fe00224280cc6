// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

func TestPayloadOfASignatureRefuses(t *testing.T) {
	const hash, typ, at = `"contract_content_hash":"` + hashText + `"`, `"type":"accept"`, `"signed_at":1767222000`
	for name, payload := range map[string]string{
		"an extra member":           "{" + hash + "," + typ + "," + at + `,"extra":1}`,
		"a member twice":            "{" + hash + "," + typ + "," + typ + "," + at + "}",
		"no hash":                   "{" + typ + "," + at + "}",
		"no type":                   "{" + hash + "," + at + "}",
		"no signed_at":              "{" + hash + "," + typ + "}",
		"a null hash":               `{"contract_content_hash":null,` + typ + "," + at + "}",
		"a null type":               "{" + hash + `,"type":null,` + at + "}",
		"a null signed_at":          "{" + hash + "," + typ + `,"signed_at":null}`,
		"a numeric hash":            `{"contract_content_hash":1,` + typ + "," + at + "}",
		"an unknown type":           "{" + hash + `,"type":"agree",` + at + "}",
		"a type in upper case":      "{" + hash + `,"type":"Accept",` + at + "}",
		"a negative signed_at":      "{" + hash + "," + typ + `,"signed_at":-1}`,
		"a float signed_at":         "{" + hash + "," + typ + `,"signed_at":1.0}`,
		"an exponent":               "{" + hash + "," + typ + `,"signed_at":1e9}`,
		"an unsafe integer":         "{" + hash + "," + typ + `,"signed_at":9007199254740993}`,
		"a text signed_at":          "{" + hash + "," + typ + `,"signed_at":"1"}`,
		"the name before 1.0":       `{"contentHash":"` + hashText + `",` + typ + "," + at + "}",
		"trailing data":             acceptPayload + "{}",
		"a list":                    "[]",
		"a null":                    "null",
		"a text":                    `"accept"`,
		"something that isn't JSON": "accept",
		"invalid UTF-8":             "{" + hash + `,"type":"` + "\xff" + `",` + at + "}",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fsc.ParseSignature(signRaw(t, es256Header, payload))
			wantCode(t, err, fsc.CodeSignatureVerificationFailed)
			if got != nil {
				t.Error("signature and error both")
			}
		})
	}
}

func TestSignatureIsCheckedAgainstWhatItIsAbout(t *testing.T) {
	sig, err := fsc.ParseSignature(signRaw(t, es256Header, acceptPayload))
	if err != nil {
		t.Fatal(err)
	}
	if err := sig.Check(hashText, fsc.SignatureTypeAccept, created.AddDate(10, 0, 0)); err != nil {
		t.Errorf("an old signature: %v", err)
	}
	if err := sig.Check(hashText, fsc.SignatureTypeAccept, created.Add(-time.Minute)); err != nil {
		t.Errorf("a signature 60 s ahead: %v", err)
	}
	wantCode(t, sig.Check(hashText, fsc.SignatureTypeAccept, created.Add(-61*time.Second)), fsc.CodeSignatureVerificationFailed)
	wantCode(t, sig.Check(hashText, fsc.SignatureTypeReject, created), fsc.CodeSignatureVerificationFailed)
	wantCode(t, sig.Check(hashText+"x", fsc.SignatureTypeAccept, created), fsc.CodeSignatureContractContentHashMismatch)
	wantCode(t, sig.Check("", fsc.SignatureTypeAccept, created), fsc.CodeSignatureContractContentHashMismatch)
}

func TestSignatureTypes(t *testing.T) {
	for typ, want := range map[fsc.SignatureType]bool{
		fsc.SignatureTypeAccept: true, fsc.SignatureTypeReject: true, fsc.SignatureTypeRevoke: true, "": false, "ACCEPT": false,
	} {
		if typ.Valid() != want {
			t.Errorf("%q: %v", typ, !want)
		}
	}
}

func TestSignRefusesTextThatIsNotUTF8(t *testing.T) {
	_, err := fsc.Sign(newSigner(t, p256Key()), "\xff", fsc.SignatureTypeAccept, created)
	wantCode(t, err, fsc.CodeInvalidRequest)
}
