// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"net/http"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
	"github.com/samenspel/samenspel/internal/txlog/reconcile/exchange"
)

// comparer compares the log of this node with those of others.
func (n *Node) comparer() *reconcile.Comparer {
	policy := n.retention()
	return reconcile.New(reconcile.Config{Self: n.self.ID, Log: n.store.Log(), Keep: policy.Longest(), Retention: policy, Now: n.now})
}

// beside puts the extension log comparison beside the standard's interface.
func (n *Node) beside(standard http.Handler, limits *peerLimits) http.Handler {
	logs := exchange.NewServer(exchange.ServerConfig{
		Log: n.comparer(), Limit: limits.wait, Logger: n.logger,
		Identify: func(r *http.Request) (fsc.PeerID, error) {
			p, _, err := n.identify(r)
			return p.ID, err
		},
	})
	return apiBeside(logs, exchange.Path+"/", standard)
}

// logsOfOthers opens comparisons with other Peers. It implements
// [controller.Comparison].
type logsOfOthers struct {
	*reconcile.Comparer
	client *exchange.Client
	now    func() time.Time
}

// newComparison makes what compares our log with those of others.
func (n *Node) newComparison(client *fscapi.Client) logsOfOthers {
	return logsOfOthers{n.comparer(), exchange.NewClient(exchange.ClientConfig{
		Self: n.self.ID, HTTP: n.clients[0].client, Standard: client, Locate: n.manager.Locate, Now: n.now,
	}), n.now}
}

// CompareLogs implements [controller.Comparison].
func (l logsOfOthers) CompareLogs(ctx context.Context, r reconcile.Request) (*reconcile.Report, error) {
	with, end, err := l.client.Open(ctx, r.Peer, r.Grant)
	if err != nil {
		return &reconcile.Report{Peer: r.Peer, At: l.now(), From: r.From, Until: r.From, Problem: err.Error()}, nil
	}
	defer end()
	return l.Compare(ctx, with, r)
}
