// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/pki"
)

// TestWhatIsBetweenTwoIsWithheldFromOthers binds a contract under a call-off: a
// third Peer follows the feed to its end and doesn't get the binding, not in a
// file either.
func TestWhatIsBetweenTwoIsWithheldFromOthers(t *testing.T) {
	c := newCircle(t, office, maker, duinwijk, veenhoven)
	o := c.live(duinwijk, 10)
	contract := fsc.ContentHash("$1$1$" + strings.Repeat("a", 85) + "A")
	b, err := c.at(duinwijk).Bind(t.Context(), o, contract, 0, c.now().Unix()+day)
	fatal(t, err)
	c.settle()
	fatal(t, c.at(maker).Sign(t.Context(), b, accept(dossier.RoleSupplier)))
	c.settle()
	for _, p := range []fsc.PeerID{office, maker, duinwijk} {
		if s := c.state(p, b); s.State != "bound" {
			t.Errorf("%s sees the binding as %s", p, s.State)
		}
	}
	if _, err := c.at(veenhoven).Deed(t.Context(), b); !errors.Is(err, collective.ErrNotFound) {
		t.Errorf("a third Peer has the binding: %v", err)
	}
	if s := c.state(veenhoven, o); s.State != "signed" {
		t.Errorf("the third Peer sees the call-off as %s", s.State)
	}
	may, err := c.at(office).MayRead(t.Context(), veenhoven, b)
	if may || err != nil {
		t.Errorf("may a third Peer read it: %v %v", may, err)
	}
	raw, err := c.at(office).DossierFor(t.Context(), veenhoven, c.state(office, o).Dossier)
	fatal(t, err)
	report, err := deed.Verify(raw, collective.Anchors{Group: deskGroup, Trusted: func() *pki.Anchors { return c.trusted }})
	fatal(t, err)
	if !report.Sound() {
		t.Errorf("the file for a third Peer isn't sound: %+v", report.Findings)
	}
	if len(report.Withheld) != 1 || report.Withheld[0] != b {
		t.Errorf("withheld: %v", report.Withheld)
	}
	file, err := deed.ParseDossier(raw)
	fatal(t, err)
	for _, d := range file.Deeds {
		if d.Type == dossier.TypeBinding {
			t.Error("the binding is in the file for a third Peer")
		}
	}
}
