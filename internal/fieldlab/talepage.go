// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/internal/controller/web"
)

// The steps of a municipality in the tale.
const (
	stepAway      = "away"
	stepNone      = "none"
	stepJoined    = "joined"
	stepCalledOff = "called_off"
	stepConnected = "connected"
)

// codes are what the phones of signers show now, by the key of their municipality.
func (f *federation) codes(ctx context.Context) map[string]string {
	out := map[string]string{}
	for _, o := range municipalities() {
		m := f.member(o.key)
		if m.phone == nil || f.story.isBroken(o.key) {
			continue
		}
		code, err := m.phone.shown(ctx, m.node.Load().People(), f.now())
		if err != nil {
			f.logger.WarnContext(ctx, "code for the start page", "node", o.key, "error", err)
			continue
		}
		out[o.key] = code
	}
	return out
}

// tellTale adds the chapters and who can play on, with the codes of who needs one.
// The story is locked.
func (f *federation) tellTale(s *web.FieldlabState, codes map[string]string) {
	for _, key := range chapters() {
		written, done := f.story.written[key]
		one := web.FieldlabChapter{Key: key, Done: done, Took: written.took}
		for _, v := range written.facts {
			one.Facts = append(one.Facts, web.FieldlabFact{
				Key: v.name, Value: v.value, Hash: strings.HasPrefix(v.value, "$1$") || v.name == "delivery" || v.name == "root",
			})
			if v.name == chapterFramework {
				one.Public = f.directory.pages() + "/public/frameworks/" + url.PathEscape(v.value)
			}
		}
		if written.call != nil {
			told := f.callOf(*written.call)
			one.Call = &told
		}
		s.Chapters = append(s.Chapters, one)
	}
	if !f.story.done {
		return // the form pages may not be there yet
	}
	for _, o := range municipalities() {
		one := web.FieldlabBuyer{Key: o.key, Name: o.name, Step: f.story.steps[o.key], Counter: f.apps.counters[o.key].url()}
		if f.story.broken[o.key] || one.Step == "" {
			one.Step = stepAway
		}
		if o.host != "" {
			one.Host, one.Code = f.member(o.host).name, codes[o.key]
		}
		s.Buyers = append(s.Buyers, one)
	}
}

// steps tell how far the municipalities are, of those that are up.
func (f *federation) steps(ctx context.Context, flows []flow) map[string]string {
	out := map[string]string{}
	for _, o := range municipalities() {
		if f.story.isBroken(o.key) {
			continue
		}
		step, err := f.stepOf(ctx, f.member(o.key), flows)
		if err != nil {
			f.logger.WarnContext(ctx, "step for the start page", "node", o.key, "error", err)
			continue
		}
		out[o.key] = step
	}
	return out
}

func (f *federation) stepOf(ctx context.Context, m *member, flows []flow) (string, error) {
	if _, live, err := f.callOff(ctx, m); err != nil || live {
		if slices.ContainsFunc(flows, func(one flow) bool { return one.from == m.key && one.to == f.supplier.key && one.allowed }) {
			return stepConnected, err
		}
		return stepCalledOff, err
	}
	if _, joined, err := f.accession(ctx, m); err != nil || joined {
		return stepJoined, err
	}
	return stepNone, nil
}
