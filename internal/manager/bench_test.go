// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"testing"

	"github.com/samenspel/samenspel/fsc"
)

// BenchmarkSubmit takes in a contract that the policy accepts: parse, verify,
// answer, and write it all to SQLite.
func BenchmarkSubmit(b *testing.B) {
	w := newWorld(b)
	n := w.node(b, anna, automatic).offers(b).knows(b, bart)
	from := w.orgs[bart].caller()
	number := 0
	for b.Loop() {
		b.StopTimer()
		number++
		c := content(b, draft(number, w.connection()))
		m := w.orgs[bart].message(b, c, fsc.SignatureTypeAccept)
		b.StartTimer()
		must(b, n.Submit(b.Context(), from, m))
	}
}

// BenchmarkIssueToken gives a token under a contract that is stored.
func BenchmarkIssueToken(b *testing.B) {
	w := newWorld(b)
	n := w.node(b, anna).offers(b)
	c := n.accepted(b, content(b, draft(1, w.connection())))
	r := w.orgs[bart].request(c)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := n.IssueToken(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}
