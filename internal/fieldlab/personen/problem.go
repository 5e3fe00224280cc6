// SPDX-License-Identifier: EUPL-1.2

package personen

import (
	"net/http"
	"strings"
)

// problem is the API's error body (BadRequestFoutbericht).
type problem struct {
	Type          string  `json:"type"`
	Title         string  `json:"title"`
	Status        int     `json:"status"`
	Detail        string  `json:"detail"`
	Instance      string  `json:"instance"`
	Code          string  `json:"code"`
	InvalidParams []fault `json:"invalidParams,omitempty"`
}

// fault is one wrong parameter (InvalidParam).
type fault struct {
	Name   string `json:"name"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// maxResults is the most persons a search gives; more is an error.
const maxResults = 10

// section is the part of RFC 7231 that explains a status code.
func section(number string) string {
	return "https://datatracker.ietf.org/doc/html/rfc7231#section-" + number
}

func notFound() *problem {
	return &problem{
		Type: section("6.5.4"), Status: http.StatusNotFound, Code: "notFound",
		Title:  "Opgevraagde resource bestaat niet.",
		Detail: "Het pad eindigt niet op personen.",
	}
}

func methodNotAllowed() *problem {
	return &problem{
		Type: section("6.5.5"), Status: http.StatusMethodNotAllowed, Code: "methodNotAllowed",
		Title:  "Methode wordt niet ondersteund.",
		Detail: "Ondersteunde methode POST.",
	}
}

func notAcceptable() *problem {
	return &problem{
		Type: section("6.5.6"), Status: http.StatusNotAcceptable, Code: "notAcceptable",
		Title:  "Gevraagde content type wordt niet ondersteund.",
		Detail: "Ondersteunde content type: " + jsonType + ".",
	}
}

func unsupportedMediaType() *problem {
	return &problem{
		Type: section("6.5.13"), Status: http.StatusUnsupportedMediaType, Code: "unsupportedMediaType",
		Title:  "Media Type wordt niet ondersteund.",
		Detail: "Ondersteunde content type: " + jsonType + ".",
	}
}

func requestTooLarge() *problem {
	return &problem{
		Type: section("6.5.11"), Status: http.StatusRequestEntityTooLarge, Code: "requestTooLarge",
		Title:  "De aanvraag is te groot.",
		Detail: "De aanvraag is groter dan 64 KiB.",
	}
}

func malformed() *problem {
	return &problem{
		Type: section("6.5.1"), Status: http.StatusBadRequest, Code: "paramsValidation",
		Title:  "Een of meerdere parameters zijn niet correct.",
		Detail: "De aanvraag is geen geldig JSON object.",
	}
}

func tooManyResults() *problem {
	return &problem{
		Type: section("6.5.1"), Status: http.StatusBadRequest, Code: "tooManyResults",
		Title:  "Teveel zoekresultaten.",
		Detail: "Meer dan maximum van 10 zoekresultaten gevonden. Verfijn de zoekopdracht.",
	}
}

// invalid reports wrong parameters. A request that lacks only its fields gets
// the API's separate title and code for that.
func invalid(faults []fault) *problem {
	p := &problem{
		Type: section("6.5.1"), Status: http.StatusBadRequest, Code: "paramsValidation",
		Title: "Een of meerdere parameters zijn niet correct.", InvalidParams: faults,
	}
	if len(faults) == 1 && faults[0] == missing("fields") {
		p.Code, p.Title = "paramsCombination", "Minimale combinatie van parameters moet worden opgegeven."
	}
	names := make([]string, len(faults))
	for i, f := range faults {
		names[i] = f.Name
	}
	p.Detail = "De foutieve parameter(s) zijn: " + strings.Join(names, ", ") + "."
	return p
}

func missing(name string) fault {
	return fault{Name: name, Code: "required", Reason: "Parameter is verplicht."}
}
