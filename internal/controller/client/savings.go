// SPDX-License-Identifier: EUPL-1.2

package client

import "context"

// NewCallOffSaving states what a buyer saves by a call-off. Amounts are what a unit
// costs, counted alike.
type NewCallOffSaving struct {
	// In the unit of the lot, at most that of the call-off.
	Quantity      int64 `json:"quantity"`
	PriceCents    int64 `json:"priceCents"`    // now
	BaselineCents int64 `json:"baselineCents"` // before
	// What the price before was of, and when.
	Note string `json:"note"`
	// Document that shows the price before.
	Source NewDocument `json:"source"`
}

// CallOffSaving is what this organisation stated to save by a call-off.
type CallOffSaving struct {
	Deed          DeedState   `json:"deed"`
	Quantity      int64       `json:"quantity"`
	PriceCents    int64       `json:"priceCents"`
	BaselineCents int64       `json:"baselineCents"`
	Note          string      `json:"note"`
	Source        NewDocument `json:"source"`
	// (before - now) × quantity; below zero: it costs more.
	SavedCents int64 `json:"savedCents"`
	// It counts.
	Stands bool `json:"stands"`
}

// CallOffSavings are the savings that this organisation stated for a call-off,
// oldest first.
type CallOffSavings struct {
	Savings []CallOffSaving `json:"savings"`
}

// SavingForecast is what would come of a saving.
type SavingForecast struct {
	Deed       DeedForecast `json:"deed"`
	SavedCents int64        `json:"savedCents"` // below zero: it costs more
}

// CallOffSavings lists what this organisation stated to save by a call-off; empty
// for who isn't its buyer.
func (c *Client) CallOffSavings(ctx context.Context, callOff string) (CallOffSavings, error) {
	return read[CallOffSavings](ctx, c, at("call-offs", callOff, "savings"), nil)
}

// ForeseeSaving tells what would come of a saving, without a signature.
func (c *Client) ForeseeSaving(ctx context.Context, callOff string, n NewCallOffSaving) (SavingForecast, error) {
	return perform[SavingForecast](ctx, c, at("call-offs", callOff, "saving-previews"), n)
}

// StateSaving states what this organisation saves by a call-off of which it is the
// buyer. The statement is withdrawn by revoking its deed, with [Client.SignDeed].
func (c *Client) StateSaving(ctx context.Context, callOff string, n NewCallOffSaving) (Deed, error) {
	return create[Deed](ctx, c, at("call-offs", callOff, "savings"), n)
}
