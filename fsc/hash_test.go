// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"crypto/ed25519"
	"crypto/sha3"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
)

func sha3Text(b []byte) string {
	sum := sha3.Sum512(b)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

var digest = sha3Text(nil)

func TestParseHash(t *testing.T) {
	for _, c := range []struct {
		name, in string
		typ      fsc.HashType
		code     fsc.ErrorCode
	}{
		{"the hash of a contract", "$1$1$" + digest, fsc.HashTypeContract, ""},
		{"the hash of a grant", "$1$5$" + digest, fsc.HashTypeDelegatedServicePublicationGrant, ""},
		{"a type this library doesn't know", "$1$6$" + digest, 6, ""},
		{"another algorithm", "$2$1$" + digest, 0, fsc.CodeUnknownHashAlgorithmHash},
		{"an algorithm with a zero before it", "$01$1$" + digest, 0, fsc.CodeUnknownHashAlgorithmHash},
		{"nothing", "", 0, fsc.CodeInvalidRequest},
		{"no algorithm", "$1$" + digest, 0, fsc.CodeInvalidRequest},
		{"no dollar", "1$1$" + digest, 0, fsc.CodeInvalidRequest},
		{"a digest that is too short", "$1$1$" + digest[1:], 0, fsc.CodeInvalidRequest},
		{"a digest that is too long", "$1$1$A" + digest, 0, fsc.CodeInvalidRequest},
		{"padding", "$1$1$" + digest + "==", 0, fsc.CodeInvalidRequest},
		{"the standard base64 alphabet", "$1$1$+/" + digest[2:], 0, fsc.CodeInvalidRequest},
		{"a line break", "$1$1$" + digest + "\n", 0, fsc.CodeInvalidRequest},
		{"a space", " $1$1$" + digest, 0, fsc.CodeInvalidRequest},
		{"a negative type", "$1$-1$" + digest, 0, fsc.CodeInvalidRequest},
		{"a type that is too long", "$1$11111$" + digest, 0, fsc.CodeInvalidRequest},
		{"a long text", strings.Repeat("$", 1<<20), 0, fsc.CodeInvalidRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			typ, err := fsc.ParseHash(c.in)
			if c.code != "" {
				wantCode(t, err, c.code)
				return
			}
			if err != nil || typ != c.typ {
				t.Fatalf("got %d, %v", typ, err)
			}
		})
	}
}

func TestHashesOfContractsAndGrantsAreNotMixedUp(t *testing.T) {
	contract, grant := "$1$1$"+digest, "$1$3$"+digest
	if err := fsc.ContentHash(contract).Validate(); err != nil {
		t.Error(err)
	}
	if err := fsc.GrantHash(grant).Validate(); err != nil {
		t.Error(err)
	}
	wantDetail(t, fsc.ContentHash(grant).Validate(), "hash of a grant")
	wantDetail(t, fsc.GrantHash(contract).Validate(), "hash of a contract")
	wantCode(t, fsc.ContentHash("x").Validate(), fsc.CodeInvalidRequest)
	wantCode(t, fsc.GrantHash("x").Validate(), fsc.CodeInvalidRequest)
}

func TestEachGrantTypeHasItsHashType(t *testing.T) {
	for typ, g := range map[fsc.HashType]fsc.Grant{
		fsc.HashTypeServicePublicationGrant:          publicationGrant(),
		fsc.HashTypeServiceConnectionGrant:           connectionGrant(),
		fsc.HashTypeDelegatedServiceConnectionGrant:  delegatedConnectionGrant(),
		fsc.HashTypeDelegatedServicePublicationGrant: delegatedPublicationGrant(),
	} {
		for _, p := range []fsc.Profile{fsc.ProfileV1, fsc.ProfileDev, fsc.ProfileV2} {
			d := draft(g)
			d.Profile = p
			c, err := d.Content(rulesFor(p))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := fsc.ParseHash(string(c.Grants[0].Hash)); err != nil || got != typ {
				t.Errorf("%s %s: hash type %d (%v), want %d", p, g.Type, got, err, typ)
			}
			if got, ok := c.Grant(c.Grants[0].Hash); !ok || got.Type != g.Type {
				t.Errorf("%s %s: not found by its hash", p, g.Type)
			}
			if _, ok := c.Grant(fsc.GrantHash(c.Hash())); ok {
				t.Errorf("%s %s: found by the hash of the contract", p, g.Type)
			}
		}
	}
}

func TestThumbprints(t *testing.T) {
	if !fsc.EqualThumbprints(thumb, strings.ToUpper(thumb)) {
		t.Error("the case of hex digits counts")
	}
	if fsc.EqualThumbprints(thumb, thumb[1:]) || fsc.EqualThumbprints(thumb, "4"+thumb[1:]) {
		t.Error("different thumbprints are equal")
	}
	_, err := fsc.PublicKeyThumbprint("not a key")
	wantCode(t, err, fsc.CodeIncorrectPublicKeyThumbprint)
	pub, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := fsc.PublicKeyThumbprint(pub); err != nil || len(got) != 64 {
		t.Errorf("got %s, %v", got, err)
	}
}
