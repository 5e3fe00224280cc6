// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/samenspel/samenspel/internal/fieldlab/personen/internal/facts"
)

// supplement is what the dump refers to but does not hold.
type supplement struct {
	tables    facts.Tables
	addresses map[string]facts.Address // by the address id of the dump
}

// addressLine is one address of the supplement file.
type addressLine struct {
	ID      string        `json:"id"`
	Address facts.Address `json:"adres"`
}

// readSupplement reads the file: a line of code tables, then one address a line.
func readSupplement(path string) (supplement, error) {
	extra := supplement{addresses: map[string]facts.Address{}}
	raw, err := os.ReadFile(path) //nolint:gosec // the path is the operator's own
	if err != nil {
		return extra, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&extra.tables); err != nil {
		return extra, fmt.Errorf("decode tables: %w", err)
	}
	for {
		var line addressLine
		err := dec.Decode(&line)
		if errors.Is(err, io.EOF) {
			return extra, nil
		}
		if err != nil {
			return extra, fmt.Errorf("decode address: %w", err)
		}
		extra.addresses[line.ID] = line.Address
	}
}

// renewSupplement makes the supplement file anew from the CSV and the tables.
func renewSupplement(in inputs, dump tables) error {
	addresses, err := readAddresses(in.testset, dump)
	if err != nil {
		return fmt.Errorf("read addresses: %w", err)
	}
	codes, err := readTables(in.tables, dump)
	if err != nil {
		return fmt.Errorf("read code tables: %w", err)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	if err := enc.Encode(codes); err != nil {
		return fmt.Errorf("encode tables: %w", err)
	}
	for _, id := range slices.SortedFunc(maps.Keys(addresses), compareNumbers) {
		if err := enc.Encode(addressLine{ID: id, Address: addresses[id]}); err != nil {
			return fmt.Errorf("encode address: %w", err)
		}
	}
	// The file is committed and holds only public facts.
	return os.WriteFile(in.supplement, out.Bytes(), 0o644) //nolint:gosec // public file
}
