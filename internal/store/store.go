// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/samenspel/samenspel/internal/manager"
)

// ErrNewerSchema is returned when a file was written by a later version of
// this program, which may mean things by it that this one doesn't know.
var ErrNewerSchema = errors.New("the database was written by a newer version of this program")

// Store is the storage of one node. It is a manager.Store, a directory.Store and a
// directory.History; [Store.Log] is the index of its transaction log. It can be
// used by many goroutines, and by several processes on one machine.
type Store struct {
	node *database
	log  *LogStore
}

// OpenSQLite opens the files node.db and txlog.db in dir, a folder on a local
// disk, and makes or migrates them where needed. Files that a newer version
// wrote are refused with [ErrNewerSchema] and left as they are.
func OpenSQLite(ctx context.Context, dir string, logger *slog.Logger) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	unlock, err := lockFiles(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s, err := openFiles(ctx, dir, logger)
	if err := errors.Join(err, unlock()); err != nil {
		if s != nil {
			err = errors.Join(err, s.Close())
		}
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

func openFiles(ctx context.Context, dir string, logger *slog.Logger) (*Store, error) {
	node, err := openSQLiteFile(ctx, dir, "node", logger)
	if err != nil {
		return nil, err
	}
	if err := packConnections(ctx, node); err != nil {
		return nil, errors.Join(fmt.Errorf("pack connections: %w", err), node.close())
	}
	log, err := openSQLiteFile(ctx, dir, "txlog", logger)
	if err != nil {
		return nil, errors.Join(err, node.close())
	}
	return &Store{node: node, log: &LogStore{db: log, kinds: &kindCache{}, source: mainSource}}, nil
}

// Close closes the files. Transactions under way end first.
func (s *Store) Close() error {
	return errors.Join(s.node.close(), s.log.db.close())
}

// Ping tells whether both files can be read.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.node.ping(ctx); err != nil {
		return fmt.Errorf("ping node database: %w", err)
	}
	if err := s.log.db.ping(ctx); err != nil {
		return fmt.Errorf("ping transaction log database: %w", err)
	}
	return nil
}

// Log gives the index of the transaction log.
func (s *Store) Log() *LogStore { return s.log }

// Update runs fn in a transaction that can write, and commits when fn returns
// nil. fn runs again when the database was busy, so it must have no other
// effects, and it must not call Update itself. Updates wait for each other.
func (s *Store) Update(ctx context.Context, fn func(manager.Tx) error) error {
	return s.node.update(ctx, func(q querier) error { return fn(&tx{q: q, dialect: s.node.dialect}) })
}

// View runs fn in a transaction that sees one state of the database and can't
// write. It doesn't wait for an Update.
func (s *Store) View(ctx context.Context, fn func(manager.Tx) error) error {
	return s.node.view(ctx, func(q querier) error { return fn(&tx{q: q, dialect: s.node.dialect}) })
}

// tx is a manager.Tx.
type tx struct {
	q       querier
	dialect dialect
}
