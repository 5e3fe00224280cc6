// SPDX-License-Identifier: EUPL-1.2

//go:build race

package socket

// watched: the race detector must see what goes from goroutine to goroutine over a socket.
const watched = true
