// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"

	"github.com/samenspel/samenspel/internal/collective/register"
)

func main() {
	in := flag.String("in", "", "folder with the original files")
	out := flag.String("out", "internal/collective/register/facts.txt", "file to write")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// run reads the originals in a folder and writes the facts.
func run(in, out string) error {
	data := &register.Data{Sources: sources(), Attributes: attributes(), Splits: splits()}
	for _, read := range []func(string, *register.Data) error{
		readMunicipalities, readMergers, readEnded, readArrangements, readProcesses, readFrameworks,
	} {
		if err := read(in, data); err != nil {
			return err
		}
	}
	facts := register.Format(data)
	parsed, err := register.Parse(facts)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	if !bytes.Equal(register.Format(parsed), facts) {
		return fmt.Errorf("check: the facts read back differ")
	}
	return os.WriteFile(out, facts, 0o644) //nolint:gosec // public facts in the source tree
}
