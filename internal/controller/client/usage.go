// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"iter"
	"net/url"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// UsageMonth is one month of a call-off, in calls.
type UsageMonth struct {
	Month string `json:"month"` // like 2026-11
	// State is running, open, stated, agreed, disputed, settling or settled.
	State string `json:"state"`
	// What the sides have stated; absent: nothing yet.
	Buyer      *UsageSide       `json:"buyer,omitzero"`
	Supplier   *UsageSide       `json:"supplier,omitzero"`
	Settlement *UsageSettlement `json:"settlement,omitzero"`
	// Counted here up to now, in a month that is running; only in the answer to
	// [Client.StateUsage].
	SoFar *int64 `json:"soFar,omitzero"`
	// What came of the comparison here; absent in lists, and when there was none.
	Report *UsageReport `json:"report,omitzero"`
}

// UsageSide is what one side states.
type UsageSide struct {
	Deed  string     `json:"deed"`
	Peer  fsc.PeerID `json:"peer"`
	Count int64      `json:"count"`
	Root  string     `json:"root"`
	// Absent: the keeper of the framework hasn't received it yet.
	ReceivedAt time.Time `json:"receivedAt,omitzero"`
}

// UsageSettlement is a number by which both sides settle a month.
type UsageSettlement struct {
	Deed   string `json:"deed"`
	Count  int64  `json:"count"`
	Reason string `json:"reason"`
	// Whose signature is missing.
	Awaiting []fsc.PeerID `json:"awaiting"`
}

// UsageReport tells which calls only one side has.
type UsageReport struct {
	At time.Time `json:"at"`
	// Why the calls weren't found, and what to do.
	Problem string `json:"problem,omitempty"`
	// Number of calls that both have, that only this side has, and only the other.
	Equal     int64 `json:"equal"`
	OnlyOwn   int64 `json:"onlyOwn"`
	OnlyOther int64 `json:"onlyOther"`
	// TransactionIDs of the first of them.
	Own   []string `json:"own,omitempty"`
	Other []string `json:"other,omitempty"`
	// Number of calls of both sides that weren't looked at, for there are too many.
	OpenOwn   int64 `json:"openOwn"`
	OpenOther int64 `json:"openOther"`
}

// NewUsageSettlement settles a month by a number of calls.
type NewUsageSettlement struct {
	Count  int64  `json:"count"`
	Reason string `json:"reason"`
}

// Savings is what a group saved and needs together. Sums of too few buyers are absent.
type Savings struct {
	Saved  *GroupSum   `json:"saved,omitzero"` // euro cents
	Demand []LotDemand `json:"demand"`
}

// LotDemand is what buyers need of a lot, in its unit.
type LotDemand struct {
	Lot   string    `json:"lot"`
	Total *GroupSum `json:"total,omitzero"`
}

// GroupSum is a sum over several buyers.
type GroupSum struct {
	Buyers int   `json:"buyers"`
	Sum    int64 `json:"sum"`
}

// Usage goes through the months of a call-off, newest first; limit is rows of a
// page, 0: 25.
func (c *Client) Usage(ctx context.Context, callOff string, limit int) iter.Seq2[UsageMonth, error] {
	return all[UsageMonth](ctx, c, at("call-offs", callOff, "usage"), url.Values(query{}.limit(limit)))
}

// UsageMonth gives one month of a call-off, like 2026-11.
func (c *Client) UsageMonth(ctx context.Context, callOff, month string) (UsageMonth, error) {
	return read[UsageMonth](ctx, c, at("call-offs", callOff, "usage", month), nil)
}

// StateUsage states a month that is over, or in which the call-off has ended, and compares it with the other side; of
// a month that runs it only counts. Doing it again changes nothing.
func (c *Client) StateUsage(ctx context.Context, callOff, month string) (UsageMonth, error) {
	return perform[UsageMonth](ctx, c, at("call-offs", callOff, "usage", month)+"/statements", nil)
}

// AgreeUsage settles a month in which both sides differ by a number.
func (c *Client) AgreeUsage(ctx context.Context, callOff, month string, s NewUsageSettlement) (UsageMonth, error) {
	return create[UsageMonth](ctx, c, at("call-offs", callOff, "usage", month)+"/settlements", s)
}

// Savings gives what the group under a framework saved and needs together.
func (c *Client) Savings(ctx context.Context, framework string) (Savings, error) {
	return read[Savings](ctx, c, at("frameworks", framework, "savings"), nil)
}
