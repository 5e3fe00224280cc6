// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"net/http"
)

// openMonitoring makes the door for health and metrics. It is plain http and
// tells nothing of calls or contracts, but belongs on an internal network.
func (n *Node) openMonitoring(ctx context.Context) error {
	l, err := open(ctx, "monitoring", n.cfg.Monitoring.Listen, nil)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", n.health.live)
	mux.HandleFunc("GET /readyz", n.health.ready)
	mux.Handle("GET /metrics", n.metrics.handler())
	n.Addresses["monitoring"] = l.Addr().String()
	n.doors = append(n.doors, &door{name: "monitoring", listener: l, server: newServer(mux, false, n.logger)})
	return nil
}
