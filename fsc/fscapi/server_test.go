// SPDX-License-Identifier: EUPL-1.2

package fscapi_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
)

const submission = `{ "contract_content": {"b" : 1,  "a":"\u0041"} ,"signature":"x.y.z"}`

func TestSubmittedContentIsKeptByteForByte(t *testing.T) {
	var got fscapi.Submission
	var from fscapi.Caller
	h, _ := newServer(&desk{submit: func(c fscapi.Caller, s fscapi.Submission) error { from, got = c, s; return nil }})
	w := sendJSON(h, http.MethodPost, "/v1/contracts", submission)
	wantBody(t, w, http.StatusCreated, "")
	if string(got.Content) != `{"b" : 1,  "a":"\u0041"}` || got.Signature != "x.y.z" {
		t.Errorf("got %s and %s", got.Content, got.Signature)
	}
	if from.Peer.ID != alice || from.ManagerAddress != ownAddr {
		t.Errorf("caller %+v", from)
	}
}

func TestSubmissionIsReadStrictly(t *testing.T) {
	h, _ := newServer(&desk{})
	for name, tc := range map[string]struct{ body, text string }{
		"not JSON":           {`nonsense`, "JSON"},
		"empty":              {``, "JSON"},
		"two values":         {submission + `{}`, "followed"},
		"unknown member":     {`{"contract_content":{},"signature":"x","extra":1}`, "extra"},
		"member twice":       {`{"contract_content":{},"signature":"x","signature":"y"}`, "signature"},
		"twice, deep inside": {`{"contract_content":{"iv":"a","iv":"b"},"signature":"x"}`, "contract_content.iv"},
		"unsafe number":      {`{"contract_content":{"created_at":9007199254740993},"signature":"x"}`, "contract_content.created_at"},
		"no content":         {`{"signature":"x"}`, "contract_content"},
		"null content":       {`{"contract_content":null,"signature":"x"}`, "contract_content"},
		"content is text":    {`{"contract_content":"{}","signature":"x"}`, "contract_content"},
		"no signature":       {`{"contract_content":{}}`, "signature"},
		"null signature":     {`{"contract_content":{},"signature":null}`, "signature"},
		"empty signature":    {`{"contract_content":{},"signature":""}`, "signature"},
		"wrong type":         {`{"contract_content":{},"signature":7}`, "signature"},
		"wrong case":         {`{"Contract_content":{},"signature":"x"}`, "Contract_content"},
		"an array":           {`[]`, "JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			w := sendJSON(h, http.MethodPost, "/v1/contracts", tc.body)
			if name == "an array" {
				tc.text = "type"
			}
			wantRefusal(t, w, http.StatusBadRequest, fsc.CodeInvalidRequest, tc.text)
		})
	}
}

func TestBodyNeedsTheRightMediaType(t *testing.T) {
	h, _ := newServer(&desk{submit: func(fscapi.Caller, fscapi.Submission) error { return nil }})
	for media, status := range map[string]int{
		"application/json":                   201,
		"application/json; charset=UTF-8":    201,
		"Application/JSON;charset=\"utf-8\"": 201,
		"application/json; charset=latin1":   415,
		"text/json":                          415,
		"application/x-www-form-urlencoded":  415,
		"":                                   415,
		"application/json/":                  415,
	} {
		w := send(h, http.MethodPost, "/v1/contracts", submission, "Content-Type", media, "Fsc-Manager-Address", ownAddr)
		if w.Code != status {
			t.Errorf("%q: got %d, want %d", media, w.Code, status)
		}
		if status == 415 {
			wantRefusal(t, w, status, fsc.CodeInvalidRequest, "Content-Type")
		}
	}
	w := send(h, http.MethodPost, "/v1/contracts", submission, "Fsc-Manager-Address", ownAddr, "Content-Type", "application/json", "Content-Encoding", "gzip")
	wantRefusal(t, w, http.StatusUnsupportedMediaType, fsc.CodeInvalidRequest, "Content-Encoding")
}

func TestBodyLargerThanTheLimitIsRefused(t *testing.T) {
	h, _ := newServer(&desk{}, func(c *fscapi.ServerConfig) { c.MaxBodyBytes = 50 })
	w := sendJSON(h, http.MethodPost, "/v1/contracts", strings.Repeat(" ", 51))
	wantRefusal(t, w, http.StatusRequestEntityTooLarge, fsc.CodeRequestTooLarge, "50 bytes")
}

func TestEachSignatureHasItsPathWithDollarOrPercent(t *testing.T) {
	type signed struct {
		t    fsc.SignatureType
		hash fsc.ContentHash
	}
	var got signed
	h, _ := newServer(&desk{sign: func(_ fscapi.Caller, ty fsc.SignatureType, hash fsc.ContentHash, s fscapi.Submission) error {
		got = signed{ty, hash}
		return nil
	}})
	for _, path := range []string{hash, strings.ReplaceAll(hash, "$", "%24")} {
		for _, ty := range []fsc.SignatureType{fsc.SignatureTypeAccept, fsc.SignatureTypeReject, fsc.SignatureTypeRevoke} {
			w := sendJSON(h, http.MethodPut, "/v1/contracts/"+path+"/"+string(ty), submission)
			wantBody(t, w, http.StatusCreated, "")
			if got != (signed{ty, hash}) {
				t.Errorf("%s: got %v", path, got)
			}
		}
	}
}

func TestManagerAddressIsDemandedOnPostAndPut(t *testing.T) {
	var from fscapi.Caller
	h, _ := newServer(&desk{announce: func(c fscapi.Caller) error { from = c; return nil }})
	wantBody(t, send(h, http.MethodPut, "/v1/announce", "", "Fsc-Manager-Address", ownAddr), http.StatusOK, "")
	if from.ManagerAddress != ownAddr {
		t.Errorf("caller %+v", from)
	}
	for _, r := range [][2]string{
		{http.MethodPut, "/v1/announce"}, {http.MethodPost, "/v1/contracts"}, {http.MethodPut, "/v1/contracts/" + hash + "/revoke"},
	} {
		w := send(h, r[0], r[1], submission, "Content-Type", "application/json")
		wantRefusal(t, w, http.StatusBadRequest, fsc.CodeInvalidRequest, "Fsc-Manager-Address")
	}
	w := send(h, http.MethodPut, "/v1/announce", "", "Fsc-Manager-Address", ownAddr, "Fsc-Manager-Address", ownAddr)
	wantRefusal(t, w, http.StatusBadRequest, fsc.CodeInvalidRequest, "Fsc-Manager-Address")
	w = send(h, http.MethodPut, "/v1/announce", "", "Fsc-Manager-Address", "https://localhost:9443")
	wantRefusal(t, w, http.StatusBadRequest, fsc.CodeInvalidRequest, "443 or 8443")
	lab, _ := newServer(&desk{announce: func(fscapi.Caller) error { return nil }}, func(c *fscapi.ServerConfig) { c.AnyPort = true })
	wantBody(t, send(lab, http.MethodPut, "/v1/announce", "", "Fsc-Manager-Address", "https://localhost:9443"), http.StatusOK, "")
}

func TestUnknownPathsAndMethodsGetAnErrorBody(t *testing.T) {
	h, _ := newServer(&desk{})
	for _, path := range []string{
		"/", "/v1", "/v1/", "/v1/contract", "/v1/contracts/", "/v1/contracts//accept", "/v1/contracts/" + hash, "/peer", "/v2/peer",
		"/v1/contracts/" + hash + "/accept/", "/v1/contracts/" + hash + "/approve", "/v1/contracts/a/b/accept", "/v1/peer/",
		"/v1/contracts/" + strings.Repeat("a", 1025) + "/accept", "/v1//peer", "/v1/../v1/peer",
	} {
		wantRefusal(t, send(h, http.MethodGet, path, ""), http.StatusNotFound, fsc.CodeNotFound, "/v1")
	}
	for path, allow := range map[string]string{
		"/v1/announce": "PUT", "/v1/contracts": "GET, POST, HEAD", "/v1/token": "POST", "/v1/peer": "GET, HEAD",
		"/v1/contracts/" + hash + "/accept": "PUT", "/.well-known/jwks.json": "GET, HEAD", "/v1/logs": "GET, HEAD",
	} {
		w := send(h, http.MethodDelete, path, "")
		wantRefusal(t, w, http.StatusMethodNotAllowed, fsc.CodeMethodUnsupported, allow)
		if got := w.Header().Get("Allow"); got != allow {
			t.Errorf("%s: Allow %q, want %q", path, got, allow)
		}
	}
}

func TestErrorsOfTheHandlerAreToldWithoutTheirCause(t *testing.T) {
	secret := errors.New("table peers is locked")
	for name, tc := range map[string]struct {
		err    error
		status int
		code   fsc.ErrorCode
		text   string
	}{
		"rule broken":      {fsc.WrapError(fsc.CodeIncorrectGroupID, secret, "another Group"), 422, fsc.CodeIncorrectGroupID, "another Group"},
		"wrapped":          {errors.Join(secret, fsc.Errorf(fsc.CodeNotFound, "nothing there")), 404, fsc.CodeNotFound, "nothing there"},
		"without detail":   {&fsc.Error{Code: fsc.CodeNotFound, Cause: secret}, 404, fsc.CodeNotFound, "ERROR_CODE_NOT_FOUND"},
		"not for others":   {secret, 500, fsc.CodeInternal, "its log says why"},
		"unknown to table": {&fsc.Error{Code: "ERROR_CODE_NEW", Detail: "new", Cause: secret}, 422, "ERROR_CODE_NEW", "new"},
	} {
		t.Run(name, func(t *testing.T) {
			h, log := newServer(&desk{announce: func(fscapi.Caller) error { return tc.err }})
			w := send(h, http.MethodPut, "/v1/announce", "", "Fsc-Manager-Address", ownAddr)
			wantRefusal(t, w, tc.status, tc.code, tc.text)
			if strings.Contains(w.Body.String(), "locked") {
				t.Errorf("the cause was sent: %s", w.Body)
			}
			if name != "wrapped" && !strings.Contains(log.String(), "locked") {
				t.Errorf("the cause isn't in the log: %s", log)
			}
			if !strings.Contains(log.String(), "endpoint=announce") || !strings.Contains(log.String(), string(alice)) {
				t.Errorf("the log doesn't say who and what: %s", log)
			}
		})
	}
}

func TestPanicBecomesAnInternalError(t *testing.T) {
	h, log := newServer(&desk{peer: func() (fscapi.PeerInfo, error) { panic("out of cheese") }})
	w := send(h, http.MethodGet, "/v1/peer", "")
	wantRefusal(t, w, http.StatusInternalServerError, fsc.CodeInternal, "its log says why")
	if strings.Contains(w.Body.String(), "cheese") || !strings.Contains(log.String(), "cheese") {
		t.Errorf("body %s, log %s", w.Body, log)
	}
}

func TestBodyAndQueryStayOutOfTheLog(t *testing.T) {
	h, log := newServer(&desk{})
	sendJSON(h, http.MethodPost, "/v1/contracts", `{"contract_content":{},"signature":"eyJ","x":"hush"}`)
	send(h, http.MethodGet, "/v1/peers?limit=hush", "")
	send(h, http.MethodPost, "/v1/token", "scope=hush", "Content-Type", "application/x-www-form-urlencoded")
	if n := strings.Count(log.String(), "\n"); n != 3 || strings.Contains(log.String(), "hush") {
		t.Errorf("%d lines: %s", n, log)
	}
}
