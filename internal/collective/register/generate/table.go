// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/internal/collective/register"
)

// readTable reads a CSV file that must have exactly these columns.
func readTable(dir, name string, columns ...string) ([][]string, error) {
	raw, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // the folder is the operator's own
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", name, err)
	}
	if len(rows) == 0 || !slices.Equal(rows[0], columns) {
		return nil, fmt.Errorf("parse %s: the columns are not %v", name, columns)
	}
	return rows[1:], nil
}

// decode reads JSON and refuses members it doesn't know.
func decode(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func readMunicipalities(dir string, data *register.Data) error {
	rows, err := readTable(dir, "municipalities.csv", "cbs_code", "name", "oin", "rsin", "kvk", "roo_id", "province", "inhabitants")
	if err != nil {
		return err
	}
	for _, v := range rows {
		inhabitants, err := strconv.Atoi(v[7])
		if err != nil {
			return fmt.Errorf("inhabitants of %s: %w", v[0], err)
		}
		data.Municipalities = append(data.Municipalities, register.Municipality{
			Code: register.Code(v[0]), Name: v[1], OIN: v[2], RSIN: v[3], KvK: v[4], ROO: v[5], Province: v[6], Inhabitants: inhabitants,
		})
	}
	return nil
}

func readMergers(dir string, data *register.Data) error {
	rows, err := readTable(dir, "municipality-mergers.csv", "cbs_code", "name", "successor_cbs_code", "ended")
	if err != nil {
		return err
	}
	for _, v := range rows {
		data.Mergers = append(data.Mergers, register.Merger{
			From: register.Code(v[0]), Name: v[1], To: register.Code(v[2]), On: register.Date(v[3]),
		})
	}
	data.Mergers = append(data.Mergers, laterMergers()...)
	return nil
}

// readEnded reads the ended municipalities. The source writes the last day for
// older ones (31 December) and the first day without for newer ones; where the
// merger table has the municipality, it must say the same.
func readEnded(dir string, data *register.Data) error {
	rows, err := readTable(dir, "municipalities-historical.csv", "cbs_code", "name", "oin", "kvk", "roo_id", "ended")
	if err != nil {
		return err
	}
	table := map[register.Code]register.Date{}
	for _, m := range data.Mergers {
		table[m.From] = m.On
	}
	for _, v := range rows {
		e := register.Ended{Code: register.Code(v[0]), Name: v[1], OIN: v[2], KvK: v[3], ROO: v[4], On: register.Date(v[5])}
		if strings.HasSuffix(v[5], "-12-31") {
			e.On = e.On.Next()
		}
		if on, known := table[e.Code]; known && on != e.On {
			if on != e.On.Next() {
				return fmt.Errorf("%s ended on %s here and on %s in the merger table", e.Code, e.On, on)
			}
			e.On = on
		}
		data.Ended = append(data.Ended, e)
	}
	return nil
}
