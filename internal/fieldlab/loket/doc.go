// SPDX-License-Identifier: EUPL-1.2

// Package loket is the two web services of the fieldlab's tale, with all that
// stands around them: reporting a move (verhuizing doorgeven) and reporting a
// death (aangifte overlijden).
//
// It owns the form of both notices and their rules, which municipality a notice
// is for, and three applications: the form pages of a municipality ([NewCounter]),
// the service of the supplier ([NewSupplier]) and the desk where a municipality
// receives notices ([NewDesk]). The fields are those of processes P29 and P01 of
// the board; PROVENANCE.md says where they come from and what was changed. The
// municipalities, their towns and postcodes are made up ([Municipalities]).
//
// It does not know FSC, contracts or certificates. An application calls its own
// organisation's Outway over plain HTTP, at a [Target] that it is given anew for
// each call; what a refusal in the header Fsc-Error-Code means is told in words
// by the pages. The pages themselves are drawn by package web.
//
// Notices are about people. No field of a notice is ever logged, and the desk
// keeps none: only kind, day and how many people. BSNs outside the range of test
// numbers are refused everywhere, so nobody can send a real one by mistake.
//
// [NewCounter], [NewSupplier] and [NewDesk] are the entry points.
package loket
