// SPDX-License-Identifier: EUPL-1.2

package cli_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/samenspel/samenspel/internal/pki/localca"
)

// TestScripts runs the program as a process; the scripts get a key pair of a
// provider and one of a consumer in the folder pki, as the examples name them.
func TestScripts(t *testing.T) {
	ca, err := localca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Abs(filepath.Join("..", "..", "docs", "examples"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"), UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("EXAMPLES", examples)
			return writeKeys(ca, filepath.Join(e.WorkDir, "pki"))
		},
	})
}

const (
	providerID = "00000099000000001000"
	consumerID = "00000099000000002000"
)

func writeKeys(ca *localca.CA, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "anchor.pem"), ca.AnchorPEM(), 0o600); err != nil {
		return err
	}
	for name, r := range map[string]localca.Request{
		"provider": {PeerID: providerID, Name: "Gemeente Voorbeeld", Hosts: []string{"localhost", "127.0.0.1"}},
		"consumer": {PeerID: consumerID, Name: "Gemeente Afnemer", Hosts: []string{"localhost", "127.0.0.1"}},
	} {
		pair, err := ca.Issue(r)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+".pem"), pair.CertificatePEM, 0o600); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+"-key.pem"), pair.KeyPEM, 0o600); err != nil {
			return err
		}
	}
	return nil
}
