// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

const (
	outgoing     = "DIRECTION_OUTGOING" // of a record: an Outway wrote it
	counted      = 200                  // records of a log that are counted
	trafficLife  = time.Second          // how long a count is shown
	trafficLimit = 3 * time.Second      // how long a node may take to tell
)

// look gives who calls whom, from the logs and contracts of the members that
// are up. It asks them at most once a second, however many browsers look.
func (f *federation) look(ctx context.Context) []flow {
	f.story.mu.Lock()
	drawn, traffic := f.story.drawn, f.story.traffic
	f.story.mu.Unlock()
	if now := f.now(); now.Sub(drawn) < trafficLife {
		return traffic
	}
	traffic = f.count(ctx)
	steps := f.steps(ctx, traffic)
	f.story.mu.Lock()
	defer f.story.mu.Unlock()
	f.story.drawn, f.story.traffic, f.story.steps = f.now(), traffic, steps
	return traffic
}

func (f *federation) count(ctx context.Context) []flow {
	ctx, cancel := context.WithTimeout(ctx, trafficLimit)
	defer cancel()
	var order []string
	flows := map[string]*flow{}
	at := func(from, to, behalf fsc.PeerID) *flow {
		key := string(from + " " + to + " " + behalf)
		if flows[key] == nil {
			flows[key] = &flow{from: f.keyOf(from), to: f.keyOf(to), onBehalf: f.keyOf(behalf)}
			order = append(order, key)
		}
		return flows[key]
	}
	for _, m := range f.members() {
		if f.story.isBroken(m.key) {
			continue
		}
		if err := f.countOf(ctx, m, at); err != nil {
			f.logger.WarnContext(ctx, "traffic for the start page", "node", m.key, "error", err)
		}
	}
	out := make([]flow, 0, len(order))
	for _, key := range order {
		if one := flows[key]; one.to != "" { // a Peer that isn't of the fieldlab has no place in the drawing
			out = append(out, *one)
		}
	}
	return out
}

// countOf adds what one member's Outway did and may do.
func (f *federation) countOf(ctx context.Context, m *member, at func(from, to, behalf fsc.PeerID) *flow) error {
	contracts, err := m.client.ListContracts(ctx, counted, "")
	if err != nil {
		return err
	}
	for _, c := range contracts {
		grants, err := grantsOf(c)
		if err != nil {
			return err
		}
		for _, g := range grants {
			if g.Type.IsConnection() && g.Outway.PeerID == m.id && g.Service.Name != collective.ServiceName && c.State == fsc.StateValid {
				at(m.id, g.Service.PeerID, g.Delegator).allowed = true
			}
		}
	}
	for _, name := range m.calls() {
		records, err := m.client.ListRecords(ctx, internalapi.RecordFilter{ServiceName: name, Limit: counted})
		if err != nil {
			return err
		}
		for _, r := range records {
			if r.OutwayPeerID != m.id || r.Direction != outgoing {
				continue
			}
			one := at(m.id, r.ServicePeerID, r.SourceDelegator)
			one.calls++
			one.more = one.more || len(records) == counted
			if r.CreatedAt.After(one.last) {
				one.last = r.CreatedAt
			}
		}
	}
	return nil
}

// calls are the services that the applications of an organisation call. How deeds
// travel isn't one: the drawing would show little else.
func (o organisation) calls() []string {
	switch o.role {
	case duinwijk().role:
		return append(webServices(), serviceName)
	case formulierenhuis().role:
		return []string{serviceName, deskService}
	}
	return []string{serviceName}
}

func grantsOf(c internalapi.Contract) ([]fsc.Grant, error) {
	content, err := fsc.ParseContent(c.Content, fsc.Rules{GroupID: groupID})
	if err != nil {
		return nil, fmt.Errorf("contract %s: %w", c.ContentHash, err)
	}
	return content.Grants, nil
}

// keyOf gives the key of a member, or nothing for a Peer that isn't one.
func (f *federation) keyOf(id fsc.PeerID) string {
	for _, m := range f.members() {
		if m.id == id {
			return m.key
		}
	}
	return ""
}

// agreed finds the valid contract that a scene needs, as its consumer knows it.
func (f *federation) agreed(ctx context.Context, scene string) (fsc.ContentHash, bool, error) {
	if scene == sceneDelegated {
		return f.valid(ctx, f.supplier, f.veenhoven.id)
	}
	return f.valid(ctx, f.duinwijk, "")
}

// ownContract tells whether a member may call the source for itself.
func (f *federation) ownContract(ctx context.Context, m *member) (bool, error) {
	_, there, err := f.valid(ctx, m, "")
	return there, err
}

// valid finds the contract by which a member may call the source.
func (f *federation) valid(ctx context.Context, by *member, delegator fsc.PeerID) (fsc.ContentHash, bool, error) {
	return f.contractFor(ctx, by, f.source, serviceName, delegator)
}

// contractFor finds the valid contract by which a member may call a service.
func (f *federation) contractFor(ctx context.Context, by, to *member, service string, delegator fsc.PeerID) (fsc.ContentHash, bool, error) {
	contracts, err := by.client.ListContracts(ctx, counted, "")
	if err != nil {
		return "", false, err
	}
	for _, c := range contracts {
		if c.State != fsc.StateValid {
			continue
		}
		grants, err := grantsOf(c)
		if err != nil {
			return "", false, err
		}
		for _, g := range grants {
			if g.Type.IsConnection() && g.Outway.PeerID == by.id && g.Service.PeerID == to.id && g.Service.Name == service && g.Delegator == delegator {
				return c.ContentHash, true, nil
			}
		}
	}
	return "", false, nil
}
