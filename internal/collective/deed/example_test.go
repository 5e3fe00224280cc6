// SPDX-License-Identifier: EUPL-1.2

package deed_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// oneTown trusts one key. A node asks its trust anchors instead.
type oneTown struct{ key *ecdsa.PublicKey }

func (o oneTown) Identify(fsc.GroupID, [][]byte, time.Time) (deed.Identity, error) {
	return deed.Identity{PeerID: "00000099000000000002", PublicKey: o.key}, nil
}

func exampleDeed() *deed.Content {
	draft := deed.Draft{
		Type: 110, ID: "019b7600-0000-7f01-bf02-030405060708", GroupID: "example-group",
		IssuedAt: 1767225600, NotBefore: 1767225600, NotAfter: 1798761600,
		Parties: []deed.Party{{PeerID: "00000099000000000002", Role: "buyer"}, {PeerID: "00000099000000000001", Role: deed.Secretariat}},
		Rule:    deed.Rule{Kind: deed.RuleOne, Role: "buyer"},
		Body:    []byte(`{ "title": "Verhuizing doorgeven" }`),
	}
	c, err := draft.Content()
	if err != nil {
		panic(err)
	}
	return c
}

func ExampleDraft() {
	c := exampleDeed()
	typ, _ := c.Hash().Type()
	keeper, _ := c.Keeper()
	fmt.Println(typ, keeper)
	fmt.Println(string(c.Body))
	fmt.Println(c.Hash()[:20])
	// Output:
	// 110 00000099000000000001
	// {"title":"Verhuizing doorgeven"}
	// $1$110$eFiSudydhoCaD
}

func ExampleParse() {
	_, err := deed.Parse([]byte(`{"type":110,"status":"valid"}`))
	if e, ok := errors.AsType[*deed.Error](err); ok {
		fmt.Println(e.Code, "-", e.Detail)
	}
	// Output:
	// malformed - field "status" is unknown or has the wrong type
}

func ExampleSigner() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	certificate := []byte("stands for the DER of a certificate")
	signer, err := deed.NewSigner(key, certificate)
	if err != nil {
		panic(err)
	}
	c := exampleDeed()
	signature, err := signer.Sign(deed.Statement{DeedHash: c.Hash(), Act: deed.Accept, Role: "buyer", SignedAt: 1767225601})
	if err != nil {
		panic(err)
	}

	// Elsewhere, with nothing but the text of the signature:
	read, err := deed.ParseSignature(signature.JWS)
	if err != nil {
		panic(err)
	}
	signed, err := read.Judge(c, [][]byte{certificate}, oneTown{&key.PublicKey}, deed.Receipt{})
	fmt.Println(signed.Signer, signed.Act, signed.Role, err)
	// Output:
	// 00000099000000000002 accept buyer <nil>
}

func ExampleHead() {
	c := exampleDeed()
	entry, head, err := deed.NewFeed(c.Hash()).Append(deed.EntryDeed, c.Hash(), 1767225602)
	if err != nil {
		panic(err)
	}
	fmt.Println(entry.Number, entry.Receipt().At, head.Number)

	// A reader who has nothing yet checks what he is sent.
	same, err := deed.NewFeed(c.Hash()).Extend(entry)
	fmt.Println(same == head, err)
	entry.ReceivedAt--
	_, err = head.Extend(entry)
	fmt.Println(err)
	// Output:
	// 1 1767225602 1
	// true <nil>
	// number: is 1, where 2 follows
}
