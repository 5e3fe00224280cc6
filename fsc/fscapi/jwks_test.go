// SPDX-License-Identifier: EUPL-1.2

package fscapi_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
)

// keys issues a certificate for each kind of key the standard knows.
func keys(tb testing.TB, a *authority) map[string]*x509.Certificate {
	tb.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatal(err)
	}
	signers := map[string]crypto.Signer{"RSA": rsaKey}
	for name, curve := range map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()} {
		if signers[name], err = ecdsa.GenerateKey(curve, rand.Reader); err != nil {
			tb.Fatal(err)
		}
	}
	certs := map[string]*x509.Certificate{}
	for name, s := range signers {
		certs[name] = a.issue(tb, &x509.Certificate{}, s.Public())
	}
	return certs
}

func keySetOf(certs ...*x509.Certificate) fscapi.KeySet {
	var set fscapi.KeySet
	for _, c := range certs {
		set.Keys = append(set.Keys, fscapi.Key{Chain: [][]byte{c.Raw}})
	}
	return set
}

func TestKeySetHasTheMembersOfJWK(t *testing.T) {
	a := newAuthority(t)
	for name, cert := range keys(t, a) {
		raw, err := fscapi.EncodeKeySet(keySetOf(cert))
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Keys []map[string]any }
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		k, thumbprint := got.Keys[0], fsc.CertificateThumbprint(cert.Raw)
		want := map[string]any{
			"kty": "EC", "use": "sig", "kid": thumbprint, "x5t#S256": thumbprint, "crv": name,
			"x5c": []any{base64.StdEncoding.EncodeToString(cert.Raw)},
		}
		switch pub := cert.PublicKey.(type) {
		case *rsa.PublicKey:
			delete(want, "crv")
			want["kty"], want["e"], want["n"] = "RSA", "AQAB", base64.RawURLEncoding.EncodeToString(pub.N.Bytes())
		case *ecdsa.PublicKey:
			size := map[string]int{"P-256": 43, "P-384": 64, "P-521": 88}[name]
			point, _ := pub.Bytes()
			want["x"], want["y"] = base64.RawURLEncoding.EncodeToString(point[1:1+len(point)/2]), k["y"]
			if y, _ := k["y"].(string); len(y) != size {
				t.Errorf("%s: y has %d characters, want %d", name, len(y), size)
			}
		}
		if !reflect.DeepEqual(k, want) {
			t.Errorf("%s: got %v, want %v", name, k, want)
		}
		set, err := fscapi.DecodeKeySet(raw)
		if err != nil || !reflect.DeepEqual(set, keySetOf(cert)) {
			t.Errorf("%s: read back %d keys, %v", name, len(set.Keys), err)
		}
	}
}

func TestKeySetIsServedBelowTheVersionAndAtTheRoot(t *testing.T) {
	a := newAuthority(t)
	h, _ := newServer(&desk{keys: func() (fscapi.KeySet, error) { return keySetOf(a.cert), nil }})
	one, two := send(h, http.MethodGet, "/v1/.well-known/jwks.json", ""), send(h, http.MethodGet, "/.well-known/jwks.json", "")
	if one.Code != 200 || one.Body.String() != two.Body.String() || !strings.HasPrefix(one.Body.String(), `{"keys":[{"kty":"EC","use":"sig","kid":"`) {
		t.Errorf("got %s and %s", one.Body, two.Body)
	}
}

func TestKeySetThatCannotBeWrittenIsAnInternalError(t *testing.T) {
	pub, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := newAuthority(t).issue(t, &x509.Certificate{}, pub)
	for _, set := range []fscapi.KeySet{keySetOf(cert), {Keys: []fscapi.Key{{}}}, {Keys: []fscapi.Key{{Chain: [][]byte{{1}}}}}} {
		h, _ := newServer(&desk{keys: func() (fscapi.KeySet, error) { return set, nil }})
		wantRefusal(t, send(h, http.MethodGet, "/v1/.well-known/jwks.json", ""), 500, fsc.CodeInternal, "")
	}
}

func TestForeignKeySets(t *testing.T) {
	a := newAuthority(t)
	one, two := a.issue(t, &x509.Certificate{}, newKey(t).Public()), a.issue(t, &x509.Certificate{}, newKey(t).Public())
	key := func(change func(map[string]any)) string {
		raw, err := fscapi.EncodeKeySet(keySetOf(one))
		if err != nil {
			t.Fatal(err)
		}
		var set struct {
			Keys []map[string]any `json:"keys"`
		}
		if err := json.Unmarshal(raw, &set); err != nil {
			t.Fatal(err)
		}
		change(set.Keys[0])
		out, err := json.Marshal(set.Keys[0])
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	otherX5C := base64.StdEncoding.EncodeToString(two.Raw)
	same := key(func(map[string]any) {})
	for name, tc := range map[string]struct {
		key  string
		keys int // -1: refused
	}{
		"as we write it":  {same, 1},
		"unknown members": {key(func(k map[string]any) { k["x5u"], k["key_ops"] = "https://x", []string{"verify"} }), 1},
		"lower-case s":    {key(func(k map[string]any) { k["x5t#s256"] = k["x5t#S256"]; delete(k, "x5t#S256") }), 1},
		"padded": {key(func(k map[string]any) {
			k["x5t#S256"] = fmt.Sprint(k["x5t#S256"], "=")
			k["x"] = fmt.Sprint(k["x"], "=")
		}), 1},
		"no thumbprint":          {key(func(k map[string]any) { delete(k, "x5t#S256"); delete(k, "kid"); delete(k, "use") }), 1},
		"no certificate":         {key(func(k map[string]any) { delete(k, "x5c") }), 0},
		"for encryption":         {key(func(k map[string]any) { k["use"] = "enc" }), 0},
		"other kind":             {`{"kty":"OKP","crv":"Ed25519","x":"AA","x5c":["AA=="]}`, 0},
		"certificate of another": {key(func(k map[string]any) { k["x5c"] = []string{otherX5C}; delete(k, "x5t#S256") }), -1},
		"other thumbprint":       {key(func(k map[string]any) { k["x5t#S256"] = fsc.CertificateThumbprint(two.Raw) }), -1},
		"other lower thumbprint": {key(func(k map[string]any) { k["x5t#s256"] = fsc.CertificateThumbprint(two.Raw) }), -1},
		"no coordinates":         {key(func(k map[string]any) { delete(k, "y") }), -1},
		"other type":             {key(func(k map[string]any) { k["kty"] = "RSA" }), -1},
		"other curve":            {key(func(k map[string]any) { k["crv"] = "P-384" }), -1},
		"x5c isn't base64":       {key(func(k map[string]any) { k["x5c"] = []string{"***"} }), -1},
		"x5c isn't DER":          {key(func(k map[string]any) { k["x5c"] = []string{"AAAA"} }), -1},
		"bad intermediate":       {key(func(k map[string]any) { k["x5c"] = []string{base64.StdEncoding.EncodeToString(one.Raw), "AAAA"} }), -1},
		"long chain": {key(func(k map[string]any) {
			k["x5c"] = slices.Repeat([]string{base64.StdEncoding.EncodeToString(one.Raw)}, 11)
		}), -1},
		"many keys":  {strings.Repeat(same+",", 64) + same, -1},
		"wrong type": {`{"kty":7}`, -1},
		"not JSON":   {`{`, -1},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := fscapi.DecodeKeySet([]byte(`{"keys":[` + tc.key + `]}`))
			if (err != nil) != (tc.keys < 0) || (err == nil && len(set.Keys) != tc.keys) {
				t.Errorf("got %d keys and %v", len(set.Keys), err)
			}
		})
	}
}
