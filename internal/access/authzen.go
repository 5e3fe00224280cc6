// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

// Types of subject and resource in a request (docs/policy.md is the model that the
// profile asks for).
const (
	typePeer    = "fsc_peer"
	typeService = "fsc_service"
)

// evaluation is a request of the Access Evaluation API (AuthZEN, NLGov profile,
// information model).
type evaluation struct {
	Subject  subject      `json:"subject"`
	Action   action       `json:"action"`
	Resource resource     `json:"resource"`
	Context  surroundings `json:"context"`
}

type subject struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	Properties struct {
		Delegator       fsc.PeerID     `json:"delegator_peer_id,omitzero"`
		GrantHash       fsc.GrantHash  `json:"grant_hash"`
		GrantProperties jsontext.Value `json:"grant_properties,omitzero"`
		Additional      jsontext.Value `json:"additional_data,omitzero"`
	} `json:"properties"`
}

type action struct {
	Name string `json:"name"`
}

type resource struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	Properties struct {
		Provider  fsc.PeerID `json:"peer_id"`
		Delegator fsc.PeerID `json:"delegator_peer_id,omitzero"`
		Path      string     `json:"path,omitzero"`
	} `json:"properties"`
}

type surroundings struct {
	Component     Component   `json:"fsc_component"`
	GroupID       fsc.GroupID `json:"fsc_group_id"`
	TransactionID string      `json:"fsc_transaction_id,omitzero"`
	Time          string      `json:"time,omitzero"`
	Traceparent   string      `json:"traceparent,omitzero"`
}

// evaluation is what is asked about the call, without what differs each time.
func (c *Call) evaluation() evaluation {
	e := evaluation{
		Subject: subject{Type: typePeer, ID: string(c.Consumer)}, Action: action{Name: c.Method},
		Resource: resource{Type: typeService, ID: c.Service},
		Context:  surroundings{Component: c.component, GroupID: c.groupID},
	}
	e.Subject.Properties.Delegator, e.Subject.Properties.GrantHash = c.Delegator, c.GrantHash
	e.Subject.Properties.GrantProperties, e.Subject.Properties.Additional = c.Properties, c.Additional
	e.Resource.Properties.Provider, e.Resource.Properties.Delegator, e.Resource.Properties.Path = c.Provider, c.ServiceDelegator, c.Path
	return e
}

// at adds what makes the request of this one call.
func (e evaluation) at(c *Call, s span, now time.Time) evaluation {
	e.Context.TransactionID, e.Context.Time, e.Context.Traceparent = c.TransactionID, now.UTC().Format(time.RFC3339Nano), s.traceparent()
	return e
}

// readAnswer reads the answer of a decision point strictly. A permit under
// obligations is no permit: nobody here can fulfil them.
func readAnswer(b []byte) (bool, error) {
	var w struct {
		Decision *bool          `json:"decision"`
		Context  jsontext.Value `json:"context"`
	}
	if err := json.Unmarshal(b, &w, json.RejectUnknownMembers(true)); err != nil {
		return false, fmt.Errorf("read answer: %w", err)
	}
	if w.Decision == nil {
		return false, errors.New("read answer: decision is missing")
	}
	if w.Context == nil {
		return *w.Decision, nil
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(w.Context, &members); err != nil || members == nil {
		return false, errors.New("read answer: context is not an object")
	}
	if o, ok := members["obligations"]; ok && *w.Decision && string(o) != "[]" && string(o) != "{}" && string(o) != "null" {
		return false, errors.New("read answer: the permit has obligations, which can't be fulfilled here")
	}
	return *w.Decision, nil
}
