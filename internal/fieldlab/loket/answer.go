// SPDX-License-Identifier: EUPL-1.2

package loket

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"time"

	"github.com/go-json-experiment/json"
)

const (
	jsonType    = "application/json"
	problemType = "application/problem+json"
)

// Receipt is what a municipality gives for a notice. The same notice sent again
// gets the same one.
type Receipt struct {
	// Municipality is the name of the one that received it.
	Municipality string `json:"gemeente"`
	// Reference is what people can ask for there.
	Reference string `json:"referentie"`
	// Received is the moment, in UTC.
	Received time.Time `json:"ontvangen"`
}

// problem is the body of an answer that is no receipt (RFC 9457).
type problem struct {
	Title  string  `json:"title"`
	Status int     `json:"status"`
	Detail string  `json:"detail"`
	Code   string  `json:"code"`
	Faults []Fault `json:"invalidParams,omitempty"`
	// Municipality and Refusal are for a notice that could not be delivered: to
	// whom, and what the Outway said.
	Municipality string `json:"gemeente,omitempty"`
	Refusal      string `json:"foutcode,omitempty"`
}

// The codes of problems.
const (
	problemNotFound    = "not_found"
	problemMethod      = "method"
	problemMediaType   = "media_type"
	problemTooLarge    = "too_large"
	problemInvalid     = "invalid"
	problemOther       = "other_municipality"
	problemChanged     = "changed"
	problemUndelivered = "not_delivered"
)

func invalid(faults []Fault) *problem {
	return &problem{
		Title: "De melding klopt niet.", Status: http.StatusUnprocessableEntity, Code: problemInvalid, Faults: faults,
		Detail: "Verbeter de velden die in invalidParams staan en stuur de melding opnieuw.",
	}
}

// readPost gives the body of a POST of JSON to a path that ends in one of some
// names, and that name. Earlier parts of the path are those of a route.
func readPost(w http.ResponseWriter, r *http.Request, names ...string) (string, []byte, *problem) {
	name := path.Base(r.URL.Path)
	known := false
	for _, one := range names {
		known = known || one == name
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case !known:
		return "", nil, &problem{Title: "Dit adres bestaat niet.", Status: http.StatusNotFound, Code: problemNotFound, Detail: "Kijk in de beschrijving van de dienst welke adressen er zijn."}
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return "", nil, &problem{Title: "Dit kan hier niet.", Status: http.StatusMethodNotAllowed, Code: problemMethod, Detail: "Stuur de melding met POST."}
	case err != nil || kind != jsonType:
		return "", nil, &problem{Title: "Dit is geen JSON.", Status: http.StatusUnsupportedMediaType, Code: problemMediaType, Detail: "Stuur de melding als application/json."}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return "", nil, &problem{Title: "De melding is te groot.", Status: http.StatusRequestEntityTooLarge, Code: problemTooLarge, Detail: "Een melding is hooguit 64 KiB."}
	}
	if err != nil {
		return "", nil, invalid([]Fault{fault("", faultJSON)})
	}
	return name, body, nil
}

// send answers with JSON.
func send(w http.ResponseWriter, status int, kind string, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // JSON by its type; a client that went away can't be told
}

// sendOutcome answers with a receipt, or with why there is none.
func sendOutcome(w http.ResponseWriter, status int, receipt Receipt, failed *problem) {
	if failed != nil {
		send(w, failed.Status, problemType, failed)
		return
	}
	send(w, status, jsonType, receipt)
}
