// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/samenspel/samenspel/internal/node"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// keyNames are the key pairs of a member: one for each use, so that each can be
// replaced by itself.
var keyNames = [...]string{"transport", "contract", "token", "outway"}

// renewBefore is how long a kept certificate must still be good for.
const renewBefore = 7 * 24 * time.Hour

// openCA gives the federation's CA, the kept one if there is one.
func openCA(dir string, now time.Time) (*localca.CA, error) {
	ca, err := localca.Load(dir, now)
	if err == nil {
		return ca, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("kept CA: %w; remove the folder to begin anew", err)
	}
	if ca, err = localca.New(now); err != nil {
		return nil, err
	}
	if err := ca.Save(dir, now); err != nil {
		return nil, err
	}
	return ca, os.WriteFile(filepath.Join(dir, "anchor.pem"), ca.AnchorPEM(), 0o600)
}

// writeKeys issues the key pairs of a member that aren't there yet or end soon.
func writeKeys(ca *localca.CA, o organisation, dir string, now time.Time) (node.KeysConfig, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return node.KeysConfig{}, err
	}
	files := map[string]node.FilesConfig{}
	for _, name := range keyNames {
		f := node.FilesConfig{Certificate: filepath.Join(dir, name+".pem"), Key: filepath.Join(dir, name+"-key.pem")}
		files[name] = f
		if usable(f, now) {
			continue
		}
		issued, err := ca.Issue(localca.Request{PeerID: o.id, Name: o.name, Hosts: []string{"localhost", "127.0.0.1"}, NotAfter: now.Add(year)})
		if err != nil {
			return node.KeysConfig{}, fmt.Errorf("issue %s of %s: %w", name, o.name, err)
		}
		if err := errors.Join(os.WriteFile(f.Certificate, issued.CertificatePEM, 0o600), os.WriteFile(f.Key, issued.KeyPEM, 0o600)); err != nil {
			return node.KeysConfig{}, err
		}
	}
	return node.KeysConfig{
		Transport: files["transport"], Contract: files["contract"], Token: files["token"],
		Inway: files["transport"], Outway: files["outway"],
	}, nil
}

func usable(f node.FilesConfig, now time.Time) bool {
	pair, err := readPair(f)
	return err == nil && now.Add(renewBefore).Before(pair.Leaf().NotAfter)
}

func readPair(f node.FilesConfig) (*pki.KeyPair, error) {
	certPEM, err := os.ReadFile(f.Certificate)
	if err != nil {
		return nil, err
	}
	keyPEM, err := os.ReadFile(f.Key)
	if err != nil {
		return nil, err
	}
	return pki.ParseKeyPair(certPEM, keyPEM)
}
