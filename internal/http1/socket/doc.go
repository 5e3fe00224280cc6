// SPDX-License-Identifier: EUPL-1.2

// Package socket has TCP connections that read and write without telling Go's
// scheduler that they might block, which they can't: the socket doesn't wait,
// Go's poller does. With few calls this saves nearly half of a call's processor
// time (ADR 0023): each announcement wakes a thread of the runtime that watches
// over those that block, and it then looks around for a while. On other systems
// than Linux the connections are ordinary ones. The entry point is [Quick].
//
// It owns the system calls for that. It must not know what is sent.
package socket
