// SPDX-License-Identifier: EUPL-1.2

// Package collectivetest lets tests of other packages have a Group whose members
// act together: each with a desk on a store of its own, joined by a post that
// works when the test says so; and a Federation of many buyers and frameworks at
// the desk of one secretariat.
//
// It owns nothing that runs in a node. It must not know pages, the management API
// or how deeds travel in a node.
//
// Start with [New], and [NewFederation] for load.
package collectivetest
