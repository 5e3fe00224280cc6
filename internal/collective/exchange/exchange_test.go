// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"bytes"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/exchange"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/controller/restapi/oas"
)

var _ exchange.Desk = (*collective.Desk)(nil)

func TestDeedAndSignatureArriveAsTheyWereSent(t *testing.T) {
	s, n := newStory(t), start(t)
	signed := collective.Item{JWS: s.signature.JWS, Chain: s.town.chain}
	must(t, n.client.Put(t.Context(), keeper, collective.Item{Deed: s.content.Raw()}))
	must(t, n.client.Put(t.Context(), keeper, signed))
	if want := []collective.Item{{Deed: s.content.Raw()}, signed}; !reflect.DeepEqual(n.desk.got, want) {
		t.Errorf("got %+v", n.desk.got)
	}
	if want := []fsc.PeerID{town, town}; !reflect.DeepEqual(n.desk.from, want) {
		t.Errorf("from %v", n.desk.from)
	}
}

func TestDeedInAnotherSpellingArrivesInCanonicalForm(t *testing.T) {
	s, n := newStory(t), start(t)
	a := n.do(http.MethodPut, "/deeds/"+string(s.content.Hash()), strings.NewReader(" \n"+string(s.content.Raw())+"\t"))
	if a.status != http.StatusNoContent || len(n.desk.got) != 1 || !bytes.Equal(n.desk.got[0].Deed, s.content.Raw()) {
		t.Errorf("got %d, %d items", a.status, len(n.desk.got))
	}
}

func TestFeedArrivesWhole(t *testing.T) {
	s, n := newStory(t), start(t)
	n.desk.put(s.batch)
	got, err := n.client.Feed(t.Context(), keeper, 0, 0)
	must(t, err)
	if !reflect.DeepEqual(got, s.batch) {
		t.Errorf("got %+v\nwant %+v", got, s.batch)
	}
	got, err = n.client.Feed(t.Context(), keeper, 3, 0)
	must(t, err)
	if len(got.Items) != 1 || got.Items[0].Sequence != 7 {
		t.Errorf("after 3: got %+v", got.Items)
	}
	got, err = n.client.Feed(t.Context(), keeper, 7, 0)
	if err != nil || len(got.Items)+len(got.Checkpoints) != 0 {
		t.Errorf("after the end: got %+v, %v", got, err)
	}
}

func TestPollWaitsForNews(t *testing.T) {
	s, n := newStory(t), start(t)
	type result struct {
		batch collective.Batch
		err   error
	}
	done := make(chan result, 1)
	go func() {
		b, err := n.client.Feed(t.Context(), keeper, 0, 25*time.Second)
		done <- result{b, err}
	}()
	eventually(t, "the poll has looked", func() bool { return n.desk.readCount() > 0 })
	n.desk.put(collective.Batch{}) // a change that is nothing to this reader
	eventually(t, "the poll has looked again", func() bool { return n.desk.readCount() > 1 })
	n.desk.put(s.batch)
	r := <-done
	if r.err != nil || !reflect.DeepEqual(r.batch, s.batch) {
		t.Errorf("got %+v, %v", r.batch, r.err)
	}
}

func TestPollEndsEmptyAfterItsWait(t *testing.T) {
	n := start(t)
	began := time.Now()
	b, err := n.client.Feed(t.Context(), keeper, 0, time.Second)
	if err != nil || len(b.Items) != 0 || time.Since(began) < time.Second {
		t.Errorf("got %+v, %v after %s", b, err, time.Since(began))
	}
}

func TestLargeDeedsAreSpreadOverAnswers(t *testing.T) {
	n := start(t)
	var b collective.Batch
	root := draft(t, 0, "{}")
	head := deed.NewFeed(root.Hash())
	var err error
	for i := range 9 {
		c := root
		if i > 0 {
			c = draft(t, byte(i), `{"text":"`+strings.Repeat("x", 250<<10)+`"}`)
		}
		var e deed.Entry
		e, head, err = head.Append(deed.EntryDeed, c.Hash(), day.Unix())
		must(t, err)
		b.Items = append(b.Items, collective.FeedItem{Sequence: int64(i + 1), Entry: e, Item: collective.Item{Deed: c.Raw()}})
	}
	n.desk.put(b)
	var sizes []int
	for after := int64(0); after < 9; {
		got, err := n.client.Feed(t.Context(), keeper, after, 0)
		must(t, err)
		sizes = append(sizes, len(got.Items))
		after = got.Items[len(got.Items)-1].Sequence
	}
	if want := []int{5, 4}; !reflect.DeepEqual(sizes, want) {
		t.Errorf("got answers of %v items, want %v", sizes, want)
	}
}

func TestCheckpointsAreExchanged(t *testing.T) {
	s, n := newStory(t), start(t)
	n.desk.put(s.batch)
	got, err := n.client.Witness(t.Context(), keeper, s.batch.Checkpoints)
	must(t, err)
	if !reflect.DeepEqual(got, s.batch.Checkpoints) || !reflect.DeepEqual(n.desk.seen, s.batch.Checkpoints) {
		t.Errorf("got %+v", got)
	}
}

// operation finds an operation of the OpenAPI document.
func operation(t *testing.T, d *oas.Document, id string) *oas.Operation {
	t.Helper()
	for _, o := range d.Operations {
		if o.ID == id {
			return o
		}
	}
	t.Fatalf("the document has no %s", id)
	return nil
}

func conforms(t *testing.T, s *oas.Schema, raw string) {
	t.Helper()
	v, found := oas.ReadJSON([]byte(raw))
	if v != nil {
		found = append(found, s.Check(v)...)
	}
	if len(found) > 0 {
		t.Errorf("%v in %.500s", found, raw)
	}
}

func TestAnswersAreAsTheDocumentSays(t *testing.T) {
	s, n := newStory(t), start(t)
	n.desk.put(s.batch)
	file := deed.Dossier{
		Root: s.content.Hash(), Deeds: []*deed.Content{s.content}, Signatures: []*deed.Signature{s.signature}, Chains: [][][]byte{s.town.chain},
	}
	var err error
	n.desk.dossier, err = file.Raw()
	must(t, err)
	n.desk.calls, n.desk.annex = calls(100, -1), []byte("perceel")
	n.desk.savings = &collective.Savings{Saved: usage.Total{Enough: true, Buyers: 2, Sum: 5}, Demand: []collective.LotDemand{{Lot: "1"}}}
	document := n.do(http.MethodGet, "/openapi.json", nil)
	d, err := oas.Load([]byte(document.body))
	must(t, err)
	if document.header.Get("API-Version") != d.Version {
		t.Errorf("API-Version %q, document %q", document.header.Get("API-Version"), d.Version)
	}
	hash := string(s.content.Hash())
	signed, err := json.Marshal(map[string]any{"jws": s.signature.JWS, "chain": s.town.chain})
	must(t, err)
	shown, err := json.Marshal(map[string]any{"checkpoints": []string{s.batch.Checkpoints[0].JWS}, "certificates": [][][]byte{s.keeper.chain}})
	must(t, err)
	asked := map[string]bool{}
	for _, tc := range []struct {
		id, path, body string
	}{
		{"putDeed", "/deeds/" + hash, string(s.content.Raw())},
		{"getDeed", "/deeds/" + hash, ""},
		{"listSignatures", "/deeds/" + hash + "/signatures", ""},
		{"putSignature", "/deeds/" + strings.ReplaceAll(hash, "$", "%24") + "/signatures/" + string(s.signature.Hash()), string(signed)},
		{"getState", "/state/" + hash, ""},
		{"getFeed", "/feed?from=1&wait=0", ""},
		{"getDossier", "/dossiers/" + hash, ""},
		{"getAnnex", "/annexes/" + string(deed.AnnexHash([]byte("perceel"))), ""},
		{"exchangeCheckpoints", "/checkpoints", string(shown)},
		{"getUsage", "/usage/" + hash + "/2026-11", ""},
		{"getSavings", "/savings/" + hash, ""},
		{"askUsage", "/usage/" + hash + "/2026-11/question", `{"prefixes":["0","9e"]}`},
	} {
		t.Run(tc.id, func(t *testing.T) {
			op := operation(t, d, tc.id)
			asked[tc.id] = true
			var a answer
			if tc.body == "" {
				a = n.do(op.Method, tc.path, nil)
			} else {
				conforms(t, op.Body, tc.body)
				a = n.do(op.Method, tc.path, strings.NewReader(tc.body))
			}
			if a.status == http.StatusNoContent && op.Responses["204"] != nil && a.body == "" {
				return
			}
			if a.status != http.StatusOK {
				t.Fatalf("got %d %s", a.status, a.body)
			}
			if json := op.Responses["200"].Schema(); json != nil {
				conforms(t, json, a.body)
			}
			n.want(n.do(http.MethodPatch, tc.path, nil), http.StatusMethodNotAllowed, "method_not_allowed")
		})
	}
	if len(asked) != len(d.Operations) {
		t.Errorf("%d of %d operations were asked", len(asked), len(d.Operations))
	}
	problem := n.do(http.MethodGet, "/feed?from=0", nil)
	conforms(t, operation(t, d, "getFeed").Responses["default"].Schema(), problem.body)
}

func TestRefusalsOfTheDeskAreTold(t *testing.T) {
	s, n := newStory(t), start(t)
	for _, tc := range []struct {
		name    string
		err     error
		status  int
		code    string
		pointer string
		final   bool
	}{
		{"a rule of the format", &deed.Error{Code: deed.CodeLimit, Field: "parties[2].role", Detail: "is long", Cause: errors.New("secret")}, 400, "limit", "#/parties/2/role", true},
		{"another Group", &collective.Refusal{Code: collective.CodeGroup, Field: "group_id", Detail: "is another Group"}, 400, "other_group", "#/group_id", true},
		{"no founder", &collective.Refusal{Code: collective.CodeFounder, Detail: "may not"}, 403, "not_founder", "#", true},
		{"another keeper", &collective.Refusal{Code: collective.CodeKeeper, Detail: "kept elsewhere"}, 409, "not_keeper", "#", true},
		{"a deed that isn't here yet", &collective.Refusal{Code: collective.CodeUnknown, Detail: "hand it in first"}, 409, "unknown_deed", "#", false},
		{"a parent that isn't here yet", &collective.Refusal{Code: collective.CodeNoHome, Field: "parents", Detail: "hand it in first"}, 409, "no_dossier", "#/parents", false},
		{
			"what rules say", &collective.Refusal{Code: "parent_state", Detail: "no", Reasons: []rule.Reason{{Code: "parent_state", Detail: "has ended", Source: "Art. 33"}, {Code: "ended"}}},
			409, "parent_state", "#", true,
		},
		{"a rule of its type", &collective.Refusal{Code: rule.ReasonForm, Detail: "no"}, 400, "form", "#", true},
		{"a fault of our own", errors.New("secret disk"), 500, "internal_error", "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n.desk.refuseWith(tc.err)
			a := n.do(http.MethodPut, "/deeds/"+string(s.content.Hash()), bytes.NewReader(s.content.Raw()))
			n.want(a, tc.status, tc.code)
			if strings.Contains(a.body, "secret") || tc.pointer != "" && !strings.Contains(a.body, `"pointer":"`+tc.pointer+`"`) {
				t.Errorf("got %s", a.body)
			}
			err := n.client.Put(t.Context(), keeper, collective.Item{Deed: s.content.Raw()})
			r, final := errors.AsType[*collective.Refused](err)
			if err == nil || final != tc.final || final && r.Code != tc.code {
				t.Errorf("the client got %v, final %t", err, final)
			}
		})
	}
}
