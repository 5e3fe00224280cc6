// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/annex"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Librarian gets the bytes of annexes from other Peers over the layer.
type Librarian interface {
	// Annex gives the bytes of an annex as the other Peer sends them: they aren't
	// checked. The context bounds the reading too. Errors that won't go away by
	// trying again are or wrap [*Refused].
	Annex(ctx context.Context, from fsc.PeerID, h deed.Hash) (io.ReadCloser, error)
}

const (
	// fetchPatience bounds how long one Peer may take to send an annex.
	fetchPatience = 20 * time.Second
	// maxOthers is how many parties of a deed are asked when the owner is silent.
	maxOthers = 4
)

// The codes of refusals about annexes.
const (
	CodeAnnexAway    = "annex_away"    // who has it doesn't answer
	CodeAnnexRefused = "annex_refused" // its owner doesn't give it
	CodeAnnexWrong   = "annex_wrong"   // what came are other bytes
	CodeAnnexLarge   = "annex_too_large"
	CodeAnnexFull    = "annexes_full"
)

// NamedAnnex is an annex as a deed names it.
type NamedAnnex struct {
	deed.Annex
	Deed deed.Hash
	// Parties are those of the deed, each once, without this Peer and the owner.
	Parties []fsc.PeerID
}

// KeepAnnex keeps the bytes of an annex of this Peer, which a deed can name then.
// It gives the hash and the size. What no deed names is removed in time
// ([Desk.SweepAnnexes]). Refusals are a [*Refusal].
func (d *Desk) KeepAnnex(r io.Reader) (deed.Hash, int64, error) {
	if d.cfg.Annexes == nil {
		return "", 0, ErrNotFound
	}
	h, n, err := d.cfg.Annexes.Put(r)
	return h, n, annexRefusal(err)
}

// annexRefusal puts what the folder refuses in words for who brought it.
func annexRefusal(err error) error {
	switch {
	case errors.Is(err, annex.ErrTooLarge):
		return &Refusal{Code: CodeAnnexLarge, Field: "annex", Detail: fmt.Sprintf("is larger than %d MiB; make it smaller or cut it up", annex.MaxBytes>>20)}
	case errors.Is(err, annex.ErrFull):
		return &Refusal{Code: CodeAnnexFull, Field: "annex", Detail: "doesn't fit: there is no room left for annexes on this node; its administrator can give more with collective.annexes_mib"}
	case errors.Is(err, annex.ErrMissing), errors.Is(err, annex.ErrHash):
		return ErrNotFound
	}
	return err
}

// OpenAnnex gives the bytes of an annex that is here, and how many; [ErrNotFound].
func (d *Desk) OpenAnnex(h deed.Hash) (io.ReadCloser, int64, error) {
	if d.cfg.Annexes == nil {
		return nil, 0, ErrNotFound
	}
	body, size, err := d.cfg.Annexes.Open(h)
	return body, size, annexRefusal(err)
}

// HasAnnex tells whether the bytes of an annex are here.
func (d *Desk) HasAnnex(h deed.Hash) bool { return d.cfg.Annexes != nil && d.cfg.Annexes.Has(h) }

// AnnexFor is [Desk.OpenAnnex] for another Peer: it gets what a deed names that it
// may have from us ([Desk.MayRead]). [ErrNotFound] doesn't tell it whether there is
// such an annex.
func (d *Desk) AnnexFor(ctx context.Context, reader fsc.PeerID, h deed.Hash) (io.ReadCloser, int64, error) {
	may := false
	err := d.cfg.Store.View(ctx, func(tx Tx) error {
		may = false
		named, err := tx.ListNaming(ctx, h)
		for i := 0; err == nil && !may && i < len(named); i++ {
			may, err = d.mayRead(ctx, tx, reader, named[i])
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	if !may {
		return nil, 0, ErrNotFound
	}
	return d.OpenAnnex(h)
}

// NamedAnnexes lists the deeds here that name an annex, in the words of each.
func (d *Desk) NamedAnnexes(ctx context.Context, h deed.Hash) (out []NamedAnnex, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		out = nil
		named, err := tx.ListNaming(ctx, h)
		if err != nil {
			return err
		}
		for _, by := range named {
			_, c, err := find(ctx, tx, by)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(c.Annexes, func(a deed.Annex) bool { return a.Hash == h })
			n := NamedAnnex{Annex: c.Annexes[i], Deed: by}
			for _, p := range c.Parties {
				if p.PeerID != d.cfg.Self && p.PeerID != n.Owner && !slices.Contains(n.Parties, p.PeerID) {
					n.Parties = append(n.Parties, p.PeerID)
				}
			}
			out = append(out, n)
		}
		return nil
	})
	return out, err
}

// FetchAnnex gets the bytes of an annex from its owner and keeps them. Only when
// the owner doesn't answer other parties of the deed are asked: the hash tells that
// what they have is the same. Refusals are a [*Refusal].
func (d *Desk) FetchAnnex(ctx context.Context, n NamedAnnex) error {
	switch {
	case d.HasAnnex(n.Hash):
		return nil
	case n.Size > annex.MaxBytes:
		return annexRefusal(annex.ErrTooLarge)
	case d.cfg.Annexes == nil || d.cfg.Librarian == nil:
		return ErrNotFound
	case n.Owner == d.cfg.Self:
		return &Refusal{Code: CodeAnnexAway, Field: "annex", Detail: "is of this organisation and isn't here any more; put the file back with samenspel annex add"}
	}
	err := d.fetchFrom(ctx, n.Owner, n)
	if err == nil || !silent(err) {
		return d.tellFetch(n, err)
	}
	for _, p := range n.Parties[:min(len(n.Parties), maxOthers)] {
		if ctx.Err() != nil {
			break
		}
		other := d.fetchFrom(ctx, p, n)
		if other == nil {
			return nil
		}
		d.cfg.Logger.Info("annex isn't fetched from a party", "peer_id", string(p), "error", other)
	}
	return d.tellFetch(n, err)
}

// silent tells whether an error of a fetch is that there was no answer.
func silent(err error) bool {
	if _, refused := errors.AsType[*Refused](err); refused {
		return false
	}
	return !errors.Is(err, annex.ErrOtherBytes) && !errors.Is(err, annex.ErrFull)
}

// tellFetch says what came of asking the owner.
func (d *Desk) tellFetch(n NamedAnnex, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, annex.ErrFull) {
		return annexRefusal(err)
	}
	d.cfg.Logger.Info("annex isn't fetched from its owner", "peer_id", string(n.Owner), "error", err)
	r := &Refusal{Code: CodeAnnexAway, Field: "annex", Detail: fmt.Sprintf("can't be fetched now: Peer %s, which has it, doesn't answer; try again later, or ask it whether its node runs and there is a contract on %s", n.Owner, ServiceName)}
	if _, refused := errors.AsType[*Refused](err); refused {
		r.Code, r.Detail = CodeAnnexRefused, fmt.Sprintf("isn't given by Peer %s, which should have it; ask that organisation for the document", n.Owner)
	}
	if errors.Is(err, annex.ErrOtherBytes) {
		r.Code, r.Detail = CodeAnnexWrong, fmt.Sprintf("is refused: what Peer %s sent isn't the document that the deed names; ask that organisation for the right one", n.Owner)
	}
	return r
}

func (d *Desk) fetchFrom(ctx context.Context, p fsc.PeerID, n NamedAnnex) error {
	ctx, cancel := context.WithTimeout(ctx, fetchPatience)
	defer cancel()
	body, err := d.cfg.Librarian.Annex(ctx, p, n.Hash)
	if err != nil {
		return err
	}
	return errors.Join(d.cfg.Annexes.PutAs(body, n.Hash, n.Size), body.Close())
}

// SweepAnnexes removes annexes that came before a moment and that no deed here
// names, and tells how many there were.
func (d *Desk) SweepAnnexes(ctx context.Context, before time.Time) (int, error) {
	if d.cfg.Annexes == nil {
		return 0, nil
	}
	return d.cfg.Annexes.Sweep(before, func(h deed.Hash) (named bool, err error) {
		err = d.cfg.Store.View(ctx, func(tx Tx) error {
			by, err := tx.ListNaming(ctx, h)
			named = len(by) > 0
			return err
		})
		return named, err
	})
}
