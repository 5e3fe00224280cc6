// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

var (
	thumbprintPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
	domainPattern     = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
)

// maxPropertyName keeps names of properties readable.
const maxPropertyName = 255

// formCheck collects what is wrong with a form, so that all of it is told at once.
type formCheck struct {
	self   fsc.PeerID
	prefix string // of the grant that is being checked
	found  []error
}

func (k *formCheck) wrong(is bool, field, text string) {
	if is {
		k.found = append(k.found, invalid(k.prefix+field, text))
	}
}

// checkForm fills in the Peers that can only be this one and checks everything.
func (c *Controller) checkForm(f ProposalForm) (ProposalForm, error) {
	k := &formCheck{self: c.Self().ID}
	now := c.cfg.Now()
	k.wrong(f.NotAfter.IsZero(), "notAfter", "the end of the validity is required")
	k.wrong(!f.NotAfter.IsZero() && !f.NotAfter.After(now), "notAfter", "the end of the validity lies in the past")
	start := f.NotBefore
	if start.IsZero() {
		start = now
	}
	k.wrong(f.NotAfter.After(now) && f.NotAfter.Unix() <= start.Truncate(time.Second).Unix(), "notAfter", "the end of the validity must be later than its start")
	k.wrong(f.Profile != "" && f.Profile != fsc.ProfileV2 && f.Profile != fsc.ProfileV1, "profile", "the profile is v2 or v1")
	k.wrong(len(f.Grants) == 0, "grants", "a contract holds at least one grant")
	k.wrong(len(f.Grants) > maxFormGrants, "grants", "a contract holds at most "+strconv.Itoa(maxFormGrants)+" grants")
	f.Grants = slices.Clone(f.Grants)
	for i := range f.Grants[:min(len(f.Grants), maxFormGrants)] {
		k.prefix = "grants[" + strconv.Itoa(i) + "]."
		f.Grants[i] = k.grant(f.Grants[i].trimmed())
		mixed := f.Grants[i].Type != f.Grants[0].Type && (f.Grants[i].Type.IsPublication() || f.Grants[0].Type.IsPublication())
		k.wrong(mixed, "type", "a publication can't stand in one contract with grants of another type")
	}
	return f, errors.Join(k.found...)
}

func (k *formCheck) grant(g GrantForm) GrantForm {
	known := g.Type.IsPublication() || g.Type.IsConnection()
	k.wrong(!known, "type", "choose one of the four types of grant")
	if !known {
		return g
	}
	k.wrong(fsc.ValidateServiceName(g.Service) != nil, "service", "a service is 3 to 100 letters, digits, '.', '_' or '-'")
	if g.Type.IsPublication() {
		g = k.publication(g)
	} else {
		g = k.connection(g)
	}
	switch {
	case g.Type.IsDelegated():
		k.peer("delegator", g.Delegator)
		k.wrong(g.Delegator != "" && g.Delegator == k.actingPeer(g), "delegator", "an organisation can't act on its own behalf; choose a grant without delegation")
	default:
		k.wrong(g.Delegator != "", "delegator", "only delegated grants have a delegator")
	}
	k.properties(&g)
	k.wrong(!k.partOf(g), "", "this organisation has no part in the grant")
	return g
}

func (k *formCheck) actingPeer(g GrantForm) fsc.PeerID {
	if g.Type.IsPublication() {
		return g.Provider
	}
	return g.Consumer
}

func (k *formCheck) partOf(g GrantForm) bool {
	return slices.Contains([]fsc.PeerID{g.Provider, g.Consumer, g.Directory, g.Delegator, g.ServiceDelegator}, k.self)
}

func (k *formCheck) publication(g GrantForm) GrantForm {
	g.Provider, g.Protocol = cmp.Or(g.Provider, k.self), cmp.Or(g.Protocol, fsc.ProtocolHTTP11)
	k.peer("provider", g.Provider)
	k.peer("directory", g.Directory)
	k.wrong(g.Protocol != fsc.ProtocolHTTP11 && g.Protocol != fsc.ProtocolHTTP2, "protocol", "the protocol is "+string(fsc.ProtocolHTTP11)+" or "+string(fsc.ProtocolHTTP2))
	k.wrong(g.Consumer != "", "consumer", "a publication has no consumer")
	k.wrong(g.OutwayThumbprint != "" || g.OutwayDomain != "", "outwayThumbprint", "a publication has no Outway")
	k.wrong(g.ServiceDelegator != "", "serviceDelegator", "use delegator in a publication")
	return g
}

func (k *formCheck) connection(g GrantForm) GrantForm {
	if g.Provider == "" && g.Consumer != "" && g.Consumer != k.self {
		g.Provider = k.self
	}
	g.Consumer = cmp.Or(g.Consumer, k.self)
	k.peer("provider", g.Provider)
	k.peer("consumer", g.Consumer)
	if g.ServiceDelegator != "" {
		k.peer("serviceDelegator", g.ServiceDelegator)
		k.wrong(g.ServiceDelegator == g.Provider, "serviceDelegator", "the provider can't offer the service on its own behalf")
	}
	k.wrong(g.Directory != "", "directory", "a connection has no Directory")
	k.wrong(g.Protocol != "", "protocol", "the protocol belongs to a publication")
	switch {
	case g.OutwayThumbprint == "" && g.OutwayDomain == "":
		k.wrong(true, "outwayThumbprint", "name the Outway by the thumbprint of its key or by its domain")
	case g.OutwayThumbprint != "" && g.OutwayDomain != "":
		k.wrong(true, "outwayDomain", "name the Outway by its key or by its domain, not by both")
	case g.OutwayThumbprint != "":
		k.wrong(!thumbprintPattern.MatchString(g.OutwayThumbprint), "outwayThumbprint", "a thumbprint is 64 hexadecimal digits")
	default:
		k.wrong(len(g.OutwayDomain) > 253 || !domainPattern.MatchString(g.OutwayDomain), "outwayDomain", "this isn't a domain name")
	}
	return g
}

func (k *formCheck) peer(field string, p fsc.PeerID) {
	k.wrong(p == "", field, "an organisation is required")
	k.wrong(p != "" && p.Validate() != nil, field, "the ID of an organisation has 3 to 255 characters")
}

func (k *formCheck) properties(g *GrantForm) {
	seen := map[string]bool{}
	for i, p := range g.Properties {
		field := "properties[" + strconv.Itoa(i) + "]"
		k.wrong(p.Name == "" || len(p.Name) > maxPropertyName, field+".name", "a property has a name of at most 255 bytes")
		k.wrong(seen[p.Name], field+".name", "this property is named twice")
		k.wrong(fsc.CheckJSON([]byte(p.Value)) != nil, field+".value", `the value isn't JSON; text goes between double quotes`)
		seen[p.Name] = true
	}
}
