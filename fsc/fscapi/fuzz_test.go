// SPDX-License-Identifier: EUPL-1.2

package fscapi_test

import (
	"bytes"
	"net/url"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
)

func FuzzSubmission(f *testing.F) {
	for _, s := range []string{submission, `{"contract_content":{},"signature":"x"}`, `{}`, `{"contract_content":{"a":"\ud800"},"signature":"x"}`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := fscapi.DecodeSubmission(raw)
		if err != nil {
			if code := fsc.CodeOf(err); code != fsc.CodeInvalidRequest {
				t.Errorf("code %s", code)
			}
			return
		}
		if !bytes.Contains(raw, s.Content) {
			t.Errorf("content %q isn't what came in", s.Content)
		}
		again, err := fscapi.EncodeSubmission(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := fscapi.DecodeSubmission(again)
		if err != nil || !bytes.Equal(back.Content, s.Content) || back.Signature != s.Signature {
			t.Errorf("%s became %s: %v", raw, again, err)
		}
	})
}

func FuzzCursor(f *testing.F) {
	key := fscapi.CursorKey("0123456789abcdef")
	f.Add("a", "b", key.Seal([]string{"list"}, []string{"1", "2"}))
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, a, b, cursor string) {
		if len(a)+len(b) < 2000 {
			parts, err := key.Open([]string{b}, key.Seal([]string{b}, []string{a, b}))
			if err != nil || !slices.Equal(parts, []string{a, b}) {
				t.Errorf("%q became %q: %v", []string{a, b}, parts, err)
			}
		}
		// Only a cursor of this list may open.
		if parts, err := key.Open([]string{"other list"}, cursor); err == nil && parts != nil {
			t.Errorf("%q opened as %q", cursor, parts)
		}
	})
}

func FuzzKeySet(f *testing.F) {
	// The keys are fixed, so that finds of one run mean the same in the next.
	seed, err := os.ReadFile("testdata/keyset.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA","x5c":["AAAA"]}]}`))
	f.Add([]byte(`{"keys":[{"kty":"OKP"},{}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		set, err := fscapi.DecodeKeySet(raw)
		if err != nil {
			return
		}
		again, err := fscapi.EncodeKeySet(set)
		if err != nil {
			t.Fatalf("accepted but can't be written: %v", err)
		}
		if back, err := fscapi.DecodeKeySet(again); err != nil || len(back.Keys) != len(set.Keys) {
			t.Errorf("%s became %s: %v", raw, again, err)
		}
	})
}

func FuzzManagerAddress(f *testing.F) {
	for _, s := range []string{ownAddr, "https://[::1]:443", "https://a:443/", "https://a@b:443", "https://[::1%25a]:443"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if fscapi.ValidateManagerAddress(s, true) != nil {
			return
		}
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Port() == "" ||
			u.Hostname() == "" || u.String() != s || len(s) > 255 {
			t.Errorf("%q was accepted: %+v, %v", s, u, err)
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{"", "limit=3&sort_order=SORT_ORDER_ASCENDING", "grant_hash=a,b&grant_hash=c&after=5", "limit=%zz", "a;b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		page, list, after, err := fscapi.ReadQuery(raw)
		if err != nil {
			if code := fsc.CodeOf(err); code != fsc.CodeInvalidRequest {
				t.Errorf("code %s", code)
			}
			return
		}
		if page.Limit < 1 || page.Limit > 1000 || len(list) > 1000 || slices.Contains(list, "") || (after != nil && *after < 0) || page.After != nil {
			t.Errorf("%q gave %+v %d %v", raw, page, len(list), after)
		}
	})
}

func FuzzTokenRequest(f *testing.F) {
	f.Add(tokenForm())
	f.Add("grant_type=client_credentials&scope=a&scope=b&client_id=abc")
	f.Fuzz(func(t *testing.T, body string) {
		req, err := fscapi.DecodeTokenRequest(body)
		if err != nil {
			if reflect.TypeOf(err) != reflect.TypeFor[*fsc.TokenError]() || req != (fscapi.TokenRequest{}) {
				t.Errorf("got %+v, %T", req, err)
			}
			return
		}
		if req.GrantType != "client_credentials" || req.Scope.Validate() != nil || req.ClientID.Validate() != nil {
			t.Errorf("%q gave %+v", body, req)
		}
	})
}
