// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// What tests see besides the exported names.
const (
	DeliveryLease      = deliveryLease
	DeliveriesAtOnce   = deliveriesAtOnce
	MaxRemoteContracts = maxRemoteContracts
	MaxVersions        = maxVersions
)

// Backoff is the pause after so many attempts.
func Backoff(attempts int) time.Duration { return backoff(attempts) }

// DeliverDue is one turn of the outbox.
func (m *Manager) DeliverDue(ctx context.Context) (int, error) { return m.deliverDue(ctx) }

// UnpackConnections gives the grants for the Outways of a Peer.
func UnpackConnections(text string, outway fsc.PeerID) ([]OutwayGrant, error) {
	x := &outwayIndex{self: outway}
	return x.appendGrants(nil, &indexed{packed: text})
}
