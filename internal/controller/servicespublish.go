// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/operator"
)

// PublishForm says where and how an own service gets listed.
type PublishForm struct {
	Service   string
	Directory fsc.PeerID // empty: the only one of the configuration
	Protocol  fsc.Protocol
	Delegator fsc.PeerID // on whose behalf; empty: this Peer's own
	NotBefore time.Time  // zero: now
	NotAfter  time.Time
	// Properties of the publication, such as a link to documentation.
	Properties []PropertyForm
}

// PublishService proposes a publication contract for an own service to the Peer
// that keeps the Directory. It is a signature of this Peer, as any proposal.
func (c *Controller) PublishService(ctx context.Context, a operator.Actor, f PublishForm) (*ContractDetail, error) {
	if err := c.view(a, operator.PermissionSign); err != nil {
		return nil, c.cfg.People.Record(ctx, a, operator.Event{Act: "service.publish", Object: f.Service}, err)
	}
	s, err := c.ownService(ctx, f.Service)
	if err != nil {
		return nil, err
	}
	if s.Name == "" {
		return nil, notFound("there is no service of that name")
	}
	if ids := c.directoryIDs(); f.Directory == "" && len(ids) == 1 {
		f.Directory = ids[0]
	}
	g := GrantForm{
		Type: fsc.GrantTypeServicePublication, Service: f.Service, Provider: c.Self().ID, Directory: f.Directory,
		Protocol: f.Protocol, Delegator: f.Delegator, Properties: f.Properties,
	}
	if g.Protocol == "" {
		g.Protocol = fsc.ProtocolHTTP11
	}
	if g.Delegator != "" {
		g.Type = fsc.GrantTypeDelegatedServicePublication
	}
	d, err := c.Propose(ctx, a, ProposalForm{NotBefore: f.NotBefore, NotAfter: f.NotAfter, Grants: []GrantForm{g}})
	return d, ofOnlyGrant(err)
}

// ofOnlyGrant names fields as a form with one grant does.
func ofOnlyGrant(err error) error {
	problems := FieldErrors(err)
	if len(problems) == 0 {
		return err
	}
	var out []error
	for _, p := range problems {
		named := *p
		named.Field = strings.TrimPrefix(p.Field, "grants[0].")
		out = append(out, &named)
	}
	if len(out) == 1 {
		return out[0]
	}
	return errors.Join(out...)
}
