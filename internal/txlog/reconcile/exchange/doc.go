// SPDX-License-Identifier: EUPL-1.2

// Package exchange lets Managers of two Peers compare their transaction logs: over
// the extension log comparison where both know it, and over GET /logs of the
// standard where the other doesn't.
//
// [NewServer] is our side of the extension, beside the Manager's door for other
// Peers and with its certificates: who asks comes from the connection, and is told
// only of the calls between it and us. [Client.Open] gives a
// [reconcile.Session] with the other side. It tries the extension first and
// takes an answer 404, 405 or 501 for "isn't here"; nothing is advertised.
//
// All that the other side says is bounded (bytes, pages, sets, calls, time) and read
// strictly: [reconcile] may rely on order, keys and counts. The package decides
// nothing about logs and must not know SQL, contracts or people. The form of the
// messages is in docs/extensions/log-comparison.md.
package exchange
