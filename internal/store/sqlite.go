// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	sqliteReaders     = 4
	sqliteIdleReaders = 2
	sqliteIdleTime    = 5 * time.Minute
	// Waits inside SQLite don't hear of a cancelled context, so they are short;
	// the transaction is run again after them.
	sqliteBusyMillis = "1000"
	// lockAttempts times that is how long an opening waits for other processes.
	lockAttempts = 60
)

func sqliteDialect() dialect {
	return dialect{name: "sqlite", migration: goose.DialectSQLite3, retryable: sqliteRetryable}
}

func sqliteRetryable(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	primary := e.Code() & 0xff // the rest says more precisely why
	return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
}

// openSQLiteFile opens part.db in dir with its newest schema. The caller holds
// the lock on the files.
func openSQLiteFile(ctx context.Context, dir, part string, logger *slog.Logger) (_ *database, err error) {
	path := filepath.Join(dir, part+".db")
	if err := makePrivate(path); err != nil {
		return nil, err
	}
	d := &database{dialect: sqliteDialect(), logger: logger}
	// A longer WAL than usual: pages that many transactions touch are copied
	// into the file once. It stays within the size the file is cut to.
	pragmas := []string{
		"busy_timeout(" + sqliteBusyMillis + ")", "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(1)", "trusted_schema(0)", "journal_size_limit(16777216)", "wal_autocheckpoint(4000)",
	}
	if d.writer, err = openSQLitePool(path, append(pragmas, "cache_size(-2000)", "temp_store(MEMORY)"), "immediate"); err != nil {
		return nil, err
	}
	d.writer.SetMaxOpenConns(1)
	if d.reader, err = openSQLitePool(path, append(pragmas, "cache_size(-1000)", "query_only(1)"), "deferred"); err != nil {
		return nil, errors.Join(err, d.writer.Close())
	}
	d.reader.SetMaxOpenConns(sqliteReaders)
	d.reader.SetMaxIdleConns(sqliteIdleReaders)
	d.reader.SetConnMaxIdleTime(sqliteIdleTime)
	if err := migrate(ctx, d, part); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate %s.db: %w", part, err), d.close())
	}
	return d, nil
}

func openSQLitePool(path string, pragmas []string, begin string) (*sql.DB, error) {
	query := url.Values{"_pragma": pragmas, "_txlock": {begin}}
	return sql.Open("sqlite", sqliteURL(path, query))
}

// sqliteURL escapes what would otherwise be read as parameters of the URL.
func sqliteURL(path string, query url.Values) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}
	return u.String()
}

// makePrivate makes the file if it isn't there. SQLite gives its companions
// the same permissions.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the folder comes from the node's own configuration
	if err != nil {
		return err
	}
	return f.Close()
}

// lockFiles waits until no other process opens the files in dir. SQLite itself
// is the lock, as it knows how to lock a file on every platform.
func lockFiles(ctx context.Context, dir string) (unlock func() error, err error) {
	path := filepath.Join(dir, "lock.db")
	if err := makePrivate(path); err != nil {
		return nil, err
	}
	db, err := openSQLitePool(path, []string{"busy_timeout(" + sqliteBusyMillis + ")"}, "exclusive")
	if err != nil {
		return nil, err
	}
	t, err := db.BeginTx(ctx, nil)
	for attempt := 1; attempt < lockAttempts && sqliteRetryable(err) && ctx.Err() == nil; attempt++ {
		t, err = db.BeginTx(ctx, nil)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("wait for another process that opens the store: %w", err), db.Close())
	}
	return func() error {
		err := t.Rollback()
		if errors.Is(err, sql.ErrTxDone) { // the context ended
			err = nil
		}
		return errors.Join(err, db.Close())
	}, nil
}
