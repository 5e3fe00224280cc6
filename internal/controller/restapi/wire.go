// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// each makes the form that travels of each item of a list.
func each[A, B any](in []A, wire func(A) B) []B {
	out := make([]B, 0, len(in))
	for _, v := range in {
		out = append(out, wire(v))
	}
	return out
}

// texts makes plain texts of names.
func texts[T ~string](in []T) []string { return each(in, func(v T) string { return string(v) }) }

// unix gives the moment of Unix seconds.
func unix(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// utc gives a moment as it travels: to the microsecond, zero stays zero.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

func peerOf(p fsc.Peer) client.Peer {
	return client.Peer{PeerID: p.ID, Name: p.Name, ManagerAddress: p.ManagerAddress}
}

// peerIf gives nil for no Peer.
func peerIf(p fsc.Peer) *client.Peer {
	if p.ID == "" {
		return nil
	}
	out := peerOf(p)
	return &out
}

func propertyOf(p controller.Property) client.Property { return client.Property(p) }

func grantOf(s controller.Sentence) client.Grant {
	return client.Grant{
		Type: s.Type, GrantHash: s.Hash, Service: s.Service, Provider: peerOf(s.Provider), Consumer: peerIf(s.Consumer),
		Directory: peerIf(s.Directory), Delegator: peerIf(s.Delegator), ServiceDelegator: peerIf(s.ServiceDelegator), Protocol: s.Protocol,
		OutwayThumbprint: s.OutwayThumbprint, OutwayDomain: s.OutwayDomain, OutwayName: s.OutwayName,
		NotBefore: utc(s.NotBefore), NotAfter: utc(s.NotAfter), Properties: each(s.Properties, propertyOf), ExternalReference: s.ExternalReference,
	}
}

func partyOf(p controller.Party) client.Party {
	at := func(s *manager.Signature) time.Time {
		if s == nil {
			return time.Time{}
		}
		return utc(s.SignedAt)
	}
	return client.Party{
		Peer: peerOf(p.Peer), Self: p.Self, Parts: texts(p.Parts), AcceptedAt: at(p.Accepted), RejectedAt: at(p.Rejected),
		RevokedAt: at(p.Revoked), Awaited: p.Awaited,
	}
}

func contractOf(c controller.Contract) client.Contract {
	return client.Contract{
		ContentHash: c.Hash, State: c.State, CreatedAt: utc(c.CreatedAt), NotBefore: utc(c.NotBefore), NotAfter: utc(c.NotAfter),
		Grants: each(c.Grants, grantOf), Parties: each(c.Parties, partyOf), Awaiting: each(c.Awaiting, peerOf), AwaitingUs: c.AwaitingUs,
		Parts: texts(c.Parts),
	}
}

func signatureOf(s manager.Signature) client.Signature {
	return client.Signature{PeerID: s.PeerID, Type: s.Type, SignedAt: utc(s.SignedAt), CertificateNotAfter: utc(s.CertificateNotAfter), JWS: s.JWS}
}

func detailOf(d *controller.ContractDetail) client.ContractDetail {
	out := client.ContractDetail{
		Contract: contractOf(d.Contract), IV: d.IV, FSCVersion: d.FSCVersion, Profile: string(d.Profile), GroupID: d.GroupID,
		StoredAt: utc(d.StoredAt), ProposedBy: peerIf(d.ProposedBy), Signatures: each(d.Signatures, signatureOf),
		DecisionRequests: each(d.Requests, requestOf),
	}
	for _, ch := range d.Choices {
		out.Choices = append(out.Choices, client.Choice{Act: ch.Act, Possible: ch.OK, Why: ch.Why, Detail: ch.Detail})
	}
	if d.Decision != nil {
		v := decisionOf(*d.Decision)
		out.Decision = &v
	}
	return out
}

func decisionOf(d manager.Decision) client.Decision {
	out := client.Decision{Accepts: d.Accepts, Reason: string(d.Reason), Detail: d.Detail}
	for _, g := range d.Grants {
		gd := client.GrantDecision{GrantHash: g.Grant, External: g.External, FitsRule: g.FitsRule}
		for _, m := range g.Misfits {
			gd.Misfits = append(gd.Misfits, client.Misfit{
				RuleID: m.RuleID, RuleName: m.RuleName,
				Conditions: each(m.Conditions, func(c manager.Condition) client.Condition {
					return client.Condition{Field: string(c.Field), Value: c.Value}
				}),
			})
		}
		out.Grants = append(out.Grants, gd)
	}
	return out
}

func requestOf(r operator.Request) client.DecisionRequest {
	return client.DecisionRequest{
		ID: r.ID, Act: r.Act, Object: r.Object, Payload: string(r.Payload), RequesterID: string(r.Requester), RequesterName: r.Name,
		CreatedAt: utc(r.CreatedAt), ExpiresAt: utc(r.ExpiresAt), Decided: r.Decided, DecidedBy: string(r.DecidedBy), DecidedAt: utc(r.DecidedAt),
	}
}

func deliveryOf(d manager.Delivery) client.Delivery {
	out := client.Delivery{
		ID: d.ID, Kind: string(d.Kind), ContentHash: d.ContentHash, PeerID: d.Target, Status: string(d.Status), Attempts: d.Attempts,
		LastError: d.LastError, CreatedAt: utc(d.CreatedAt), DeliveredAt: utc(d.DeliveredAt),
	}
	if d.Status == manager.DeliveryWaiting {
		out.NextAttempt = utc(d.NextAttempt)
	}
	return out
}

func momentOf(m controller.Moment) client.Moment {
	out := client.Moment{At: utc(m.At), Kind: string(m.Kind), Peer: peerIf(m.Peer), Ahead: m.Ahead}
	if m.Delivery != nil {
		out.DeliveryID = m.Delivery.ID
	}
	return out
}

// formOf gives a proposal as the Controller takes it.
func formOf(p client.Proposal) controller.ProposalForm {
	return controller.ProposalForm{
		NotBefore: p.NotBefore, NotAfter: p.NotAfter, IV: p.IV, CreatedAt: p.CreatedAt, Profile: p.Profile,
		Grants: each(p.Grants, func(g client.ProposedGrant) controller.GrantForm {
			return controller.GrantForm{
				Type: g.Type, Service: g.Service, Provider: g.Provider, Consumer: g.Consumer, Directory: g.Directory, Delegator: g.Delegator,
				ServiceDelegator: g.ServiceDelegator, Protocol: g.Protocol, OutwayThumbprint: g.OutwayThumbprint, OutwayDomain: g.OutwayDomain,
				Properties: propertyForms(g.Properties),
			}
		}),
	}
}

// proposalOf is the opposite of formOf.
func proposalOf(f controller.ProposalForm) client.Proposal {
	return client.Proposal{
		NotBefore: utc(f.NotBefore), NotAfter: utc(f.NotAfter), IV: f.IV, CreatedAt: utc(f.CreatedAt), Profile: f.Profile,
		Grants: each(f.Grants, func(g controller.GrantForm) client.ProposedGrant {
			return client.ProposedGrant{
				Type: g.Type, Service: g.Service, Provider: g.Provider, Consumer: g.Consumer, Directory: g.Directory, Delegator: g.Delegator,
				ServiceDelegator: g.ServiceDelegator, Protocol: g.Protocol, OutwayThumbprint: g.OutwayThumbprint, OutwayDomain: g.OutwayDomain,
				Properties: each(g.Properties, func(p controller.PropertyForm) client.Property { return client.Property(p) }),
			}
		}),
	}
}

func propertyForms(in []client.Property) []controller.PropertyForm {
	return each(in, func(p client.Property) controller.PropertyForm { return controller.PropertyForm(p) })
}
