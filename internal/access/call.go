// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"net/http"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/proxy"
)

// Component is the side of a call on which it is decided.
type Component string

// The two sides.
const (
	Inway  Component = "inway"
	Outway Component = "outway"
)

// Call is what is known of a call when it is decided about. Everything but the
// request comes from a verified token or a contract of this Peer.
type Call struct {
	// TransactionID under which the call will be recorded.
	TransactionID string
	GrantHash     fsc.GrantHash
	// Consumer is the Peer whose Outway calls; Delegator the one it acts for, empty
	// if none.
	Consumer, Delegator fsc.PeerID
	// Provider offers the service; ServiceDelegator is the Peer it is offered for,
	// empty if none.
	Provider, ServiceDelegator fsc.PeerID
	Service                    string
	// Properties are those of the grant and Additional what the token adds; both
	// are objects in JSON, or nil. An Outway knows neither.
	Properties, Additional []byte
	// Method, Path and Traceparent are those of the request; see [Call.Request].
	Method, Path, Traceparent string

	component  Component
	groupID    fsc.GroupID
	overridden bool
}

// disguises are fields by which some services take another method or path than
// those of the request line.
var disguises = [...]string{
	"x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url", "x-original-uri", "x-override-url",
	"x-http-path-override",
}

// Request takes from a request what goes on to the service: the path as it was
// received, without the query.
func (c *Call) Request(r *http.Request) {
	c.Method, c.Path = r.Method, ""
	if target, ok := proxy.RequestTarget(r); ok {
		if c.Path, _, _ = strings.Cut(target, "?"); c.Path == "" {
			c.Path = "/" // the form in which it is forwarded
		}
	}
	if h := r.Header["Traceparent"]; len(h) == 1 {
		c.Traceparent = h[0]
	}
	for name := range r.Header {
		c.overridden = c.overridden || disguised(name)
	}
}

// disguised tells of a field name whether some services take method or path from
// it. To those behind CGI and its heirs an underscore is a hyphen.
func disguised(name string) bool {
	if name == "" || name[0]|0x20 != 'x' {
		return false
	}
	name = strings.ToLower(strings.ReplaceAll(name, "_", "-"))
	return slices.Contains(disguises[:], name)
}

// provider is what rules name a service by: an Inway has only its own.
func (c *Call) provider() fsc.PeerID {
	if c.component == Inway {
		return ""
	}
	return c.Provider
}
