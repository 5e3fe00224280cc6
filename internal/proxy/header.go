// SPDX-License-Identifier: EUPL-1.2

package proxy

import (
	"iter"
	"net/http"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/internal/http1"
)

// Headers of the standard, in the canonical form of net/http.
const (
	// HeaderAuthorization carries the access token from Outway to Inway and
	// from Inway to Service (Core).
	HeaderAuthorization = "Fsc-Authorization"
	// HeaderTransactionID carries the TransactionID (FSC Logging).
	HeaderTransactionID = "Fsc-Transaction-Id"
	// HeaderErrorCode is present on every FSC error (Core).
	HeaderErrorCode = "Fsc-Error-Code"
	// HeaderGrantHash lets a client of the Outway choose a grant. Not part of
	// the standard; a convention of OpenFSC.
	HeaderGrantHash = "Fsc-Grant-Hash"
)

// Field is one header field. Name must be in the canonical form of net/http,
// Value free of CR, LF and NUL.
type Field = http1.Field

// Headers says what changes between what came in and what goes out. Everything
// else passes as it is. The zero value changes nothing.
type Headers struct {
	// Set is written on the request and replaces fields of the same name.
	Set []Field
	// Drop names request fields (canonical form) that aren't forwarded.
	Drop []string
	// Response is set on the final response and replaces fields of the same name.
	Response []Field
}

func (h *Headers) replaces(name string) bool {
	for i := range h.Set {
		if h.Set[i].Name == name {
			return true
		}
	}
	return slices.Contains(h.Drop, name)
}

// hopByHop tells whether a field belongs to one connection only (RFC 9110,
// section 7.6.1). Proxy-Status is the one Proxy- field made to travel on. Names that
// many services take for one of ours, with an underscore, go no further either.
func hopByHop(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	}
	return strings.HasPrefix(name, "Proxy-") && name != "Proxy-Status" || strings.HasPrefix(name, "Fsc") && strings.Contains(name, "_")
}

// connectionOptions gives the field names listed in Connection that have to go
// as well. FSC headers are left out: nobody may talk an Inway into removing
// them.
func connectionOptions(values []string) []string {
	var names []string
	for item := range items(values) {
		if strings.EqualFold(item, "close") || strings.EqualFold(item, "keep-alive") {
			continue // by far the most, and a name in another case costs memory
		}
		name := http.CanonicalHeaderKey(item)
		if name == "Upgrade" || name == "Te" {
			continue
		}
		if !strings.HasPrefix(name, "Fsc-") {
			names = append(names, name)
		}
	}
	return names
}

// signsOn tells whether a request may sign on the connection it goes over and not only
// itself, which gives its rights to all that follow there (RFC 4559, section 6).
func signsOn(r *http.Request) bool {
	return slices.ContainsFunc(r.Header["Authorization"], func(v string) bool {
		scheme, _, _ := strings.Cut(v, " ")
		return strings.EqualFold(scheme, "NTLM") || strings.EqualFold(scheme, "Negotiate")
	})
}

// hasToken tells whether a comma-separated list has the token, in any case.
func hasToken(values []string, token string) bool {
	for item := range items(values) {
		if strings.EqualFold(item, token) {
			return true
		}
	}
	return false
}

// items gives the items of a comma-separated list, without their parameters.
func items(values []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, v := range values {
			for item := range strings.SplitSeq(v, ",") {
				item, _, _ = strings.Cut(item, ";")
				if item = strings.Trim(item, " \t"); item != "" && !yield(item) {
					return
				}
			}
		}
	}
}

// visible tells whether s has no spaces and no control bytes.
func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return s != ""
}
