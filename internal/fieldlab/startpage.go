// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/samenspel/samenspel/internal/controller/web"
	"github.com/samenspel/samenspel/internal/operator"
)

const (
	startAddress  = "127.0.0.1:21000"
	recentFor     = 6 * time.Second
	shownCalls    = 6
	maxHeader     = 64 << 10
	headerTimeout = 10 * time.Second
)

// startPage is the door of the page that tells the story.
type startPage struct {
	server *http.Server
	done   chan error
}

// openStartPage serves the start page, before there is anything to see.
func (f *federation) openStartPage(running context.Context, program string) (*startPage, error) {
	l, err := (&net.ListenConfig{}).Listen(running, "tcp", startAddress)
	if err != nil && taken(err) {
		l, err = (&net.ListenConfig{}).Listen(running, "tcp", anyPort)
	}
	if err != nil {
		return nil, fmt.Errorf("start page: %w", err)
	}
	f.startURL = "http://" + l.Addr().String()
	handler, err := web.NewFieldlab(web.FieldlabConfig{
		State: func(ctx context.Context) (web.FieldlabState, error) { return f.state(ctx, program) },
		Do: func(ctx context.Context, act web.FieldlabAct) (web.FieldlabOutcome, error) {
			return f.do(ctx, running, act)
		},
		Enter: f.enter, Host: l.Addr().String(), Pages: f.pages, Now: f.now, Logger: f.logger.With("component", "start_page"),
	})
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	p := &startPage{done: make(chan error, 1), server: &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: time.Minute, MaxHeaderBytes: maxHeader,
	}}
	go func() { p.done <- p.server.Serve(l) }()
	return p, nil
}

func (p *startPage) close() error {
	if p == nil {
		return nil
	}
	err := p.server.Close()
	if served := <-p.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// pages are the origins of the members' controllers.
func (f *federation) pages() []string {
	if up, _ := f.story.ready(); !up {
		return nil
	}
	var out []string
	for _, m := range f.members() {
		out = append(out, m.pages())
	}
	return out
}

// enter makes an address where a browser is logged in, once.
func (f *federation) enter(organisation, person string) (string, error) {
	if up, _ := f.story.ready(); !up {
		return "", notNow("the organisations are still starting")
	}
	m := f.member(organisation)
	if m == nil {
		return "", operator.ErrNotFound
	}
	for _, p := range m.people() {
		if p.key != person {
			continue
		}
		ticket, ok := f.tickets.give(m.key, m.email(p))
		if !ok {
			return "", &operator.Error{Kind: operator.KindTooMany, Text: "too many tickets wait", RetryAfter: ticketLife}
		}
		return m.pages() + "/handover?" + url.Values{"ticket": {ticket}}.Encode(), nil
	}
	return "", operator.ErrNotFound
}

// switches are the links from an organisation's pages to the start page, where
// people choose who to be.
func (f *federation) switches(own organisation) func(*http.Request) []web.SwitchLink {
	links := []web.SwitchLink{{Label: "Fieldlab", URL: f.startURL + "/"}}
	for _, o := range organisations() {
		links = append(links, web.SwitchLink{Label: o.name, URL: f.startURL + "/#" + o.key, Current: o.key == own.key})
	}
	return func(*http.Request) []web.SwitchLink { return links }
}

// state is what the start page shows.
func (f *federation) state(ctx context.Context, program string) (web.FieldlabState, error) {
	up, buttons := f.story.ready()
	s := web.FieldlabState{Ready: up, Playing: up && !buttons}
	var flows []flow
	var codes map[string]string
	if up {
		codes = f.codes(ctx)
		flows = f.look(ctx)
		s.Examples = f.examples(program)
	}
	f.story.mu.Lock()
	defer f.story.mu.Unlock()
	s.Faults = []web.FieldlabFault{{Key: faultSource, Broken: f.story.broken[faultSource]}}
	for _, o := range organisations() {
		one := web.FieldlabOrganisation{Key: o.key, Role: o.role, ID: o.id, Name: o.name, Down: f.story.broken[o.key]}
		for _, p := range o.people() {
			one.People = append(one.People, web.FieldlabPerson{Key: p.key, Name: p.name})
		}
		s.Organisations = append(s.Organisations, one)
		s.Faults = append(s.Faults, web.FieldlabFault{Key: o.key, Name: o.name, Broken: one.Down})
	}
	f.tellFlows(&s, flows)
	f.tellScenes(&s, flows)
	f.tellTale(&s, codes)
	for _, c := range f.story.calls[:min(len(f.story.calls), shownCalls)] {
		s.Calls = append(s.Calls, f.callOf(c))
	}
	return s, nil
}

// tellFlows adds the traffic. Calls that were stopped on this side aren't in a
// log; the node of who called counts them, whoever made them.
func (f *federation) tellFlows(s *web.FieldlabState, flows []flow) {
	left := f.refusals()
	for _, one := range flows {
		way := [2]string{one.from, one.to}
		s.Edges = append(s.Edges, web.FieldlabEdge{
			From: one.from, To: one.to, OnBehalf: one.onBehalf, Calls: one.calls, More: one.more, Allowed: one.allowed,
			Refused: left[way], Recent: f.now().Sub(one.last) < recentFor,
		})
		delete(left, way)
	}
	for _, o := range organisations() {
		for _, to := range []string{personenbron().key, formulierenhuis().key} {
			if n := left[[2]string{o.key, to}]; n > 0 {
				s.Edges = append(s.Edges, web.FieldlabEdge{From: o.key, To: to, Refused: n})
			}
		}
	}
}

// refusals counts what was refused on the way from one organisation to another.
// Of notices the form pages know; all else that an Outway refused was a call of
// the source.
func (f *federation) refusals() map[[2]string]int {
	out := map[[2]string]int{}
	if !f.story.isUp {
		return out
	}
	for _, m := range f.members() {
		notices := 0
		if f.story.done {
			notices = f.apps.refusedOf(m.key)
		}
		out[[2]string{m.key, formulierenhuis().key}] = notices
		out[[2]string{m.key, personenbron().key}] = max(m.refused()-notices, 0) // the Outway's count begins anew with its node
	}
	return out
}

// tellScenes adds the scenes in their order.
func (f *federation) tellScenes(s *web.FieldlabState, flows []flow) {
	callers := map[string]string{
		sceneDirect: duinwijk().key, sceneDelegated: formulierenhuis().key, sceneRefused: veenhoven().key,
	}
	for _, key := range []string{sceneDirect, sceneDelegated, sceneRefused, sceneRevoked} {
		scene := web.FieldlabScene{Key: key, Caller: callers[key]}
		if c, ok := f.story.scenes[key]; ok {
			told := f.callOf(c)
			scene.Call = &told
		}
		for _, one := range flows {
			if one.from == scene.Caller && one.to == personenbron().key && one.allowed {
				scene.Agreed = true
			}
		}
		s.Scenes = append(s.Scenes, scene)
	}
}

func (f *federation) callOf(c call) web.FieldlabCall {
	out := web.FieldlabCall{
		At: c.at, From: nameOf(c.from), To: nameOf(c.to), Status: c.status, Code: c.code, Took: c.took,
		TransactionID: c.transactionID, Answer: c.answer, InBothLogs: c.inBothLogs,
	}
	if c.onBehalf != nil {
		out.OnBehalf = nameOf(c.onBehalf)
	}
	return out
}

func nameOf(m *member) web.FieldlabName { return web.FieldlabName{ID: m.id, Name: m.name} }

// examples are what can be typed.
func (f *federation) examples(program string) []web.FieldlabExample {
	call := func(m *member, bsn string) string {
		return fmt.Sprintf("curl -i %s%s/personen -H 'Content-Type: application/json' \\\n  -d '%s'", m.outway(), servicePath, question(bsn))
	}
	return []web.FieldlabExample{
		{Key: "call", Name: f.duinwijk.name, Text: call(f.duinwijk, f.bsns[0])},
		{Key: "refused", Name: f.veenhoven.name, Text: call(f.veenhoven, f.bsns[2])},
		{Key: "log", Name: f.duinwijk.name, Text: fmt.Sprintf("%s log list --node %s", program, f.duinwijk.dir)},
		{Key: "contracts", Name: f.source.name, Text: fmt.Sprintf("%s contract list --node %s", program, f.source.dir)},
	}
}
