// SPDX-License-Identifier: EUPL-1.2

package deed

import (
	"cmp"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

// wireContent is content as it is written. Lists are always there, also when
// they are empty, so that one meaning has one text.
type wireContent struct {
	Type      *Type          `json:"type"`
	ID        string         `json:"id"`
	GroupID   fsc.GroupID    `json:"group_id"`
	IssuedAt  *int64         `json:"issued_at"`
	NotBefore *int64         `json:"not_before"`
	NotAfter  *int64         `json:"not_after,omitzero"`
	Parents   []Hash         `json:"parents"`
	Parties   []Party        `json:"parties"`
	Rule      *wireRule      `json:"rule"`
	Annexes   []wireAnnex    `json:"annexes"`
	Body      jsontext.Value `json:"body"`
}

type wireRule struct {
	Kind     RuleKind       `json:"kind"`
	Role     *Role          `json:"role,omitzero"`
	Decision jsontext.Value `json:"decision,omitzero"`
}

// wireAnnex tells a size that is missing from an annex without bytes.
type wireAnnex struct {
	Hash      Hash       `json:"hash"`
	Name      string     `json:"name"`
	MediaType string     `json:"media_type"`
	Size      *int64     `json:"size"`
	Owner     fsc.PeerID `json:"owner"`
}

func missing(field string) error { return fault(CodeMalformed, field, "is missing or empty") }

// content checks that every member is there and gives the typed view.
func (w *wireContent) content() (*Content, error) {
	for _, m := range []struct {
		name   string
		absent bool
	}{
		{"type", w.Type == nil},
		{"id", w.ID == ""},
		{"group_id", w.GroupID == ""},
		{"issued_at", w.IssuedAt == nil},
		{"not_before", w.NotBefore == nil},
		{"parents", w.Parents == nil},
		{"parties", len(w.Parties) == 0},
		{"rule", w.Rule == nil},
		{"annexes", w.Annexes == nil},
		{"body", w.Body == nil},
	} {
		if m.absent {
			return nil, missing(m.name)
		}
	}
	if w.NotAfter != nil && *w.NotAfter == 0 {
		return nil, fault(CodeMalformed, "not_after", "can't be 0; leave it out for a deed without an end")
	}
	if w.Rule.Role != nil && *w.Rule.Role == "" {
		return nil, fault(CodeMalformed, "rule.role", "can't be empty; leave it out")
	}
	c := &Content{
		Type: *w.Type, ID: w.ID, GroupID: w.GroupID, IssuedAt: *w.IssuedAt, NotBefore: *w.NotBefore,
		Parents: w.Parents, Parties: w.Parties, Body: w.Body,
		Rule: Rule{Kind: w.Rule.Kind, Decision: w.Rule.Decision},
	}
	if w.NotAfter != nil {
		c.NotAfter = *w.NotAfter
	}
	if w.Rule.Role != nil {
		c.Rule.Role = *w.Rule.Role
	}
	for i, a := range w.Annexes {
		if a.Size == nil {
			return nil, missing(at("annexes", i, "size"))
		}
		c.Annexes = append(c.Annexes, Annex{Hash: a.Hash, Name: a.Name, MediaType: a.MediaType, Size: *a.Size, Owner: a.Owner})
	}
	return c, nil
}

// at names a member of an element of a list.
func at(list string, i int, member string) string {
	s := list + "[" + strconv.Itoa(i) + "]"
	if member != "" {
		s += "." + member
	}
	return s
}

func (d *Draft) wire() wireContent {
	w := wireContent{
		Type: &d.Type, ID: d.ID, GroupID: d.GroupID, IssuedAt: &d.IssuedAt, NotBefore: &d.NotBefore,
		Parents: append([]Hash{}, d.Parents...), Parties: d.Parties, Annexes: []wireAnnex{},
		Rule: &wireRule{Kind: d.Rule.Kind, Decision: jsontext.Value(d.Rule.Decision)},
		Body: jsontext.Value(cmp.Or(string(d.Body), "{}")),
	}
	if d.NotAfter != 0 {
		w.NotAfter = &d.NotAfter
	}
	if d.Rule.Role != "" {
		w.Rule.Role = &d.Rule.Role
	}
	for i := range d.Annexes {
		a := &d.Annexes[i]
		w.Annexes = append(w.Annexes, wireAnnex{Hash: a.Hash, Name: a.Name, MediaType: a.MediaType, Size: &a.Size, Owner: a.Owner})
	}
	return w
}
