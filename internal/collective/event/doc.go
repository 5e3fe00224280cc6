// SPDX-License-Identifier: EUPL-1.2

// Package event tells programs and calendars of one organisation what happens
// to the deeds it has to do with: notifications in the NL GOV profile for
// CloudEvents to endpoints that its own people subscribe, and a calendar that
// mail programs read.
//
// It owns the words for what happened ([Event]), the clock of a framework
// ([Due]: 18, 12 and 6 months before its end, entry windows), the outbox with
// its retries, the signature over a notification ([Sign], [Verify]) and the
// text of the calendar ([Calendar]). A notification has no payload: whoever may
// read the deed fetches it where dataref says.
//
// Addresses are given by own people, yet they are guarded: https only, no
// redirects, and [NewClient] looks at the address that a name resolved to at the
// moment of the connection, so that no notification reaches the inside of a
// network unless the configuration names it.
//
// It must not know SQL, pages, how deeds travel, or who may subscribe: [Store]
// and [Source] are given to it, and callers check permissions.
//
// Start with [New] and [Hub.Run]. The source is section 3.6 of the design of the
// collective side and the NL GOV profile for CloudEvents 1.1.
package event
