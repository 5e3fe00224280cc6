// SPDX-License-Identifier: EUPL-1.2

package controller_test

import "testing"

func TestWhoNeverMetIsNamedAsItSignedOnceItDid(t *testing.T) {
	all := newAlliance(t)
	f := all.Mantel(evert, 1000, anna, bart)
	h := all.joins(t, anna, f, 400, 300)
	d, err := all.at[bart].Framework(t.Context(), everything(), f)
	check(t, err)
	if len(d.Accessions) != 1 || d.Accessions[0].Hash != h || d.Accessions[0].Buyer.Name != "Organisatie "+string(anna) {
		t.Errorf("accessions: %+v", d.Accessions)
	}
	for _, p := range d.EligiblePeers {
		if p.ID == anna && p.Name == "" {
			t.Error("who signed is nameless in the list of who may join")
		}
	}
}
