// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/samenspel/samenspel/fsc"
)

// InwaySnapshot is what an Inway has to know.
type InwaySnapshot struct {
	// After is the version to which this is what changed: Services are those that were
	// added or changed, Gone the names of those that are no more, and the others stay as
	// they are. Empty when this is the whole. TokenKeys and Ended are always all.
	After    string `json:",omitzero"`
	Services []Service
	Gone     []string `json:",omitzero"`
	// TokenKeys are the chains (DER, leaf first) of the keys that sign tokens.
	TokenKeys [][][]byte
	// Ended are grants under which no call may pass any more, although a token
	// for them may still be alive.
	Ended []fsc.GrantHash
}

// inwayVersions are the versions that Inways may have, the newest last.
type inwayVersions struct {
	mu   sync.Mutex
	list []inwayVersion
}

// inwayVersion is a version with the place of the last change of a service in it.
type inwayVersion struct {
	version  string
	services int64
}

// add remembers a version, for as long as there are no maxVersions newer ones.
func (v *inwayVersions) add(one inwayVersion) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if slices.Contains(v.list, one) {
		return
	}
	if len(v.list) == maxVersions {
		v.list = slices.Delete(v.list, 0, 1)
	}
	v.list = append(v.list, one)
}

// services gives the place of the last change of a service in a version; false when
// that is not remembered.
func (v *inwayVersions) services(version string) (int64, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, have := range slices.Backward(v.list) {
		if have.version == version {
			return have.services, true
		}
	}
	return 0, false
}

// InwaySnapshot gives what the Inways of this Peer work with now.
func (m *Manager) InwaySnapshot(ctx context.Context) (*InwaySnapshot, error) {
	s, _, err := m.InwaySnapshotAfter(ctx, "")
	return s, err
}

// InwaySnapshotAfter is InwaySnapshot with its version; the snapshot is nil when that
// is after. What it costs then doesn't depend on the number of services or grants.
func (m *Manager) InwaySnapshotAfter(ctx context.Context, after string) (*InwaySnapshot, string, error) {
	return m.inwayAfter(ctx, after, readServices)
}

// InwayChanges is InwaySnapshotAfter, but gives only the services that changed after
// that version when it still knows.
func (m *Manager) InwayChanges(ctx context.Context, after string) (*InwaySnapshot, string, error) {
	since, known := m.inwayVersions.services(after)
	if !known {
		return m.InwaySnapshotAfter(ctx, after)
	}
	return m.inwayAfter(ctx, after, func(ctx context.Context, tx Tx, s *InwaySnapshot) (err error) {
		s.After = after
		s.Services, s.Gone, err = tx.ListServiceChanges(ctx, since)
		return err
	})
}

func readServices(ctx context.Context, tx Tx, s *InwaySnapshot) (err error) {
	s.Services, err = tx.ListServices(ctx)
	return err
}

func (m *Manager) inwayAfter(ctx context.Context, after string, add func(context.Context, Tx, *InwaySnapshot) error) (s *InwaySnapshot, version string, err error) {
	var position int64
	err = m.cfg.Store.View(ctx, func(tx Tx) (err error) {
		if position, err = tx.LastServiceChange(ctx); err != nil {
			return err
		}
		if s, err = m.readInway(ctx, tx); err != nil {
			return err
		}
		if version = s.version(position); version == after {
			s = nil
			return nil
		}
		return add(ctx, tx, s)
	})
	if err != nil {
		return nil, "", err
	}
	m.inwayVersions.add(inwayVersion{version, position})
	return s, version, nil
}

// readInway gives what an Inway has to know besides the services.
func (m *Manager) readInway(ctx context.Context, tx Tx) (*InwaySnapshot, error) {
	s := &InwaySnapshot{TokenKeys: m.cfg.Keys.Published()}
	stopped, err := tx.ListStopped(ctx, m.cfg.Self.ID, m.cfg.Now().Unix())
	for i := range stopped {
		if s.Ended, err = appendHashes(s.Ended, &stopped[i]); err != nil {
			return nil, err
		}
	}
	return s, err
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
