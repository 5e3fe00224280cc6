// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
)

// sealTime bounds the last checkpoint at shutdown; without it the next start
// signs what is new.
const sealTime = 5 * time.Second

// openEvidence makes what signs the transaction log.
func (n *Node) openEvidence(context.Context) error {
	if n.store == nil {
		return nil
	}
	keys := &checkpointKeys{contract: n.keys.contract}
	policy := n.retention()
	n.evidence = evidence.NewKeeper(evidence.KeeperConfig{
		Self: n.self.ID, Group: n.group, Store: n.store.Log(), Signer: keys.signer,
		Records: int64(n.cfg.Log.CheckpointRecords), Every: n.cfg.Log.CheckpointEvery, Keep: policy.Longest(), Retention: policy,
		Removal: n.recordRemoval, Now: n.now, Logger: n.logger,
	})
	n.metrics.watchRemoval(n.evidence.Removed)
	n.health.addNote("log_retention", func() error { return brokenParts(n.evidence.Broken()) })
	return nil
}

// verifier verifies the own transaction log.
func (n *Node) verifier() *evidence.Verifier {
	v := &evidence.Verifier{
		Peer: n.self.ID, Group: n.group, Anchors: evidence.Anchors{Trusted: n.trust.anchors.Load, Identity: n.trust.identity},
	}
	if n.log != nil {
		v.Damage = n.log.Damage
	}
	if n.evidence != nil {
		v.Hold = n.evidence.Hold
	}
	return v
}

// logDamage tells people of records that a disk or a power cut took. Calls go on.
func (n *Node) logDamage() error {
	damage := n.log.Damage()
	if len(damage) == 0 {
		return nil
	}
	return fmt.Errorf("segments of the transaction log that lost records: %d; run samenspel log verify", len(damage))
}

// brokenParts tells people of records that stay though they have been kept long enough.
func brokenParts(parts []evidence.Part) error {
	if len(parts) == 0 {
		return nil
	}
	return fmt.Errorf("parts of the transaction log that don't hold, so that nothing is removed from them: %d, the first of records %d to %d; run samenspel log verify",
		len(parts), parts[0].First, parts[0].Last)
}

// logLag is how long records of this process wait until they can be searched.
func (n *Node) logLag() time.Duration {
	if n.indexer == nil {
		return 0
	}
	return n.indexer.Lag()
}

// sealLog signs what is new once all records of this process are in the index.
func (n *Node) sealLog(ctx context.Context) {
	if n.evidence == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, sealTime)
	defer cancel()
	if _, err := n.evidence.Seal(ctx, true); err != nil {
		n.logger.Warn("the last records of the transaction log are signed after the next start", "error", err)
	}
}

// checkpointKeys sign checkpoints with the key for contracts: it stands for the
// organisation.
type checkpointKeys struct {
	contract *pki.Reloader

	mu   sync.Mutex
	of   *pki.KeyPair
	with *fsc.StatementSigner
}

func (k *checkpointKeys) signer() (*fsc.StatementSigner, [][]byte, error) {
	kp := k.contract.Current()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of != kp {
		s, err := fsc.NewStatementSigner(kp.Key, kp.Leaf().Raw, evidence.Typ)
		if err != nil {
			return nil, nil, err
		}
		k.of, k.with = kp, s
	}
	return k.with, chainOf(kp), nil
}
