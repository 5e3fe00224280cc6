// SPDX-License-Identifier: EUPL-1.2

package personen

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxBody is the largest request body in bytes.
const maxBody = 64 << 10

const jsonType = "application/json; charset=utf-8"

// answer is the body of a successful response (PersonenQueryResponse).
type answer struct {
	Type    string   `json:"type"`
	Persons []object `json:"personen"`
}

// Handler serves POST on any path that ends in /personen. All errors have the
// shape of the API: application/problem+json, with invalidParams on a 400.
func (s *Source) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		result, failed := s.serve(w, r)
		if failed != nil {
			failed.Instance = r.URL.Path
			send(w, failed.Status, "application/problem+json", failed)
			return
		}
		send(w, http.StatusOK, jsonType, result)
	})
}

func (s *Source) serve(w http.ResponseWriter, r *http.Request) (answer, *problem) {
	if !strings.HasSuffix(r.URL.Path, "/personen") {
		return answer{}, notFound()
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return answer{}, methodNotAllowed()
	}
	if !acceptsJSON(r.Header.Values("Accept")) {
		return answer{}, notAcceptable()
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		return answer{}, unsupportedMediaType()
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return answer{}, requestTooLarge()
	}
	if err != nil {
		return answer{}, malformed()
	}
	params, failed := readParams(body)
	if failed != nil {
		return answer{}, failed
	}
	asked, failed := s.rules.check(params)
	if failed != nil {
		return answer{}, failed
	}
	return s.answer(asked)
}

// acceptsJSON reports whether the client takes JSON in UTF-8. No Accept
// header means anything goes.
func acceptsJSON(values []string) bool {
	accept := strings.TrimSpace(strings.Join(values, ","))
	if accept == "" {
		return true
	}
	for part := range strings.SplitSeq(accept, ",") {
		name, params, err := mime.ParseMediaType(part)
		if err != nil || strings.Trim(params["q"], "0.") == "" && params["q"] != "" {
			continue
		}
		if (name == "*/*" || name == "application/*" || name == "application/json") && isUTF8(params) {
			return true
		}
	}
	return false
}

// isJSON reports whether a request body is JSON in UTF-8, the default.
func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	name, params, err := mime.ParseMediaType(contentType)
	return err == nil && name == "application/json" && isUTF8(params)
}

func isUTF8(params map[string]string) bool {
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

func send(w http.ResponseWriter, status int, contentType string, body any) {
	var buffer bytes.Buffer
	enc := json.NewEncoder(&buffer)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	// A client that went away cannot be told.
	_, _ = w.Write(buffer.Bytes())
}
