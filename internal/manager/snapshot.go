// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"sync"

	"github.com/samenspel/samenspel/fsc"
)

// InwaySnapshot is what an Inway has to know.
type InwaySnapshot struct {
	// After is the version after which the services stay as they were; Services is
	// empty then. Otherwise all of them are given.
	After    string `json:",omitzero"`
	Services []Service
	// TokenKeys are the chains (DER, leaf first) of the keys that sign tokens.
	TokenKeys [][][]byte
	// Ended are grants under which no call may pass any more, although a token
	// for them may still be alive.
	Ended []fsc.GrantHash
}

// inwayServices are the services as they were read last.
type inwayServices struct {
	mu       sync.Mutex
	position int64 // of their last change
	read     bool
	list     []Service
	// versions are the snapshots that were given with them.
	versions map[string]struct{}
}

// InwaySnapshot gives what the Inways of this Peer work with now.
func (m *Manager) InwaySnapshot(ctx context.Context) (*InwaySnapshot, error) {
	s, _, err := m.InwaySnapshotAfter(ctx, "")
	return s, err
}

// InwaySnapshotAfter is InwaySnapshot with its version; the snapshot is nil when that
// is after. What it costs then doesn't depend on the number of services or grants.
func (m *Manager) InwaySnapshotAfter(ctx context.Context, after string) (*InwaySnapshot, string, error) {
	m.services.mu.Lock()
	defer m.services.mu.Unlock()
	return m.inwayAfter(ctx, after)
}

// InwayChanges is InwaySnapshotAfter, but leaves the services out when they are those
// of that version.
func (m *Manager) InwayChanges(ctx context.Context, after string) (*InwaySnapshot, string, error) {
	m.services.mu.Lock()
	defer m.services.mu.Unlock()
	s, version, err := m.inwayAfter(ctx, after)
	if s != nil {
		if _, same := m.services.versions[after]; same {
			s.After, s.Services = after, nil
		}
	}
	return s, version, err
}

func (m *Manager) inwayAfter(ctx context.Context, after string) (s *InwaySnapshot, version string, err error) {
	known := &m.services
	var position int64
	var stopped []Connections
	list := known.list
	err = m.cfg.Store.View(ctx, func(tx Tx) (err error) {
		if position, err = tx.LastServiceChange(ctx); err != nil {
			return err
		}
		if !known.read || position != known.position {
			if list, err = tx.ListServices(ctx); err != nil {
				return err
			}
		}
		stopped, err = tx.ListStopped(ctx, m.cfg.Self.ID, m.cfg.Now().Unix())
		return err
	})
	if err != nil {
		return nil, "", err
	}
	if !known.read || position != known.position || len(known.versions) > maxVersions {
		known.read, known.position, known.list, known.versions = true, position, list, map[string]struct{}{}
	}
	s = &InwaySnapshot{Services: list, TokenKeys: m.cfg.Keys.Published()}
	for i := range stopped {
		if s.Ended, err = appendHashes(s.Ended, &stopped[i]); err != nil {
			return nil, "", err
		}
	}
	version = s.version(position)
	known.versions[version] = struct{}{}
	if version == after {
		return nil, version, nil
	}
	return s, version, nil
}

// version is the same for snapshots that say the same, also of other Managers on the
// same store.
func (s *InwaySnapshot) version(services int64) string {
	h := sha256.New()
	hashText(h, strconv.FormatInt(services, 10))
	for _, chain := range s.TokenKeys {
		hashText(h, "key")
		for _, certificate := range chain {
			hashText(h, string(certificate))
		}
	}
	for _, ended := range s.Ended {
		hashText(h, string(ended))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// appendHashes adds the hashes of the connection grants of a contract.
func appendHashes(out []fsc.GrantHash, c *Connections) ([]fsc.GrantHash, error) {
	p := packed{rest: c.Packed}
	p.head()
	for !p.bad && p.rest != "" {
		g, _ := p.grant()
		out = append(out, g.Hash)
	}
	if p.bad {
		return nil, fmt.Errorf("%w: contract number %d", errPacked, c.Number)
	}
	return out, nil
}
