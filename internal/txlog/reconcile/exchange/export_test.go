// SPDX-License-Identifier: EUPL-1.2

package exchange

import "github.com/samenspel/samenspel/internal/txlog/reconcile"

// ReadSets reads what another node answers about some hours.
func ReadSets(raw []byte, from, until reconcile.Hour, grant string) ([]reconcile.Told, reconcile.Hour, error) {
	return readSets(raw, window{from, until, grant})
}

// ReadQuestion and ReadPeriod read the other messages.
var (
	ReadQuestion = readQuestion
	ReadPeriod   = readPeriod
)
