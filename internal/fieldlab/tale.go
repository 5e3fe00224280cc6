// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/fieldlab/loket"
)

// The chapters of the tale by key.
const (
	chapterFramework = "framework"
	chapterPrice     = "price"
	chapterCallOff   = "call_off"
	chapterConnect   = "connect"
	chapterMove      = "move"
	chapterDeath     = "death"
	chapterWithout   = "without"
	chapterLate      = "late"
	chapterEnd       = "end"
	chapterUsage     = "usage"
	chapterMaximum   = "maximum"
	chapterPaper     = "paper"
)

// chapters are all of them in their order. Usage comes after the end of a call-off:
// its last month can be stated then, so the tale needn't wait for a month's end.
func chapters() []string {
	return []string{
		chapterFramework, chapterPrice, chapterCallOff, chapterConnect, chapterMove, chapterDeath, chapterWithout, chapterLate, chapterEnd,
		chapterUsage, chapterMaximum, chapterPaper,
	}
}

// chapter is what came of a part of the tale.
type chapter struct {
	took  time.Duration
	facts []fact
	call  *call // the notice of the chapter; nil: there is none
}

// fact is a number or hash that can be looked up; name is its key.
type fact struct{ name, value string }

func (c *chapter) add(name, value string) { c.facts = append(c.facts, fact{name, value}) }

// tale plays the framework of the web services: agree, call off, connect, send
// notices, and end.
func (f *federation) tale(ctx context.Context) error {
	if err := errors.Join(f.openApplications(ctx), f.openWays(ctx)); err != nil {
		return fmt.Errorf("web services: %w", err)
	}
	f.out.step("%s has published %q and %q, open only under an agreement; all follow the deeds that %s keeps",
		f.supplier.name, moveService, deathService, f.directory.name)
	play := map[string]func(context.Context, *chapter) error{
		chapterFramework: f.frameworkConcluded, chapterPrice: f.priced, chapterPaper: f.takenOver, chapterCallOff: f.calledOff,
		chapterConnect: f.connected, chapterMove: f.moved, chapterDeath: f.died, chapterWithout: f.withoutCallOff, chapterLate: f.lateJoiner, chapterEnd: f.ended, chapterUsage: f.usageAgreed, chapterMaximum: f.overMaximum,
	}
	for _, key := range chapters() {
		var c chapter
		began := time.Now()
		if err := play[key](ctx, &c); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if c.took == 0 {
			c.took = time.Since(began)
		}
		f.story.write(key, c)
		f.out.chapter(c)
		if c.call != nil {
			f.tell("", *c.call)
		}
	}
	return nil
}

// frameworkConcluded: a kept folder may have it already.
func (f *federation) frameworkConcluded(ctx context.Context, c *chapter) error {
	h, there, err := f.framework(ctx, f.directory)
	if err == nil && !there {
		h, err = f.conclude(ctx)
	}
	if err != nil {
		return err
	}
	c.add("framework", string(h))
	f.out.step("%s and %s signed the framework %q for at most %d notices; everybody sees it live", f.directory.name, f.supplier.name, frameworkName, theMaximum)
	if err := f.takeUp(ctx, h, c); err != nil {
		return err
	}
	f.out.step("%s put the processes that it serves on the board: moving and reporting a death", f.directory.name)
	return nil
}

func (f *federation) calledOff(ctx context.Context, c *chapter) error {
	if err := f.join(ctx, f.duinwijk, c); err != nil {
		return err
	}
	left, err := f.left(ctx)
	if err != nil {
		return err
	}
	c.add("left", strconv.FormatInt(left, 10))
	f.out.step("%s joined, reserved %d notices and called off %d; %s signed, %s allocated: the call-off is live and %d notices are free",
		f.duinwijk.name, theReserve, theCallOff, f.supplier.name, f.directory.name, left)
	return nil
}

// join has a municipality accede and call off, as far as it hasn't yet.
func (f *federation) join(ctx context.Context, m *member, c *chapter) error {
	accession, there, err := f.accession(ctx, m)
	if err == nil && !there {
		accession, err = f.accede(ctx, m)
	}
	if err != nil {
		return err
	}
	c.add("accession", string(accession))
	callOff, there, err := f.callOff(ctx, m)
	if err == nil && !there {
		callOff, err = f.callOffAndSign(ctx, m)
	}
	c.add("call_off", string(callOff))
	return err
}

func (f *federation) connected(ctx context.Context, c *chapter) error {
	if err := f.connectUnder(ctx, f.duinwijk, c); err != nil {
		return err
	}
	f.out.step("%s connected under its call-off; the rule of %s signed because the call-off is live", f.duinwijk.name, f.supplier.name)
	return nil
}

func (f *federation) connectUnder(ctx context.Context, m *member, c *chapter) error {
	callOff, there, err := f.callOff(ctx, m)
	if err != nil {
		return err
	}
	if !there {
		return notNow("there is no call-off that is live")
	}
	contracts, err := f.link(ctx, m, callOff)
	for _, h := range contracts {
		c.add("contract", string(h))
	}
	return err
}

func (f *federation) moved(ctx context.Context, c *chapter) error {
	return f.arrives(ctx, c, f.duinwijk, f.veenhoven, loket.KindMove)
}

func (f *federation) died(ctx context.Context, c *chapter) error {
	return f.arrives(ctx, c, f.duinwijk, f.zilverbroek, loket.KindDeath)
}

// arrives sends a notice from a form page, which has to reach a municipality. The
// first call under a contract may come before the Outway has heard of it.
func (f *federation) arrives(ctx context.Context, c *chapter, from, to *member, kind loket.Kind) error {
	typed := typedMove(to.organisation, f.now())
	if kind == loket.KindDeath {
		typed = typedDeath(to.organisation, f.now())
	}
	var sent call
	err := poll(ctx, func() (bool, error) {
		var err error
		sent, err = f.file(ctx, "notice: "+string(kind), from, kind, typed)
		return sent.transactionID != "" && sent.status == http.StatusOK, err
	})
	if err != nil {
		return fmt.Errorf("last answer %d %s %s: %w", sent.status, sent.code, sent.answer, err)
	}
	second, err := f.trace(ctx, &sent, to)
	if err != nil {
		return err
	}
	c.call, c.took = &sent, sent.took
	c.add("delivery", second)
	f.out.step("a notice (%s) from the form page of %s reached %s as %s; the second leg is transaction %s, in both logs",
		kind, from.name, to.name, sent.answer, second)
	return nil
}

// withoutCallOff: a contract that names no call-off isn't signed, not even by a
// person, and the notice stays at the form page.
func (f *federation) withoutCallOff(ctx context.Context, c *chapter) error {
	if _, there, err := f.contractFor(ctx, f.veenhoven, f.supplier, moveService, ""); there || err != nil {
		f.out.step("%s is connected since an earlier run: its notice isn't refused", f.veenhoven.name)
		return err
	}
	made, err := propose(ctx, f.veenhoven, connectionGrant(f.veenhoven, f.supplier, moveService))
	if err != nil {
		return err
	}
	refusal := accept(ctx, f.supplier, made.ContentHash)
	if fsc.CodeOf(refusal) != fsc.CodeContractValidationFailed {
		return fmt.Errorf("a contract without a call-off should have been refused, and got: %w", refusal)
	}
	if _, err := f.supplier.client.SignContract(ctx, made.ContentHash, fsc.SignatureTypeReject); err != nil {
		return err
	}
	sent, err := f.file(ctx, "notice without a call-off", f.veenhoven, loket.KindMove, typedMove(duinwijk(), f.now()))
	if err != nil {
		return err
	}
	if sent.code == "" || !sent.kept {
		return fmt.Errorf("a notice without a call-off should have been refused with the form as it was, and got %d %s", sent.status, sent.answer)
	}
	c.call, c.took = &sent, sent.took
	c.add("contract", string(made.ContentHash))
	c.add("reason", refusal.Error())
	f.out.step("%s has no call-off: nobody at %s can sign its contract (%s)", f.veenhoven.name, f.supplier.name, shorten(refusal.Error(), 110))
	return nil
}

func (f *federation) lateJoiner(ctx context.Context, c *chapter) error {
	if err := f.join(ctx, f.zilverbroek, c); err != nil {
		return err
	}
	if err := f.connectUnder(ctx, f.zilverbroek, c); err != nil {
		return err
	}
	f.out.step("%s joined later, within the entry window; its node runs at %s, with its own certificates and keys, and its signer released each signature with two factors",
		f.zilverbroek.name, f.member(f.zilverbroek.host).name)
	return f.arrives(ctx, c, f.zilverbroek, f.duinwijk, loket.KindMove)
}

// ended: the buyer ends its call-off, and traffic ends with it.
func (f *federation) ended(ctx context.Context, c *chapter) error {
	silent, err := f.endCallOff(ctx, f.duinwijk, c)
	if err != nil {
		return err
	}
	var sent call
	err = poll(ctx, func() (bool, error) {
		sent, err = f.file(ctx, "notice after the end", f.duinwijk, loket.KindMove, typedMove(veenhoven(), f.now()))
		return sent.code != "", err
	})
	if err != nil {
		return fmt.Errorf("notices go on: %w", err)
	}
	if !sent.kept {
		return errors.New("the form lost what was typed")
	}
	c.call, c.took = &sent, silent
	f.out.step("%s ended its call-off: %s gives no token any more after %d ms, the contracts are revoked, and the next notice is refused: %s",
		f.duinwijk.name, f.supplier.name, silent.Milliseconds(), sent.answer)
	return nil
}

// overMaximum: a call-off for more than is left gets a reasoned refusal.
func (f *federation) overMaximum(ctx context.Context, c *chapter) error {
	left, err := f.left(ctx)
	if err != nil {
		return err
	}
	detail, err := f.tryToCallOff(ctx, f.zilverbroek, theMaximum)
	if err != nil {
		return err
	}
	c.add("asked", strconv.Itoa(theMaximum))
	c.add("left", strconv.FormatInt(left, 10))
	f.out.step("%s asked for %d more notices and was refused: %s", f.zilverbroek.name, theMaximum, detail)
	return nil
}

// tryToCallOff asks for a quantity that can't be had, and tells why it can't.
func (f *federation) tryToCallOff(ctx context.Context, m *member, quantity int64) (detail string, err error) {
	h, err := f.offerCallOff(ctx, m, quantity)
	if refusal, ok := errors.AsType[*collective.Refusal](err); ok {
		return refusal.Detail, nil // before the supplier was asked
	}
	if err != nil {
		return "", err
	}
	if err := f.countersign(ctx, h, collective.CallOffState, collective.WordOffered); err != nil {
		return "", err
	}
	if err := awaitDeed(ctx, m, h, collective.CallOffState, collective.WordRefused); err != nil {
		return "", err
	}
	return f.answerTo(ctx, m, h)
}

// answerTo gives why the purchasing body refused a call-off.
func (f *federation) answerTo(ctx context.Context, m *member, callOff deed.Hash) (string, error) {
	framework, _, err := f.framework(ctx, m)
	if err != nil {
		return "", err
	}
	view, err := m.desk().View(ctx, framework)
	if err != nil {
		return "", err
	}
	for _, h := range view.Children(callOff) {
		s, _ := view.Status(h)
		if s.Deed.Type != dossier.TypeAllocation {
			continue
		}
		if a, err := dossier.ReadAllocation(s.Deed); err == nil && a.Refusal != nil {
			return fmt.Sprintf("%s (%s; %d can be called off)", a.Refusal.Detail, a.Refusal.Code, a.Refusal.Remaining), nil
		}
	}
	return "", errors.New("the call-off is refused without an answer of the purchasing body")
}
