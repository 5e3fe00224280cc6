// SPDX-License-Identifier: EUPL-1.2

package access_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/access"
)

// guarded is a desk whose policy only lets readers in, with files so small that a
// few hundred records are more than it keeps.
func guarded(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t, func(c *access.Config, _ *clock) { c.Rules = rules(t, access.Inway, readOnly) })
	d.log = access.NewLog(access.LogConfig{Dir: d.dir, FileSize: 16 << 10, Files: 2, Now: d.clock.Now, Logger: discard()})
	t.Cleanup(func() { _ = d.log.Close() })
	d.policy = access.New(access.Config{
		Component: access.Inway, Self: provider, GroupID: group, Rules: rules(t, access.Inway, readOnly), Log: d.log, Observer: d, Now: d.clock.Now,
	})
	return d
}

func (d *desk) refusedCall(from fsc.PeerID, method string) {
	d.t.Helper()
	c := call()
	c.Consumer, c.Method = from, method
	if got := d.decide(c); got != fsc.CodeAccessDenied {
		d.t.Fatalf("a call that isn't allowed: %q", got)
	}
}

// further gives what records say of refusals that have none each, as "peer count".
func (d *desk) further() (out []string) {
	d.t.Helper()
	for _, r := range d.lines("refusals.ndjson") {
		if r["event_name"] != "samenspel.further_refusals" {
			continue
		}
		a, _ := r["attributes"].(map[string]any)
		counts, _ := a["samenspel.further_refusals"].(map[string]any)
		out = append(out, fmt.Sprint(a["samenspel.consumer"], " ", counts["rule"]))
	}
	return out
}

func TestAFloodOfRefusalsPushesNoPermitOut(t *testing.T) {
	d := guarded(t)
	if got := d.decide(call()); got != "" {
		t.Fatal(got)
	}
	for minute := range 10 {
		for range 500 {
			d.refusedCall(consumer, "DELETE")
		}
		d.clock.Advance(time.Duration(minute+1) * time.Minute)
	}
	if got := d.lines("decisions.ndjson"); len(got) != 1 {
		t.Errorf("%d permits are left of 1", len(got))
	}
	files, err := os.ReadDir(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if size += info.Size(); strings.HasPrefix(f.Name(), "decisions-") {
			t.Errorf("%s: permits were moved", f.Name())
		}
	}
	if size > 3*20<<10 {
		t.Errorf("5,000 refusals take %d bytes", size)
	}
	if len(d.told) != 5001 {
		t.Errorf("%d decisions were observed", len(d.told))
	}
}

func TestEveryRefusalHasARecordWhereThatIsWanted(t *testing.T) {
	d := newDesk(t, func(c *access.Config, _ *clock) { c.Rules, c.EveryRefusal = rules(t, access.Inway, readOnly), true })
	for range 100 {
		d.refusedCall(consumer, "DELETE")
	}
	if n := len(d.lines("refusals.ndjson")); n != 100 {
		t.Errorf("%d records", n)
	}
}

func TestRefusalsBeyondTheFirstOfAMinuteAreCountedPerPeer(t *testing.T) {
	d := newDesk(t, func(c *access.Config, _ *clock) { c.Rules = rules(t, access.Inway, readOnly) })
	const other = fsc.PeerID("00000099000000003000")
	for range 100 {
		d.refusedCall(consumer, "DELETE")
	}
	d.refusedCall(other, "DELETE")
	if n := len(d.lines("refusals.ndjson")); n != 61 {
		t.Errorf("%d records of 60 refusals of one Peer and 1 of another", n)
	}
	d.clock.Advance(time.Minute)
	d.refusedCall(consumer, "DELETE")
	if got := d.further(); len(got) != 1 || got[0] != string(consumer)+" 40" {
		t.Errorf("told of %q", got)
	}
	for range 70 {
		d.refusedCall(other, "DELETE")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	d.policy.Run(ctx) // a node that stops writes down what it counted
	if got := d.further(); len(got) != 2 || got[1] != string(other)+" 10" {
		t.Errorf("told of %q", got)
	}
}
