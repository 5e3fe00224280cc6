// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"errors"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/txlog"
)

var errUnreleased = errors.New("nobody released this")

func TestNothingOfAPersonIsSignedThatNobodyReleased(t *testing.T) {
	c, o := connected(t)
	before, err := c.at(duinwijk).States(t.Context(), collective.StateFilter{})
	fatal(t, err)
	c.unreleased = errUnreleased
	if err := c.at(duinwijk).Sign(t.Context(), o, collective.Act{Act: deed.Revoke, Role: dossier.RoleBuyer}); !errors.Is(err, errUnreleased) {
		t.Errorf("a call-off was ended: %v", err)
	}
	if _, err := c.at(duinwijk).AgreeMonth(t.Context(), o, march, 30, "counted by hand"); err == nil {
		t.Error("a month was settled")
	}
	c.settle()
	after, err := c.at(duinwijk).States(t.Context(), collective.StateFilter{})
	fatal(t, err)
	if len(after) != len(before) {
		t.Errorf("%d deeds became %d", len(before), len(after))
	}
}

func TestWhatFollowsFromARuleIsSignedWithoutARelease(t *testing.T) {
	c, o := connected(t)
	c.called(duinwijk, txlog.DirectionOutgoing, opening.Add(time.Hour), numbers(0, 30)...)
	c.called(maker, txlog.DirectionIncoming, opening.Add(time.Hour), numbers(0, 30)...)
	c.unreleased = errUnreleased
	c.until(time.Date(2026, 4, 2, 22, 0, 0, 0, time.UTC))
	c.round()
	c.round()
	if m := c.month(office, o, march); m.Word != collective.UsageAgreed || m.Buyer.Count != 30 {
		t.Errorf("the keeper sees %+v", m)
	}
}
