// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

func TestContractVectors(t *testing.T) {
	for _, v := range loadVectors[[]contractVector](t, "contracts.json") {
		t.Run(v.ID, func(t *testing.T) {
			text := v.Content
			if v.HasProperties {
				_, err := fsc.ParseContent([]byte(text), rulesFor(v.Profile))
				wantCode(t, err, fsc.CodeInvalidRequest)
				wantDetail(t, err, "no signature would cover them")
				text = withoutProperties(t, text)
			}
			c, err := fsc.ParseContent([]byte(text), rulesFor(v.Profile))
			if err != nil {
				t.Fatal(err)
			}
			checkVector(t, c, v)
			if err := c.Validate(rulesFor(v.Profile), begin); err != nil {
				t.Errorf("Validate: %v", err)
			}
		})
	}
}

func checkVector(t *testing.T, c *fsc.Content, v contractVector) {
	t.Helper()
	if c.Profile() != v.Profile {
		t.Errorf("profile %s, want %s", c.Profile(), v.Profile)
	}
	if string(c.Hash()) != v.ContentHash {
		t.Errorf("content hash %s, want %s", c.Hash(), v.ContentHash)
	}
	if len(c.Grants) != len(v.GrantHashes) {
		t.Fatalf("%d grants, want %d", len(c.Grants), len(v.GrantHashes))
	}
	for i, g := range c.Grants {
		if string(g.Hash) != v.GrantHashes[i] {
			t.Errorf("grant hash %s, want %s", g.Hash, v.GrantHashes[i])
		}
	}
	if v.ContentJCS == "" {
		return
	}
	if got, err := fsc.Canonicalize(c.Raw()); err != nil || string(got) != v.ContentJCS {
		t.Errorf("canonical content %s (%v), want %s", got, err, v.ContentJCS)
	}
	var raw struct {
		Grants []struct{ Data json.RawMessage }
	}
	if err := json.Unmarshal(c.Raw(), &raw); err != nil {
		t.Fatal(err)
	}
	for i, g := range raw.Grants {
		if got, err := fsc.Canonicalize(g.Data); err != nil || string(got) != v.GrantDataJCS[i] {
			t.Errorf("canonical grant %s (%v), want %s", got, err, v.GrantDataJCS[i])
		}
	}
}

func withoutProperties(t *testing.T, text string) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	for _, g := range m["grants"].([]any) {
		delete(g.(map[string]any)["data"].(map[string]any), "properties")
	}
	m["created_at"] = int64(m["created_at"].(float64))
	v := m["validity"].(map[string]any)
	v["not_before"], v["not_after"] = int64(v["not_before"].(float64)), int64(v["not_after"].(float64))
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCanonicalizeFollowsRFC8785(t *testing.T) {
	v := loadVectors[canonicalVectors](t, "canonical.json")
	for _, e := range v.Examples {
		if got, err := fsc.Canonicalize([]byte(e.Input)); err != nil || string(got) != e.Canonical {
			t.Errorf("%s: got %s (%v), want %s", e.Input, got, err, e.Canonical)
		}
	}
	for _, in := range v.MustReject {
		if _, err := fsc.Canonicalize([]byte(in)); err == nil {
			t.Errorf("%s: accepted", in)
		}
	}
	for bits, want := range v.Numbers {
		u, err := strconv.ParseUint(bits, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		f := math.Float64frombits(u)
		got, err := fsc.Canonicalize([]byte(strconv.FormatFloat(f, 'e', -1, 64)))
		// I-JSON (RFC 7493, section 2.2) knows no integers beyond 2^53-1; the
		// numbers of the vectors that are written as such have to be refused.
		if abs := math.Abs(f); abs > 1<<53-1 && abs < 1e21 {
			wantCode(t, err, fsc.CodeInvalidRequest)
			continue
		}
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s (%v), want %s", bits, got, err, want)
		}
	}
}

func TestSignatureVectors(t *testing.T) {
	for _, v := range loadVectors[[]jwsVector](t, "jws.json") {
		cert, err := x509.ParseCertificate(v.X5C)
		if err != nil {
			t.Fatal(err)
		}
		if got := fsc.CertificateThumbprint(v.X5C); got != v.CertificateThumbprint {
			t.Errorf("%s: certificate thumbprint %s, want %s", v.Key, got, v.CertificateThumbprint)
		}
		if got, err := fsc.PublicKeyThumbprint(cert.PublicKey); err != nil || got != v.PublicKeyThumbprint {
			t.Errorf("%s: key thumbprint %s (%v), want %s", v.Key, got, err, v.PublicKeyThumbprint)
		}
		for _, s := range v.Signatures {
			t.Run(v.Key+"/"+s.Alg+"/"+string(s.Profile)+"/"+string(s.Type), func(t *testing.T) {
				sig, err := fsc.ParseSignature(s.JWS)
				if err != nil {
					t.Fatal(err)
				}
				if err := sig.Verify(cert.PublicKey); err != nil {
					t.Error(err)
				}
				if err := sig.Check(s.ContentHash, s.Type, begin); err != nil {
					t.Error(err)
				}
				if sig.JWS != s.JWS || sig.Algorithm != s.Alg || sig.CertificateThumbprint != v.CertificateThumbprint || sig.SignedAt != time.Unix(s.SignedAt, 0).UTC() {
					t.Errorf("got %+v, want %+v", sig, s)
				}
			})
		}
	}
}

func TestTokenVector(t *testing.T) {
	vectors := loadVectors[[]jwsVector](t, "jws.json")
	for _, v := range vectors {
		if v.AccessToken == nil {
			continue
		}
		tok, err := fsc.ParseToken(v.AccessToken.JWT)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(v.X5C)
		if err != nil {
			t.Fatal(err)
		}
		if err := tok.Verify(cert.PublicKey); err != nil {
			t.Fatal(err)
		}
		c := tok.Claims
		if c.GrantHash.Validate() != nil || c.GroupID != group || c.Subject != consumer || c.Issuer != provider ||
			c.Service != "example-service" || c.Audience != "https://inway.peer1.example.nl:443" ||
			c.ExpiresAt != 1767226000 || c.NotBefore != 1767225700 || c.CertificateThumbprint != vectors[0].CertificateThumbprint ||
			c.Delegator != "" || c.PublicationDelegator != "" || c.Properties != nil || string(c.Additional) != "{}" ||
			tok.CertificateThumbprint != v.CertificateThumbprint {
			t.Errorf("claims %+v", c)
		}
		return
	}
	t.Fatal("no vector has a token")
}

func TestFieldsOfCore1AreHashedWithoutSeparators(t *testing.T) {
	// The form of Core 1.x lets two different grants have one hash; the newer
	// forms don't. This is why v1 has to be allowed per Group.
	a, b := connectionGrant(), connectionGrant()
	a.Service.PeerID, a.Service.Name = "peer-0", "1-service"
	b.Service.PeerID, b.Service.Name = "peer-01", "-service"
	content := func(p fsc.Profile, g fsc.Grant) *fsc.Content {
		d := draft(g)
		d.Profile = p
		c, err := d.Content(rulesFor(p))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	hash := func(p fsc.Profile, g fsc.Grant) fsc.ContentHash { return content(p, g).Hash() }
	if hash(fsc.ProfileV1, a) != hash(fsc.ProfileV1, b) {
		t.Error("v1 hashes differ: the form isn't that of Core 1.x")
	}
	if content(fsc.ProfileV1, a).SameTerms(content(fsc.ProfileV1, b)) {
		t.Error("different terms behind one hash pass as the same")
	}
	for _, p := range []fsc.Profile{fsc.ProfileV1, fsc.ProfileV2} {
		if !content(p, a).SameTerms(content(p, a)) {
			t.Errorf("%s: the same terms pass as different", p)
		}
	}
	if hash(fsc.ProfileV2, a) == hash(fsc.ProfileV2, b) || hash(fsc.ProfileDev, a) == hash(fsc.ProfileDev, b) {
		t.Error("canonical JSON has to tell the two apart")
	}
	d := draft(a, b)
	d.Profile = fsc.ProfileV1
	c, err := d.Content(rulesFor(fsc.ProfileV1))
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, c.Validate(rulesFor(fsc.ProfileV1), begin), fsc.CodeContractValidationFailed)
}

func TestOrderOfGrantsCountsOnlySinceCanonicalJSON(t *testing.T) {
	a, b := connectionGrant(), delegatedConnectionGrant()
	for p, same := range map[fsc.Profile]bool{fsc.ProfileV1: true, fsc.ProfileDev: false, fsc.ProfileV2: false} {
		ab, ba := draft(a, b), draft(b, a)
		ab.Profile, ba.Profile = p, p
		c1, err1 := ab.Content(rulesFor(p))
		c2, err2 := ba.Content(rulesFor(p))
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if (c1.Hash() == c2.Hash()) != same || (c1.Grants[0].Hash == c2.Grants[1].Hash) != same {
			t.Errorf("%s: hashes %s and %s, want the same: %v", p, c1.Hash(), c2.Hash(), same)
		}
	}
}

func TestPreimageOfCore1(t *testing.T) {
	// From the worked example of vector 02: what comes before the thumbprint.
	const head = "6673632d6578616d706c652d67726f7570019b760000007000800000000000000202000000" +
		"3030303030303030303030303030303030303032"
	const tail = "010000003030303030303030303030303030303030303031" + "6578616d706c652d73657276696365"
	pre := must(hex.DecodeString(head + hex.EncodeToString([]byte(thumb)) + tail))
	d := draft(connectionGrant())
	d.Profile = fsc.ProfileV1
	c, err := d.Content(rulesFor(fsc.ProfileV1))
	if err != nil {
		t.Fatal(err)
	}
	if want := "$1$3$" + sha3Text(pre); string(c.Grants[0].Hash) != want {
		t.Errorf("got %s, want %s", c.Grants[0].Hash, want)
	}
}
