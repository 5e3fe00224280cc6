// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// LoketConfig is what the form pages of a municipality in the fieldlab are made
// of: an application of its own, for people without a login.
type LoketConfig struct {
	// Key tells the cookies of this site from those of others on the machine.
	Key string
	// Name is that of the municipality, such as "Gemeente Duinwijk"; Supplier that
	// of who runs the service behind the forms.
	Name, Supplier string
	// Welcome, Address and Phone are the municipality's own words, in Dutch.
	Welcome, Address, Phone string
	Hours                   []LoketHours
	Forms                   []LoketForm
	// Send sends what was typed in a form, by its key and by the name of the field,
	// and tells what came of it. The field kenmerk marks the notice: the same one
	// sent again has the same mark.
	Send func(ctx context.Context, form string, values url.Values) LoketOutcome
	// Received lists what the municipality's own desk has received, newest first;
	// nil when it has none.
	Received func() []LoketNotice
	// Switch gives links to other pages of the fieldlab; may be nil.
	Switch func(*http.Request) []SwitchLink
	// Host is the IP address and port of the site; other names than this and
	// localhost are refused, so that no site can make a browser think it is this one.
	Host   string
	Now    func() time.Time
	Logger *slog.Logger
}

// LoketHours is when the town hall is open on a day: both times are "09:00".
// Day is a Dutch word.
type LoketHours struct{ Day, From, Until string }

// LoketForm is one form. Key is verhuizing or overlijden and stands in its
// address; Intro is the municipality's own text above it, in Dutch.
type LoketForm struct {
	Key, Intro string
	Sections   []LoketSection
}

// LoketSection is some fields under a heading (loket.section.<Key>).
type LoketSection struct {
	Key    string
	Fields []LoketField
	// Rows is how many times at most the fields are asked, once for each person; 0
	// for a section that is there once. The fields of row i are named
	// <List>.<i>.<Name>, and people add rows with a button.
	Rows int
	List string
}

// The kinds of fields.
const (
	LoketText   = "text"   // a line of text
	LoketDate   = "date"   // a day, "2006-01-02"
	LoketTime   = "time"   // a time, "15:04"
	LoketYes    = "yes"    // a box to tick, which sends "yes"
	LoketChoice = "choice" // one of the options, whose words are loket.option.<option>
	LoketPlace  = "place"  // one of the options, which are names
)

// LoketField is a field. Its label is loket.field.<Name>, and its hint, if it
// has one, the same with .hint.
type LoketField struct {
	Name, Kind string
	Options    []string
	Max        string // characters of a text
	Required   bool
	Depends    bool // whether it is needed depends on other answers: the hint tells
	Hint       bool
	Digits     bool // a keyboard with digits
	Fill       string
}

// LoketOutcome is what came of sending: exactly one of the three.
type LoketOutcome struct {
	Faults  []LoketFault
	Receipt *LoketReceipt
	Refusal *LoketRefusal
}

// LoketFault is what is wrong with a field: its text is loket.fault.<Code>.
type LoketFault struct{ Field, Code string }

// LoketReceipt is what the receiving municipality gave. Transaction is by which
// logs tell the call; it may be empty.
type LoketReceipt struct {
	Municipality, Reference string
	Received                time.Time
	Transaction             string
}

// LoketRefusal is why a notice did not arrive. Its texts are those of
// loket.refused.<Reason>; Code is the error code of FSC, if there was one, and To
// the municipality that should have received it, if that is known. Detail is what
// the Inway or Outway said about it, for the help desk.
type LoketRefusal struct{ Reason, Code, To, Transaction, Detail string }

// LoketNotice is a notice that the desk received. Day is what it is about,
// "2006-01-02" or empty, People how many it is about.
type LoketNotice struct {
	Reference, Kind, Day string
	People               int
	Received             time.Time
}

// loket is the site with its server of assets and texts.
type loket struct {
	*server
	site LoketConfig
}

// NewLoket makes the form pages of a municipality. It fails as [New] does.
func NewLoket(cfg LoketConfig) (http.Handler, error) {
	s := &server{
		cfg: Config{CookieLabel: "loket-" + cfg.Key, Now: cfg.Now, Logger: cfg.Logger, Switch: cfg.Switch}, mux: http.NewServeMux(),
		self: fsc.Peer{Name: cfg.Name}, groupType: "fieldlab",
	}
	var err error
	if s.assets, err = loadAssets(distribution); err != nil {
		return nil, err
	}
	if s.words, err = loadCatalogues(); err != nil {
		return nil, err
	}
	s.views = lazyViews(s, []string{"loket", "loket_form", "loket_received", "loket_desk", "failure"})
	l := &loket{server: s, site: cfg}
	s.registerAssets()
	s.registerPreferences()
	l.register()
	return onlyUnder(cfg.Host, s.guarded()), nil
}

// onlyUnder refuses requests under another name than a host and localhost.
func onlyUnder(host string, inner http.Handler) http.Handler {
	_, port, _ := strings.Cut(host, ":")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != host && r.Host != "localhost:"+port {
			http.Error(w, "This address isn't that of the fieldlab.", http.StatusMisdirectedRequest)
			return
		}
		inner.ServeHTTP(w, r)
	})
}
