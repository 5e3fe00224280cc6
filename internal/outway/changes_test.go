// SPDX-License-Identifier: EUPL-1.2

package outway_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/outway"
	"github.com/samenspel/samenspel/internal/proxy"
)

func TestChangesAddStopAndRemoveGrantsAndLeaveTheOthers(t *testing.T) {
	conns := make(chan string, 10)
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) { conns <- r.RemoteAddr })
	by := func(g outway.Grant) *http.Request {
		r := s.request()
		r.Header.Set(proxy.HeaderGrantHash, string(g.Hash))
		return r
	}
	a, b := s.grant(hash("a")), s.grant(hash("b"))
	b.Delegator = "00000000000000000009"
	s.outway.Update(outway.SnapshotInput{Grants: []outway.Grant{a}})
	s.do(by(a)).want(t, 200, "")
	first := <-conns

	s.outway.Update(outway.SnapshotInput{Changes: true, Grants: []outway.Grant{b}})
	s.do(by(a)).want(t, 200, "")
	if <-conns != first || s.tokens.fetched.Load() != 1 {
		t.Error("a grant that stays got another connection or token")
	}
	s.do(s.request()).want(t, 409, fsc.CodeGrantAmbiguous)

	stopped := a
	stopped.Problem = "revoked by Peer a"
	s.outway.Update(outway.SnapshotInput{Changes: true, Grants: []outway.Grant{stopped}})
	s.do(by(a)).want(t, 400, fsc.CodeUnknownGrantHashInHeader)

	s.outway.Update(outway.SnapshotInput{Changes: true, Gone: []fsc.GrantHash{b.Hash, hash("never there")}, Grants: []outway.Grant{a}})
	s.do(by(b)).want(t, 400, fsc.CodeUnknownGrantHashInHeader)
	s.do(s.request()).want(t, 200, "")
	if <-conns == first || s.tokens.fetched.Load() != 2 {
		t.Error("a grant that was stopped kept its connection or token")
	}
}

func TestAChangeCostsTheSameAmongManyGrants(t *testing.T) {
	measure := func(grants int) float64 {
		s := newSite(t, nil)
		var in outway.SnapshotInput
		for n := range grants {
			g := s.grant(fsc.GrantHash(fmt.Sprintf("$1$3$%086d", n)))
			g.Service = fmt.Sprintf("service-%d", n)
			in.Grants = append(in.Grants, g)
		}
		s.outway.Update(in)
		change := in.Grants[grants/2]
		return testing.AllocsPerRun(20, func() {
			change.CreatedAt++
			s.outway.Update(outway.SnapshotInput{Changes: true, Grants: []outway.Grant{change}})
		})
	}
	if few, many := measure(200), measure(2000); many > few+10 {
		t.Errorf("%v allocations among 200 grants, %v among 2000", few, many)
	}
}
