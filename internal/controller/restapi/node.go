// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (s *server) nodeHandlers() map[string]handler {
	return map[string]handler{
		"getCaller": s.getCaller, "getOverview": s.getOverview, "getHealth": s.getHealth, "getSettings": s.getSettings,
		"getCertificates": s.getCertificates, "getSuggestions": s.getSuggestions, "createExplanation": s.createExplanation, "listErrorCodes": s.listErrorCodes,
	}
}

func (s *server) getCaller(c *call) (*reply, error) {
	return done(client.Caller{
		Self: peerOf(s.act.Self()), GroupID: s.act.GroupID(), GroupType: s.act.GroupType(), AccountID: string(c.actor.Account), Name: c.actor.Name,
		Roles: texts(c.actor.Roles), Permissions: texts(c.actor.Permissions), TokenID: string(c.actor.Token), SessionID: string(c.actor.Session),
	})
}

func (s *server) overview(c *call) (*controller.Overview, error) {
	midnight := c.moment("midnight")
	if midnight.IsZero() {
		midnight = s.cfg.Now().UTC().Truncate(24 * time.Hour)
	}
	return s.act.Overview(c.ctx(), c.actor, midnight)
}

func (s *server) getOverview(c *call) (*reply, error) {
	o, err := s.overview(c)
	if err != nil {
		return nil, err
	}
	return done(client.Overview{
		Now: utc(o.Now), Contracts: client.ContractCounts{ByState: o.Contracts, AwaitingUs: o.AwaitingUs}, Services: o.Services,
		Waiting: each(o.Waiting, lineOf), Expiring: each(o.Expiring, lineOf), DecisionRequests: each(o.Requests, requestPointer),
		Certificates: each(o.Certificates, certificateOf), Refusals: each(o.Refusals, refusalOf), Health: healthOf(o),
		PasswordResets: each(o.Resets, resetOf),
		IncomingToday:  o.Traffic.Incoming, OutgoingToday: o.Traffic.Outgoing,
		Undelivered: each(o.Undelivered, func(u controller.UndeliveredTo) client.UndeliveredTo {
			return client.UndeliveredTo{Peer: peerOf(u.Peer), Waiting: u.Waiting, Failed: u.Failed, Oldest: utc(u.Oldest), LastError: u.LastError}
		}),
	})
}

func lineOf(l controller.ContractLine) client.ContractLine {
	return client.ContractLine{
		ContentHash: l.ContentHash, CreatedAt: utc(l.CreatedAt), NotAfter: utc(l.NotAfter), DaysLeft: l.DaysLeft, Services: l.Services,
		Others: each(l.Others, peerOf), Publication: l.Publication,
	}
}

func refusalOf(r controller.Refusal) client.Refusal {
	return client.Refusal{Component: r.Component, Code: string(r.Code), Calls: int64(min(r.Calls, 1<<53))}
}

func healthOf(o *controller.Overview) client.Health {
	h := client.Health{Status: "ok", Healthy: o.Healthy, Problems: each(o.Checks, func(c controller.Check) client.HealthCheck { return client.HealthCheck(c) })}
	if len(o.Checks) > 0 {
		h.Status = "problem"
	}
	return h
}

func (s *server) getHealth(c *call) (*reply, error) {
	o, err := s.overview(c)
	if err != nil {
		return nil, err
	}
	return done(healthOf(o))
}

func (s *server) getSettings(c *call) (*reply, error) {
	v, err := s.act.Settings(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	return done(client.Settings{
		Self: peerOf(v.Self), GroupID: v.GroupID, GroupType: v.GroupType, Directories: each(v.Directories, peerOf),
		Sections: each(v.Sections, func(section controller.SettingSection) client.SettingSection {
			return client.SettingSection{Name: section.Name, Lines: each(section.Lines, func(l controller.SettingLine) client.SettingLine {
				return client.SettingLine{Key: l.Key, Value: l.Value, Hidden: l.Hidden}
			})}
		}),
	})
}

func certificateOf(v controller.CertificateView) client.Certificate {
	return client.Certificate{
		Uses: v.Uses, Subject: v.Subject, Issuer: v.Issuer, SerialNumber: v.SerialNumber, Thumbprint: v.Thumbprint,
		PublicKeyThumbprint: v.PublicKeyThumbprint, NotBefore: utc(v.NotBefore), NotAfter: utc(v.NotAfter), File: v.File,
		DaysLeft: v.DaysLeft, Urgency: string(v.Urgency), NotYet: v.NotYet, More: v.More,
		Grants: each(v.Grants, func(g controller.KeyUse) client.KeyUse {
			return client.KeyUse{ContentHash: g.ContentHash, GrantHash: g.GrantHash, Service: g.Service, Provider: peerOf(g.Provider), NotAfter: utc(g.NotAfter), Usable: g.Usable}
		}),
	}
}

// certificateNow makes the view of a certificate of somebody else.
func (s *server) certificateNow(v controller.Certificate) client.Certificate {
	now := s.cfg.Now()
	days, urgency := controller.Remaining(now, v.NotAfter)
	return certificateOf(controller.CertificateView{
		Certificate: v, Uses: []string{v.Use}, DaysLeft: days, Urgency: urgency, NotYet: now.Before(v.NotBefore),
	})
}

func (s *server) getCertificates(c *call) (*reply, error) {
	v, err := s.act.CertificatesOf(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	return done(client.Certificates{Own: each(v.Own, certificateOf), Anchors: each(v.Anchors, certificateOf)})
}

func (s *server) getSuggestions(c *call) (*reply, error) {
	v, err := s.act.Suggestions(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	return done(client.Suggestions{
		Peers: each(v.Peers, peerOf), Directories: each(v.Directories, peerOf), OwnServices: v.OwnServices, Outways: each(v.Outways, outwayOf),
		Services: each(v.Services, func(o controller.SuggestedService) client.SuggestedService {
			return client.SuggestedService{Service: o.Name, Provider: peerOf(o.Provider), Delegator: o.Delegator}
		}),
	})
}

func codeOf(i controller.CodeInfo) client.ErrorCode {
	return client.ErrorCode{Code: string(i.Code), From: string(i.From), Mender: string(i.Mender), Status: i.Status}
}

func (s *server) listErrorCodes(c *call) (*reply, error) {
	return whole(c, each(controller.Codes(), codeOf))
}

func (s *server) createExplanation(c *call) (*reply, error) {
	in, err := decode[client.Question](c)
	if err != nil {
		return nil, err
	}
	ask := s.act.Explain
	if in.Look {
		ask = s.act.Look
	}
	e, err := ask(c.ctx(), c.actor, controller.Question{
		Direction: directionFrom(in.Direction), Service: in.Service, Peer: in.PeerID, GrantHash: in.GrantHash, Code: fsc.ErrorCode(in.Code),
	})
	if err != nil {
		return nil, err
	}
	out := client.Explanation{
		Direction: directionOf(e.Direction), Service: e.Service, GrantHash: e.GrantHash, Self: peerOf(e.Self), Other: peerOf(e.Other),
		ContentHash: e.Contract, Steps: each(e.Steps, stepOf), Refusals: each(e.Refusals, refusalOf),
	}
	if e.Code != nil {
		v := codeOf(*e.Code)
		out.Code = &v
	}
	if e.Look != nil {
		out.Look = &client.Look{At: utc(e.Look.At), Steps: each(e.Look.Steps, stepOf)}
	}
	return done(out)
}

func stepOf(v controller.Step) client.Step {
	f := v.Facts
	var found *client.Peer
	if f.Found.ID != "" {
		p := peerOf(f.Found)
		found = &p
	}
	return client.Step{
		Name: string(v.Name), State: string(v.State), Reason: string(v.Reason), Turn: string(v.Turn), Peers: each(v.Peers, peerOf),
		Facts: &client.StepFacts{
			ContentHash: f.Contract, At: utc(f.At), Days: f.Days, Thumbprint: f.Thumbprint, TookMilliseconds: f.Took.Milliseconds(),
			ApartMilliseconds: f.Apart.Milliseconds(), Count: f.Count, Part: f.Part, Detail: f.Detail, TransactionID: f.Transaction,
			Address: f.Address, Found: found,
		},
	}
}
