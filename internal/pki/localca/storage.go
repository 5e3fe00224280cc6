// SPDX-License-Identifier: EUPL-1.2

package localca

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/samenspel/samenspel/internal/pki"
)

// Save writes the authority to a folder, which is made if needed: per authority
// its certificate, its key and its revocation list dated now. All files have
// mode 0600. [Load] reads them back.
func (ca *CA) Save(dir string, now time.Time) error {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("save fieldlab CA: %w", err)
	}
	for name, a := range ca.authorities() {
		if err := a.save(filepath.Join(dir, name+".pem"), now); err != nil {
			return fmt.Errorf("save fieldlab CA: %s: %w", name, err)
		}
	}
	return nil
}

// Load reads an authority that was saved before; now takes the place of the
// moment given to [New]. The error is [io/fs.ErrNotExist] when there is none.
func Load(dir string, now time.Time) (*CA, error) {
	ca := &CA{now: now}
	for name, a := range ca.authorities() {
		if err := a.load(filepath.Join(dir, name+".pem")); err != nil {
			return nil, fmt.Errorf("load fieldlab CA: %s: %w", name, err)
		}
		if now.After(a.cert.NotAfter) {
			return nil, fmt.Errorf("load fieldlab CA: %s: it expired; remove the folder to make a new one", name)
		}
	}
	if err := ca.intermediate.cert.CheckSignatureFrom(ca.root.cert); err != nil {
		return nil, fmt.Errorf("load fieldlab CA: root and intermediate don't belong together: %w", err)
	}
	return ca, nil
}

func (ca *CA) authorities() map[string]*authority {
	return map[string]*authority{"fieldlab-root": &ca.root, "fieldlab-intermediate": &ca.intermediate}
}

func (a *authority) save(path string, now time.Time) error {
	keyPEM, err := pki.MarshalKey(a.key)
	if err != nil {
		return err
	}
	list, err := a.list(now)
	if err != nil {
		return err
	}
	content := append(pki.MarshalCertificates(a.cert), keyPEM...)
	content = append(content, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: list})...)
	// Writing beside the old file keeps that one whole when the disk is full.
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func (a *authority) load(path string) error {
	content, err := os.ReadFile(path) //nolint:gosec // The folder is the caller's choice.
	if err != nil {
		return err
	}
	var certPEM, keyPEM []byte
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "CERTIFICATE":
			certPEM = pem.EncodeToMemory(block)
		case "PRIVATE KEY":
			keyPEM = pem.EncodeToMemory(block)
		case "X509 CRL":
			if err := a.loadList(block.Bytes); err != nil {
				return err
			}
		}
	}
	pair, err := pki.ParseKeyPair(certPEM, keyPEM)
	if err != nil {
		return err
	}
	a.cert, a.key = pair.Leaf(), pair.Key
	if o := a.cert.Subject.Organization; len(o) != 1 || o[0] != Organization {
		return errors.New("it is not a fieldlab CA")
	}
	return nil
}

func (a *authority) loadList(der []byte) error {
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return err
	}
	for _, entry := range list.RevokedCertificateEntries {
		a.revoke(entry.SerialNumber, entry.RevocationTime)
	}
	if list.Number != nil {
		a.number = list.Number.Int64()
	}
	return nil
}
