// SPDX-License-Identifier: EUPL-1.2

package client

import "time"

// NewEventSubscription is an endpoint to tell what happens to deeds. Types are
// those it wants, or their beginnings; none: all.
type NewEventSubscription struct {
	URL   string   `json:"url"`
	Types []string `json:"types,omitempty"`
}

// EventSubscription is an endpoint that is told what happens to deeds.
type EventSubscription struct {
	ID        string    `json:"id"`
	URL       string    `json:"url"`
	Types     []string  `json:"types,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	EndedAt   time.Time `json:"endedAt,omitzero"`
	Ended     string    `json:"ended,omitempty"` // removed or gone
}

// MadeEventSubscription is an endpoint and its secret, which is given once.
type MadeEventSubscription struct {
	EventSubscription
	Secret string `json:"secret"`
}

// EventDelivery is an event on its way to an endpoint.
type EventDelivery struct {
	SubscriptionID string    `json:"subscriptionId"`
	Host           string    `json:"host,omitempty"`
	Number         int64     `json:"number"`
	EventID        string    `json:"eventId"`
	Type           string    `json:"type"`
	Deed           string    `json:"deed"`
	At             time.Time `json:"at"`
	State          string    `json:"state"`
	Attempts       int       `json:"attempts"`
	NextAt         time.Time `json:"nextAt,omitzero"`
	DoneAt         time.Time `json:"doneAt,omitzero"`
	Problem        string    `json:"problem,omitempty"`
	Status         int       `json:"status,omitzero"`
}

// NewEventDelivery names a delivery that is to be tried again.
type NewEventDelivery struct {
	SubscriptionID string `json:"subscriptionId"`
	Number         int64  `json:"number"`
}

// Calendar is a calendar as text.
type Calendar struct {
	MediaType string `json:"mediaType"`
	Text      string `json:"text"`
}

// UpcomingMoment is what the clock alone will bring to a framework.
type UpcomingMoment struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`
	Months int       `json:"months,omitzero"`
	Deed   string    `json:"deed"`
	Name   string    `json:"name"`
	End    time.Time `json:"end"`
}
