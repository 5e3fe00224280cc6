// SPDX-License-Identifier: EUPL-1.2

package proxy

// Idle gives how many connections wait for the next request.
func Idle(u *Upstream) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.idle)
}

// Climbs tells whether a path may lead out of the base path before it.
func Climbs(target string) bool { return climbs(target) }
