// SPDX-License-Identifier: EUPL-1.2

package facts

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxFile bounds the unpacked file, so a damaged one cannot fill the memory.
const maxFile = 16 << 20

// Write writes the tables and then the persons, ordered by BSN, to w.
func Write(w io.Writer, tables Tables, persons []Person) error {
	head, err := json.Marshal(tables)
	if err != nil {
		return fmt.Errorf("encode tables: %w", err)
	}
	lines := make([][]byte, 0, len(persons))
	for i := range persons {
		line, err := json.Marshal(&persons[i])
		if err != nil {
			return fmt.Errorf("encode person: %w", err)
		}
		lines = append(lines, line)
	}
	// BSN is the first member, so the order of the lines is the order of BSNs.
	slices.SortFunc(lines, bytes.Compare)
	zw, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("start compression: %w", err)
	}
	for _, line := range append([][]byte{head}, lines...) {
		if _, err := zw.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("write line: %w", err)
		}
	}
	if err := zw.Close(); err != nil {
		return fmt.Errorf("end compression: %w", err)
	}
	return nil
}

// Read reads what [Write] wrote. It fails on a damaged or an oversized file.
func Read(r io.Reader) (Tables, []Person, error) {
	var tables Tables
	zr, err := gzip.NewReader(r)
	if err != nil {
		return tables, nil, fmt.Errorf("open compressed persons: %w", err)
	}
	limited := &io.LimitedReader{R: zr, N: maxFile}
	dec := json.NewDecoder(bufio.NewReader(limited))
	if err := dec.Decode(&tables); err != nil {
		return tables, nil, fmt.Errorf("decode tables: %w", err)
	}
	var persons []Person
	for {
		var person Person
		err := dec.Decode(&person)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return tables, nil, fmt.Errorf("decode person %d: %w", len(persons)+1, err)
		}
		persons = append(persons, person)
	}
	if limited.N == 0 {
		return tables, nil, errors.New("decode persons: file too large")
	}
	return tables, persons, nil
}
