// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/internal/fieldlab/personen/internal/facts"
)

// readAddresses finds the addresses of the dump in the CSV. The CSV has no
// address ids, so a row of one person is matched with a row of the same
// person in the dump by municipality and dates.
func readAddresses(path string, dump tables) (map[string]facts.Address, error) {
	raw, err := os.ReadFile(path) //nolint:gosec // the path is the operator's own
	if err != nil {
		return nil, err
	}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))))
	reader.Comma, reader.FieldsPerRecord, reader.LazyQuotes = ';', -1, true
	records, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	if len(records) == 0 {
		return nil, errors.New("no header")
	}
	known := addressesByMoment(records)
	people := bsnByRecord(dump)
	found := map[string]facts.Address{}
	for _, r := range dump["lo3_pl_verblijfplaats"] {
		address, ok := known[moment{
			bsn: people[r[0]], municipality: pad(r[vMunicipality], 4),
			since: pad(r[vSince], 8), valid: pad(r[vValid], 8), recorded: pad(r[vRecorded], 8),
		}]
		if ok && r[vAddress] != "" {
			found[r[vAddress]] = richest(found[r[vAddress]], address)
		}
	}
	return found, nil
}

// moment identifies one stay of one person.
type moment struct{ bsn, municipality, since, valid, recorded string }

// addressesByMoment reads the stays. A row without a record name continues
// the person of the row before it.
func addressesByMoment(records [][]string) map[moment]facts.Address {
	column := map[string]int{}
	for i, title := range records[0] {
		column[title] = i
	}
	stays := map[moment]facts.Address{}
	bsn := ""
	for _, record := range records[1:] {
		at := func(title string) string {
			if i, ok := column[title]; ok && i < len(record) {
				return strings.TrimSpace(record[i])
			}
			return ""
		}
		if record[0] != "" {
			bsn = at("01.01.20")
		}
		address := facts.Address{
			Street: at("08.11.10"), PublicSpace: at("08.11.15"), Letter: at("08.11.30"),
			Addition: at("08.11.40"), Marker: at("08.11.50"), Postcode: at("08.11.60"),
			City: at("08.11.70"), Object: identifier(at("08.11.80")), Designation: identifier(at("08.11.90")),
			Location: at("08.12.10"),
		}
		if number, err := strconv.Atoi(at("08.11.20")); err == nil {
			address.Number = number
		}
		if address == (facts.Address{}) {
			continue
		}
		key := moment{bsn, at("08.09.10"), at("08.10.30"), at("08.85.10"), at("08.86.10")}
		stays[key] = richest(stays[key], address)
	}
	return stays
}

// identifier keeps a BAG identifier of sixteen digits and drops anything else.
func identifier(value string) string {
	if len(value) != 16 || strings.Trim(value, "0123456789") != "" {
		return ""
	}
	return value
}

// richest picks the address with most facts, so that the same address with
// its BAG identifiers wins from the one without.
func richest(a, b facts.Address) facts.Address {
	textA, errA := json.Marshal(a)
	textB, errB := json.Marshal(b)
	if errA != nil || errB != nil {
		return a
	}
	if cmp.Or(cmp.Compare(len(textA), len(textB)), strings.Compare(string(textA), string(textB))) >= 0 {
		return a
	}
	return b
}

func bsnByRecord(dump tables) map[string]string {
	people := map[string]string{}
	for _, r := range dump["lo3_pl_persoon"] {
		if r[pKind] == "P" && r[pAge] == "0" {
			people[r[0]] = pad(r[pBSN], 9)
		}
	}
	return people
}
