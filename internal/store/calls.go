// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"

	"github.com/samenspel/samenspel/internal/txlog/idset"
)

// callsAtOnce is how many calls are read in one transaction: a month of millions
// mustn't keep the log from tidying up behind its writer.
const callsAtOnce = 10_000

// callRange is the calls of one kind in one direction, recorded from one moment up
// to another, in microseconds.
type callRange struct {
	kind        int64
	outgoing    bool
	from, until int64
}

type call struct {
	createdAt int64
	id        idset.ID
}

// callPlace is the place of a call among those of its kind. An empty id comes before
// all calls of that moment.
type callPlace struct {
	createdAt int64
	id        []byte
}

// eachCall gives calls in the order of time, page by page. An error of take ends it.
func (l *LogStore) eachCall(ctx context.Context, r callRange, take func(*call) error) error {
	for after := (callPlace{r.from, []byte{}}); ; {
		var page []call
		query := queryCalls(r, after)
		err := l.db.view(ctx, func(tx querier) (err error) {
			page, err = collect(ctx, tx, &query, scanCall)
			return err
		})
		if err != nil {
			return err
		}
		for i := range page {
			if err := take(&page[i]); err != nil {
				return err
			}
		}
		if len(page) < callsAtOnce {
			return nil
		}
		last := &page[len(page)-1]
		after = callPlace{last.createdAt, last.id[:]}
	}
}

// queryCalls gives the calls of a range behind a place.
func queryCalls(r callRange, after callPlace) statement {
	direction := numberIncoming
	if r.outgoing {
		direction = numberOutgoing
	}
	var f filter
	f.and("kind = " + f.param(r.kind))
	f.and("direction = " + f.param(direction))
	f.and("(created_at, transaction_id) > (" + f.param(after.createdAt) + ", " + f.param(after.id) + ")")
	f.and("created_at < " + f.param(r.until))
	text := "SELECT created_at, transaction_id FROM records" + f.where() + orderBy(false, "created_at", "transaction_id") + f.limit(callsAtOnce)
	return statement{text, f.args}
}

func scanCall(rows *sql.Rows) (c call, err error) {
	var id sql.RawBytes
	err = rows.Scan(&c.createdAt, &id)
	copy(c.id[:], id)
	return c, err
}
