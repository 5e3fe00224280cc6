// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/operator"
)

const (
	actAddAnnex = "annex.add"
	// annexPatience bounds how long somebody waits for an annex of others: the answer
	// has to go out before the door gives up on it.
	annexPatience = 40 * time.Second
	// maxNamed is how many deeds are told that name one annex.
	maxNamed = 20
	// maxFileName is how many characters the name of a file has.
	maxFileName = 100
)

// Annex is a document by its bytes, with what deeds say of it.
type Annex struct {
	Hash deed.Hash
	Size int64 // bytes; what a deed says when it isn't here
	// Here tells whether the bytes are on this node.
	Here bool
	// Named are the deeds that name it, at most 20; none for one that was just added.
	Named []AnnexName
}

// AnnexName is what one deed says of an annex.
type AnnexName struct {
	Deed      deed.Hash
	Name      string
	MediaType string
	Size      int64 // bytes
	Owner     fsc.Peer

	of collective.NamedAnnex
}

// AnnexLine is an annex of a deed.
type AnnexLine struct {
	Hash      deed.Hash
	Name      string
	MediaType string
	Size      int64 // bytes
	Owner     fsc.Peer
}

func (k *clerk) annexes(in []deed.Annex) []AnnexLine {
	var out []AnnexLine
	for _, a := range in {
		out = append(out, AnnexLine{Hash: a.Hash, Name: a.Name, MediaType: a.MediaType, Size: a.Size, Owner: k.peer(a.Owner)})
	}
	return out
}

// annex names a document of this Peer in a deed, as its only annex; nil for none.
func (c *Controller) annex(d *DocumentForm) []deed.Annex {
	if d == nil {
		return nil
	}
	return []deed.Annex{{Hash: d.Hash, Name: d.Name, MediaType: d.MediaType, Size: d.Size, Owner: c.Self().ID}}
}

// hash gives the document's hash; empty for none.
func (d *DocumentForm) hash() deed.Hash {
	if d == nil {
		return ""
	}
	return d.Hash
}

// AnnexFile is an annex to be saved. The caller closes Body.
type AnnexFile struct {
	// Name is one that is safe for a file; see [FileName].
	Name string
	Size int64 // bytes
	Body io.ReadCloser
}

// AnnexError is that an annex can't be had from who has it.
type AnnexError struct {
	// Code is annex_away, annex_refused or annex_wrong.
	Code  string
	Owner fsc.Peer
	// Text is one English sentence.
	Text string
}

// Error gives the text.
func (e *AnnexError) Error() string { return e.Text }

// AddAnnex keeps a document, so that a deed can name it by its hash. One that no
// deed names is removed after some time.
func (c *Controller) AddAnnex(ctx context.Context, a operator.Actor, r io.Reader) (out *Annex, err error) {
	err = c.actWith(ctx, a, operator.PermissionSign, operator.Event{Act: actAddAnnex}, func(_ context.Context, e *operator.Event) error {
		desk, err := c.desk(a, operator.PermissionSign)
		if err != nil {
			return err
		}
		h, size, err := desk.KeepAnnex(r)
		if err != nil {
			return toldAnnex(err)
		}
		e.Object = string(h)
		e.Changes = append(e.Changes, operator.Change{Field: "size", After: strconv.FormatInt(size, 10)})
		out = &Annex{Hash: h, Size: size, Here: true}
		return nil
	})
	return out, err
}

// toldAnnex is [told] for annexes: what doesn't fit is a fault of what was sent.
func toldAnnex(err error) error {
	if r, ok := errors.AsType[*collective.Refusal](err); ok && r.Code == collective.CodeAnnexLarge {
		return invalid(r.Field, r.Detail)
	}
	if errors.Is(err, collective.ErrNotFound) {
		return notFound("there is no such annex here")
	}
	return told(err)
}

// Annex tells what there is to know of an annex that a deed names which this
// person may see, or that was just added here.
func (c *Controller) Annex(ctx context.Context, a operator.Actor, h deed.Hash) (*Annex, error) {
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return nil, err
	}
	all, err := desk.NamedAnnexes(ctx, h)
	if err != nil {
		return nil, err
	}
	out := &Annex{Hash: h, Here: desk.HasAnnex(h)}
	for _, n := range all {
		sees, err := c.seesDeed(ctx, a, n.Deed)
		if err != nil {
			return nil, err
		}
		if !sees {
			continue
		}
		out.Size = n.Size
		out.Named = append(out.Named, AnnexName{Deed: n.Deed, Name: n.Name, MediaType: n.MediaType, Size: n.Size, Owner: fsc.Peer{ID: n.Owner}, of: n})
		if len(out.Named) == maxNamed {
			break
		}
	}
	fresh := len(all) == 0 && out.Here && c.sees(a, operator.PermissionSign)
	if len(out.Named) == 0 && !fresh {
		return nil, notFound("there is no such annex here")
	}
	return out, c.nameOwners(ctx, out)
}

func (c *Controller) nameOwners(ctx context.Context, in *Annex) error {
	var ids []fsc.PeerID
	for _, n := range in.Named {
		ids = append(ids, n.Owner.ID)
	}
	k, err := c.clerkFor(ctx, ids)
	if err != nil {
		return err
	}
	for i := range in.Named {
		in.Named[i].Owner = k.peer(in.Named[i].Owner.ID)
	}
	return nil
}

// seesDeed tells whether a deed that is here is one for this Peer: a supplier
// doesn't see call-offs of others.
func (c *Controller) seesDeed(ctx context.Context, a operator.Actor, h deed.Hash) (bool, error) {
	if t, err := h.Type(); err != nil || t != dossier.TypeCallOff {
		return true, nil //nolint:nilerr // nothing but call-offs is hidden
	}
	_, _, err := c.oneCallOff(ctx, a, h)
	if o, ok := errors.AsType[*operator.Error](err); ok && o.Kind == operator.KindNotFound {
		return false, nil
	}
	return err == nil, err
}

// AnnexContent gives the bytes of an annex; if they aren't here they are fetched
// from its owner first. An [AnnexError] tells who doesn't give it.
func (c *Controller) AnnexContent(ctx context.Context, a operator.Actor, h deed.Hash) (*AnnexFile, error) {
	found, err := c.Annex(ctx, a, h)
	if err != nil {
		return nil, err
	}
	if err := c.fetch(ctx, found); err != nil {
		return nil, err
	}
	body, size, err := c.cfg.Collective.OpenAnnex(h)
	if err != nil {
		return nil, toldAnnex(err)
	}
	name := ""
	if len(found.Named) > 0 {
		name = found.Named[0].Name
	}
	return &AnnexFile{Name: FileName(name), Size: size, Body: body}, nil
}

// fetch has the bytes come here. Deeds can name other owners; the first that gives
// it is enough.
func (c *Controller) fetch(ctx context.Context, in *Annex) (err error) {
	if in.Here {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, annexPatience)
	defer cancel()
	asked := map[fsc.PeerID]bool{}
	for _, n := range in.Named {
		if asked[n.Owner.ID] {
			continue
		}
		asked[n.Owner.ID] = true
		failed := c.cfg.Collective.FetchAnnex(ctx, n.of)
		if failed == nil {
			return nil
		}
		if err == nil {
			err = annexError(failed, n.Owner)
		}
	}
	return err
}

func annexError(err error, owner fsc.Peer) error {
	r, ok := errors.AsType[*collective.Refusal](err)
	if !ok {
		return toldAnnex(err)
	}
	code := string(r.Code)
	if slices.Contains([]string{collective.CodeAnnexAway, collective.CodeAnnexRefused, collective.CodeAnnexWrong}, code) {
		return &AnnexError{Code: code, Owner: owner, Text: "the annex " + r.Detail}
	}
	return toldAnnex(err)
}

// FileName makes a name that is safe for a file out of what a deed calls an annex,
// which anybody may have chosen: no folder, nothing hidden, no character with a
// meaning elsewhere, at most 100 characters. It is "bijlage" when nothing is left.
func FileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	var out []rune
	for _, r := range name {
		if len(out) == maxFileName {
			break
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" .-_()", r) {
			r = '_'
		}
		out = append(out, r)
	}
	clean := strings.TrimLeft(strings.TrimRight(string(out), ". "), ". -")
	if strings.Trim(clean, "_. ") == "" {
		return "bijlage"
	}
	return clean
}
