// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/samenspel/samenspel/fsc"
)

const outsider = fsc.PeerID("00000000000000000099")

// mark is made with a certificate that outlives the contract.
func mark(p fsc.PeerID, typ fsc.SignatureType) fsc.Mark {
	return fsc.Mark{PeerID: p, Type: typ, SignedAt: created, CertificateNotAfter: end.AddDate(1, 0, 0)}
}

func accept(p fsc.PeerID) fsc.Mark { return mark(p, fsc.SignatureTypeAccept) }
func reject(p fsc.PeerID) fsc.Mark { return mark(p, fsc.SignatureTypeReject) }
func revoke(p fsc.PeerID) fsc.Mark { return mark(p, fsc.SignatureTypeRevoke) }

// until gives the mark a certificate that ends earlier.
func until(m fsc.Mark, at time.Time) fsc.Mark { m.CertificateNotAfter = at; return m }

func TestStateOfAContract(t *testing.T) {
	mid := begin.AddDate(0, 6, 0)
	a, b := accept(consumer), accept(provider)
	for _, c := range []struct {
		name  string
		marks []fsc.Mark
		now   time.Time
		want  fsc.ContractState
	}{
		{"without signatures", nil, mid, fsc.StateProposed},
		{"accepted by one", []fsc.Mark{a}, mid, fsc.StateProposed},
		{"accepted by one twice", []fsc.Mark{a, a}, mid, fsc.StateProposed},
		{"accepted by one and an outsider", []fsc.Mark{a, accept(outsider)}, mid, fsc.StateProposed},
		{"accepted by all", []fsc.Mark{a, b}, mid, fsc.StateValid},
		{"accepted by all, a second early", []fsc.Mark{a, b}, begin.Add(-time.Second), fsc.StateNotYetValid},
		{"accepted by all, a nanosecond early", []fsc.Mark{a, b}, begin.Add(-1), fsc.StateNotYetValid},
		{"accepted by all, at not_before", []fsc.Mark{a, b}, begin, fsc.StateValid},
		{"accepted by all, a nanosecond before not_after", []fsc.Mark{a, b}, end.Add(-1), fsc.StateValid},
		{"accepted by all, at not_after", []fsc.Mark{a, b}, end, fsc.StateExpired},
		{"accepted by all, years later", []fsc.Mark{a, b}, end.AddDate(5, 0, 0), fsc.StateExpired},
		{"accepted by one, before not_before", []fsc.Mark{a}, begin.Add(-time.Second), fsc.StateProposed},
		{"accepted by one, a second before not_after", []fsc.Mark{a}, end.Add(-time.Second), fsc.StateProposed},
		{"accepted by one, at not_after", []fsc.Mark{a}, end, fsc.StateRejected},
		{"without signatures, at not_after", nil, end, fsc.StateRejected},
		{"rejected", []fsc.Mark{reject(provider)}, mid, fsc.StateRejected},
		{"accepted by all and then rejected", []fsc.Mark{a, b, reject(provider)}, mid, fsc.StateRejected},
		{"accepted and rejected by the same Peer", []fsc.Mark{reject(provider), b}, mid, fsc.StateRejected},
		{"rejected by an outsider", []fsc.Mark{a, b, reject(outsider)}, mid, fsc.StateValid},
		{"rejected and revoked", []fsc.Mark{revoke(consumer), reject(provider)}, mid, fsc.StateRejected},
		{"revoked", []fsc.Mark{a, b, revoke(consumer)}, mid, fsc.StateRevoked},
		{"revoked before it was accepted", []fsc.Mark{revoke(consumer)}, mid, fsc.StateRevoked},
		{"revoked before it was accepted, then over", []fsc.Mark{revoke(consumer)}, end, fsc.StateRevoked},
		{"revoked before not_before", []fsc.Mark{a, b, revoke(consumer)}, created, fsc.StateRevoked},
		{"revoked and then over", []fsc.Mark{a, b, revoke(consumer)}, end, fsc.StateRevoked},
		{"revoked by an outsider", []fsc.Mark{a, b, revoke(outsider)}, mid, fsc.StateValid},
		{"accepted with a certificate in its last second", []fsc.Mark{until(a, mid), b}, mid, fsc.StateValid},
		{"accepted with a certificate that has expired", []fsc.Mark{until(a, mid), b}, mid.Add(1), fsc.StateProposed},
		{"accepted again with a new certificate", []fsc.Mark{until(a, mid), b, a}, mid.Add(1), fsc.StateValid},
		{"accepted without a certificate", []fsc.Mark{until(a, time.Time{}), b}, mid, fsc.StateProposed},
		{"rejected with a certificate that has expired", []fsc.Mark{a, b, until(reject(provider), created)}, mid, fsc.StateRejected},
		{"revoked with a certificate that has expired", []fsc.Mark{a, b, until(revoke(provider), created)}, mid, fsc.StateRevoked},
		{"over, with certificates that lasted to the end", []fsc.Mark{until(a, end), b}, end.AddDate(1, 0, 0), fsc.StateExpired},
		{"over, with a certificate that didn't last", []fsc.Mark{until(a, end.Add(-1)), b}, end.AddDate(1, 0, 0), fsc.StateRejected},
		{"with a mark of no known type", []fsc.Mark{a, mark(provider, "agree")}, mid, fsc.StateProposed},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := fsc.State(content(t, connectionGrant()), c.marks, c.now); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestAwaitingNamesThoseWhoseTurnItIs(t *testing.T) {
	c := content(t, delegatedConnectionGrant())
	marks := []fsc.Mark{accept(consumer), until(accept(provider), begin), reject("00000000000000000003"), accept(outsider)}
	want := []fsc.PeerID{provider, "00000000000000000003", "00000000000000000004"}
	if got := fsc.Awaiting(c, marks, begin.Add(1)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := fsc.Awaiting(c, marks, begin); !slices.Equal(got, want[1:]) {
		t.Errorf("got %v, want %v", got, want[1:])
	}
}

func marksGen(c *fsc.Content) *rapid.Generator[[]fsc.Mark] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) fsc.Mark {
		return fsc.Mark{
			PeerID:              rapid.SampledFrom(append(c.Parties(), outsider)).Draw(t, "peer"),
			Type:                rapid.SampledFrom([]fsc.SignatureType{fsc.SignatureTypeAccept, fsc.SignatureTypeAccept, fsc.SignatureTypeReject, fsc.SignatureTypeRevoke}).Draw(t, "type"),
			CertificateNotAfter: time.Unix(rapid.Int64Range(begin.Unix()-10, end.Unix()+10).Draw(t, "expires"), 0),
		}
	}), 0, 12)
}

func TestOrderOfMarksDoesNotMatter(t *testing.T) {
	c := content(t, delegatedConnectionGrant())
	rapid.Check(t, func(t *rapid.T) {
		marks := marksGen(c).Draw(t, "marks")
		now := time.Unix(rapid.Int64Range(begin.Unix()-10, end.Unix()+10).Draw(t, "now"), 0)
		want := fsc.State(c, marks, now)
		shuffled := rapid.Permutation(marks).Draw(t, "shuffled")
		if got := fsc.State(c, shuffled, now); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		others := append(shuffled, accept(outsider), reject(outsider), revoke(outsider))
		if got := fsc.State(c, others, now); got != want {
			t.Fatalf("an outsider made %s of %s", got, want)
		}
	})
}

func TestNoContractComesBackFromAnEnd(t *testing.T) {
	c := content(t, connectionGrant())
	rapid.Check(t, func(t *rapid.T) {
		marks := marksGen(c).Draw(t, "marks")
		now := time.Unix(rapid.Int64Range(begin.Unix(), end.Unix()+10).Draw(t, "now"), 0)
		later := now.Add(time.Duration(rapid.Int64Range(0, 1e9).Draw(t, "seconds")) * time.Second)
		before, after := fsc.State(c, marks, now), fsc.State(c, marks, later)
		ended := before == fsc.StateRejected || before == fsc.StateRevoked || before == fsc.StateExpired
		if ended && after != before {
			t.Fatalf("%s became %s", before, after)
		}
	})
}
