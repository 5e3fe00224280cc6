// SPDX-License-Identifier: EUPL-1.2

package binding_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/binding"
)

const (
	buyer    fsc.PeerID = "00000099000000300000"
	supplier fsc.PeerID = "00000099000000500000"
	regional fsc.PeerID = "00000099000000700000"
)

func reference() binding.Reference {
	return binding.Reference{Framework: "$1$110$framework-hash", Accession: "$1$111$accession_hash", CallOff: "$1$112$calloffhash", Lot: "perceel-1"}
}

func start() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }

func callOff() *binding.CallOff {
	return &binding.CallOff{
		Reference: reference(), Buyer: buyer, Supplier: supplier, Services: []string{"verhuizing-doorgeven"},
		NotBefore: start().Add(-time.Hour), NotAfter: start().Add(30 * 24 * time.Hour),
	}
}

func grant(t testing.TB, others string) *fsc.Grant {
	t.Helper()
	properties, err := reference().Properties([]byte(others))
	if err != nil {
		t.Fatal(err)
	}
	return &fsc.Grant{
		Type: fsc.GrantTypeServiceConnection, Outway: fsc.Outway{PeerID: buyer},
		Service: fsc.Service{PeerID: supplier, Name: "verhuizing-doorgeven"}, Properties: properties,
	}
}

func validity() fsc.Validity {
	return fsc.Validity{NotBefore: start().Unix(), NotAfter: start().Add(24 * time.Hour).Unix()}
}

func TestAGrantHasToFitItsCallOff(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*fsc.Grant, *fsc.Validity, *binding.CallOff)
		want   binding.Reason
	}{
		"all fits": {func(*fsc.Grant, *fsc.Validity, *binding.CallOff) {}, ""},
		"a regional body for the buyer": {func(g *fsc.Grant, _ *fsc.Validity, _ *binding.CallOff) {
			g.Outway.PeerID, g.Delegator = regional, buyer
		}, ""},
		"the supplier has it hosted": {func(g *fsc.Grant, _ *fsc.Validity, _ *binding.CallOff) {
			g.Service.PeerID, g.Service.Delegator = regional, supplier
		}, ""},
		"up to the last instant":         {func(_ *fsc.Grant, v *fsc.Validity, c *binding.CallOff) { v.NotAfter = c.NotAfter.Unix() }, ""},
		"another buyer":                  {func(g *fsc.Grant, _ *fsc.Validity, _ *binding.CallOff) { g.Outway.PeerID = regional }, binding.ReasonParty},
		"the buyer for somebody else":    {func(g *fsc.Grant, _ *fsc.Validity, _ *binding.CallOff) { g.Delegator = regional }, binding.ReasonParty},
		"another supplier":               {func(g *fsc.Grant, _ *fsc.Validity, _ *binding.CallOff) { g.Service.PeerID = regional }, binding.ReasonParty},
		"another service":                {func(g *fsc.Grant, _ *fsc.Validity, _ *binding.CallOff) { g.Service.Name = "personen" }, binding.ReasonService},
		"a service in other letter case": {func(g *fsc.Grant, _ *fsc.Validity, _ *binding.CallOff) { g.Service.Name = "Verhuizing-doorgeven" }, binding.ReasonService},
		"a second longer":                {func(_ *fsc.Grant, v *fsc.Validity, c *binding.CallOff) { v.NotAfter = c.NotAfter.Unix() + 1 }, binding.ReasonValidity},
		"a second earlier":               {func(_ *fsc.Grant, v *fsc.Validity, c *binding.CallOff) { v.NotBefore = c.NotBefore.Unix() - 1 }, binding.ReasonValidity},
		"another lot":                    {func(_ *fsc.Grant, _ *fsc.Validity, c *binding.CallOff) { c.Reference.Lot = "perceel-2" }, binding.ReasonOther},
		"another framework":              {func(_ *fsc.Grant, _ *fsc.Validity, c *binding.CallOff) { c.Reference.Framework = "$1$110$other" }, binding.ReasonOther},
		"terminated":                     {func(_ *fsc.Grant, _ *fsc.Validity, c *binding.CallOff) { c.Ended = "terminated by the buyer" }, binding.ReasonEnded},
		"over": {func(_ *fsc.Grant, v *fsc.Validity, c *binding.CallOff) {
			c.NotAfter = start()
			*v = fsc.Validity{NotBefore: c.NotBefore.Unix(), NotAfter: start().Unix()}
		}, binding.ReasonEnded},
		"not begun": {func(_ *fsc.Grant, v *fsc.Validity, c *binding.CallOff) {
			c.NotBefore = start().Add(time.Second)
			v.NotBefore = c.NotBefore.Unix()
		}, binding.ReasonEnded},
	} {
		t.Run(name, func(t *testing.T) {
			g, v, c := grant(t, ""), validity(), callOff()
			tc.change(g, &v, c)
			err := binding.Check(g, v, reference(), c, start())
			if got := binding.ReasonOf(err); got != tc.want || (err == nil) != (tc.want == "") {
				t.Errorf("got %q (%v), want %q", got, err, tc.want)
			}
		})
	}
}

func TestAReferenceIsReadStrictly(t *testing.T) {
	whole := `{"framework":"$1$110$a","accession":"$1$111$b","call_off":"$1$112$c","lot":"1"}`
	for text, want := range map[string]binding.Reason{
		whole:        "",
		`null`:       binding.ReasonMalformed,
		`"$1$112$c"`: binding.ReasonMalformed,
		`{}`:         binding.ReasonMalformed,
		strings.Replace(whole, `"lot":"1"`, `"lot":""`, 1):                             binding.ReasonMalformed,
		strings.Replace(whole, `"lot":"1"`, `"lot":"`+strings.Repeat("x", 101)+`"`, 1): binding.ReasonMalformed,
		strings.Replace(whole, `"lot"`, `"Lot"`, 1):                                    binding.ReasonMalformed,
		strings.Replace(whole, `}`, `,"price":1}`, 1):                                  binding.ReasonMalformed,
		strings.Replace(whole, `}`, `,"lot":"2"}`, 1):                                  binding.ReasonMalformed,
		strings.Replace(whole, `$1$112$c`, `$1$1$c`, 1):                                binding.ReasonMalformed, // a contract's hash
		strings.Replace(whole, `$1$112$c`, `$1$012$c`, 1):                              binding.ReasonMalformed,
		strings.Replace(whole, `$1$112$c`, `$1$112$c<script>`, 1):                      binding.ReasonMalformed,
		strings.Replace(whole, `$1$112$c`, `$1$112$`, 1):                               binding.ReasonMalformed,
		strings.Replace(whole, `$1$112$c`, `$1$112$`+strings.Repeat("c", 300), 1):      binding.ReasonMalformed,
	} {
		_, found, err := binding.ParseReference([]byte(`{"other":1,"` + binding.Property + `":` + text + `}`))
		if !found || binding.ReasonOf(err) != want {
			t.Errorf("%s: found %v, %v", text, found, err)
		}
	}
	for _, none := range []string{"", "{}", `{"other":{"framework":"x"}}`} {
		if _, found, err := binding.ParseReference([]byte(none)); found || err != nil {
			t.Errorf("%q: found %v, %v", none, found, err)
		}
	}
}

func FuzzParseReference(f *testing.F) {
	f.Add([]byte(`{"` + binding.Property + `":{"framework":"$1$110$a","accession":"$1$111$b","call_off":"$1$112$c","lot":"1"}}`))
	f.Fuzz(func(t *testing.T, properties []byte) {
		r, found, err := binding.ParseReference(properties)
		if !found || err != nil {
			return
		}
		again, err := r.Properties(nil)
		if err != nil {
			t.Fatalf("accepted %q, but it can't be written: %v", properties, err)
		}
		if back, _, err := binding.ParseReference(again); err != nil || back != r {
			t.Fatalf("%+v became %+v, %v", r, back, err)
		}
	})
}

// deeds is a store of call-offs that can be away.
type deeds struct {
	callOff *binding.CallOff
	err     error
}

func (d *deeds) CallOff(_ context.Context, hash string) (*binding.CallOff, error) {
	if d.err != nil {
		return nil, d.err
	}
	if d.callOff == nil || d.callOff.Reference.CallOff != hash {
		return nil, binding.ErrUnknown
	}
	return d.callOff, nil
}

func TestAServiceThatRequiresAnAgreementIsClosedWithoutOne(t *testing.T) {
	gate := binding.NewGate(&deeds{}, start)
	g := grant(t, "")
	if err := gate.Accept(t.Context(), g, validity(), true); binding.ReasonOf(err) != binding.ReasonUnknown {
		t.Errorf("an unknown call-off: %v", err)
	}
	g.Properties = nil
	if err := gate.Accept(t.Context(), g, validity(), true); binding.ReasonOf(err) != binding.ReasonMissing {
		t.Errorf("no call-off: %v", err)
	}
	if err := gate.Token(t.Context(), g, validity(), true); binding.ReasonOf(err) != binding.ReasonMissing {
		t.Errorf("no call-off, at the token: %v", err)
	}
	if err := gate.Token(t.Context(), g, validity(), false); err != nil {
		t.Errorf("a free service: %v", err)
	}
}

func TestTokensGoOnForADayWhileTheDeedsAreAway(t *testing.T) {
	away := errors.New("disk")
	store, now := &deeds{callOff: callOff()}, start()
	gate := binding.NewGate(store, func() time.Time { return now })
	g := grant(t, `{"other":1}`)
	token := func() binding.Reason { return binding.ReasonOf(gate.Token(t.Context(), g, validity(), true)) }

	store.err = away
	if got := token(); got != binding.ReasonAway {
		t.Errorf("never seen, away: %q", got)
	}
	store.err = nil
	if got := token(); got != "" {
		t.Errorf("live: %q", got)
	}
	store.err = away
	now = start().Add(24 * time.Hour)
	if got := token(); got != "" {
		t.Errorf("a day away: %q", got)
	}
	if err := gate.Accept(t.Context(), g, validity(), true); binding.ReasonOf(err) != binding.ReasonAway || !errors.Is(err, away) {
		t.Errorf("a new contract while away: %v", err)
	}
	now = now.Add(time.Second)
	if got := token(); got != binding.ReasonAway {
		t.Errorf("longer than a day away: %q", got)
	}
}

func TestACallOffThatEndedStaysEndedWhileTheDeedsAreAway(t *testing.T) {
	ended := callOff()
	ended.Ended = "terminated by the buyer"
	store := &deeds{callOff: ended}
	gate := binding.NewGate(store, start)
	for _, err := range []error{nil, errors.New("disk")} {
		store.err = err
		if got := gate.Token(t.Context(), grant(t, ""), validity(), true); binding.ReasonOf(got) != binding.ReasonEnded {
			t.Errorf("with %v: %v", err, got)
		}
	}
	store.callOff, store.err = nil, nil
	_ = gate.Token(t.Context(), grant(t, ""), validity(), true) // withdrawn altogether
	store.err = errors.New("disk")
	if got := gate.Token(t.Context(), grant(t, ""), validity(), true); binding.ReasonOf(got) != binding.ReasonAway {
		t.Errorf("withdrawn and away: %v", got)
	}
}

func ExampleReference_Properties() {
	r := binding.Reference{Framework: "$1$110$aaaa", Accession: "$1$111$bbbb", CallOff: "$1$112$cccc", Lot: "perceel-1"}
	properties, err := r.Properties(nil)
	fmt.Println(string(properties), err)
	// Output: {"collective.connection.agreement_reference":{"framework":"$1$110$aaaa","accession":"$1$111$bbbb","call_off":"$1$112$cccc","lot":"perceel-1"}} <nil>
}
