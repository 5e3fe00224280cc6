// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"fmt"
	"net/http"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/web"
	"github.com/samenspel/samenspel/internal/operator"
)

// faultSource is the key of the source as something to break; nodes go by the
// key of their organisation.
const faultSource = "source"

// do presses a button of the start page. Nodes that it starts run until running
// ends, not until the browser has its answer.
func (f *federation) do(ctx, running context.Context, act web.FieldlabAct) (web.FieldlabOutcome, error) {
	if _, buttons := f.story.ready(); !buttons {
		return web.FieldlabOutcome{}, notNow("the scenes are still going on")
	}
	f.acting.Lock()
	defer f.acting.Unlock()
	switch act.Verb {
	case "call":
		return f.call(ctx, act.On)
	case "revoke":
		return web.FieldlabOutcome{}, f.revoke(ctx, act.On)
	case "agree":
		return web.FieldlabOutcome{}, f.agree(ctx, act.On)
	case "break":
		return web.FieldlabOutcome{}, f.breakIt(act.On)
	case "mend":
		return web.FieldlabOutcome{}, f.mend(running, act.On)
	}
	return f.playOn(ctx, act)
}

// notNow is told when a button doesn't fit what is going on: it was pressed on
// an old page.
func notNow(text string) error { return &operator.Error{Kind: operator.KindConflict, Text: text} }

// call makes one call as an application of a member.
func (f *federation) call(ctx context.Context, key string) (web.FieldlabOutcome, error) {
	from := f.member(key)
	if from == nil {
		return web.FieldlabOutcome{}, operator.ErrNotFound
	}
	c, err := f.ask(ctx, "button", from)
	if err != nil {
		return web.FieldlabOutcome{}, err
	}
	if c.status == http.StatusOK && c.code == "" {
		if err := f.findRecords(ctx, &c); err != nil {
			return web.FieldlabOutcome{}, err
		}
	}
	f.story.tell("", c)
	told := f.callOf(c)
	return web.FieldlabOutcome{Call: &told}, nil
}

// revoke ends the contract of a scene; of a mandate its giver does so.
func (f *federation) revoke(ctx context.Context, scene string) error {
	by, tell := f.duinwijk, []*member{f.duinwijk, f.source}
	switch scene {
	case sceneDirect:
	case sceneDelegated:
		by, tell = f.veenhoven, []*member{f.veenhoven, f.supplier, f.source}
	default:
		return operator.ErrNotFound
	}
	h, there, err := f.agreed(ctx, scene)
	if err != nil {
		return err
	}
	if !there {
		return notNow("there is no valid contract")
	}
	defer f.story.changed()
	if _, err := by.client.SignContract(ctx, h, fsc.SignatureTypeRevoke); err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	return awaitState(ctx, h, fsc.StateRevoked, tell...)
}

// agree makes the contract of a scene again.
func (f *federation) agree(ctx context.Context, scene string) error {
	if scene != sceneDirect && scene != sceneDelegated {
		return operator.ErrNotFound
	}
	_, there, err := f.agreed(ctx, scene)
	if err != nil {
		return err
	}
	if there {
		return notNow("there is a valid contract already")
	}
	defer f.story.changed()
	if scene == sceneDirect {
		return f.connectDirect(ctx)
	}
	_, err = f.connectDelegated(ctx)
	return err
}

// breakIt switches the source or a node off.
func (f *federation) breakIt(key string) error {
	m := f.member(key)
	switch {
	case key != faultSource && m == nil:
		return operator.ErrNotFound
	case f.story.isBroken(key):
		return notNow("it is off already")
	}
	f.story.setBroken(key, true)
	if key == faultSource {
		return f.register.close()
	}
	return m.wait()
}

// mend switches it on again.
func (f *federation) mend(running context.Context, key string) error {
	m := f.member(key)
	switch {
	case key != faultSource && m == nil:
		return operator.ErrNotFound
	case !f.story.isBroken(key):
		return notNow("it is on already")
	}
	start := func() error { return f.register.open(running) }
	if key != faultSource {
		start = func() error { return f.run(running, m) }
	}
	if err := start(); err != nil {
		return err
	}
	f.story.setBroken(key, false)
	for _, m := range f.members() { // they may have waited for a keeper that is back
		if m.takesPart() {
			m.desk().Retry()
		}
	}
	return nil
}

// member finds one by key.
func (f *federation) member(key string) *member {
	for _, m := range f.members() {
		if m.key == key {
			return m
		}
	}
	return nil
}
