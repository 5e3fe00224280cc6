// SPDX-License-Identifier: EUPL-1.2

package proxy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/proxy"
)

func TestErrorReply(t *testing.T) {
	t.Parallel()
	const secret = "password=hunter2"
	for _, tc := range []struct {
		domain  fsc.ErrorDomain
		err     error
		status  int
		code    fsc.ErrorCode
		message string
		extra   string
	}{
		{fsc.DomainInway, fsc.Errorf(fsc.CodeAccessTokenMissing, "no token"), 401, fsc.CodeAccessTokenMissing, "no token", "Www-Authenticate: Bearer"},
		{fsc.DomainInway, fsc.Errorf(fsc.CodeAccessTokenInvalid, "bad"), 401, fsc.CodeAccessTokenInvalid, "bad", "Www-Authenticate: Bearer"},
		{fsc.DomainInway, fsc.Errorf(fsc.CodeAccessTokenExpired, "old"), 401, fsc.CodeAccessTokenExpired, "old", "Www-Authenticate: Bearer"},
		{fsc.DomainInway, fsc.Errorf(fsc.CodeWrongGroupIDInToken, "gid"), 403, fsc.CodeWrongGroupIDInToken, "gid", ""},
		{fsc.DomainOutway, fsc.Errorf(fsc.CodeWrongGroupIDInToken, "gid"), 502, fsc.CodeWrongGroupIDInToken, "gid", ""},
		{
			fsc.DomainOutway, fsc.Errorf(fsc.CodeMethodUnsupported, "CONNECT"), 405, fsc.CodeMethodUnsupported, "CONNECT",
			"Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE",
		},
		{
			fsc.DomainInway, fmt.Errorf("forward: %w", fsc.WrapError(fsc.CodeServiceUnreachable, errors.New(secret), "")), 502,
			fsc.CodeServiceUnreachable, "Bad Gateway", "",
		},
		{fsc.DomainOutway, errors.New(secret), 500, fsc.CodeInternal, "Internal Server Error", ""},
		{fsc.DomainInway, fsc.Errorf(fsc.CodeTransactionLogWriteError, "a \"quoted\"\nline"), 500, fsc.CodeTransactionLogWriteError, "a \"quoted\"\nline", ""},
	} {
		t.Run(string(tc.domain)+" "+string(tc.code), func(t *testing.T) {
			w := httptest.NewRecorder()
			proxy.WriteError(w, tc.domain, tc.err)
			var body map[string]string
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"message": tc.message, "domain": string(tc.domain), "code": string(tc.code)}
			if w.Code != tc.status || !reflect.DeepEqual(body, want) {
				t.Errorf("got %d %v", w.Code, body)
			}
			fields := map[string]string{
				"Fsc-Error-Code": string(tc.code), "Content-Type": "application/json",
				"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			}
			if name, value, ok := strings.Cut(tc.extra, ": "); ok {
				fields[name] = value
			}
			got := map[string]string{}
			for name := range w.Header() {
				got[name] = w.Header().Get(name)
			}
			if !reflect.DeepEqual(got, fields) {
				t.Errorf("header %v\nwant %v", got, fields)
			}
			if strings.Contains(w.Body.String(), secret) {
				t.Error("the cause was sent")
			}
		})
	}
}
