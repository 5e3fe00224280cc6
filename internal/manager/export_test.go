// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"time"
)

// What tests see besides the exported names.
const (
	DeliveryLease      = deliveryLease
	DeliveriesAtOnce   = deliveriesAtOnce
	MaxRemoteContracts = maxRemoteContracts
)

// Backoff is the pause after so many attempts.
func Backoff(attempts int) time.Duration { return backoff(attempts) }

// DeliverDue is one turn of the outbox.
func (m *Manager) DeliverDue(ctx context.Context) (int, error) { return m.deliverDue(ctx) }
