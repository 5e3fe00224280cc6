// SPDX-License-Identifier: EUPL-1.2

// Package publish is what anybody may know of what organisations do together:
// the public record of a node.
//
// It owns the line between what is public and what isn't ([Public], [Withheld]):
// frameworks, their changes and who joined are; prices, what a buyer reserved,
// mandates, connections and use per buyer are not. It gives that in three forms:
// views for pages ([Record.Frameworks], [Record.Framework]), an excerpt of a
// dossier that can be verified offline ([Record.Dossier]), and open data
// ([Record.Releases], [Record.Process]). All come from deeds that hold; what
// is only proposed is nobody else's business.
//
// It must not know who asks, HTTP, SQL or what a page looks like.
//
// Start with [New]. The source is sections 3.2 and 4 of the design of the
// collective side; docs/ocds.md has the mapping to open data.
package publish
