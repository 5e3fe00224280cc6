// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"testing"
	"time"
)

func TestWhatIsOnItsWayToTheKeeperIsNotSaidTwice(t *testing.T) {
	c := newCircle(t, office, maker, duinwijk)
	f := c.mantel(1000, duinwijk)
	a, err := c.accede(duinwijk, f, 400, 300)
	fatal(t, err)
	c.settle()
	o, err := c.callOff(duinwijk, f, a, 250)
	fatal(t, err)
	c.settle()
	c.cut[office] = true
	for range 3 {
		fatal(t, c.at(maker).Sign(t.Context(), o, accept("framework_supplier")))
		c.pass(time.Second)
	}
	if waiting, err := c.at(maker).Deliveries(t.Context()); err != nil || len(waiting) != 1 {
		t.Errorf("%d signatures are on their way, want 1 (%v)", len(waiting), err)
	}
	// Something else can be said meanwhile.
	fatal(t, c.at(maker).Sign(t.Context(), o, revoke("framework_supplier")))
	c.cut[office] = false
	c.pass(time.Hour)
	c.settle()
	c.everywhere(o, "terminated")
}
