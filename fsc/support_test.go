// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

const (
	group    = fsc.GroupID("fsc-example-group")
	provider = fsc.PeerID("00000000000000000001")
	consumer = fsc.PeerID("00000000000000000002")
	thumb    = "3a56f2e9269ac63f0d4394c46b96539da1625b6a985d38029ff89f34e490960c"
	iv       = "019b7600-0000-7000-8000-000000000002"
)

// created is the created_at of the vectors; they are valid from an hour later
// (begin) up to end.
var (
	created = time.Unix(1767222000, 0).UTC()
	begin   = time.Unix(1767225600, 0).UTC()
	end     = time.Unix(1798761600, 0).UTC()
)

func rules() fsc.Rules { return fsc.Rules{GroupID: group} }

func rulesFor(p fsc.Profile) fsc.Rules {
	return fsc.Rules{GroupID: group, Profiles: []fsc.Profile{p}}
}

func connectionGrant() fsc.Grant {
	return fsc.Grant{
		Type:    fsc.GrantTypeServiceConnection,
		Outway:  fsc.Outway{PeerID: consumer, PublicKeyThumbprint: thumb},
		Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: provider, Name: "example-service"},
	}
}

func publicationGrant() fsc.Grant {
	return fsc.Grant{
		Type:      fsc.GrantTypeServicePublication,
		Directory: "00000000000000000010",
		Service:   fsc.Service{PeerID: provider, Name: "example-service", Protocol: fsc.ProtocolHTTP11},
	}
}

func delegatedPublicationGrant() fsc.Grant {
	g := publicationGrant()
	g.Type, g.Delegator = fsc.GrantTypeDelegatedServicePublication, "00000000000000000003"
	return g
}

func delegatedConnectionGrant() fsc.Grant {
	g := connectionGrant()
	g.Type, g.Delegator = fsc.GrantTypeDelegatedServiceConnection, "00000000000000000003"
	g.Service.Type, g.Service.Delegator = fsc.ServiceTypeDelegatedService, "00000000000000000004"
	return g
}

func draft(grants ...fsc.Grant) fsc.Draft {
	return fsc.Draft{IV: iv, GroupID: group, NotBefore: begin, NotAfter: end, CreatedAt: created, Grants: grants}
}

func content(t testing.TB, grants ...fsc.Grant) *fsc.Content {
	t.Helper()
	c, err := draft(grants...).Content(rules())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wantCode(t testing.TB, err error, want fsc.ErrorCode) {
	t.Helper()
	if err == nil {
		t.Fatalf("got no error, want %s", want)
	}
	if _, ok := errors.AsType[*fsc.Error](err); !ok {
		t.Fatalf("got %T (%v), want *fsc.Error", err, err)
	}
	if got := fsc.CodeOf(err); got != want {
		t.Fatalf("got %v, want code %s", err, want)
	}
}

// wantDetail checks what another organisation would be told.
func wantDetail(t testing.TB, err error, part string) {
	t.Helper()
	e, ok := errors.AsType[*fsc.Error](err)
	if !ok || !strings.Contains(e.Detail, part) {
		t.Fatalf("got %v, want a detail with %q", err, part)
	}
}

// replace edits a text and fails when there is nothing to edit, so that a
// refusal can't come from an edit that silently did nothing.
func replace(t testing.TB, s, old, with string) string {
	t.Helper()
	if !strings.Contains(s, old) {
		t.Fatalf("%q is not in %s", old, s)
	}
	return strings.Replace(s, old, with, 1)
}

type contractVector struct {
	ID            string      `json:"id"`
	Profile       fsc.Profile `json:"profile"`
	Content       string      `json:"content"`
	ContentHash   string      `json:"content_hash"`
	GrantHashes   []string    `json:"grant_hashes"`
	ContentJCS    string      `json:"content_jcs"`
	GrantDataJCS  []string    `json:"grant_data_jcs"`
	HasProperties bool        `json:"has_properties"`
}

type jwsVector struct {
	Key                   string     `json:"key"`
	PeerID                fsc.PeerID `json:"peer_id"`
	X5C                   []byte     `json:"x5c"`
	CertificateThumbprint string     `json:"certificate_thumbprint"`
	PublicKeyThumbprint   string     `json:"public_key_thumbprint"`
	Signatures            []struct {
		Alg         string            `json:"alg"`
		Profile     fsc.Profile       `json:"profile"`
		Type        fsc.SignatureType `json:"type"`
		ContentHash fsc.ContentHash   `json:"content_hash"`
		SignedAt    int64             `json:"signed_at"`
		JWS         string            `json:"jws"`
	} `json:"signatures"`
	AccessToken *struct {
		JWT string `json:"jwt"`
	} `json:"access_token"`
}

type canonicalVectors struct {
	Numbers  map[string]string `json:"numbers"`
	Examples []struct {
		Input     string `json:"input"`
		Canonical string `json:"canonical"`
	} `json:"examples"`
	MustReject []string `json:"must_reject"`
}

func loadVectors[T any](t testing.TB, name string) T {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Keys are made once, for RSA takes long; nothing changes them.
var (
	rsaKey  = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	p256Key = sync.OnceValue(func() *ecdsa.PrivateKey { return newKey(elliptic.P256()) })
	p384Key = sync.OnceValue(func() *ecdsa.PrivateKey { return newKey(elliptic.P384()) })
	p521Key = sync.OnceValue(func() *ecdsa.PrivateKey { return newKey(elliptic.P521()) })
)

func newKey(c elliptic.Curve) *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(c, rand.Reader)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// certificate stands for the DER of a certificate: package fsc only hashes it.
var certificate = []byte("certificate")

func newSigner(t testing.TB, key crypto.Signer) *fsc.Signer {
	t.Helper()
	s, err := fsc.NewSigner(key, certificate)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// signRaw signs any header and payload with the P-256 key, so that a refusal
// can only come from what they say.
func signRaw(t testing.TB, header, payload string) string {
	t.Helper()
	input := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, p256Key(), sum[:])
	if err != nil {
		t.Fatal(err)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return input + "." + base64.RawURLEncoding.EncodeToString(sig)
}

const es256Header = `{"alg":"ES256","x5t#S256":"x"}`
