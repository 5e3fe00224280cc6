// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrNotFound is returned when what was asked for isn't stored here.
	ErrNotFound = errors.New("not found")
	// ErrEmailInUse is returned when another account has the e-mail address.
	ErrEmailInUse = errors.New("e-mail address is in use")
)

// Store keeps people and what they did. A function given to Update may run
// more than once; its effects become visible all together or not at all.
type Store interface {
	Update(ctx context.Context, fn func(Tx) error) error
	View(ctx context.Context, fn func(Tx) error) error
}

// Tx is one transaction on a Store.
type Tx interface {
	AccountTx
	SessionTx
	TokenTx
	EventTx
	RequestTx
	FactorTx
}

// AccountTx reads and writes accounts.
type AccountTx interface {
	// PutAccount stores an account under its ID, replacing an older one.
	PutAccount(ctx context.Context, a *Account) error // ErrEmailInUse
	FindAccount(ctx context.Context, id AccountID) (*Account, error)
	FindAccountByEmail(ctx context.Context, email string) (*Account, error)
	FindAccountBySubject(ctx context.Context, subject string) (*Account, error)
	ListAccounts(ctx context.Context) ([]*Account, error) // by name
}

// SessionTx reads and writes sessions.
type SessionTx interface {
	PutSession(ctx context.Context, s *Session) error
	FindSession(ctx context.Context, hash [32]byte) (*Session, error)
	ListSessions(ctx context.Context, of AccountID) ([]*Session, error) // newest first; all when of is empty
	DeleteSession(ctx context.Context, id SessionID) error              // no error when there is none
	DeleteSessionsBefore(ctx context.Context, expired time.Time) error
}

// TokenTx reads and writes tokens for automation.
type TokenTx interface {
	PutToken(ctx context.Context, t *Token) error
	FindToken(ctx context.Context, hash [32]byte) (*Token, error)
	ListTokens(ctx context.Context, of AccountID) ([]*Token, error) // newest first; all when of is empty
	DeleteToken(ctx context.Context, id TokenID) error              // ErrNotFound
}

// EventTx reads and adds to the audit trail.
type EventTx interface {
	// LastEvent gives the newest event, or ErrNotFound.
	LastEvent(ctx context.Context) (*Event, error)
	AddEvent(ctx context.Context, e *Event) error
	ListEvents(ctx context.Context, f EventFilter) ([]*Event, error)
}

// RequestTx reads and writes acts that wait for a second person.
type RequestTx interface {
	PutRequest(ctx context.Context, r *Request) error
	FindRequest(ctx context.Context, id string) (*Request, error)
	ListRequests(ctx context.Context, waitingAt time.Time) ([]*Request, error) // newest first; those that wait then, or all when zero
}
