// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/binding"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/store"
)

// calls are the records of this Peer, and the contracts under which they were
// made; it implements [collective.Calls].
type calls struct {
	*store.LogStore
	node *Node
}

// Grants lists the grants of a contract that name the call-off and under which
// this Peer keeps records: of its own Outway as buyer, of its Inway as supplier.
func (c calls) Grants(ctx context.Context, callOff deed.Hash, contract fsc.ContentHash, outgoing bool) ([]string, error) {
	found, err := c.node.manager.FindContract(ctx, contract)
	if errors.Is(err, manager.ErrNotFound) {
		return nil, uncounted("the contract %s, which is bound to the call-off, isn't here; get it from the Manager of the other side first", contract)
	}
	if err != nil {
		return nil, fmt.Errorf("find contract: %w", err)
	}
	var out []string
	for i := range found.Content.Grants {
		g := &found.Content.Grants[i]
		if !g.Type.IsConnection() {
			continue
		}
		r, ok, err := binding.ParseReference(g.Properties)
		if err != nil || !ok || r.CallOff != string(callOff) {
			continue // a connection of its own, or nobody's
		}
		if outgoing && g.Outway.PeerID != c.node.self.ID {
			return nil, uncounted("Peer %s makes the calls of this call-off with its own Outway and has the records; ask it for the number and settle the month by that", g.Outway.PeerID)
		}
		out = append(out, string(g.Hash))
	}
	return out, nil
}

// Stands tells whether calls can be made under a contract now. One that isn't here
// carries none.
func (c calls) Stands(ctx context.Context, contract fsc.ContentHash) (bool, error) {
	found, err := c.node.manager.FindContract(ctx, contract)
	if errors.Is(err, manager.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find contract: %w", err)
	}
	return found.State(c.node.now()) == fsc.StateValid, nil
}

func uncounted(format string, args ...any) error {
	return &collective.Refusal{Code: collective.CodeCount, Detail: fmt.Sprintf(format, args...)}
}
