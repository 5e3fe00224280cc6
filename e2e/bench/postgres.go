// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// database is the server that the chains share which need one, started at the
// first call, and its connection string.
func (r *rig) database(ctx context.Context) (*process, string, error) {
	if r.postgres == nil {
		server, dsn, err := r.startPostgres(ctx)
		if err != nil {
			return nil, "", err
		}
		r.postgres, r.dsn = server, dsn
	}
	return r.postgres, r.dsn, nil
}

// startPostgres makes a database with the server's defaults (so a commit is
// durable) and runs it on a Unix socket only. It gives the connection string.
func (r *rig) startPostgres(ctx context.Context) (*process, string, error) {
	bin, err := postgresPrograms()
	if err != nil {
		return nil, "", err
	}
	cred, err := databaseUser()
	if err != nil {
		return nil, "", err
	}
	dir := filepath.Join(r.dir, "postgres")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, "", err
	}
	if cred != nil {
		if err := os.Chown(dir, int(cred.Uid), int(cred.Gid)); err != nil {
			return nil, "", err
		}
	}
	data := filepath.Join(dir, "data")
	initdb, err := r.start(ctx, spec{
		name: "initdb", program: filepath.Join(bin, "initdb"), dir: dir, credential: cred,
		args: []string{"-D", data, "-U", "bench", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"},
	})
	if err != nil {
		return nil, "", err
	}
	select {
	case <-initdb.exited:
	case <-ctx.Done():
		return nil, "", ctx.Err()
	}
	if !initdb.cmd.ProcessState.Success() {
		return nil, "", fmt.Errorf("initdb: %s", initdb.lastWords())
	}
	server, err := r.start(ctx, spec{
		name: "postgres", program: filepath.Join(bin, "postgres"), dir: dir, credential: cred, stop: syscall.SIGINT,
		args: []string{"-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "max_connections=200", "-c", "shared_buffers=128MB"},
	})
	if err != nil {
		return nil, "", err
	}
	dsn := "host=" + dir + " user=bench dbname=postgres"
	return server, dsn, server.waitFor(ctx, 20*time.Second, func(ctx context.Context) error { return createTables(ctx, dsn) })
}

func recordTable(style, side string) string { return "records_" + style + "_" + side }

// createTables makes one table of records per chain and side.
func createTables(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, style := range []string{styleReverse, stylePredecessor} {
		for _, side := range []string{sideOutway, sideInway} {
			_, err := conn.Exec(ctx, `CREATE TABLE IF NOT EXISTS `+recordTable(style, side)+` (
				transaction_id uuid PRIMARY KEY, direction text NOT NULL, grant_hash text NOT NULL, service_name text NOT NULL,
				source_peer text NOT NULL, destination_peer text NOT NULL, created_at timestamptz NOT NULL)`)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// checkpoint writes to the data files what the server would spread over the
// minutes to come, in which other chains are measured.
func checkpoint(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "CHECKPOINT")
	return err
}

// postgresPrograms finds the folder with initdb: Debian keeps one per version.
func postgresPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("PostgreSQL is not installed; scripts/bench-deps.sh installs what the benchmark needs")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// databaseUser is who runs the server: it refuses to run as root.
func databaseUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nil means ourselves
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("no user postgres or nobody to run the database as")
}
