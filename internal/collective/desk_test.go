// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"testing"
	"time"
)

func TestABuyerJoinsCallsOffAndEndsIt(t *testing.T) {
	c := newCircle(t, office, maker, duinwijk)
	f := c.mantel(1000, duinwijk)
	c.everywhere(f, "live")
	a, err := c.accede(duinwijk, f, 400, 300)
	fatal(t, err)
	c.settle()
	c.everywhere(a, "effective")
	o, err := c.callOff(duinwijk, f, a, 250)
	fatal(t, err)
	c.settle()
	c.everywhere(o, "offered")
	fatal(t, c.at(maker).Sign(t.Context(), o, accept("framework_supplier")))
	c.settle()
	c.everywhere(o, "signed", "allocated")
	c.pass(time.Hour)
	fatal(t, c.at(duinwijk).Sign(t.Context(), o, revoke("buyer")))
	c.settle()
	c.everywhere(o, "terminated", "allocated")
}
