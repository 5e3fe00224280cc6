// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// FieldlabConfig is what the start page of a fieldlab is made of. The page
// needs no login: it shows made-up organisations to who sits at this machine.
type FieldlabConfig struct {
	// State tells what the federation does now.
	State func(context.Context) (FieldlabState, error)
	// Do presses a button and tells what came of it.
	Do func(context.Context, FieldlabAct) (FieldlabOutcome, error)
	// Enter makes an address at which a browser is logged in once as a person of an
	// organisation, both by key; operator.ErrNotFound when there is none.
	Enter func(organisation, person string) (string, error)
	// Host is the IP address and port of the page; other names than this and
	// localhost are refused, so that no site can make a browser think it is this one.
	Host string
	// Pages are the origins of the organisations' controllers, such as
	// http://127.0.0.1:21105, when they are known.
	Pages  func() []string
	Now    func() time.Time
	Logger *slog.Logger
}

// FieldlabAct is a button: a verb (call, revoke, agree, break, mend, and for a
// municipality accede, call_off, connect, move, death, end) and what it is about,
// by key.
type FieldlabAct struct{ Verb, On string }

// FieldlabOutcome is what came of a button. Call is set for a call.
type FieldlabOutcome struct {
	Call *FieldlabCall
}

// FieldlabState is what the page shows.
type FieldlabState struct {
	// Ready tells that all organisations are up; Playing that the scenes are going
	// on, during which there are no buttons.
	Ready, Playing bool
	Organisations  []FieldlabOrganisation
	Scenes         []FieldlabScene
	// Chapters are the tale of the framework, Buyers who can play on in it.
	Chapters []FieldlabChapter
	Buyers   []FieldlabBuyer
	Edges    []FieldlabEdge
	// Calls are those of the scenes and buttons, newest first.
	Calls []FieldlabCall
	// Faults are what can be broken, in the order of the page.
	Faults []FieldlabFault
	// Examples are command lines to try.
	Examples []FieldlabExample
}

// FieldlabOrganisation is one of the organisations. Role is directory, source,
// municipality or supplier.
type FieldlabOrganisation struct {
	Key, Role string
	ID        fsc.PeerID
	Name      string
	Down      bool // its node is off
	People    []FieldlabPerson
}

// FieldlabPerson is somebody to go on as.
type FieldlabPerson struct{ Key, Name string }

// FieldlabScene is a part of the story: direct, delegated, refused or revoked.
// Agreed tells whether the contract of direct and delegated is valid now.
type FieldlabScene struct {
	Key    string
	Call   *FieldlabCall // how it went; nil: not yet
	Caller string        // key of who calls with the button; empty: no button
	Agreed bool
}

// FieldlabChapter is a part of the tale of the framework. Its texts are those of
// fieldlab.chapter.<Key>.
type FieldlabChapter struct {
	Key   string
	Done  bool
	Took  time.Duration
	Facts []FieldlabFact
	Call  *FieldlabCall // the notice of the chapter; nil: there is none
	// Public is the page where anybody reads what was agreed, without a login;
	// empty: there is none.
	Public string
}

// FieldlabFact is a number, hash or text of a chapter; its label is
// fieldlab.fact.<Key>.
type FieldlabFact struct {
	Key, Value string
	Hash       bool
}

// FieldlabBuyer is a municipality in the tale, by key, and how far it is.
type FieldlabBuyer struct {
	Key, Name string
	// Step is away (its node is off), none, joined, called_off or connected.
	Step string
	// Counter is the address of its form pages.
	Counter string
	// Host is the partner on whose machines its node runs; empty: on its own.
	Host string
	// Code is what the second factor of its signer shows now, with a host; empty until
	// there is a new one.
	Code string
}

// FieldlabEdge is what goes between two organisations, by key: calls from one
// to the other, on behalf of a third if OnBehalf isn't empty.
type FieldlabEdge struct {
	From, To, OnBehalf string
	Calls, Refused     int
	More               bool // there are more calls than were counted
	Allowed            bool // a contract is valid now
	Recent             bool // a call came in the last seconds
}

// FieldlabCall is one call by an application. Code is empty when the source
// answered.
type FieldlabCall struct {
	At            time.Time
	From, To      FieldlabName
	OnBehalf      FieldlabName
	Status        int
	Code          string
	Took          time.Duration
	TransactionID string
	Answer        string
	InBothLogs    bool
}

// FieldlabName is an organisation by number and name.
type FieldlabName struct {
	ID   fsc.PeerID
	Name string
}

// FieldlabFault is something that can be broken and mended: the source, or the
// node of an organisation, by key.
type FieldlabFault struct {
	Key    string
	Name   string // of the organisation
	Broken bool
}

// FieldlabExample is something to type, by the key of what it does.
type FieldlabExample struct{ Key, Name, Text string }

// fieldlab is the start page with its server of assets and texts.
type fieldlab struct {
	*server
	lab FieldlabConfig
}

// NewFieldlab makes the start page of a fieldlab. It fails as [New] does.
func NewFieldlab(cfg FieldlabConfig) (http.Handler, error) {
	s := &server{
		cfg: Config{CookieLabel: "start", Now: cfg.Now, Logger: cfg.Logger}, mux: http.NewServeMux(),
		self: fsc.Peer{Name: "Fieldlab"}, groupType: "fieldlab",
	}
	var err error
	if s.assets, err = loadAssets(distribution); err != nil {
		return nil, err
	}
	if s.words, err = loadCatalogues(); err != nil {
		return nil, err
	}
	s.views = lazyViews(s, []string{"fieldlab", "failure"}) // those of the controllers cost memory
	f := &fieldlab{server: s, lab: cfg}
	s.registerAssets()
	s.registerPreferences()
	f.register()
	return f.guarded(), nil
}

// guarded is the handler behind the rules for browsers, which also refuses
// requests under another name.
func (f *fieldlab) guarded() http.Handler {
	return onlyUnder(f.lab.Host, f.server.guarded())
}

// organisation finds one by key.
func (s *FieldlabState) organisation(key string) FieldlabOrganisation {
	if i := slices.IndexFunc(s.Organisations, func(o FieldlabOrganisation) bool { return o.Key == key }); i >= 0 {
		return s.Organisations[i]
	}
	return FieldlabOrganisation{Name: key}
}
