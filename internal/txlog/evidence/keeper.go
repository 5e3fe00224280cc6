// SPDX-License-Identifier: EUPL-1.2

package evidence

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

// State is the end of a chain as the store has it.
type State struct {
	Start txlog.ChainStart
	Last  int64
	Head  txlog.Link
}

// Store keeps the chain and its checkpoints.
type Store interface {
	Source
	RemovalStore
	// NewestCheckpoints lists checkpoints, the newest first; before, when not 0,
	// continues behind that number.
	NewestCheckpoints(ctx context.Context, before int64, limit int) ([]Sealed, error)
	// AddCheckpoint keeps a checkpoint; it is an error when its number is taken.
	AddCheckpoint(ctx context.Context, c *Checkpoint, s Sealed) error
	// Prune keeps a checkpoint and removes, in the same transaction, the records up to
	// c.Pruned and all outside the chain. It tells how many those were.
	Prune(ctx context.Context, c *Checkpoint, s Sealed) (int64, error)
}

const (
	// lookEvery is how often the keeper looks whether a checkpoint is due.
	lookEvery = 10 * time.Second
	// afterError is the pause when a checkpoint couldn't be made.
	afterError = 5 * time.Minute
	// pruneEvery keeps each removal small.
	pruneEvery = time.Hour
	// betweenSweeps leaves the machine to others between the parts of one removal.
	betweenSweeps = 200 * time.Millisecond
)

// KeeperConfig is what a [Keeper] is made of. All fields but Keep, Retention and
// Removal are required.
type KeeperConfig struct {
	Self  fsc.PeerID
	Group fsc.GroupID
	Store Store
	// Signer gives the key for contracts as a signer of [Typ], and its certificates.
	Signer func() (*fsc.StatementSigner, [][]byte, error)
	// A checkpoint is due after so many Records, or when there are new ones and the
	// last one is so long ago.
	Records int64
	Every   time.Duration
	// Keep is how long any record is kept; 0 is for ever.
	Keep time.Duration
	// Retention says which records are removed before that; nil: none.
	Retention *retention.Policy
	// Removal, when set, hears how many records were removed, and why. Without reasons all
	// went that were older than Keep.
	Removal func(ctx context.Context, records int64, reasons []Reason)

	Now    func() time.Time
	Logger *slog.Logger
}

// Keeper signs the checkpoints of one node. One at a time may work on a store, and
// only [Keeper.Removed], [Keeper.Broken] and [Keeper.Hold] may be called beside the rest.
type Keeper struct {
	cfg     KeeperConfig
	sweep   *sweep       // the search that is under way
	removed atomic.Int64 // records
	broken  atomic.Pointer[[]Part]
	readers sync.RWMutex // held while records are removed
}

// NewKeeper makes a Keeper; nothing happens before Run.
func NewKeeper(cfg KeeperConfig) *Keeper { return &Keeper{cfg: cfg} }

// Removed tells how many records this keeper has removed.
func (k *Keeper) Removed() int64 { return k.removed.Load() }

// Hold keeps a running keeper from removing records until release is called: who
// reads the whole log sees it as it was. It may be held more than once.
func (k *Keeper) Hold() (release func()) {
	k.readers.RLock()
	return sync.OnceFunc(k.readers.RUnlock)
}

// Run signs when a checkpoint is due, and removes what has been kept long enough,
// until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	wait := min(lookEvery, k.cfg.Every)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	var pruned time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		next := wait
		if _, err := k.Seal(ctx, false); err != nil && ctx.Err() == nil {
			k.cfg.Logger.Error("no checkpoint of the transaction log could be made", "error", err)
			next = max(wait, afterError)
		}
		if now := k.cfg.Now(); k.sweep != nil || now.Sub(pruned).Abs() >= pruneEvery {
			if k.removeOld(ctx, now) {
				pruned = now
			}
		}
		if k.sweep != nil {
			next = min(next, betweenSweeps)
		}
		timer.Reset(next)
	}
}

// removeOld does the next part of removing what has been kept long enough, unless
// somebody reads the log. It tells whether it began.
func (k *Keeper) removeOld(ctx context.Context, now time.Time) bool {
	if !k.readers.TryLock() {
		return false
	}
	defer k.readers.Unlock()
	if k.cfg.Keep > 0 && k.sweep == nil {
		k.prune(ctx, now.Add(-k.cfg.Keep-removalSlack))
	}
	removed, _, err := k.Sweep(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		k.cfg.Logger.Error("records of the transaction log could not be removed, as log.retention says", "error", err)
	case removed > 0:
		k.cfg.Logger.Info("records of the transaction log were removed, as log.retention says", "records", removed)
	}
	return true
}

func (k *Keeper) prune(ctx context.Context, before time.Time) {
	removed, err := k.Prune(ctx, before)
	switch {
	case err == nil:
		k.cfg.Logger.Info("records of the transaction log were removed, as log.keep_days says", "records", removed)
	case !errors.Is(err, ErrNothingToPrune) && ctx.Err() == nil:
		k.cfg.Logger.Error("old records of the transaction log could not be removed", "error", err)
	}
}

// Seal signs a checkpoint over the new records if one is due, or, with now, if
// there are any. It gives nil when there was none to sign.
func (k *Keeper) Seal(ctx context.Context, now bool) (*Checkpoint, error) {
	next, err := k.next(ctx)
	if err != nil {
		return nil, err
	}
	fresh, since := next.Last-next.First+1, next.At-next.since
	due := now || fresh >= k.cfg.Records || since >= int64(k.cfg.Every/time.Second)
	if fresh == 0 || !due {
		return nil, nil //nolint:nilnil // none is a result
	}
	sealed, err := k.sign(&next.Checkpoint)
	if err != nil {
		return nil, err
	}
	if err := k.cfg.Store.AddCheckpoint(ctx, &next.Checkpoint, sealed); err != nil {
		return nil, err
	}
	k.told(&next.Checkpoint)
	return &next.Checkpoint, nil
}

// told leaves a trace outside the database: who cuts back the log can't cut back
// what a collector of logs has taken in.
func (k *Keeper) told(c *Checkpoint) {
	k.cfg.Logger.Info("checkpoint of the transaction log signed", "number", c.Number, "last_record", c.Last, "head", FormatLink(c.Head), "pruned", c.Pruned)
}

func (k *Keeper) tellRemoval(ctx context.Context, records int64, reasons []Reason) {
	if k.cfg.Removal != nil && records > 0 {
		k.cfg.Removal(ctx, records, reasons)
	}
}

// draft is the checkpoint that would be signed now.
type draft struct {
	Checkpoint

	since int64 // when the one before was signed, or the chain began
}

// next works out the next checkpoint. What came before is read, not verified:
// a forged one must not keep the node from vouching for what follows.
func (k *Keeper) next(ctx context.Context) (*draft, error) {
	state, err := k.cfg.Store.ChainState(ctx)
	if err != nil {
		return nil, err
	}
	d := &draft{since: state.Start.At, Checkpoint: Checkpoint{
		PeerID: k.cfg.Self, GroupID: k.cfg.Group, Start: state.Start, Number: 1, First: 1, Last: state.Last, Head: state.Head, At: k.cfg.Now().Unix(),
	}}
	newest, err := k.cfg.Store.NewestCheckpoints(ctx, 0, 1)
	if err != nil {
		return nil, err
	}
	if len(newest) == 0 {
		return d, nil
	}
	before, err := newest[0].Read()
	if err != nil {
		return nil, fmt.Errorf("newest checkpoint: %w; run samenspel log verify", err)
	}
	if state.Last < before.Last {
		return nil, fmt.Errorf("the log ends at record %d, before checkpoint %d, which covers %d; run samenspel log verify", state.Last, before.Number, before.Last)
	}
	d.Number, d.First, d.Pruned, d.Previous = before.Number+1, before.Last+1, before.Pruned, newest[0].hash()
	d.since, d.At = before.At, max(d.At, before.At) // a clock may be set back
	return d, nil
}

func (k *Keeper) sign(c *Checkpoint) (Sealed, error) {
	signer, chain, err := k.cfg.Signer()
	if err != nil {
		return Sealed{}, fmt.Errorf("key for checkpoints: %w", err)
	}
	return c.Sign(signer, chain)
}

// ErrNothingToPrune tells that no whole checkpoint is older than was asked.
var ErrNothingToPrune = errors.New("no checkpoint is that old")

// Prune removes the records under all checkpoints that were signed before a
// moment, and those outside the chain. It signs first up to where records were
// removed, so that it can be told from tampering. It gives the number removed, or
// [ErrNothingToPrune].
func (k *Keeper) Prune(ctx context.Context, before time.Time) (int64, error) {
	upTo, err := k.lastBefore(ctx, before.Unix())
	if err != nil {
		return 0, err
	}
	next, err := k.next(ctx)
	if err != nil {
		return 0, err
	}
	if upTo <= next.Pruned {
		return 0, ErrNothingToPrune
	}
	next.Pruned = upTo
	sealed, err := k.sign(&next.Checkpoint)
	if err != nil {
		return 0, err
	}
	removed, err := k.cfg.Store.Prune(ctx, &next.Checkpoint, sealed)
	if err == nil {
		k.removed.Add(removed)
		k.told(&next.Checkpoint)
		k.tellRemoval(ctx, removed, nil)
	}
	return removed, err
}

// lastBefore gives the last record under the checkpoints of before a moment.
func (k *Keeper) lastBefore(ctx context.Context, at int64) (last int64, err error) {
	for after := int64(0); ; {
		page, err := k.cfg.Store.Checkpoints(ctx, after, pageSize)
		if err != nil || len(page) == 0 {
			return last, err
		}
		for _, s := range page {
			c, err := s.Read()
			if err != nil || c.At >= at {
				return last, err
			}
			last, after = c.Last, c.Number
		}
	}
}
