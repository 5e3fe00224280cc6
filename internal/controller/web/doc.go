// SPDX-License-Identifier: EUPL-1.2

// Package web is the pages of the Controller: what people of one Peer see of
// their node in a browser.
//
// It owns templates, the Dutch and English catalogues, style, the session
// cookie and the rules for browsers (headers, cross-site posts, return
// addresses). Every page works without script; htmx only makes some of them
// quicker. What a page shows and what a button does comes from the controller:
// this package translates, and never decides who may do what.
//
// Everything that other Peers wrote (names, properties, documents) is hostile:
// it reaches a page only through the escaping of html/template.
//
// The package must not know SQL, contracts as bytes or keys.
//
// Start with [New]; routes.go lists the areas, handle.go tells how a page is made.
package web
