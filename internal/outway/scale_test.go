// SPDX-License-Identifier: EUPL-1.2

//go:build !race

package outway_test

import (
	"flag"
	"fmt"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/outway"
)

var manyGrants = flag.Int("many-grants", 10_000, "of the Outway whose calls are compared with those of one with a hundred grants")

// callAmong gives a function that calls a service over both hops, of an Outway
// that has so many grants.
func callAmong(t *testing.T, grants int) func() {
	t.Helper()
	c := newChain(t, bareService(t), forgetful{})
	fixed := c.certificate()
	o := outway.New(outway.Config{
		GroupID: group, PeerID: consumer, Certificate: func() string { return fixed }, Tokens: c.tokens, TLS: c.clientTLS, Recorder: forgetful{},
	})
	t.Cleanup(o.Close)
	in := outway.SnapshotInput{Grants: []outway.Grant{c.grant(hash("a"))}}
	for n := 1; n < grants; n++ {
		g := c.grant(fsc.GrantHash(fmt.Sprintf("$1$3$%086d", n)))
		g.Service = fmt.Sprintf("service-%d", n/10)
		in.Grants = append(in.Grants, g)
	}
	o.Update(in)
	c.front = open(t, &http.Server{Handler: o, ReadHeaderTimeout: wait}, nil)
	return wire(t, c)
}

func TestACallCostsTheSameAmongManyGrants(t *testing.T) {
	measure := func(grants int) float64 {
		const calls = 2000
		call := callAmong(t, grants)
		call()
		runtime.GC()
		began := time.Now()
		allocations := testing.AllocsPerRun(calls, call)
		t.Logf("%d grants: %v allocations, %v for a call", grants, allocations, (time.Since(began) / calls).Round(time.Microsecond))
		return allocations
	}
	few, many := measure(100), measure(*manyGrants)
	if many > few+1 {
		t.Errorf("%v allocations among a hundred grants, %v among %d", few, many, *manyGrants)
	}
}
