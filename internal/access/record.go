// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

// maxLoggedPath and maxLoggedMethod bound a record; what is longer is cut off. Who
// calls chooses both.
const (
	maxLoggedPath   = 2048
	maxLoggedMethod = 100
)

// Reason says why a call was refused.
type Reason string

// The reasons, as records and logs have them.
const (
	ReasonPath        Reason = "path_ambiguous"     // service and policy might read the path differently
	ReasonDisguise    Reason = "method_overridden"  // a header asks for another method or path
	ReasonOperation   Reason = "operation_not_ours" // the grant gives no right to this method and path
	ReasonRule        Reason = "rule"               // a rule refuses, or none allows
	ReasonPDP         Reason = "decision_point"     // the decision point refuses
	ReasonUnavailable Reason = "unavailable"        // the decision point gave no usable answer
)

// decision is the outcome for one call.
type decision struct {
	allow  bool
	reason Reason // of a refusal
	rule   string // the rule that decided, if one did
	cached bool   // the decision point had answered before
	cause  error  // why the decision point gave no answer
	rules  string // version of the rules that were asked
	pdp    string // the decision point that was asked
}

// record is one line of the Authorization Decision Log (Logius, interface of a log
// record). The path is there without query; what the token says of the grant is
// left to the grant.
type record struct {
	TraceID      string           `json:"trace_id"`
	SpanID       string           `json:"span_id"`
	ParentSpanID string           `json:"parent_span_id,omitzero"`
	EventName    string           `json:"event_name"`
	Timestamp    int64            `json:"timestamp"` // milliseconds since 1970
	Status       string           `json:"status"`
	Attributes   recordAttributes `json:"attributes"`
	Resource     recordResource   `json:"resource"`
	Body         recordBody       `json:"body"`
}

type recordAttributes struct {
	TransactionID string            `json:"adl.fsc.transaction_id"`
	Policies      map[string]string `json:"adl.core.policies,omitzero"`
	Component     Component         `json:"samenspel.component"`
	Reason        Reason            `json:"samenspel.reason,omitzero"`
	Rule          string            `json:"samenspel.rule,omitzero"`
	Cached        bool              `json:"samenspel.cached,omitzero"`
}

type recordResource struct {
	Name   string     `json:"service.name"`
	PeerID fsc.PeerID `json:"fsc.peer_id"`
}

type recordBody struct {
	Request  evaluation      `json:"adl.core.request"`
	Response *recordResponse `json:"adl.core.response,omitzero"`
}

type recordResponse struct {
	Decision bool `json:"decision"`
}

// countRecord is one line for refused calls of a Peer that have no record each.
type countRecord struct {
	EventName  string          `json:"event_name"`
	Timestamp  int64           `json:"timestamp"` // of the first, in milliseconds since 1970
	Attributes countAttributes `json:"attributes"`
	Resource   recordResource  `json:"resource"`
}

type countAttributes struct {
	Component Component         `json:"samenspel.component"`
	Consumer  fsc.PeerID        `json:"samenspel.consumer,omitzero"` // empty: several
	Until     int64             `json:"samenspel.until"`             // milliseconds since 1970
	Further   map[Reason]uint64 `json:"samenspel.further_refusals"`
}

// line gives the record of the refusals that were counted as one line of JSON.
func (r *refusals) line(of Component, self fsc.PeerID) ([]byte, error) {
	b, err := json.Marshal(countRecord{
		EventName: "samenspel.further_refusals", Timestamp: r.began.UnixMilli(), Resource: recordResource{Name: "samenspel", PeerID: self},
		Attributes: countAttributes{Component: of, Consumer: r.peer, Until: r.began.Add(tallyWindow).UnixMilli(), Further: r.counted},
	}, json.Deterministic(true))
	return append(b, '\n'), err
}

// line gives the record of a decision as one line of JSON.
func (d *decision) line(c *Call, s span, now time.Time, self fsc.PeerID, paths bool) ([]byte, error) {
	e := c.evaluation().at(c, s, now)
	e.Action.Name = c.Method[:min(len(c.Method), maxLoggedMethod)]
	e.Subject.Properties.GrantProperties, e.Subject.Properties.Additional = nil, nil
	if e.Resource.Properties.Path = ""; paths {
		e.Resource.Properties.Path = c.Path[:min(len(c.Path), maxLoggedPath)]
	}
	r := record{
		TraceID: s.trace, SpanID: s.id, ParentSpanID: s.parent, EventName: "adl.access_evaluation", Timestamp: now.UnixMilli(), Status: "Unset",
		Attributes: recordAttributes{TransactionID: c.TransactionID, Component: c.component, Reason: d.reason, Rule: d.rule, Cached: d.cached},
		Resource:   recordResource{Name: "samenspel", PeerID: self},
		Body:       recordBody{Request: e, Response: &recordResponse{Decision: d.allow}},
	}
	if d.reason == ReasonUnavailable {
		r.Status, r.Body.Response = "Error", nil
	}
	for name, version := range map[string]string{"rules": d.rules, "decision_point": d.pdp} {
		if version != "" {
			if r.Attributes.Policies == nil {
				r.Attributes.Policies = map[string]string{}
			}
			r.Attributes.Policies[name] = version
		}
	}
	b, err := json.Marshal(r, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	return append(b, '\n'), err
}
