// SPDX-License-Identifier: EUPL-1.2

package limit

// MostPeers is what a Gate remembers at most.
const MostPeers = shardCount * peersPerShard

// Peers tells how many are remembered.
func (g *Gate) Peers() int {
	n := 0
	for i := range g.shards {
		n += len(g.shards[i].peers)
	}
	return n
}
