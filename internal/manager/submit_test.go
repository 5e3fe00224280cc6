// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

func TestSubmitTakesInAContractAndAnswersByPolicy(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna, automatic).offers(t)
	c := content(t, draft(1, w.connection()))
	must(t, n.Submit(t.Context(), w.orgs[bart].caller(), w.orgs[bart].message(t, c, fsc.SignatureTypeAccept)))
	equal(t, "signatures", n.marks(t, c.Hash()), "1000 accept, 2000 accept")
	equal(t, "state", n.state(t, c.Hash()), fsc.StateValid)
	equalAll(t, "outbox", n.waiting(t), []string{"accept " + string(bart) + " waiting"})
	own, _ := n.find(t, c.Hash()).Signature(anna, fsc.SignatureTypeAccept)
	sig, err := fsc.ParseSignature(own.JWS)
	must(t, err)
	must(t, sig.Check(c.Hash(), fsc.SignatureTypeAccept, start))
	must(t, sig.Verify(n.org.key()))
}

func TestSubmitWaitsForAPerson(t *testing.T) {
	w := newWorld(t)
	for name, options := range map[string][]func(*manager.Config){
		"without a rule":    nil,
		"without a service": {automatic},
	} {
		t.Run(name, func(t *testing.T) {
			n := w.node(t, anna, options...)
			c := content(t, draft(1, w.connection()))
			must(t, n.Submit(t.Context(), w.orgs[bart].caller(), w.orgs[bart].message(t, c, fsc.SignatureTypeAccept)))
			equal(t, "signatures", n.marks(t, c.Hash()), "2000 accept")
			equalAll(t, "outbox", n.waiting(t), []string{})
			equalAll(t, "awaiting", n.find(t, c.Hash()).Awaiting(start), []fsc.PeerID{anna})
		})
	}
}

// Each case breaks its own rule and all that come behind it, so the code shows
// which one is looked at first.
func TestReceiveChecksInTheOrderOfTheStandard(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna)
	otherPath := content(t, draft(99, w.connection())).Hash()
	var (
		otherGroup = draft(1, w.connection(), publication())
		notCaller  = draft(2, publication(), w.foreign())
		notUs      = draft(3, w.foreign(), w.foreign())
		mixed      = draft(4, w.connection(), publication())
		ended      = draft(5, w.connection())
		good       = draft(6, w.connection())
	)
	otherGroup.GroupID = "other-group"
	ended.NotAfter = start
	for _, test := range []struct {
		name  string
		draft fsc.Draft
		from  fsc.PeerID
		path  fsc.ContentHash
		jws   string
		want  fsc.ErrorCode
	}{
		{"malformed path", good, bart, "nonsense", "x", fsc.CodeInvalidRequest},
		{"another group", otherGroup, erik, otherPath, "x", fsc.CodeIncorrectGroupID},
		{"the caller is not a party", notCaller, erik, otherPath, "x", fsc.CodeSubmittingPeerNotPartOfContract},
		{"we are not a party", notUs, bart, otherPath, "x", fsc.CodeReceivingPeerNotPartOfContract},
		{"mixed grants", mixed, bart, otherPath, "x", fsc.CodeGrantCombinationNotAllowed},
		{"the end has passed", ended, bart, otherPath, "x", fsc.CodeContractValidationFailed},
		{"another path", good, bart, otherPath, "x", fsc.CodeURLPathContentHashMismatch},
		{"no signature", good, bart, "", "x", fsc.CodeSignatureVerificationFailed},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := content(t, test.draft)
			path := test.path
			if path == "" {
				path = c.Hash()
			}
			err := n.PutSignature(t.Context(), w.orgs[test.from].caller(), fsc.SignatureTypeAccept, path, manager.Submission{Content: c.Raw(), Signature: test.jws})
			refused(t, err, test.want)
			if _, err := n.FindContract(t.Context(), c.Hash()); !errors.Is(err, manager.ErrNotFound) {
				t.Errorf("stored all the same (%v)", err)
			}
		})
	}
}

// foreign is a connection without anna.
func (w *world) foreign() fsc.Grant {
	g := w.connection()
	g.Service.PeerID = carla
	return g
}

func TestReceiveRefusesContentThatIsNotStrict(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna)
	raw := string(content(t, draft(1, w.connection())).Raw())
	for name, body := range map[string]string{
		"an unknown member": strings.Replace(raw, `"iv"`, `"more":1,"iv"`, 1),
		"a double member":   strings.Replace(raw, `"iv"`, `"iv":"x","iv"`, 1),
		"no JSON":           "{",
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, n.Submit(t.Context(), w.orgs[bart].caller(), manager.Submission{Content: []byte(body)}), fsc.CodeInvalidRequest)
		})
	}
}

func TestReceiveBelievesOnlyTheCallersOwnSignature(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna)
	c, other := content(t, draft(1, w.connection())), content(t, draft(2, w.connection()))
	mine := w.orgs[bart]
	stranger := newWorld(t).orgs[bart] // the same PeerID, of another authority
	signed := mine.jws(t, c.Hash(), fsc.SignatureTypeAccept, start)
	again := mine.jws(t, c.Hash(), fsc.SignatureTypeAccept, start)
	swapped := signed[:strings.LastIndex(signed, ".")] + again[strings.LastIndex(again, "."):]
	for _, test := range []struct {
		name, jws string
		want      fsc.ErrorCode
	}{
		{"of another Peer", w.orgs[carla].jws(t, c.Hash(), fsc.SignatureTypeAccept, start), fsc.CodePeerIDSignatureMismatch},
		{"of this Peer itself", w.orgs[anna].jws(t, c.Hash(), fsc.SignatureTypeAccept, start), fsc.CodePeerIDSignatureMismatch},
		{"on another contract", mine.jws(t, other.Hash(), fsc.SignatureTypeAccept, start), fsc.CodeSignatureContractContentHashMismatch},
		{"of another type", mine.jws(t, c.Hash(), fsc.SignatureTypeRevoke, start), fsc.CodeSignatureVerificationFailed},
		{"of the future", mine.jws(t, c.Hash(), fsc.SignatureTypeAccept, start.Add(2*time.Minute)), fsc.CodeSignatureVerificationFailed},
		{"with an unknown certificate", stranger.jws(t, c.Hash(), fsc.SignatureTypeAccept, start), fsc.CodeSignatureVerificationFailed},
		{"that was tampered with", signed[:len(signed)-8] + "AAAAAAAA", fsc.CodeSignatureVerificationFailed},
	} {
		t.Run(test.name, func(t *testing.T) {
			refused(t, n.Submit(t.Context(), mine.caller(), manager.Submission{Content: c.Raw(), Signature: test.jws}), test.want)
		})
	}
	must(t, n.Submit(t.Context(), mine.caller(), manager.Submission{Content: c.Raw(), Signature: swapped})) // both are whole
}

func TestAnExpiredSigningCertificateIsRefused(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna)
	d := draft(1, w.connection())
	d.NotAfter = start.AddDate(0, 6, 0)
	c := content(t, d)
	w.clock.advance(60 * 24 * time.Hour)
	refused(t, n.Submit(t.Context(), w.orgs[bart].caller(), w.orgs[bart].message(t, c, fsc.SignatureTypeAccept)), fsc.CodeSignatureVerificationFailed)
}

func TestTheSameMessageAgainChangesNothing(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna, automatic).offers(t)
	c := content(t, draft(1, w.connection()))
	m := w.orgs[bart].message(t, c, fsc.SignatureTypeAccept)
	must(t, n.Submit(t.Context(), w.orgs[bart].caller(), m))
	n.knows(t, bart).deliver(t)
	before := n.find(t, c.Hash())
	w.clock.advance(time.Minute)
	must(t, n.Submit(t.Context(), w.orgs[bart].caller(), m))
	must(t, n.PutSignature(t.Context(), w.orgs[bart].caller(), fsc.SignatureTypeAccept, c.Hash(), m))
	after := n.find(t, c.Hash())
	equal(t, "stored at", after.StoredAt, before.StoredAt)
	for i := range before.Signatures {
		equal(t, "signature", after.Signatures[i].JWS, before.Signatures[i].JWS)
	}
	equalAll(t, "outbox", n.waiting(t), []string{})
}

func TestAnIVBelongsToOneContract(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna)
	first, second := draft(1, w.connection()), draft(1, w.connection())
	second.NotAfter = second.NotAfter.Add(time.Hour)
	a, b := content(t, first), content(t, second)
	must(t, n.Submit(t.Context(), w.orgs[bart].caller(), w.orgs[bart].message(t, a, fsc.SignatureTypeAccept)))
	refused(t, n.Submit(t.Context(), w.orgs[bart].caller(), w.orgs[bart].message(t, b, fsc.SignatureTypeAccept)), fsc.CodeContractValidationFailed)
	_, err := n.Create(t.Context(), proposal(second))
	refused(t, err, fsc.CodeContractValidationFailed)
	if _, err := n.FindContract(t.Context(), b.Hash()); !errors.Is(err, manager.ErrNotFound) {
		t.Errorf("the second contract is stored (%v)", err)
	}
}

func TestASignatureMayOvertakeTheProposal(t *testing.T) {
	for typ, want := range map[fsc.SignatureType]fsc.ContractState{
		fsc.SignatureTypeAccept: fsc.StateValid,
		fsc.SignatureTypeReject: fsc.StateRejected,
		fsc.SignatureTypeRevoke: fsc.StateRevoked,
	} {
		t.Run(string(typ), func(t *testing.T) {
			w := newWorld(t)
			n := w.node(t, anna, automatic).offers(t)
			c := content(t, draft(1, w.connection()))
			must(t, n.PutSignature(t.Context(), w.orgs[bart].caller(), typ, c.Hash(), w.orgs[bart].message(t, c, typ)))
			equal(t, "state", n.state(t, c.Hash()), want)
			if _, signed := n.find(t, c.Hash()).Signature(anna, fsc.SignatureTypeAccept); signed != (typ == fsc.SignatureTypeAccept) {
				t.Errorf("answered: %t", signed)
			}
		})
	}
}

func TestLateSignatures(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna)
	known, unknown := content(t, draft(1, w.connection())), content(t, draft(2, w.connection()))
	put := func(c *fsc.Content, typ fsc.SignatureType) error {
		return n.PutSignature(t.Context(), w.orgs[bart].caller(), typ, c.Hash(), w.orgs[bart].message(t, c, typ))
	}
	must(t, put(known, fsc.SignatureTypeAccept))
	w.clock.advance(25 * time.Hour)
	must(t, put(known, fsc.SignatureTypeRevoke)) // what ends a known contract is always heard
	must(t, put(known, fsc.SignatureTypeReject))
	refused(t, put(known, fsc.SignatureTypeAccept), fsc.CodeContractValidationFailed)
	for _, typ := range []fsc.SignatureType{fsc.SignatureTypeAccept, fsc.SignatureTypeReject, fsc.SignatureTypeRevoke} {
		refused(t, put(unknown, typ), fsc.CodeContractValidationFailed)
	}
}

func TestALaterAcceptReplacesAnEarlierOneOnly(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna)
	c := content(t, draft(1, w.connection()))
	sign := func(at time.Time) manager.Submission {
		return manager.Submission{Content: c.Raw(), Signature: w.orgs[bart].jws(t, c.Hash(), fsc.SignatureTypeAccept, at)}
	}
	older := sign(start.Add(-time.Minute))
	must(t, n.Submit(t.Context(), w.orgs[bart].caller(), older))
	w.orgs[bart].renew(t, localca.Request{NotAfter: start.AddDate(1, 0, 0)})
	newer := sign(start)
	for _, m := range []manager.Submission{newer, older} {
		must(t, n.Submit(t.Context(), w.orgs[bart].caller(), m))
		got, _ := n.find(t, c.Hash()).Signature(bart, fsc.SignatureTypeAccept)
		equal(t, "signature", got.JWS, newer.Signature)
		equal(t, "end of the certificate", got.CertificateNotAfter, start.AddDate(1, 0, 0))
	}
}

func TestAnAcceptAfterARejectChangesNoState(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna, automatic).offers(t)
	c := content(t, draft(1, w.connection()))
	for _, typ := range []fsc.SignatureType{fsc.SignatureTypeReject, fsc.SignatureTypeAccept} {
		must(t, n.PutSignature(t.Context(), w.orgs[bart].caller(), typ, c.Hash(), w.orgs[bart].message(t, c, typ)))
		equal(t, "state", n.state(t, c.Hash()), fsc.StateRejected)
	}
	equalAll(t, "outbox", n.waiting(t), []string{})
}

func TestAFailingTransactionLeavesNeitherSignatureNorDelivery(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna, automatic).offers(t)
	c := content(t, draft(1, w.connection()))
	fault := errors.New("disk is full")
	changed := n.Changed()
	n.store.set(fault)
	m := w.orgs[bart].message(t, c, fsc.SignatureTypeAccept)
	if err := n.Submit(t.Context(), w.orgs[bart].caller(), m); !errors.Is(err, fault) {
		t.Fatalf("got %v", err)
	}
	n.store.set(nil)
	if _, err := n.FindContract(t.Context(), c.Hash()); !errors.Is(err, manager.ErrNotFound) {
		t.Errorf("stored (%v)", err)
	}
	equalAll(t, "outbox", n.waiting(t), []string{})
	select {
	case <-changed:
		t.Error("a change was announced")
	default:
	}
	must(t, n.Submit(t.Context(), w.orgs[bart].caller(), m))
	equalAll(t, "outbox", n.waiting(t), []string{"accept " + string(bart) + " waiting"})
}

func TestAnnounceBelievesAnAddressOnlyWhenItIsConfirmed(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna)
	address := func() string {
		ps, err := n.ListPeers(t.Context(), manager.PeerFilter{IDs: []fsc.PeerID{bart}})
		must(t, err)
		if len(ps) == 0 {
			return "nothing"
		}
		return ps[0].ManagerAddress
	}
	from := w.orgs[bart].caller()
	n.peers.set(func(p *peers) { p.confirm = func(fsc.Peer) error { return errors.New("certificate of another Peer") } })
	refused(t, n.Announce(t.Context(), from), fsc.CodeInvalidRequest)
	equal(t, "address", address(), "nothing")

	n.peers.set(func(p *peers) { p.confirm = nil })
	must(t, n.Announce(t.Context(), from))
	equal(t, "address", address(), from.ManagerAddress)
	tries := len(n.peers.confirmed)
	must(t, n.Announce(t.Context(), from))
	equal(t, "confirmations of an address that is known", len(n.peers.confirmed), tries)

	n.peers.set(func(p *peers) { p.confirm = func(fsc.Peer) error { return errors.New("certificate of another Peer") } })
	stolen := from
	stolen.ManagerAddress = w.orgs[erik].peer.ManagerAddress
	refused(t, n.Announce(t.Context(), stolen), fsc.CodeInvalidRequest)
	equal(t, "address", address(), from.ManagerAddress)

	stolen.ManagerAddress = ""
	refused(t, n.Announce(t.Context(), stolen), fsc.CodeInvalidRequest)
}

func TestTheAddressOfASenderIsLearntOnlyWhenItIsConfirmed(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna)
	c := content(t, draft(1, w.connection()))
	from := w.orgs[bart].caller()
	send := func() fsc.Peer {
		must(t, n.Submit(t.Context(), from, w.orgs[bart].message(t, c, fsc.SignatureTypeAccept)))
		ps, err := n.ListPeers(t.Context(), manager.PeerFilter{IDs: []fsc.PeerID{bart}})
		must(t, err)
		return ps[0]
	}
	n.peers.set(func(p *peers) { p.confirm = func(fsc.Peer) error { return errors.New("nobody there") } })
	equal(t, "peer", send(), fsc.Peer{ID: bart, Name: w.orgs[bart].peer.Name})
	n.peers.set(func(p *peers) { p.confirm = nil })
	equal(t, "peer", send(), w.orgs[bart].peer)
	tries := len(n.peers.confirmed)
	send()
	equal(t, "confirmations of an address that is known", len(n.peers.confirmed), tries)

	n.peers.set(func(p *peers) { p.confirm = func(fsc.Peer) error { return errors.New("of another Peer") } })
	from.ManagerAddress = w.orgs[erik].peer.ManagerAddress
	equal(t, "peer", send(), w.orgs[bart].peer)
}

func TestLocateAsksTheDirectoriesAndChecksTheirAnswer(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna, withDirectory)
	locate := func() fsc.Peer {
		p, err := n.Locate(t.Context(), bart)
		must(t, err)
		return p
	}
	equal(t, "nobody knows", locate(), fsc.Peer{ID: bart})
	n.peers.set(func(p *peers) { p.located = map[fsc.PeerID]fsc.Peer{bart: w.orgs[carla].peer} })
	equal(t, "the Directory gives another Peer", locate(), fsc.Peer{ID: bart})
	n.peers.set(func(p *peers) {
		p.located = map[fsc.PeerID]fsc.Peer{bart: w.orgs[bart].peer}
		p.confirm = func(fsc.Peer) error { return errors.New("of another Peer") }
	})
	equal(t, "the Directory gives a wrong address", locate(), fsc.Peer{ID: bart})
	n.peers.set(func(p *peers) { p.confirm = nil })
	equal(t, "the Directory knows", locate(), w.orgs[bart].peer)
	asked := n.peers.asked
	equal(t, "known from then on", locate(), w.orgs[bart].peer)
	equal(t, "times asked", n.peers.asked, asked)
	d, err := n.Locate(t.Context(), dirk)
	must(t, err)
	equal(t, "the Directory itself", d.ManagerAddress, "https://directory.test:8443")
}

func TestANameFromACertificateIsNotReplacedByADirectory(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna, withDirectory)
	c := content(t, draft(1, w.connection()))
	from := w.orgs[bart].caller()
	from.ManagerAddress = ""
	must(t, n.Submit(t.Context(), from, w.orgs[bart].message(t, c, fsc.SignatureTypeAccept)))
	liar := w.orgs[bart].peer
	liar.Name = "Belastingdienst"
	n.peers.set(func(p *peers) { p.located = map[fsc.PeerID]fsc.Peer{bart: liar} })
	p, err := n.Locate(t.Context(), bart)
	must(t, err)
	equal(t, "peer", p, w.orgs[bart].peer)
}

func TestChangedIsClosedAtEachChange(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna)
	c := content(t, draft(1, w.connection()))
	for _, change := range []func() error{
		func() error {
			return n.PutService(t.Context(), manager.Service{Name: "persons", Upstream: "http://a.test"})
		},
		func() error { return n.DeleteService(t.Context(), "persons") },
		func() error { return n.Announce(t.Context(), w.orgs[bart].caller()) },
		func() error {
			return n.Submit(t.Context(), w.orgs[bart].caller(), w.orgs[bart].message(t, c, fsc.SignatureTypeAccept))
		},
		func() error { _, err := n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeReject); return err },
	} {
		changed := n.Changed()
		must(t, change())
		select {
		case <-changed:
		default:
			t.Error("a change wasn't told")
		}
		if changed == n.Changed() {
			t.Error("the same channel again")
		}
	}
}
