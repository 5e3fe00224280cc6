// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// Record is a record of the transaction log.
type Record struct {
	TransactionID     string        `json:"transactionId"`
	Direction         string        `json:"direction"`
	GrantHash         fsc.GrantHash `json:"grantHash"`
	Service           string        `json:"service"`
	Consumer          Peer          `json:"consumer"`
	Provider          Peer          `json:"provider"`
	ConsumerDelegator *Peer         `json:"consumerDelegator,omitzero"`
	ProviderDelegator *Peer         `json:"providerDelegator,omitzero"`
	CreatedAt         time.Time     `json:"createdAt"`
	TraceID           string        `json:"traceId,omitempty"`
	SpanID            string        `json:"spanId,omitempty"`
	// JSON text.
	AdditionalData string `json:"additionalData,omitempty"`
	// KeptUntil is given with a single transaction only; zero: for ever.
	KeptUntil time.Time `json:"keptUntil,omitzero"`
}

// Transaction tells one call as this node saw it.
type Transaction struct {
	TransactionID string            `json:"transactionId"`
	Records       []Record          `json:"records"`
	ContentHash   fsc.ContentHash   `json:"contentHash,omitempty"`
	ContractState fsc.ContractState `json:"contractState,omitempty"`
}

// FieldPair tells one field of a record on both sides.
type FieldPair struct {
	Field   string `json:"field"`
	Ours    string `json:"ours"`
	Theirs  string `json:"theirs"`
	Outcome string `json:"outcome"`
}

// RecordPair holds our record of a call next to the other side's.
type RecordPair struct {
	Ours              Record      `json:"ours"`
	OtherPeerID       fsc.PeerID  `json:"otherPeerId"`
	Theirs            *Record     `json:"theirs,omitzero"`
	Problem           string      `json:"problem,omitempty"`
	Agrees            bool        `json:"agrees"`
	ApartMilliseconds int64       `json:"apartMilliseconds"`
	Fields            []FieldPair `json:"fields"`
}

// NewVerification tells which records to compare with another organisation; the newest hundred are.
type NewVerification struct {
	PeerID  fsc.PeerID `json:"peerId"`
	Service string     `json:"service,omitempty"`
	From    time.Time  `json:"from,omitzero"`
	Until   time.Time  `json:"until,omitzero"`
}

// Verification is the result of comparing records.
type Verification struct {
	Peer      Peer         `json:"peer"`
	At        time.Time    `json:"at"`
	Asked     int          `json:"asked"`
	Equal     int          `json:"equal"`
	Different int          `json:"different"`
	Missing   int          `json:"missing"`
	From      time.Time    `json:"from,omitzero"`
	Until     time.Time    `json:"until,omitzero"`
	Pairs     []RecordPair `json:"pairs"`
	Problem   string       `json:"problem,omitempty"`
}

// NewLogComparison tells which calls to compare with another organisation, in
// whole hours. Without From seven days are compared, without Until up to now.
type NewLogComparison struct {
	PeerID    fsc.PeerID    `json:"peerId"`
	GrantHash fsc.GrantHash `json:"grantHash,omitempty"`
	From      time.Time     `json:"from,omitzero"`
	Until     time.Time     `json:"until,omitzero"`
}

// LogTally counts calls: those that both sides have, and those that one has.
type LogTally struct {
	Equal      int64 `json:"equal"`
	OnlyOurs   int64 `json:"onlyOurs"`
	OnlyTheirs int64 `json:"onlyTheirs"`
	// OpenOurs and OpenTheirs are in parts that differ too much to go into.
	OpenOurs   int64 `json:"openOurs"`
	OpenTheirs int64 `json:"openTheirs"`
	// ExpiredHere are calls that the other side still has and that are older than we keep
	// them, and ExpiredThere the reverse; they aren't missing.
	ExpiredHere  int64 `json:"expiredHere"`
	ExpiredThere int64 `json:"expiredThere"`
}

// GrantTally counts the calls of one grant in one direction.
type GrantTally struct {
	GrantHash fsc.GrantHash `json:"grantHash"`
	Direction string        `json:"direction"`
	LogTally
}

// LogDifference is a call that only one side has a record of.
type LogDifference struct {
	TransactionID  string        `json:"transactionId"`
	GrantHash      fsc.GrantHash `json:"grantHash"`
	Direction      string        `json:"direction"` // of the call, for us
	Service        string        `json:"service,omitempty"`
	At             time.Time     `json:"at"`
	OtherGrantHash fsc.GrantHash `json:"otherGrantHash,omitempty"` // under which the other side has it
}

// LogComparison is what came of comparing a period. Next is where to go on when there
// was more than one comparison may take.
type LogComparison struct {
	Peer     Peer      `json:"peer"`
	At       time.Time `json:"at"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Next     time.Time `json:"next,omitzero"`
	Agrees   bool      `json:"agrees"`
	ByRoots  bool      `json:"byRoots"`
	Requests int       `json:"requests"`
	LogTally
	Grants  []GrantTally    `json:"grants"`
	Ours    []LogDifference `json:"ours"`
	Theirs  []LogDifference `json:"theirs"`
	Problem string          `json:"problem,omitempty"`
}

// LogCheckpoint is what the node signed about its transaction log. Without First and
// Last it can't be read.
type LogCheckpoint struct {
	Number       int64     `json:"number"`
	First        int64     `json:"first,omitzero"` // record
	Last         int64     `json:"last,omitzero"`
	Head         string    `json:"head,omitzero"`   // link of Last, base64url
	Pruned       int64     `json:"pruned,omitzero"` // last record that was lawfully removed
	At           time.Time `json:"at,omitzero"`
	JWS          string    `json:"jws"`
	Certificates [][]byte  `json:"certificates"` // DER, base64, that of the key first
}

// NewLogCheck tells which part of the log to verify, by when checkpoints were
// signed; zero is no bound.
type NewLogCheck struct {
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// LogCheckProgress is a line of a check that is under way.
type LogCheckProgress struct {
	Looked int64     `json:"looked"` // records that were looked at
	Of     int64     `json:"of"`     // records to look at
	Result *LogCheck `json:"result,omitzero"`
}

// LogCheck is the result of verifying the transaction log.
type LogCheck struct {
	PeerID      fsc.PeerID `json:"peerId"`
	Sound       bool       `json:"sound"`
	Records     int64      `json:"records"`
	Checkpoints int64      `json:"checkpoints"`
	StartedAt   time.Time  `json:"startedAt"` // of the chain
	Outside     int64      `json:"outside"`   // records from before the chain
	Pruned      int64      `json:"pruned"`    // last record that was lawfully removed
	First       int64      `json:"first"`     // record that was looked at
	Last        int64      `json:"last"`
	Signed      int64      `json:"signed"` // last record under a checkpoint
	SignedAt    time.Time  `json:"signedAt,omitzero"`
	// Removed are the records that were lawfully removed from between others.
	Removed []LogRemoval `json:"removed,omitempty"`
	Problem *LogProblem  `json:"problem,omitzero"`
	Damage  []LogDamage  `json:"damage,omitempty"`
}

// LogRemoval tells how many records were removed by a rule, as it was then.
type LogRemoval struct {
	RetentionRule
	Records int64 `json:"records"`
}

// RetentionRule tells how long the records of some calls are kept.
type RetentionRule struct {
	Direction string     `json:"direction,omitzero"` // empty: both
	PeerID    fsc.PeerID `json:"peerId,omitzero"`    // provider of outgoing calls; *: any
	Service   string     `json:"service"`            // a name, or with * behind it how it begins
	KeepDays  int        `json:"keepDays,omitzero"`  // 0: for ever
}

// LogDamage is a segment of the log that lost records to a disk or a power cut.
type LogDamage struct {
	Segment  uint64 `json:"segment"`
	Readable int64  `json:"readable"`        // offset in bytes up to which it was read
	Expected int64  `json:"expected"`        // and up to which it had records; 0: unknown
	Behind   int    `json:"behind,omitzero"` // records that can be told apart behind Readable
	File     string `json:"file,omitempty"`  // where it is kept
}

// LogProblem is the first thing that doesn't hold.
type LogProblem struct {
	Kind          string    `json:"kind"`
	Sequence      int64     `json:"sequence,omitzero"`
	LastSequence  int64     `json:"lastSequence,omitzero"` // the last one of several
	TransactionID string    `json:"transactionId,omitzero"`
	Direction     string    `json:"direction,omitzero"`
	CreatedAt     time.Time `json:"createdAt,omitzero"`
	Checkpoint    int64     `json:"checkpoint,omitzero"`
	Text          string    `json:"text"`
}

// NewTransactionExport tells which records to export.
type NewTransactionExport struct {
	PeerID        fsc.PeerID    `json:"peerId,omitempty"`
	Service       string        `json:"service,omitempty"`
	GrantHash     fsc.GrantHash `json:"grantHash,omitempty"`
	Direction     string        `json:"direction,omitempty"`
	From          time.Time     `json:"from,omitzero"`
	Until         time.Time     `json:"until,omitzero"`
	TransactionID string        `json:"transactionId,omitempty"`
}

// Traffic holds counted calls.
type Traffic struct {
	Hour       time.Time     `json:"hour,omitzero"`
	Direction  string        `json:"direction"`
	GrantHash  fsc.GrantHash `json:"grantHash,omitempty"`
	Service    string        `json:"service,omitempty"`
	ConsumerID fsc.PeerID    `json:"consumerId,omitempty"`
	ProviderID fsc.PeerID    `json:"providerId,omitempty"`
	Calls      int64         `json:"calls"`
}

// Change is a field with its value before and after.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Event tells one line of the audit trail.
type Event struct {
	Sequence    int64     `json:"sequence"`
	At          time.Time `json:"at"`
	AccountID   string    `json:"accountId,omitempty"`
	AccountName string    `json:"accountName,omitempty"`
	TokenID     string    `json:"tokenId,omitempty"`
	From        string    `json:"from,omitempty"`
	Act         string    `json:"act"`
	Object      string    `json:"object,omitempty"`
	Changes     []Change  `json:"changes,omitempty"`
	Outcome     string    `json:"outcome"`
	Previous    string    `json:"previous"`
	Hash        string    `json:"hash"`
}

// NewAuditExport tells which events to export.
type NewAuditExport struct {
	AccountID string    `json:"accountId,omitempty"`
	Act       string    `json:"act,omitempty"`
	Object    string    `json:"object,omitempty"`
	Text      string    `json:"text,omitempty"`
	From      time.Time `json:"from,omitzero"`
	Until     time.Time `json:"until,omitzero"`
}

// AuditVerification is the result of checking the chain of events.
type AuditVerification struct {
	Events   int64  `json:"events"`
	Head     string `json:"head"`
	Broken   bool   `json:"broken"`
	BrokenAt int64  `json:"brokenAt,omitzero"`
}
