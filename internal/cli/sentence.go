// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
)

func plainID(id fsc.PeerID) string { return string(id) }

// summary says in a few words what a grant allows.
func summary(g *fsc.Grant, name func(fsc.PeerID) string) string {
	if g.Type.IsPublication() {
		s := name(g.Service.PeerID) + " may publish service " + g.Service.Name + " in the Directory of " + name(g.Directory)
		if g.Delegator != "" {
			s += " on behalf of " + name(g.Delegator)
		}
		return s
	}
	s := name(g.Outway.PeerID) + " may call service " + g.Service.Name + " of " + name(g.Service.PeerID)
	if g.Service.Delegator != "" {
		s += ", offered on behalf of " + name(g.Service.Delegator) + ","
	}
	if g.Delegator != "" {
		s += " on behalf of " + name(g.Delegator)
	}
	return s
}

// sentence says in full what a grant allows, and until when.
func sentence(g *fsc.Grant, until time.Time, name func(fsc.PeerID) string) string {
	s := summary(g, name) + " until " + moment(until)
	switch {
	case g.Outway.DomainName != "":
		s += ", from the Outway " + g.Outway.DomainName
	case g.Outway.PublicKeyThumbprint != "":
		s += ", from the Outway with key " + g.Outway.PublicKeyThumbprint
	}
	return s + "."
}
