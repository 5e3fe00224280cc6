// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"errors"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

// wireError is the error of the standard (Core, schema error).
type wireError struct {
	Message string          `json:"message"`
	Domain  fsc.ErrorDomain `json:"domain"`
	Code    fsc.ErrorCode   `json:"code"`
}

type wirePagination struct {
	NextCursor string `json:"next_cursor"`
}

// results turns the wire form of a page into ours.
func results[T any](items []T, p wirePagination) Results[T] {
	r := Results[T]{Items: items}
	if p.NextCursor != "" {
		r.Next = []string{p.NextCursor}
	}
	return r
}

// encode writes v. Raw JSON inside keeps the spelling of its strings.
func encode(v any) ([]byte, error) {
	raw, err := json.Marshal(v, json.Deterministic(true), jsontext.PreserveRawStrings(true))
	if err != nil {
		return nil, fsc.WrapError(fsc.CodeInternal, err, "the Manager failed; its log says why")
	}
	return raw, nil
}

func okJSON(v any) (reply, error) {
	raw, err := encode(v)
	return reply{http.StatusOK, raw}, err
}

// writeJSON answers with an error's body, which always can be encoded.
func writeJSON(w http.ResponseWriter, status int, v any) {
	raw, err := encode(v)
	if err != nil {
		raw = []byte(`{}`)
	}
	w.Header().Set("Content-Type", mediaJSON)
	w.WriteHeader(status)
	_, _ = w.Write(raw) // the caller has gone: nothing is left to tell
}

// strict decodes what a caller sent. Its errors keep no cause, for that would
// bring parts of the body into the log.
func strict(raw []byte, v any) error {
	err := fsc.UnmarshalStrict(raw, v)
	if fe, ok := errors.AsType[*fsc.Error](err); ok {
		return &fsc.Error{Code: fe.Code, Detail: fe.Detail}
	}
	return err
}

// lenient decodes the answer of another Manager: still I-JSON without double
// names, but members this library doesn't know are skipped.
func lenient(raw []byte, v any) error {
	if err := fsc.CheckJSON(raw); err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}

func missing(field string) error {
	return fsc.Errorf(fsc.CodeInvalidRequest, "field %s is required", field)
}
