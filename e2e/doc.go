// SPDX-License-Identifier: EUPL-1.2

// Package e2e has no code of its own, only tests of whole nodes over real ports:
// what another organisation, of whatever maker, sees of a node.
//
// TestFSCSuite follows the IDs of the official test suite of the standard, one
// subtest an ID. TestErrorCodes provokes every error code of package fsc over
// mutual TLS. The other tests are about hostile Peers, faults of disk, process
// and network, and about processes that stop or work apart.
//
// Nodes run in the test's process unless their process is what is tested; then
// the program is built once and started. The Peers on the other side are written
// here with the standard library's JSON and HTTP, so that a mistake in our own
// client can't hide the same mistake in our server. Nothing here may reach into
// a node other than through its doors; a rule that a single package can show is
// tested in that package.
package e2e
