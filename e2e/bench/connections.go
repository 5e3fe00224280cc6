// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
)

// secondRequest counts the connections each chain opens between its hops for
// the second of two requests.
func (r *rig) secondRequest(ctx context.Context, chains []*chain) (map[string]int, error) {
	out := map[string]int{}
	client := newCaller()
	defer client.CloseIdleConnections()
	for _, ch := range chains {
		if _, err := ch.get(ctx, client, r.bodies[0]); err != nil {
			return nil, fmt.Errorf("chain %s: %w", ch.name, err)
		}
		known, err := connections(ch.hopPort)
		if err != nil {
			return nil, err
		}
		if _, err := ch.get(ctx, client, r.bodies[0]); err != nil {
			return nil, fmt.Errorf("chain %s: %w", ch.name, err)
		}
		if out[ch.name], err = fresh(ch.hopPort, known); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// fresh counts the connections to a port that weren't there before.
func fresh(port int, known map[int]bool) (int, error) {
	if port == 0 {
		return 0, nil
	}
	now, err := connections(port)
	if err != nil {
		return 0, err
	}
	n := 0
	for p := range now {
		if !known[p] {
			n++
		}
	}
	return n, nil
}
