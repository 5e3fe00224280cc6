// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"database/sql"
	"fmt"

	"modernc.org/sqlite"

	"github.com/samenspel/samenspel/internal/txlog"
)

// sqliteEngine is the simplest good alternative to a log of our own: one writer
// that puts everything that waits into one transaction.
type sqliteEngine struct {
	db    *sql.DB
	queue chan liteWrite
	done  chan struct{}
}

type liteWrite struct {
	record *txlog.Record
	answer chan error
}

const maxLiteBatch = 4096

// openSQLiteEngine implements the same promise as the log: an answer means durable.
func openSQLiteEngine(ctx context.Context, path string) (*sqliteEngine, error) {
	connector, err := sqlite.NewConnector("file:" + path + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	e := &sqliteEngine{db: sql.OpenDB(connector), queue: make(chan liteWrite, maxLiteBatch), done: make(chan struct{})}
	e.db.SetMaxOpenConns(1)
	if _, err := e.db.ExecContext(ctx, `CREATE TABLE records (
		transaction_id TEXT NOT NULL, direction TEXT NOT NULL, grant_hash TEXT NOT NULL, service_name TEXT NOT NULL,
		outway_peer TEXT NOT NULL, service_peer TEXT NOT NULL, created_at INTEGER NOT NULL)`); err != nil {
		return nil, fmt.Errorf("create table: %w", err)
	}
	go e.commit(ctx)
	return e, nil
}

// Record implements [txlog.Recorder].
func (e *sqliteEngine) Record(_ context.Context, r *txlog.Record) error {
	w := liteWrite{record: r, answer: make(chan error, 1)}
	e.queue <- w
	return <-w.answer
}

// commit takes what waits, makes it durable and answers.
func (e *sqliteEngine) commit(ctx context.Context) {
	defer close(e.done)
	for first := range e.queue {
		batch := []liteWrite{first}
		for len(e.queue) > 0 && len(batch) < maxLiteBatch {
			batch = append(batch, <-e.queue)
		}
		err := e.insert(ctx, batch)
		for _, w := range batch {
			w.answer <- err
		}
	}
}

func (e *sqliteEngine) insert(ctx context.Context, batch []liteWrite) error {
	tx, err := e.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Close() }()
	for _, w := range batch {
		r := w.record
		if _, err := stmt.ExecContext(ctx, r.TransactionID, string(r.Direction), r.GrantHash, r.ServiceName,
			string(r.OutwayPeerID), string(r.ServicePeerID), r.CreatedAt.UnixMicro()); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (e *sqliteEngine) close() {
	close(e.queue)
	<-e.done
	_ = e.db.Close()
}
