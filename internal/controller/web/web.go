// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// Config is what the pages are made of.
type Config struct {
	Controller *controller.Controller
	// Secure tells that browsers come over https. Cookies then have the prefix
	// __Host- and the answer asks for https from then on.
	Secure bool
	// ThemeFile is a style sheet of the organisation that sets --basis-* tokens;
	// empty: there is none. It is read at the start, at most 256 KiB.
	ThemeFile string
	// Providers are the identity providers somebody can log in with.
	Providers []Provider
	// CookieLabel is added to the names of cookies, so that somebody can be logged
	// in at several organisations on one host, as in the fieldlab: cookies don't
	// tell ports apart. Letters, digits and hyphens; empty otherwise.
	CookieLabel string
	// Switch gives the other organisations and people to go to; only the fieldlab
	// has it. Nil: there are none.
	Switch func(*http.Request) []SwitchLink
	// Handover gives the e-mail address of the person that a one-time ticket of the
	// fieldlab's start page is for, and uses it up; false for any other ticket.
	// Only the fieldlab has it: nil leaves out the path that logs in with a ticket.
	Handover func(ticket string) (email string, ok bool)
	// Public is what somebody without a login may read; zero: nothing.
	Public Public
	Now    func() time.Time
	Logger *slog.Logger
}

// Provider is an identity provider by its key in the configuration and the
// name on its button.
type Provider struct{ Key, Name string }

// SwitchLink leads to the pages of another organisation or person.
type SwitchLink struct {
	Label   string
	URL     string // local path, or http(s) on this machine
	Current bool
}

// server answers browsers. What it holds doesn't change after New,
// but for the pages of a language, which are parsed when somebody asks for it.
type server struct {
	cfg       Config
	mux       *http.ServeMux
	people    *operator.Operators
	assets    *assets
	views     map[language]func() (*views, error)
	words     map[language]*catalogue
	theme     *asset
	self      fsc.Peer
	groupType string
	shown     *allowance // what addresses asked of the public pages
	sent      *attempts  // forms that may come twice
}

// New makes the pages. It fails when the program was built without the files
// of dist, or when catalogues or the theme are broken.
func New(cfg Config) (http.Handler, error) {
	s, err := newServer(cfg)
	if err != nil {
		return nil, err
	}
	return s.guarded(), nil
}

// newServer makes a server with all routes.
func newServer(cfg Config) (*server, error) {
	s := &server{cfg: cfg, mux: http.NewServeMux(), sent: newAttempts()}
	if cfg.Controller != nil {
		s.people = cfg.Controller.People()
		s.self = cfg.Controller.Self()
		s.groupType = cfg.Controller.GroupType()
	}
	var err error
	if s.assets, err = loadAssets(distribution); err != nil {
		return nil, err
	}
	if s.words, err = loadCatalogues(); err != nil {
		return nil, err
	}
	names, err := pageNames()
	if err != nil {
		return nil, err
	}
	s.views = lazyViews(s, names)
	if s.theme, err = loadTheme(cfg.ThemeFile); err != nil {
		return nil, err
	}
	s.routes()
	return s, nil
}
