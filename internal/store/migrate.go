// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// migrations holds a folder per engine and, below it, one per database.
//
//go:embed migrations
var migrations embed.FS

// migrate brings a database to the newest schema this program knows.
func migrate(ctx context.Context, d *database, part string) error {
	steps, err := fs.Sub(migrations, "migrations/"+d.dialect.name+"/"+part)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(d.dialect.migration, d.writer, steps,
		goose.WithTableName("schema_version"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	current, newest, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > newest {
		return fmt.Errorf("%w: it has schema %d, this one knows %d", ErrNewerSchema, current, newest)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return err
	}
	if len(done) > 0 {
		d.logger.InfoContext(ctx, "database schema migrated", "database", part, "from", current, "to", newest)
	}
	return nil
}
