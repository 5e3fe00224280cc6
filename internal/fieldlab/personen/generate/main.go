// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/samenspel/samenspel/internal/fieldlab/personen/internal/facts"
)

// inputs are the files the generator works with.
type inputs struct {
	dump       string // SQL dump of the persons, gzip
	supplement string // our own addresses and code tables
	out        string // the persons, as package facts writes them
	testset    string // optional: the CSV of the test set, to renew the supplement
	tables     string // optional: the folder of the national code tables
}

func main() {
	var in inputs
	flag.StringVar(&in.dump, "in", "lo3_pl_data.sql.gz", "gzip SQL dump of the test persons")
	flag.StringVar(&in.supplement, "supplement", "internal/fieldlab/personen/generate/supplement.jsonl", "addresses and code tables")
	flag.StringVar(&in.out, "out", "internal/fieldlab/personen/persons.jsonl.gz", "file to write")
	flag.StringVar(&in.testset, "testset", "", "CSV of the test set; renews the supplement")
	flag.StringVar(&in.tables, "tables", "", "folder of the national tables; renews the supplement")
	flag.Parse()
	if err := run(in); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(in inputs) error {
	dump, err := readDump(in.dump)
	if err != nil {
		return fmt.Errorf("read dump: %w", err)
	}
	if in.testset != "" {
		if err := renewSupplement(in, dump); err != nil {
			return fmt.Errorf("renew supplement: %w", err)
		}
	}
	extra, err := readSupplement(in.supplement)
	if err != nil {
		return fmt.Errorf("read supplement: %w", err)
	}
	var out bytes.Buffer
	if err := facts.Write(&out, extra.tables, persons(dump, extra.addresses)); err != nil {
		return fmt.Errorf("write persons: %w", err)
	}
	// The file is committed and holds only fictitious persons.
	return os.WriteFile(in.out, out.Bytes(), 0o644) //nolint:gosec // public file
}

func readDump(path string) (tables, error) {
	file, err := os.Open(path) //nolint:gosec // the path is the operator's own
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	zr, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("open compressed dump: %w", err)
	}
	return parseDump(io.LimitReader(zr, 64<<20))
}
