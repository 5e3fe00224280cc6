// SPDX-License-Identifier: EUPL-1.2

// Package localca is a throw-away certificate authority for the field lab and
// for tests: a root, an intermediate, certificates for Peers and revocation
// lists, all made in a few milliseconds.
//
// Its certificates can't be mistaken for real ones. The authority calls itself
// "Samenspel Fieldlab - NIET VOOR PRODUCTIE", it only issues to numbers in the
// test range of OINs (starting with 00000099), and what it issues lives 30 days.
// Its private keys are stored without protection other than file permissions.
//
// The package must not be used by a node outside the field lab, and knows
// nothing of Groups, nodes or contracts. The certificates between components
// of one node are not made here but by pki.InternalCA.
//
// Start with [New], then [CA.Issue].
package localca
