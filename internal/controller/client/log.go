// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

// TransactionFilter selects records of the transaction log; zero fields don't filter.
type TransactionFilter struct {
	PeerID        fsc.PeerID
	Service       string
	GrantHash     fsc.GrantHash
	Direction     string // incoming or outgoing
	From, Until   time.Time
	TransactionID string // or how it begins, from 8 digits
	Limit         int    // rows of a page; 0: 25
}

// Transactions goes through records of the transaction log, newest first.
func (c *Client) Transactions(ctx context.Context, f TransactionFilter) iter.Seq2[Record, error] {
	return all[Record](ctx, c, "/transactions", url.Values(query{}.text("peerId", string(f.PeerID)).text("service", f.Service).
		text("grantHash", string(f.GrantHash)).text("direction", f.Direction).moment("from", f.From).moment("until", f.Until).
		text("transactionId", f.TransactionID).limit(f.Limit)))
}

// Transaction gives our records of one call.
func (c *Client) Transaction(ctx context.Context, id string) (Transaction, error) {
	return read[Transaction](ctx, c, at("transactions", id), nil)
}

// Counterparts gives the other side's records of one call, next to ours.
func (c *Client) Counterparts(ctx context.Context, id string) ([]RecordPair, error) {
	p, err := read[Page[RecordPair]](ctx, c, at("transactions", id, "counterparts"), nil)
	return p.Items, err
}

// VerifyTransactions compares records with another organisation.
func (c *Client) VerifyTransactions(ctx context.Context, v NewVerification) (Verification, error) {
	return perform[Verification](ctx, c, "/transaction-verifications", v)
}

// CompareLogs compares all calls of a period with those that another organisation has.
func (c *Client) CompareLogs(ctx context.Context, n NewLogComparison) (LogComparison, error) {
	return perform[LogComparison](ctx, c, "/transaction-comparisons", n)
}

// ExportTransactions goes through all records, as one export.
func (c *Client) ExportTransactions(ctx context.Context, e NewTransactionExport) iter.Seq2[Record, error] {
	return lines[Record](ctx, c, "/transaction-exports", e)
}

// LogCheckpoints goes through the checkpoints of the transaction log, newest first.
func (c *Client) LogCheckpoints(ctx context.Context) iter.Seq2[LogCheckpoint, error] {
	return all[LogCheckpoint](ctx, c, "/transaction-checkpoints", url.Values{})
}

// CheckLog verifies the chain and the checkpoints of the transaction log.
func (c *Client) CheckLog(ctx context.Context, n NewLogCheck) (LogCheck, error) {
	return perform[LogCheck](ctx, c, "/transaction-checks", n)
}

// FollowLogCheck is [Client.CheckLog] for a log of any size: tell hears meanwhile how
// many records were looked at, and of how many.
func (c *Client) FollowLogCheck(ctx context.Context, n NewLogCheck, tell func(looked, of int64)) (*LogCheck, error) {
	for p, err := range lines[LogCheckProgress](ctx, c, "/transaction-check-streams", n) {
		if err != nil {
			return nil, err
		}
		if p.Result != nil {
			return p.Result, nil
		}
		tell(p.Looked, p.Of)
	}
	return nil, errors.New("the check broke off before its result; try again")
}

// ExportEvidence goes through the lines of a file that proves the log elsewhere.
func (c *Client) ExportEvidence(ctx context.Context) iter.Seq2[jsontext.Value, error] {
	return lines[jsontext.Value](ctx, c, "/transaction-evidence-exports", nil)
}

// LogRetention tells how long the records of calls are kept: the rules in the order in
// which they count, that for all other calls last.
func (c *Client) LogRetention(ctx context.Context) ([]RetentionRule, error) {
	p, err := read[Page[RetentionRule]](ctx, c, "/transaction-retention-rules", url.Values{})
	return p.Items, err
}

// TrafficQuery selects and groups counted calls; zero fields don't filter.
type TrafficQuery struct {
	From, Until time.Time // whole hours; default is the last seven days
	Direction   string    // incoming or outgoing
	Service     string
	PeerID      fsc.PeerID
	GrantHash   fsc.GrantHash
	PerHour     bool
	PerGrant    bool
}

// Traffic counts calls.
func (c *Client) Traffic(ctx context.Context, q TrafficQuery) ([]Traffic, error) {
	p, err := read[Page[Traffic]](ctx, c, "/traffic", url.Values(query{}.moment("from", q.From).moment("until", q.Until).text("direction", q.Direction).
		text("service", q.Service).text("peerId", string(q.PeerID)).text("grantHash", string(q.GrantHash)).flag("perHour", q.PerHour).flag("perGrant", q.PerGrant)))
	return p.Items, err
}

// EventFilter selects events of the audit trail; zero fields don't filter.
type EventFilter struct {
	AccountID   string
	Act         string // or the part before the first dot
	Object      string
	Text        string
	From, Until time.Time
	Limit       int // rows of a page; 0: 25
}

// AuditEvents goes through the audit trail, newest first.
func (c *Client) AuditEvents(ctx context.Context, f EventFilter) iter.Seq2[Event, error] {
	return all[Event](ctx, c, "/audit-events", url.Values(query{}.text("accountId", f.AccountID).text("act", f.Act).text("object", f.Object).
		text("text", f.Text).moment("from", f.From).moment("until", f.Until).limit(f.Limit)))
}

// VerifyAudit checks the chain of the whole audit trail.
func (c *Client) VerifyAudit(ctx context.Context) (AuditVerification, error) {
	return perform[AuditVerification](ctx, c, "/audit-verifications", nil)
}

// ExportAudit goes through all events, as one export.
func (c *Client) ExportAudit(ctx context.Context, e NewAuditExport) iter.Seq2[Event, error] {
	return lines[Event](ctx, c, "/audit-exports", e)
}
