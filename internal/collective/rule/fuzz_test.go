// SPDX-License-Identifier: EUPL-1.2

package rule_test

import (
	"fmt"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/rule"
)

func FuzzParseDecision(f *testing.F) {
	raw, err := rule.NewDecision(electorate(10, 20), opening).Raw()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := rule.ParseDecision(raw)
		if err != nil {
			return
		}
		plain, err := d.Raw()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := rule.ParseDecision(plain); err != nil || fmt.Sprint(again) != fmt.Sprint(d) {
			t.Errorf("got %+v, want %+v: %v", again, d, err)
		}
		if o := d.Count(nil); o.State != rule.Lapsed {
			t.Errorf("silence gives %s", o.State)
		}
	})
}

func FuzzParseStance(f *testing.F) {
	f.Add([]byte(objects))
	f.Add([]byte(`{"stance":"not_now","code":"other","reason":"a merger"}`))
	f.Add([]byte(`{"stance":"by_proxy","proxy":"voter-001"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := rule.ParseStance(body)
		if err == nil && (s.Kind == rule.NotNow) != (s.Code != "") {
			t.Errorf("got %+v", s)
		}
	})
}

func FuzzParseMandate(f *testing.F) {
	f.Add([]byte(mandateBody))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := rule.ParseMandate(body)
		if err == nil && (m.Ceiling < 0 || len(m.DeedTypes) == 0) {
			t.Errorf("got %+v", m)
		}
	})
}
