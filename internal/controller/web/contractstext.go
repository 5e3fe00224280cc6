// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
)

// peerText names an organisation in running text, always with its OIN. A long
// name is cut; the page of the organisation has all of it.
func (q *request) peerText(p fsc.Peer) string { return q.peerNamed(p, brief(p.Name)) }

func (q *request) peerNamed(p fsc.Peer, name string) string {
	if name == "" {
		name = q.t("peer.unnamed")
	}
	return name + " (OIN " + visible(p.ID) + ")"
}

// peersText names several organisations in running text.
func (q *request) peersText(peers []fsc.Peer) string {
	names := make([]string, len(peers))
	for i, p := range peers {
		names[i] = q.peerText(p)
	}
	return q.joined(names)
}

// peersCell names several organisations in a file, with their whole names.
func (q *request) peersCell(peers []fsc.Peer) string {
	names := make([]string, len(peers))
	for i, p := range peers {
		names[i] = q.peerNamed(p, visible(p.Name))
	}
	return q.joined(names)
}

func (q *request) joined(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " " + q.t("contracts.and") + " " + names[last]
}

// grantKey is the last part of the keys about a type of grant.
func grantKey(t fsc.GrantType) string {
	switch t {
	case fsc.GrantTypeServiceConnection:
		return "connection"
	case fsc.GrantTypeDelegatedServiceConnection:
		return "delegated-connection"
	case fsc.GrantTypeServicePublication:
		return "publication"
	case fsc.GrantTypeDelegatedServicePublication:
		return "delegated-publication"
	}
	return "unknown"
}

// grantOfKey is the type of grant that a key names; empty if none.
func grantOfKey(key string) fsc.GrantType {
	for _, t := range controller.GrantTypes() {
		if grantKey(t) == key {
			return t
		}
	}
	return ""
}

// grantText says in one sentence what a grant allows.
func (q *request) grantText(s controller.Sentence) string {
	text := q.t("contracts.says."+grantKey(s.Type),
		"consumer", q.peerText(s.Consumer), "provider", q.peerText(s.Provider), "service", brief(s.Service),
		"delegator", q.peerText(s.Delegator), "directory", q.peerText(s.Directory))
	if s.ServiceDelegator.ID != "" {
		text += " " + q.t("contracts.says.offered_for", "provider", q.peerText(s.Provider), "delegator", q.peerText(s.ServiceDelegator))
	}
	return text
}

// validityText says when a contract is valid. An end at midnight is told as the
// day before, which is how people count.
func (q *request) validityText(from, until time.Time) string {
	return q.t("contracts.says.validity", "from", formatDatetime(q.Lang, from, location()), "until", q.untilText(until))
}

func (q *request) untilText(until time.Time) string {
	local := until.In(location())
	if local.Hour() == 0 && local.Minute() == 0 && local.Second() == 0 {
		return formatDate(q.Lang, until.Add(-time.Second), location())
	}
	return formatDatetime(q.Lang, until, location())
}

// stateBadge is the badge of a contract: of a proposal it tells whose turn it is.
func stateBadge(c *controller.Contract) string {
	switch {
	case c.AwaitingUs:
		return "waiting"
	case c.State == fsc.StateProposed:
		return "waiting_other"
	}
	return strings.ToLower(string(c.State))
}

// turnText says whose turn it is.
func (q *request) turnText(c *controller.Contract) string {
	others := slices.DeleteFunc(slices.Clone(c.Awaiting), func(p fsc.Peer) bool { return p.ID == q.s.self.ID })
	switch {
	case c.AwaitingUs && len(others) > 0:
		return q.t("contracts.turn.both", "peers", q.peersText(others))
	case c.AwaitingUs:
		return q.t("contracts.turn.us")
	case c.State == fsc.StateProposed:
		return q.t("contracts.turn.others", "peers", q.peersText(others))
	}
	return q.t("contracts.turn." + strings.ToLower(string(c.State)))
}

// partsText names the parts of an organisation.
func (q *request) partsText(parts []manager.Role) string {
	words := make([]string, len(parts))
	for i, p := range parts {
		words[i] = q.t("contracts.part." + string(p))
	}
	return strings.Join(words, ", ")
}

// services names the services in a contract, without doubles.
func services(c *controller.Contract) string {
	var names []string
	for _, g := range c.Grants {
		if name := visible(g.Service); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > 3 {
		names = append(names[:3], "…")
	}
	return strings.Join(names, ", ")
}

// kindKey is the key of the kind of a contract.
func kindKey(c *controller.Contract) string {
	if len(c.Grants) == 0 {
		return "contracts.kind.unknown"
	}
	first := c.Grants[0].Type
	for _, g := range c.Grants {
		if g.Type != first {
			return "contracts.kind.mixed"
		}
	}
	return "contracts.kind." + grantKey(first)
}

// others are the parties besides this organisation.
func others(c *controller.Contract) []fsc.Peer {
	var out []fsc.Peer
	for _, p := range c.Parties {
		if !p.Self {
			out = append(out, p.Peer)
		}
	}
	return out
}

// contractPath is the page of a contract.
func contractPath(h fsc.ContentHash) string { return "/contracts/" + string(h) }

// quoted puts a word of a command line between quotes.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
