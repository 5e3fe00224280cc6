// SPDX-License-Identifier: EUPL-1.2

package inway

import (
	"encoding/hex"
	"sync"
)

const (
	shardCount = 16
	// Per shard and generation: 8192 tokens, 1024 refused ones and 131072
	// TransactionIDs at most, half of that at the least once it is full.
	goodPerGeneration = 256
	badPerGeneration  = 32
	seenPerGeneration = 4096
)

// recent is a bounded map that forgets what wasn't used for long. Its shards
// have two generations: when the young one is full it becomes the old one, and
// what was in the old one is forgotten. Keys must be random at byte 15.
type recent[K interface{ [16]byte | [32]byte }, V any] struct {
	size   int
	shards [shardCount]struct {
		sync.Mutex
		young, old map[K]V
	}
}

func (r *recent[K, V]) get(k K) (v V, ok bool) {
	s := &r.shards[k[15]%shardCount]
	s.Lock()
	defer s.Unlock()
	if v, ok = s.young[k]; ok {
		return v, true
	}
	if v, ok = s.old[k]; ok {
		r.put(k, v)
	}
	return v, ok
}

// add reports whether the key is new.
func (r *recent[K, V]) add(k K, v V) bool {
	s := &r.shards[k[15]%shardCount]
	s.Lock()
	defer s.Unlock()
	if _, ok := s.young[k]; ok {
		return false
	}
	if _, ok := s.old[k]; ok {
		return false
	}
	r.put(k, v)
	return true
}

// put needs the lock of the shard.
func (r *recent[K, V]) put(k K, v V) {
	s := &r.shards[k[15]%shardCount]
	if len(s.young) >= r.size {
		s.young, s.old = s.old, s.young
		clear(s.young)
	}
	if s.young == nil {
		s.young = make(map[K]V)
	}
	s.young[k] = v
}

// octets turns a valid TransactionID of either case into its 16 octets.
func octets(id string) (key [16]byte) {
	var digits [32]byte
	n := 0
	for i := range len(id) {
		if id[i] != '-' && n < len(digits) {
			digits[n] = id[i]
			n++
		}
	}
	_, _ = hex.Decode(key[:], digits[:]) // the id was found valid
	return key
}
