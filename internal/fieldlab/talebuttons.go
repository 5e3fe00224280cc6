// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"errors"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/controller/web"
	"github.com/samenspel/samenspel/internal/fieldlab/loket"
	"github.com/samenspel/samenspel/internal/operator"
)

// playOn presses a button of a municipality in the tale.
func (f *federation) playOn(ctx context.Context, act web.FieldlabAct) (web.FieldlabOutcome, error) {
	m := f.member(act.On)
	if m == nil || m.role != duinwijk().role {
		return web.FieldlabOutcome{}, operator.ErrNotFound
	}
	defer f.story.changed()
	var err error
	switch act.Verb {
	case "move":
		return f.sendNotice(ctx, m, loket.KindMove)
	case "death":
		return f.sendNotice(ctx, m, loket.KindDeath)
	case "accede":
		_, err = f.accede(ctx, m)
	case "call_off":
		if _, there, looked := f.callOff(ctx, m); there || looked != nil {
			return web.FieldlabOutcome{}, errors.Join(looked, notNow("there is a live call-off already"))
		}
		_, err = f.callOffAndSign(ctx, m)
	case "connect":
		err = f.connectUnder(ctx, m, &chapter{})
	case "end":
		_, err = f.endCallOff(ctx, m, &chapter{})
	default:
		return web.FieldlabOutcome{}, operator.ErrNotFound
	}
	if refusal, ok := errors.AsType[*collective.Refusal](err); ok {
		err = notNow(refusal.Detail)
	}
	return web.FieldlabOutcome{}, err
}

// sendNotice sends one from the form page of a municipality to the next one.
func (f *federation) sendNotice(ctx context.Context, from *member, kind loket.Kind) (web.FieldlabOutcome, error) {
	all := municipalities()
	to := all[0]
	for i, o := range all[:len(all)-1] {
		if o.key == from.key {
			to = all[i+1]
		}
	}
	typed := typedMove(to, f.now())
	if kind == loket.KindDeath {
		typed = typedDeath(to, f.now())
	}
	c, err := f.file(ctx, "button", from, kind, typed)
	if err != nil {
		return web.FieldlabOutcome{}, err
	}
	if c.code == "" {
		if _, err := f.trace(ctx, &c, f.member(to.key)); err != nil {
			return web.FieldlabOutcome{}, err
		}
		c.answer = to.name + ", " + c.answer
	}
	f.story.tell("", c)
	told := f.callOf(c)
	return web.FieldlabOutcome{Call: &told}, nil
}
