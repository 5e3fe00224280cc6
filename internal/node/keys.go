// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/pki"
)

// keyring follows the key files of this node; pairs named twice are one.
type keyring struct {
	logger  *slog.Logger
	now     func() time.Time
	byFiles map[FilesConfig]*pki.Reloader

	contract, token, transport, inway, outway *pki.Reloader
}

func openKeyring(c KeysConfig, logger *slog.Logger, now func() time.Time) (*keyring, error) {
	k := &keyring{logger: logger, now: now, byFiles: map[FilesConfig]*pki.Reloader{}}
	for name, pair := range map[string]struct {
		files FilesConfig
		to    **pki.Reloader
	}{
		"transport": {c.Transport, &k.transport},
		"contract":  {c.Contract, &k.contract},
		"token":     {c.Token, &k.token},
		"inway":     {c.Inway, &k.inway},
		"outway":    {c.Outway, &k.outway},
	} {
		var err error
		if *pair.to, err = k.follow(pair.files); err != nil {
			return nil, fmt.Errorf("keys.%s: %w", name, err)
		}
	}
	return k, nil
}

// follow gives what follows a pair of files; it may be in use for something else
// already. It is not for use once the node runs.
func (k *keyring) follow(files FilesConfig) (*pki.Reloader, error) {
	if r, ok := k.byFiles[files]; ok {
		return r, nil
	}
	r, err := pki.NewReloader(pki.Files(files), k.logger, k.now)
	if err != nil {
		return nil, err
	}
	k.byFiles[files] = r
	return r, nil
}

// health reports the first pair whose files can't be used.
func (k *keyring) health() error {
	for _, r := range k.byFiles {
		if err := r.Health(); err != nil {
			return err
		}
	}
	return nil
}

// signingKeys gives the Manager its signers. It implements [manager.Keys].
type signingKeys struct {
	contract, token *pki.Reloader

	mu      sync.Mutex
	signers map[*pki.KeyPair]*fsc.Signer
}

func (s *signingKeys) signer(kp *pki.KeyPair) (*fsc.Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if signer, ok := s.signers[kp]; ok {
		return signer, nil
	}
	signer, err := fsc.NewSigner(kp.Key, kp.Leaf().Raw)
	if err != nil {
		return nil, err
	}
	if len(s.signers) > 4 { // replaced pairs aren't used again
		clear(s.signers)
	}
	s.signers[kp] = signer
	return signer, nil
}

// ContractSigner implements [manager.Keys].
func (s *signingKeys) ContractSigner() (*fsc.Signer, manager.SigningCertificate, error) {
	kp := s.contract.Current()
	signer, err := s.signer(kp)
	return signer, manager.SigningCertificate{
		PublicKey: kp.Key.Public(), Chain: chainOf(kp), NotAfter: kp.Leaf().NotAfter,
	}, err
}

// TokenSigner implements [manager.Keys].
func (s *signingKeys) TokenSigner() (*fsc.Signer, error) {
	return s.signer(s.token.Current())
}

// Published implements [manager.Keys]: the pairs in use, and those that may
// have signed a token which is still alive.
func (s *signingKeys) Published() [][][]byte {
	pairs := append([]*pki.KeyPair{s.contract.Current(), s.token.Current()}, s.token.Previous()...)
	var chains [][][]byte
	seen := map[string]bool{}
	for _, kp := range pairs {
		if t := kp.CertificateThumbprint(); !seen[t] {
			seen[t] = true
			chains = append(chains, chainOf(kp))
		}
	}
	return chains
}

func chainOf(kp *pki.KeyPair) [][]byte {
	chain := make([][]byte, 0, len(kp.Chain))
	for _, c := range kp.Chain {
		chain = append(chain, c.Raw)
	}
	return chain
}
