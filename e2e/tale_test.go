// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// The organisations of the pictures, the same as in the fieldlab.
const (
	directoryID = fsc.PeerID("00000099000000100000")
	sourceID    = fsc.PeerID("00000099000000200000")
	duinwijkID  = fsc.PeerID("00000099000000300000")
	veenhovenID = fsc.PeerID("00000099000000400000")
	formsID     = fsc.PeerID("00000099000000500000")
)

// tale is a day of five organisations, with a clock of its own: a picture shows
// a whole day, and the same day each time it is made.
type tale struct {
	*lab
	passed atomic.Int64 // since the morning, in nanoseconds
	began  time.Time

	list, source, duinwijk, veenhoven, forms *running
	application                              *http.Client
	upstream                                 *upstream

	delegated, waiting, appointments fsc.ContentHash
	transaction                      string
}

// morning is when the day of the pictures begins: a Monday, 8:10 in Amsterdam.
func morning() time.Time { return time.Date(2027, time.January, 18, 7, 10, 0, 0, time.UTC) }

func (s *tale) now() time.Time {
	return morning().Add(time.Duration(s.passed.Load()) + time.Since(s.began))
}

func newTale(t *testing.T) *tale {
	t.Helper()
	ca, err := localca.New(morning())
	if err != nil {
		t.Fatal(err)
	}
	s := &tale{lab: &lab{dir: t.TempDir(), ca: ca, odd: newOddCA(t)}, began: time.Now(), application: plain(t), upstream: newUpstream(t)}
	if s.anchors, err = pki.LoadAnchors(ca.AnchorPEM()); err != nil {
		t.Fatal(err)
	}
	s.list = s.join(t, directoryID, "Stelselbeheer", func(c *node.Config) { c.Directory.AutoSign = true })
	member := func(c *node.Config) {
		withPages(c)
		c.Group.Directories = []node.PeerConfig{{PeerID: directoryID, ManagerAddress: s.list.peer.ManagerAddress}}
		for _, to := range []struct {
			peer    fsc.PeerID
			service string
		}{{sourceID, "personen"}, {sourceID, "adressen"}, {duinwijkID, "afspraken"}} {
			c.Outway.Routes = append(c.Outway.Routes, node.RouteConfig{PathPrefix: "/" + to.service, StripPrefix: true, PeerID: to.peer, Service: to.service})
		}
	}
	s.source = s.join(t, sourceID, "Landelijke Personenbron", member)
	s.duinwijk = s.join(t, duinwijkID, "Gemeente Duinwijk", member)
	s.veenhoven = s.join(t, veenhovenID, "Gemeente Veenhoven", member)
	s.forms = s.join(t, formsID, "Formulierenhuis", func(c *node.Config) {
		member(c)
		c.Outway.Routes[0].Delegator = veenhovenID
	})
	return s
}

// join starts a node with a name and the clock of the tale.
func (s *tale) join(t *testing.T, id fsc.PeerID, name string, change func(*node.Config)) *running {
	t.Helper()
	set := s.configure(t, id, func(c *node.Config) {
		c.Group.ID = "fieldlab.samenspel"
		change(c)
	})
	issued, err := s.ca.Issue(localca.Request{
		PeerID: id, Name: name, Hosts: []string{"localhost", "127.0.0.1"}, NotAfter: morning().AddDate(2, 0, 0),
	})
	if err != nil {
		t.Fatal(err)
	}
	if set.pair, err = issued.KeyPair(); err != nil {
		t.Fatal(err)
	}
	set.peer.Name = name
	writeFiles(t, set.dir, map[string][]byte{"cert.pem": issued.CertificatePEM, "key.pem": issued.KeyPEM, "anchors.pem": s.ca.AnchorPEM()})
	cfg, err := node.LoadConfig(set.file, nil)
	if err != nil {
		t.Fatal(err)
	}
	n, err := node.New(t.Context(), cfg, node.Options{Logger: testLogger(t, name), Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	r := &running{setup: set, outway: "http://" + n.Addresses["outway"], controller: "http://" + n.Addresses["controller"]}
	r.peer.ManagerAddress = localhost(n.Addresses["manager"])
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("node %s: %v", name, err)
		}
	})
	r.door = s.doorOf(t, filepath.Join(set.dir, set.data, "internal"), n.Addresses["internal"])
	return r
}

func (s *tale) doorOf(t *testing.T, dir, address string) *internalapi.Client {
	t.Helper()
	cert, err := os.ReadFile(filepath.Join(dir, "cli.pem"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(dir, "cli-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pair, err := pki.ParseKeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	door, err := node.NewInternalClient("https://"+address, filepath.Join(dir, "ca.pem"), pair, s.now)
	if err != nil {
		t.Fatal(err)
	}
	return door
}

// propose makes a contract for some days at a node.
func (s *tale) propose(t *testing.T, at *running, days int, g fsc.Grant) fsc.ContentHash {
	t.Helper()
	data, err := g.Data(fsc.ProfileV2)
	if err != nil {
		t.Fatal(err)
	}
	c, err := at.door.CreateContract(t.Context(), internalapi.Proposal{
		NotAfter: s.now().AddDate(0, 0, days), Grants: []jsontext.Value{jsontext.Value(data)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c.ContentHash
}

// sign waits until a contract has come, and accepts it.
func (s *tale) sign(t *testing.T, h fsc.ContentHash, at ...*running) {
	t.Helper()
	for _, r := range at {
		eventually(t, "the contract at "+r.peer.Name, func() bool {
			_, err := r.door.ShowContract(t.Context(), h)
			return err == nil
		})
		if _, err := r.door.SignContract(t.Context(), h, fsc.SignatureTypeAccept); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range at {
		eventually(t, "a valid contract at "+r.peer.Name, func() bool {
			c, err := r.door.ShowContract(t.Context(), h)
			return err == nil && c.State == fsc.StateValid
		})
	}
}

// happen lets the day pass: services, contracts, and calls hour by hour.
func (s *tale) happen(t *testing.T) {
	t.Helper()
	for at, names := range map[*running][]string{s.source: {"personen", "adressen"}, s.duinwijk: {"afspraken"}, s.veenhoven: {"meldingen"}} {
		for _, name := range names {
			if err := at.door.PutService(t.Context(), internalapi.Service{Name: name, Upstream: s.upstream.url}); err != nil {
				t.Fatal(err)
			}
			s.propose(t, at, 360, publication(directoryID, at.peer.ID, name))
		}
	}
	eventually(t, "four services in the Directory", func() bool {
		all, err := s.duinwijk.door.ListListings(t.Context())
		return err == nil && len(all) == 4
	})
	s.sign(t, s.propose(t, s.duinwijk, 20, connection(duinwijkID, s.duinwijk.pair, sourceID, "personen")), s.source)
	s.delegated = s.propose(t, s.veenhoven, 350, behalf(connection(formsID, s.forms.pair, sourceID, "personen"), veenhovenID))
	s.sign(t, s.delegated, s.forms, s.source)
	s.appointments = s.propose(t, s.veenhoven, 300, connection(veenhovenID, s.veenhoven.pair, duinwijkID, "afspraken"))
	s.sign(t, s.appointments, s.duinwijk)
	s.waiting = s.propose(t, s.forms, 180, connection(formsID, s.forms.pair, duinwijkID, "afspraken"))

	for hour, calls := range []int{7, 18, 31, 26, 14, 22, 29} {
		if hour > 0 {
			s.passed.Add(int64(time.Hour))
		}
		for i := range calls {
			s.transaction = s.call(t, s.duinwijk, "/personen/"+strconv.Itoa(i))
			if i%2 == 0 {
				s.call(t, s.veenhoven, "/afspraken/"+strconv.Itoa(i))
			}
			if i%3 == 0 {
				s.call(t, s.forms, "/personen/"+strconv.Itoa(i))
			}
		}
	}
	for range 3 { // there is no contract for this one
		a := mustSend(t, s.application, http.MethodGet, s.duinwijk.outway+"/adressen/1", nil, nil)
		if a.status < http.StatusBadRequest {
			t.Fatalf("a call without a contract was answered with %d", a.status)
		}
	}
}

// call goes through an Outway until it is answered, and gives its number.
func (s *tale) call(t *testing.T, from *running, path string) string {
	t.Helper()
	var a answer
	eventually(t, "an answer for "+from.peer.Name, func() bool {
		a = mustSend(t, s.application, http.MethodGet, from.outway+path, nil, nil)
		return a.status == http.StatusOK
	})
	return a.header.Get("Fsc-Transaction-Id")
}
