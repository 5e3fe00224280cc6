// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"unicode/utf16"

	"github.com/samenspel/samenspel/internal/fieldlab/personen/internal/facts"
)

// used are the codes the dump refers to, a set for each table.
type used struct{ municipalities, countries, nationalities, reasons map[string]bool }

// readTables reads the descriptions of the codes the dump uses.
func readTables(dir string, dump tables) (facts.Tables, error) {
	want := usedCodes(dump)
	titles := map[string]string{}
	kinds := map[string]string{}
	codes := facts.Tables{
		Municipalities: map[string]string{}, Countries: map[string]string{},
		Nationalities: map[string]string{}, Reasons: map[string]string{}, Titles: map[string]facts.Title{},
	}
	for _, source := range []struct {
		pattern string
		want    map[string]bool
		into    map[string]string
		column  int
	}{
		{"Tabel33 *.csv", want.municipalities, codes.Municipalities, 1},
		{"Tabel34 *.csv", want.countries, codes.Countries, 1},
		{"Tabel32 *.csv", want.nationalities, codes.Nationalities, 1},
		{"Tabel37 *.csv", want.reasons, codes.Reasons, 1},
		{"Tabel38 *.csv", nil, titles, 1},
		{"Tabel38 *.csv", nil, kinds, 2},
	} {
		if err := readTable(dir, source.pattern, source.column, source.want, source.into); err != nil {
			return codes, fmt.Errorf("table %s: %w", source.pattern, err)
		}
	}
	for code, title := range titles {
		codes.Titles[code] = facts.Title{Name: title, Kind: kinds[code]}
	}
	return codes, nil
}

// readTable copies one column of a table for the wanted codes (nil: all).
func readTable(dir, pattern string, column int, want map[string]bool, into map[string]string) error {
	matches, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(matches) != 1 {
		return fmt.Errorf("want one file, found %d", len(matches))
	}
	raw, err := os.ReadFile(matches[0])
	if err != nil {
		return err
	}
	records, err := csv.NewReader(bytes.NewReader(plain(raw))).ReadAll()
	if err != nil {
		return fmt.Errorf("parse: %w", err)
	}
	for _, record := range records[1:] {
		if len(record) > column && (want == nil || want[record[0]]) {
			into[record[0]] = record[column]
		}
	}
	return nil
}

// plain turns the UTF-16 of the published tables into UTF-8.
func plain(raw []byte) []byte {
	body, isUTF16 := bytes.CutPrefix(raw, []byte("\xff\xfe"))
	if !isUTF16 {
		return bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	}
	units := make([]uint16, len(body)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(body[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

func usedCodes(dump tables) used {
	want := used{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, r := range dump["lo3_pl_persoon"] {
		want.municipalities[r[pBirthPlace]] = true
		want.municipalities[r[pBegunPlace]] = true
		want.countries[pad(r[pBirthCountry], 4)] = true
		want.countries[pad(r[pBegunCountry], 4)] = true
	}
	for _, r := range dump["lo3_pl_overlijden"] {
		want.municipalities[r[oPlace]] = true
		want.countries[pad(r[oCountry], 4)] = true
	}
	for _, r := range dump["lo3_pl_verblijfplaats"] {
		want.municipalities[pad(r[vMunicipality], 4)] = true
		want.countries[pad(r[vLeftTo], 4)] = true
		want.countries[pad(r[vCameFrom], 4)] = true
	}
	for _, r := range dump["lo3_pl_nationaliteit"] {
		want.nationalities[pad(r[nCode], 4)] = true
		want.reasons[pad(r[nReason], 3)] = true
	}
	return want
}
