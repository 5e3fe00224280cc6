// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// Draft completes what a new deed of this Peer says: its id, Group and moment.
func (d *Desk) Draft(draft deed.Draft) (*deed.Content, error) {
	now := d.cfg.Now()
	draft.GroupID, draft.IssuedAt = d.cfg.Group, now.Unix()
	if draft.ID == "" {
		var random [10]byte
		rand.Read(random[:])
		draft.ID = deed.NewID(now.UnixMilli(), random)
	}
	if draft.NotBefore == 0 {
		draft.NotBefore = draft.IssuedAt
	}
	return draft.Content()
}

// Act is what this Peer says of a deed in one of its roles.
type Act struct {
	Act     deed.Act
	Role    deed.Role
	Mandate deed.Hash // under which it is signed; empty for the Peer itself
}

// Preview tells what a deed would be if these acts were received now. The deed
// needn't be here yet; what it follows has to be.
func (d *Desk) Preview(ctx context.Context, content *deed.Content, acts ...Act) (status rule.Status, err error) {
	signer, chain, err := d.cfg.Keys.DeedSigner()
	if err != nil {
		return rule.Status{}, err
	}
	self, err := d.judge(content, signer, chain, acts)
	if err != nil {
		return rule.Status{}, err
	}
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		status, err = d.preview(ctx, tx, content, self)
		return err
	})
	return status, err
}

// judge signs the acts and verifies them as others will.
func (d *Desk) judge(content *deed.Content, signer *deed.Signer, chain [][]byte, acts []Act) ([]signed, error) {
	out := make([]signed, 0, len(acts))
	for _, a := range acts {
		s, err := signer.Sign(deed.Statement{DeedHash: content.Hash(), Act: a.Act, Role: a.Role, MandateHash: a.Mandate, SignedAt: d.now()})
		if err != nil {
			return nil, err
		}
		by, err := s.Judge(content, chain, d.cfg.Authority, deed.Receipt{})
		if err != nil {
			return nil, err
		}
		out = append(out, signed{s, chain, by})
	}
	return out, nil
}

// preview folds the deed with what stands around it and the acts as if they had
// just been received.
func (d *Desk) preview(ctx context.Context, tx Tx, content *deed.Content, acts []signed) (rule.Status, error) {
	facts := rule.Facts{Deeds: []*deed.Content{content}}
	queue := append([]deed.Hash{content.Hash()}, content.Parents...)
	for _, a := range acts {
		if a.signature.MandateHash != "" {
			queue = append(queue, a.signature.MandateHash)
		}
	}
	seen := map[deed.Hash]bool{}
	root, last := content.Hash(), int64(0)
	for i, h := range queue {
		on, err := tx.FindDeed(ctx, h)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return rule.Status{}, err
		}
		if seen[on.Dossier] {
			continue
		}
		seen[on.Dossier] = true
		more, _, err := d.facts(ctx, tx, on.Dossier)
		if err != nil {
			return rule.Status{}, err
		}
		facts.Deeds, facts.Signed = append(facts.Deeds, more.Deeds...), append(facts.Signed, more.Signed...)
		if _, founds := content.Keeper(); !founds && i <= len(content.Parents) && last == 0 {
			home, err := tx.FindDossier(ctx, on.Dossier)
			if err != nil {
				return rule.Status{}, err
			}
			root, last = on.Dossier, home.Head.Number
		}
	}
	now := d.now()
	for i, a := range acts {
		a.by.Receipt = deed.Receipt{Dossier: root, Number: last + 2 + int64(i), At: now}
		facts.Signed = append(facts.Signed, a.by)
	}
	status, _ := rule.Fold(d.cfg.Table, facts, now).Status(content.Hash())
	return status, nil
}

// stopped are states in which a new deed or act has come to nothing.
func stopped(s *rule.Status, accepting bool) bool {
	return s.State == rule.Void || s.State == rule.Waiting || accepting && s.Final && (s.CompleteAt == 0 || len(s.Reasons) > 0)
}

// Propose puts a deed of this Peer into the world, signed in these roles. What
// the rules would refuse anyway isn't sent: the [*Refusal] has their reasons.
func (d *Desk) Propose(ctx context.Context, draft deed.Draft, acts ...Act) (deed.Hash, error) {
	content, err := d.Draft(draft)
	if err != nil {
		return "", err
	}
	if err := d.commit(ctx, proposal{content: content, acts: acts}); err != nil {
		return "", err
	}
	return content.Hash(), nil
}

// Sign adds an act of this Peer to a deed that is here. An accept that would
// come to nothing is refused with the reasons. What was said before and is on
// its way to the keeper isn't said again.
func (d *Desk) Sign(ctx context.Context, h deed.Hash, a Act) error {
	on, content, err := d.find(ctx, h)
	if err != nil {
		return err
	}
	if said, err := d.underWay(ctx, on, a); said || err != nil {
		return err
	}
	return d.commit(ctx, proposal{content: content, acts: []Act{a}})
}

// proposal is a deed of ours, or one that is here, with what we say of it.
type proposal struct {
	content *deed.Content
	acts    []Act
}

// commit signs for a person and adds what isn't refused, all together or not at all.
func (d *Desk) commit(ctx context.Context, proposals ...proposal) error {
	if err := d.cfg.Released(ctx); err != nil {
		return err
	}
	return d.add(ctx, proposals, d.allowed)
}

// proposeByRule is [Desk.Propose] for what follows from a rule. Nobody releases it.
func (d *Desk) proposeByRule(ctx context.Context, draft deed.Draft, acts ...Act) (deed.Hash, error) {
	content, err := d.Draft(draft)
	if err != nil {
		return "", err
	}
	if err := d.add(ctx, []proposal{{content: content, acts: acts}}, d.allowed); err != nil {
		return "", err
	}
	return content.Hash(), nil
}

// SignByRule is [Desk.Sign] for what this node signs by a rule that people laid
// down, as the confirmation of a contract they accepted. Nobody releases it.
func (d *Desk) SignByRule(ctx context.Context, h deed.Hash, a Act) error {
	on, content, err := d.find(ctx, h)
	if err != nil {
		return err
	}
	if said, err := d.underWay(ctx, on, a); said || err != nil {
		return err
	}
	return d.add(ctx, []proposal{{content: content, acts: []Act{a}}}, d.allowed)
}

// put is commit without asking the rules first, for what this node works out by
// the rules itself.
func (d *Desk) put(ctx context.Context, proposals ...proposal) error {
	return d.add(ctx, proposals, func(context.Context, Tx, proposal, []signed) error { return nil })
}

func (d *Desk) add(ctx context.Context, proposals []proposal, allowed func(context.Context, Tx, proposal, []signed) error) error {
	signer, chain, err := d.cfg.Keys.DeedSigner()
	if err != nil {
		return err
	}
	acts := make([][]signed, len(proposals))
	for i, p := range proposals {
		if acts[i], err = d.judge(p.content, signer, chain, p.acts); err != nil {
			return err
		}
	}
	homes := map[deed.Hash]bool{}
	err = d.update(ctx, func(c *change) error {
		for i, p := range proposals {
			if err := allowed(ctx, c, p, acts[i]); err != nil {
				return err
			}
			if err := c.addOwn(ctx, p.content, acts[i]); err != nil {
				return err
			}
		}
		for h := range c.dossiers {
			homes[h] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	for h := range homes {
		if err := d.project(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) allowed(ctx context.Context, tx Tx, p proposal, acts []signed) error {
	status, err := d.preview(ctx, tx, p.content, acts)
	if err != nil {
		return err
	}
	accepting := false
	for _, a := range p.acts {
		accepting = accepting || a.Act == deed.Accept
	}
	if stopped(&status, accepting) {
		return refusalOf(append(status.Reasons, status.Notes...))
	}
	if accepting && status.CompleteAt == 0 { // others have to sign as well: is there a point in asking them?
		if status, err = d.preview(ctx, tx, p.content, d.accepts(p.content)); err != nil {
			return err
		}
		if stopped(&status, true) {
			return refusalOf(status.Reasons)
		}
		return nil
	}
	if noted(&status, acts) == 0 {
		return nil
	}
	before, err := d.preview(ctx, tx, p.content, nil)
	if err == nil && noted(&status, acts) > noted(&before, acts) {
		return refusalOf(status.Notes)
	}
	return err
}

// noted counts the signatures of this Peer that had no effect.
func noted(s *rule.Status, acts []signed) (n int) {
	for _, note := range s.Notes {
		if len(acts) > 0 && note.Peer == acts[0].by.Signer && note.Code != rule.ReasonNoReceipt && note.Code != rule.ReasonKeyRevoked {
			n++
		}
	}
	return n
}

// addOwn adds a deed and signatures of this Peer.
func (c *change) addOwn(ctx context.Context, content *deed.Content, acts []signed) error {
	self := c.desk.cfg.Self
	if err := c.addDeed(ctx, content, self); err != nil {
		return err
	}
	on, err := c.FindDeed(ctx, content.Hash())
	if err != nil {
		return err
	}
	for _, a := range acts {
		if err := c.addSignature(ctx, on, a, self); err != nil {
			return err
		}
	}
	return nil
}
