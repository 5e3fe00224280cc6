// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// ServiceName is the FSC service over which deeds travel between nodes.
const ServiceName = "collective-v1"

// Item is a deed or a signature on its way: Deed holds the canonical bytes of
// one, or JWS and Chain (DER, leaf first) are those of a signature.
type Item struct {
	Deed  []byte
	JWS   string
	Chain [][]byte
}

// FeedItem is an entry of a feed with what it received.
type FeedItem struct {
	Sequence int64
	Entry    deed.Entry
	Item     Item
}

// Batch is a part of all feeds of one keeper, in order of sequence.
type Batch struct {
	Items []FeedItem
	// Checkpoints cover the dossiers in Items up to their last entries there.
	Checkpoints []SignedCheckpoint
}

// SignedCheckpoint is a checkpoint with the chain of its certificate.
type SignedCheckpoint struct {
	JWS   string
	Chain [][]byte
}

// Remote reaches other Peers over the layer. Errors that will not go away by
// trying again are or wrap [*Refused].
type Remote interface {
	// Put hands in a deed or signature.
	Put(ctx context.Context, to fsc.PeerID, it Item) error
	// Feed gives what the keeper has after a sequence. When there is nothing it
	// waits until there is, for at most that long, and then gives an empty batch.
	Feed(ctx context.Context, keeper fsc.PeerID, after int64, wait time.Duration) (Batch, error)
	// Witness shows checkpoints of any keepers, and gives those that the other Peer
	// has of the same dossiers.
	Witness(ctx context.Context, with fsc.PeerID, seen []SignedCheckpoint) ([]SignedCheckpoint, error)
}

// Refused is the answer of another Peer that trying again won't change.
type Refused struct { //nolint:errname // reads well behind the package name
	Code   string
	Detail string
}

// Error gives the other Peer's code and words.
func (r *Refused) Error() string { return "refused: " + r.Code + ": " + r.Detail }

// Keys give the key this Peer signs deeds with now, and the chain (DER, leaf
// first) of its certificate.
type Keys interface {
	DeedSigner() (*deed.Signer, [][]byte, error)
}
