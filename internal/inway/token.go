// SPDX-License-Identifier: EUPL-1.2

package inway

import (
	"crypto"
	"crypto/sha256"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/singleflight"

	"github.com/samenspel/samenspel/fsc"
)

// bearer reads the token from the values of Fsc-Authorization: with the scheme
// Bearer in any case, or bare.
func bearer(values []string) (string, error) {
	if len(values) > 1 {
		return "", fsc.Errorf(fsc.CodeAccessTokenInvalid, "there must be one Fsc-Authorization header")
	}
	if len(values) == 0 {
		return "", errNoToken()
	}
	scheme, token, found := strings.Cut(strings.TrimSpace(values[0]), " ")
	switch isBearer := strings.EqualFold(scheme, "Bearer"); {
	case scheme == "", isBearer && !found:
		return "", errNoToken()
	case !found:
		return scheme, nil
	case !isBearer:
		return "", fsc.Errorf(fsc.CodeAccessTokenInvalid, "the scheme of Fsc-Authorization must be Bearer")
	}
	return strings.TrimLeft(token, " "), nil
}

func errNoToken() error {
	return fsc.Errorf(fsc.CodeAccessTokenMissing, "the header Fsc-Authorization with an access token is missing")
}

// verified is a token whose signature was found good.
type verified struct {
	token      string
	claims     fsc.Claims
	additional []byte // for the record
	by         *verifier
}

// verifier checks signatures with one set of keys. Its results follow from
// token and keys alone, so they may be kept, good or bad, as long as it lives.
type verifier struct {
	keys   map[string]crypto.PublicKey
	good   recent[[32]byte, *verified]
	bad    recent[[32]byte, error]
	flight singleflight.Group
	checks atomic.Uint64
}

func newVerifier(keys map[string]crypto.PublicKey) *verifier {
	v := &verifier{keys: keys}
	v.good.size, v.bad.size = goodPerGeneration, badPerGeneration
	return v
}

// verify gives the claims of a token that was signed with one of the keys.
func (v *verifier) verify(token string) (*verified, error) {
	sum := sha256.Sum256([]byte(token))
	if t, ok := v.good.get(sum); ok {
		return t, nil
	}
	if err, ok := v.bad.get(sum); ok {
		return nil, err
	}
	result, err, _ := v.flight.Do(string(sum[:]), func() (any, error) {
		t, err := v.check(token)
		if err != nil {
			v.bad.add(sum, err)
			return nil, err
		}
		v.good.add(sum, t)
		return t, nil
	})
	if err != nil {
		return nil, err
	}
	return result.(*verified), nil // the function above gives nothing else
}

func (v *verifier) check(token string) (*verified, error) {
	v.checks.Add(1)
	t, err := fsc.ParseToken(token)
	if err != nil {
		return nil, err
	}
	key, ok := v.keys[t.CertificateThumbprint]
	if !ok {
		return nil, fsc.Errorf(fsc.CodeAccessTokenInvalid, "the access token was not signed with a key of this Peer")
	}
	if err := t.Verify(key); err != nil {
		return nil, err
	}
	additional, err := fsc.ExternalContract(t.Claims.Properties)
	if err != nil {
		return nil, fsc.WrapError(fsc.CodeAccessTokenInvalid, err, "the properties in the access token are malformed")
	}
	return &verified{token: token, claims: t.Claims, additional: additional, by: v}, nil
}
