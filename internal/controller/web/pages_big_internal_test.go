// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/pki/localca"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest"
	"github.com/samenspel/samenspel/internal/txlog"
)

// What a big node has besides contracts and records.
const (
	bigOthers   = 50
	bigOffered  = 20   // services of our own
	bigUsed     = 1000 // services of others we have a contract for
	bigListed   = 2000 // services in the Directory
	bigRoutes   = 40
	bigRules    = 40
	bigEmployed = 60 // people
)

// bigDeal is the pages of an organisation with much of everything.
type bigDeal struct {
	manager *manager.Manager
	db      *store.Store
	people  *operator.Operators
	handler http.Handler
	session *http.Cookie
	listed  []directory.Listing
}

// quick answers for other Managers without delay: the benchmark measures this
// node.
type quick struct{ records []txlog.Record }

func (f *quick) Records(context.Context, fsc.PeerID, []string) ([]txlog.Record, error) {
	return f.records, nil
}

func (f *quick) Probe(context.Context, fsc.PeerID) (controller.Reached, error) {
	return controller.Reached{Version: "2.0.0"}, nil
}

func newBigDeal(b *testing.B) *bigDeal {
	b.Helper()
	dir := *benchDir
	if dir == "" {
		dir = b.TempDir()
	}
	ca, err := localca.New(testNow())
	must(b, err)
	self := newParty(b, ca, storetest.BigPeer(0), "Gemeente Voorbeeldstad")
	d := &bigDeal{}
	for i := range bigListed {
		d.listed = append(d.listed, directory.Listing{
			Peer: fsc.Peer{ID: storetest.BigPeer(1 + i%bigOthers), Name: bigName(1 + i%bigOthers)}, Name: fmt.Sprint("dienst-", i/bigOthers),
			Protocol: fsc.ProtocolHTTP11, CreatedAt: testNow().Unix() - int64(i), Properties: []byte(`{"omschrijving":"Een dienst met gegevens"}`),
		})
	}
	done := filepath.Join(dir, fmt.Sprintf("filled-%d-%d", *benchContracts, *benchRecords))
	if _, err := os.Stat(done); err != nil {
		d.open(b, dir, self)
		d.fill(b, self)
		must(b, d.db.Close())
		storetest.FillLog(b, dir, *benchRecords, testNow())
		must(b, os.WriteFile(done, nil, 0o600))
	}
	d.open(b, dir, self)
	b.Cleanup(func() { must(b, d.db.Close()) })
	d.logIn(b)
	return d
}

func bigName(n int) string { return fmt.Sprint("Gemeente Nummer ", n) }

func (d *bigDeal) open(b *testing.B, dir string, self *party) {
	b.Helper()
	quiet := slog.New(slog.DiscardHandler)
	var err error
	d.db, err = store.OpenSQLite(b.Context(), dir, quiet)
	must(b, err)
	d.manager, err = manager.New(manager.Config{
		Self: self.peer, Rules: fsc.Rules{GroupID: "test-group"}, Store: d.db, Policy: manager.RulePolicy{},
		Keys: self, InwayAddress: "https://inway.test:443", Now: testNow, Logger: quiet,
	})
	must(b, err)
	d.people = operator.New(operator.Config{Store: d.db.People(), Now: testNow, Logger: quiet, HashMemory: 64})
	s := testServer(b, func(c *Config) {
		c.Controller = controller.New(controller.Config{
			Manager: d.manager, People: d.people, Log: d.db.Log(), Evidence: d.db.Log(), History: d.db, Remote: &quick{}, GroupID: "test-group", GroupType: "production", Now: testNow, Logger: quiet,
			Directory:    func(context.Context) ([]directory.Listing, error) { return d.listed, nil },
			Certificates: func() []controller.Certificate { return []controller.Certificate{testCertificates()[0].Certificate} },
			Health:       func() []controller.Check { return []controller.Check{{Name: "store"}} },
			Refusals:     func() []controller.Refusal { return nil },
			Outways: func() []controller.Outway {
				return []controller.Outway{{Name: "hoofd", Address: "http://127.0.0.1:8080", PublicKeyThumbprint: bigKey}}
			},
			Settings: []controller.Setting{{Key: "group.id", Value: "test-group"}, {Key: "group.directories[0].peer_id", Value: string(storetest.BigPeer(bigOthers))}},
		})
	})
	s.people, s.self, s.groupType = d.people, self.peer, "production"
	d.handler = s.guarded()
}

// bigKey stays the same when a database is used again.
var bigKey = strings.Repeat("ab", 32)

func (d *bigDeal) fill(b *testing.B, self *party) {
	b.Helper()
	began := time.Now()
	storetest.FillContracts(b, d.db, *benchContracts, testNow())
	b.Logf("%d contracts took %s", *benchContracts, time.Since(began))
	must(b, d.db.Update(b.Context(), func(tx manager.Tx) error {
		for i := range bigOthers {
			p := fsc.Peer{ID: storetest.BigPeer(1 + i), Name: bigName(1 + i), ManagerAddress: fmt.Sprintf("https://manager-%d.test:8443", 1+i)}
			if err := tx.PutPeer(b.Context(), p); err != nil {
				return err
			}
		}
		for i := range bigUsed {
			provider := storetest.BigPeer(1 + i%bigOthers)
			if err := tx.PutContract(b.Context(), bigContract(b, i, fsc.Grant{
				Type: fsc.GrantTypeServiceConnection, Outway: fsc.Outway{PeerID: self.peer.ID, PublicKeyThumbprint: bigKey},
				Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: provider, Name: fmt.Sprint("dienst-", i/bigOthers)},
			})); err != nil {
				return err
			}
		}
		for i := range bigOffered {
			if err := tx.PutContract(b.Context(), bigContract(b, bigUsed+i, fsc.Grant{
				Type: fsc.GrantTypeServicePublication, Directory: storetest.BigPeer(bigOthers),
				Service: fsc.Service{PeerID: self.peer.ID, Name: storetest.BigService(i), Protocol: fsc.ProtocolHTTP11},
			})); err != nil {
				return err
			}
		}
		return nil
	}))
	d.fillByHand(b)
}

// bigContract is a year long and accepted by all.
func bigContract(b *testing.B, n int, g fsc.Grant) *manager.Contract {
	b.Helper()
	created := testNow().Add(-time.Duration(n) * time.Hour)
	content, err := fsc.Draft{
		IV: fmt.Sprintf("00000000-0000-7000-9000-%012x", n), GroupID: "test-group", CreatedAt: created, NotBefore: created, NotAfter: created.AddDate(1, 0, 0),
		Grants: []fsc.Grant{g},
	}.Content(fsc.Rules{GroupID: "test-group"})
	must(b, err)
	c := &manager.Contract{Content: content, StoredAt: created}
	for _, p := range content.Parties() {
		c.Signatures = append(c.Signatures, manager.Signature{
			PeerID: p, Type: fsc.SignatureTypeAccept, JWS: strings.Repeat("j", 400), SignedAt: created, Chain: [][]byte{[]byte("leaf")}, CertificateNotAfter: created.AddDate(3, 0, 0),
		})
	}
	return c
}

// fillByHand adds what people make on the pages.
func (d *bigDeal) fillByHand(b *testing.B) {
	b.Helper()
	for i := range bigOffered {
		must(b, d.manager.PutService(b.Context(), manager.Service{Name: storetest.BigService(i), Upstream: "http://127.0.0.1:9000"}))
	}
	for i := range bigRoutes {
		_, err := d.manager.PutRoute(b.Context(), manager.Route{
			PathPrefix: fmt.Sprint("/dienst-", i), ServicePeerID: storetest.BigPeer(1 + i), Service: "dienst-0",
		})
		must(b, err)
	}
	for i := range bigRules {
		_, err := d.manager.PutRule(b.Context(), manager.StoredRule{
			Name: fmt.Sprint("Regel ", i), Enabled: true, Rule: manager.Rule{Role: manager.RoleProvider, Services: []string{storetest.BigService(i % bigOffered)}},
		})
		must(b, err)
	}
	const batch = 5000
	var events []*operator.Event
	flush := func() {
		must(b, d.db.People().Update(b.Context(), func(tx operator.Tx) error {
			for _, e := range events {
				if err := tx.AddEvent(b.Context(), e); err != nil {
					return err
				}
			}
			return nil
		}))
		events = events[:0]
	}
	for e := range eventsOf(*benchContracts) {
		if events = append(events, e); len(events) == batch {
			flush()
		}
	}
	flush()
	d.employ(b)
}

func (d *bigDeal) employ(b *testing.B) {
	b.Helper()
	token, err := d.people.NewSetupToken(b.Context())
	must(b, err)
	d.post(b, "/setup", "token", token, "name", "Sanne de Vries", "email", adminEmail, "password", adminPassword, "password_again", adminPassword)
	must(b, d.db.People().Update(b.Context(), func(tx operator.Tx) error {
		first, err := tx.FindAccountByEmail(b.Context(), adminEmail)
		if err != nil {
			return err
		}
		first.Roles = operator.Roles() // may sign too
		if err := tx.PutAccount(b.Context(), first); err != nil {
			return err
		}
		for i := range bigEmployed {
			a := *first
			a.ID, a.Email, a.Name = operator.AccountID(fmt.Sprintf("00000000-0000-7000-8000-%012x", i)), fmt.Sprintf("p%d@voorbeeldstad.nl", i), fmt.Sprint("Persoon ", i)
			if err := tx.PutAccount(b.Context(), &a); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (d *bigDeal) post(b *testing.B, path string, fields ...string) *httptest.ResponseRecorder {
	b.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	rec := httptest.NewRecorder()
	d.handler.ServeHTTP(rec, r)
	if rec.Code != http.StatusSeeOther {
		b.Fatalf("%s: %d\n%.2000s", path, rec.Code, rec.Body)
	}
	return rec
}

func (d *bigDeal) logIn(b *testing.B) {
	b.Helper()
	for _, c := range d.post(b, "/login", "email", adminEmail, "password", adminPassword).Result().Cookies() {
		if c.Name == sessionCookie {
			d.session = c
		}
	}
}
