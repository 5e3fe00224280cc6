// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// statement is SQL text with the arguments of its parameters. Values reach the
// database as arguments only; the text is made of constants.
type statement struct {
	text string
	args []any
}

// filter gathers conditions that all have to hold.
type filter struct {
	conditions []string
	args       []any
}

// param adds an argument and gives the name of its parameter. One name may
// stand in the text more than once.
func (f *filter) param(v any) string {
	f.args = append(f.args, v)
	return "$" + strconv.Itoa(len(f.args))
}

// and adds a condition.
func (f *filter) and(condition string) { f.conditions = append(f.conditions, condition) }

// where gives the clause, empty without conditions.
func (f *filter) where() string {
	if len(f.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.conditions, " AND ")
}

// limit gives the clause for at most n rows; 0 is no limit.
func (f *filter) limit(n int) string {
	if n <= 0 {
		return ""
	}
	return " LIMIT " + f.param(n)
}

// params adds a list of arguments: "$1, $2".
func params[T ~string](f *filter, values []T) string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = f.param(string(v))
	}
	return strings.Join(names, ", ")
}

// orderBy gives the clause that sorts by columns, all in one direction.
func orderBy(descending bool, columns ...string) string {
	if !descending {
		return " ORDER BY " + strings.Join(columns, ", ")
	}
	return " ORDER BY " + strings.Join(columns, " DESC, ") + " DESC"
}

// behind compares with the last key of the page before.
func behind(descending bool) string {
	if descending {
		return " < "
	}
	return " > "
}

// rowsAtOnce is a statement that is read quickly and writes many rows.
const rowsAtOnce = 10

// rowsText gives "(?,?),(?,?)". The parameters of rows have no numbers: SQLite
// would look each of them up in a list, in a time that is quadratic in their
// number. An engine that wants numbers gets its own text here.
func rowsText(rows, columns int) string {
	row := ",(?" + strings.Repeat(",?", columns-1) + ")"
	return strings.Repeat(row, rows)[1:]
}

// inserts writes rows in as few statements as possible. text is what stands
// before VALUES, suffix what stands behind it.
func inserts(text, suffix string, rows [][]any) (out []statement) {
	for some := range slices.Chunk(rows, rowsAtOnce) {
		out = append(out, statement{text: text + rowsText(len(some), len(some[0])) + suffix, args: slices.Concat(some...)})
	}
	return out
}

// bulk is an insert of many rows.
type bulk[T any] struct {
	// text stands before VALUES, suffix behind it.
	text, suffix string
	columns      int
	// values adds those of one row.
	values func(args []any, row *T) ([]any, error)
	// stored, when set, hears of the rows of each statement how many it wrote.
	stored func(rows []T, wrote int64) error
}

// insert has the database read few texts, however many rows there are: each
// statement writes atOnce rows, and one more what is left.
func (b *bulk[T]) insert(ctx context.Context, q querier, rows []T, atOnce int) error {
	whole := len(rows) - len(rows)%atOnce
	if err := b.insertBy(ctx, q, rows[:whole], atOnce); err != nil {
		return err
	}
	return b.insertBy(ctx, q, rows[whole:], len(rows)-whole)
}

// insertBy is for a number of rows that size divides.
func (b *bulk[T]) insertBy(ctx context.Context, q querier, rows []T, size int) error {
	if len(rows) == 0 {
		return nil
	}
	prepared, err := q.PrepareContext(ctx, b.text+rowsText(size, b.columns)+b.suffix)
	if err != nil {
		return err
	}
	args := make([]any, 0, size*b.columns)
	for some := range slices.Chunk(rows, size) {
		if err := b.insertSome(ctx, prepared, some, args); err != nil {
			return errors.Join(err, prepared.Close())
		}
	}
	return prepared.Close()
}

// insertSome hears of the end of ctx beforehand only: a driver watches a context
// that can end with a goroutine per statement, and this one is short.
func (b *bulk[T]) insertSome(ctx context.Context, prepared *sql.Stmt, rows []T, args []any) error {
	err := ctx.Err()
	for i := range rows {
		if err != nil {
			return err
		}
		args, err = b.values(args, &rows[i])
	}
	if err != nil {
		return err
	}
	result, err := prepared.ExecContext(context.WithoutCancel(ctx), args...)
	if err != nil || b.stored == nil {
		return err
	}
	return b.tell(rows, result)
}

func (b *bulk[T]) tell(rows []T, result sql.Result) error {
	wrote, err := result.RowsAffected()
	if err != nil {
		return err
	}
	return b.stored(rows, wrote)
}
