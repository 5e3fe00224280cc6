// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// wireFeed is a part of the feeds of a keeper.
type wireFeed struct {
	Items        []wireItem `json:"items"`
	Checkpoints  []string   `json:"checkpoints"`
	Certificates [][][]byte `json:"certificates"`
}

// wireItem has either a deed or a signature, as the kind of its entry says, or
// tells that it is withheld.
type wireItem struct {
	Sequence  *int64         `json:"sequence"`
	Entry     jsontext.Value `json:"entry"`
	Deed      jsontext.Value `json:"deed,omitzero"`
	Signature *string        `json:"signature,omitzero"`
	// Withheld tells that what was received isn't for the reader.
	Withheld bool `json:"withheld,omitzero"`
}

func encodeBatch(b collective.Batch) ([]byte, error) {
	all := newBundle()
	w := wireFeed{Items: make([]wireItem, 0, len(b.Items)), Checkpoints: []string{}}
	for i := range b.Items {
		it := &b.Items[i]
		entry, err := it.Entry.Raw()
		if err != nil {
			return nil, fmt.Errorf("entry of sequence %d: %w", it.Sequence, err)
		}
		item := wireItem{Sequence: &it.Sequence, Entry: entry, Deed: it.Item.Deed}
		switch {
		case it.Item.Deed != nil:
		case it.Item.JWS == "":
			item.Withheld = true
		default:
			item.Signature = &it.Item.JWS
			all.add(it.Item.Chain)
		}
		w.Items = append(w.Items, item)
	}
	for _, c := range b.Checkpoints {
		w.Checkpoints = append(w.Checkpoints, c.JWS)
		all.add(c.Chain)
	}
	w.Certificates = all.chains
	return encode(w)
}

// encode writes JSON. What is raw inside keeps its spelling.
func encode(v any) ([]byte, error) {
	return json.Marshal(v, json.Deterministic(true), jsontext.PreserveRawStrings(true))
}

// decodeBatch reads what a keeper has after a sequence. It holds it to the form;
// what it says is for whoever follows the feed to check. A deed stays spelled as
// the keeper sent it.
func decodeBatch(raw []byte, after int64) (collective.Batch, error) {
	var w wireFeed
	if err := fsc.UnmarshalStrict(raw, &w); err != nil {
		return collective.Batch{}, plain(err)
	}
	if w.Items == nil || len(w.Items) > MaxItems || len(w.Checkpoints) > len(w.Items) {
		return collective.Batch{}, malformed("items", fmt.Sprintf("must be there, at most %d, with at most as many checkpoints", MaxItems))
	}
	all, err := readChains(w.Certificates)
	if err != nil {
		return collective.Batch{}, err
	}
	var b collective.Batch
	for i := range w.Items {
		it, err := w.Items[i].item(all, after)
		if err != nil {
			return collective.Batch{}, within(fmt.Sprintf("items[%d]", i), err)
		}
		after = it.Sequence
		b.Items = append(b.Items, it)
	}
	if b.Checkpoints, err = readCheckpoints(w.Checkpoints, all); err != nil {
		return collective.Batch{}, err
	}
	return b, all.done()
}

func (w *wireItem) item(all *chains, after int64) (it collective.FeedItem, err error) {
	if w.Sequence == nil || *w.Sequence <= after {
		return it, malformed("sequence", fmt.Sprintf("must be there and above %d", after))
	}
	it.Sequence = *w.Sequence
	if it.Entry, err = deed.ParseEntry(w.Entry); err != nil {
		return it, within("entry", err)
	}
	switch {
	case w.Withheld && w.Deed == nil && w.Signature == nil:
		return it, nil
	case w.Withheld:
		return it, malformed("withheld", "goes with neither a deed nor a signature")
	case it.Entry.Kind == deed.EntryDeed && w.Deed.Kind() == '{' && w.Signature == nil:
		it.Item.Deed = w.Deed
		return it, nil
	case it.Entry.Kind == deed.EntrySignature && w.Deed == nil && w.Signature != nil:
		it.Item.JWS = *w.Signature
	default:
		return it, malformed("", "must have what its entry received, a deed or a signature, and not both")
	}
	s, err := deed.ParseSignature(it.Item.JWS)
	if err != nil {
		return it, within("signature", err)
	}
	it.Item.Chain, err = all.find("signature", s.CertificateThumbprint)
	return it, err
}

// size is about how many bytes an item takes on the wire.
func size(it *collective.Item) int {
	n := len(it.Deed) + len(it.JWS) + 512
	for _, der := range it.Chain {
		n += len(der) * 4 / 3
	}
	return n
}

// fitting tells how many of the first items fit into one answer; at least one.
func fitting(items []collective.FeedItem) int {
	total := 0
	for i := range items {
		if total += size(&items[i].Item); total > feedBytes && i > 0 {
			return i
		}
	}
	return len(items)
}

// within puts the name of what surrounds it before the field of an error.
func within(field string, err error) error {
	e, ok := errors.AsType[*deed.Error](err)
	if !ok {
		return malformed(field, "can't be read")
	}
	if e.Field != "" {
		field += "." + e.Field
	}
	return &deed.Error{Code: e.Code, Field: field, Detail: e.Detail, Cause: e.Cause}
}

// plain gives an error of the strict reader as one that may be told.
func plain(err error) error {
	if e, ok := errors.AsType[*fsc.Error](err); ok {
		return malformed("", e.Detail)
	}
	return malformed("", "can't be read")
}
