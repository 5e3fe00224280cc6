// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

func proposal(d fsc.Draft) manager.Proposal {
	return manager.Proposal{NotBefore: d.NotBefore, NotAfter: d.NotAfter, CreatedAt: d.CreatedAt, IV: d.IV, Grants: d.Grants}
}

func TestCreateSignsAndSubmitsToTheOthers(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, bart).knows(t, anna, carla)
	c, err := n.Create(t.Context(), manager.Proposal{NotAfter: start.Add(time.Hour), Grants: []fsc.Grant{w.delegated()}})
	must(t, err)
	equal(t, "signatures", n.marks(t, c.Content.Hash()), "2000 accept")
	equal(t, "from", c.Content.Validity.NotBefore, start.Unix())
	equal(t, "created", c.Content.CreatedAt, start.Unix())
	equal(t, "profile", c.Content.Profile(), fsc.ProfileV2)
	n.deliver(t)
	equalAll(t, "messages", n.peers.messages(), []string{"submit " + string(anna), "submit " + string(carla)})
}

func TestCreateRefuses(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, bart)
	strange := w.connection()
	strange.Outway.PeerID = erik
	for name, test := range map[string]struct {
		p    manager.Proposal
		want fsc.ErrorCode
	}{
		"a contract without us":     {manager.Proposal{NotAfter: start.Add(time.Hour), Grants: []fsc.Grant{strange}}, fsc.CodeSubmittingPeerNotPartOfContract},
		"a contract that has ended": {manager.Proposal{NotBefore: start.Add(-2 * time.Hour), NotAfter: start, Grants: []fsc.Grant{w.connection()}}, fsc.CodeContractValidationFailed},
		"a contract without grants": {manager.Proposal{NotAfter: start.Add(time.Hour)}, fsc.CodeContractValidationFailed},
		"an iv that is no UUID":     {manager.Proposal{NotAfter: start.Add(time.Hour), IV: "one", Grants: []fsc.Grant{w.connection()}}, fsc.CodeContractValidationFailed},
		"an older profile":          {manager.Proposal{NotAfter: start.Add(time.Hour), Profile: fsc.ProfileV1, Grants: []fsc.Grant{w.connection()}}, fsc.CodeUnknownFSCVersion},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := n.Create(t.Context(), test.p)
			refused(t, err, test.want)
		})
	}
	equalAll(t, "outbox", n.waiting(t), []string{})
}

func TestCreateTwiceIsTheSameContract(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, bart).knows(t, anna)
	p := proposal(draft(1, w.connection()))
	first, err := n.Create(t.Context(), p)
	must(t, err)
	n.deliver(t)
	n.peers.messages()
	w.clock.advance(time.Minute)
	again, err := n.Create(t.Context(), p)
	must(t, err)
	equal(t, "hash", again.Content.Hash(), first.Content.Hash())
	equal(t, "signature", again.Signatures[0].JWS, first.Signatures[0].JWS)
	equalAll(t, "outbox", n.waiting(t), []string{})

	_, err = n.Sign(t.Context(), first.Content.Hash(), fsc.SignatureTypeReject)
	must(t, err)
	ended, err := n.Create(t.Context(), p)
	must(t, err)
	equal(t, "state", ended.State(w.clock.Now()), fsc.StateRejected)
	equalAll(t, "outbox", n.waiting(t), []string{"reject " + string(anna) + " waiting"})
}

func TestSign(t *testing.T) {
	const accept, reject, revoke = fsc.SignatureTypeAccept, fsc.SignatureTypeReject, fsc.SignatureTypeRevoke
	for _, test := range []struct {
		name   string
		theirs []fsc.SignatureType // of bart
		ours   []fsc.SignatureType // of anna
		after  time.Duration
		sign   fsc.SignatureType
		want   fsc.ErrorCode // empty: allowed
		state  fsc.ContractState
	}{
		{name: "accept a proposal", theirs: []fsc.SignatureType{accept}, sign: accept, state: fsc.StateValid},
		{name: "reject a proposal", theirs: []fsc.SignatureType{accept}, sign: reject, state: fsc.StateRejected},
		{name: "revoke a proposal", theirs: []fsc.SignatureType{accept}, sign: revoke, state: fsc.StateRevoked},
		{name: "accept twice", theirs: []fsc.SignatureType{accept}, ours: []fsc.SignatureType{accept}, sign: accept, want: fsc.CodeContractValidationFailed},
		{name: "reject a valid one", theirs: []fsc.SignatureType{accept}, ours: []fsc.SignatureType{accept}, sign: reject, want: fsc.CodeContractValidationFailed},
		{name: "revoke a valid one", theirs: []fsc.SignatureType{accept}, ours: []fsc.SignatureType{accept}, sign: revoke, state: fsc.StateRevoked},
		{name: "accept a rejected one", theirs: []fsc.SignatureType{reject}, sign: accept, want: fsc.CodeContractValidationFailed},
		{name: "revoke a rejected one", theirs: []fsc.SignatureType{reject}, sign: revoke, want: fsc.CodeContractValidationFailed},
		{name: "accept a revoked one", theirs: []fsc.SignatureType{accept, revoke}, sign: accept, want: fsc.CodeContractValidationFailed},
		{name: "accept after the end", theirs: []fsc.SignatureType{accept}, after: 25 * time.Hour, sign: accept, want: fsc.CodeContractValidationFailed},
		{name: "revoke after the end", theirs: []fsc.SignatureType{accept}, ours: []fsc.SignatureType{accept}, after: 25 * time.Hour, sign: revoke, want: fsc.CodeContractValidationFailed},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			n := w.node(t, anna).offers(t)
			c := content(t, draft(1, w.connection()))
			for _, typ := range test.theirs {
				must(t, n.PutSignature(t.Context(), w.orgs[bart].caller(), typ, c.Hash(), w.orgs[bart].message(t, c, typ)))
			}
			for _, typ := range test.ours {
				_, err := n.Sign(t.Context(), c.Hash(), typ)
				must(t, err)
			}
			w.clock.advance(test.after)
			before := n.marks(t, c.Hash())
			got, err := n.Sign(t.Context(), c.Hash(), test.sign)
			if test.want != "" {
				refused(t, err, test.want)
				equal(t, "signatures", n.marks(t, c.Hash()), before)
				return
			}
			must(t, err)
			equal(t, "state", got.State(w.clock.Now()), test.state)
			queued := false
			for _, d := range n.outbox(t) {
				queued = queued || (d.Kind == manager.DeliveryKind(test.sign) && d.Target == bart)
			}
			equal(t, "queued", queued, true)
		})
	}
}

func TestSignRefusesWhatItCanNotStandFor(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna)
	c := content(t, draft(1, w.connection()))
	_, err := n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeAccept)
	refused(t, err, fsc.CodeNotFound)
	must(t, n.Submit(t.Context(), w.orgs[bart].caller(), w.orgs[bart].message(t, c, fsc.SignatureTypeAccept)))
	_, err = n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeAccept)
	refused(t, err, fsc.CodeContractValidationFailed) // the service isn't offered
	equal(t, "signatures", n.marks(t, c.Hash()), "2000 accept")
}

func TestAnAcceptIsRepeatedWithANewCertificate(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	d := draft(1, w.connection())
	d.NotAfter = start.AddDate(1, 0, 0)
	c := n.accepted(t, content(t, d))
	w.orgs[bart].renew(t, localca.Request{NotAfter: start.AddDate(2, 0, 0)})
	w.clock.advance(time.Hour)
	must(t, n.Submit(t.Context(), w.orgs[bart].caller(), w.orgs[bart].message(t, c, fsc.SignatureTypeAccept)))
	_, err := n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeAccept)
	refused(t, err, fsc.CodeContractValidationFailed)

	n.org.renew(t, localca.Request{NotAfter: start.AddDate(2, 0, 0)})
	n.knows(t, bart).deliver(t)
	n.peers.messages()
	for _, want := range []int{1, 0} {
		count, err := n.Renew(t.Context())
		must(t, err)
		equal(t, "renewed", count, want)
	}
	n.deliver(t)
	equalAll(t, "messages", n.peers.messages(), []string{"accept " + string(bart)})
	w.clock.advance(60 * 24 * time.Hour) // the first certificates have ended
	equal(t, "state", n.state(t, c.Hash()), fsc.StateValid)
}

func TestAnAcceptIsRepeatedWithACertificateOfAnotherAuthorityThatEndsEarlier(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t).knows(t, bart)
	d := draft(1, w.connection())
	d.NotAfter = start.AddDate(0, 0, 20)
	c := n.accepted(t, content(t, d))
	n.deliver(t)
	renews := func(what string, want int) {
		t.Helper()
		w.clock.advance(time.Hour)
		n.peers.messages()
		count, err := n.Renew(t.Context())
		must(t, err)
		equal(t, what, count, want)
		n.deliver(t)
		equal(t, "messages after "+what, len(n.peers.messages()), want)
	}
	n.org.renew(t, localca.Request{NotAfter: start.AddDate(0, 0, 10)})
	renews("a shorter certificate of the same authority", 0)

	other, err := localca.New(start)
	must(t, err)
	w.ca = other
	n.org.renew(t, localca.Request{NotAfter: start.AddDate(0, 0, 10)})
	renews("a shorter certificate of another authority", 1)
	renews("nothing more", 0)
	own, _ := n.find(t, c.Hash()).Signature(anna, fsc.SignatureTypeAccept)
	equal(t, "end of the certificate", own.CertificateNotAfter, start.AddDate(0, 0, 10))
}

func TestAContractWaitsAgainWhenACertificateHasEnded(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t)
	d := draft(1, w.connection())
	d.NotAfter = start.AddDate(1, 0, 0)
	c := n.accepted(t, content(t, d))
	w.clock.advance(31 * 24 * time.Hour)
	equal(t, "state", n.state(t, c.Hash()), fsc.StateProposed)
	equal(t, "awaiting", len(n.find(t, c.Hash()).Awaiting(w.clock.Now())), 2)
	n.org.renew(t, localca.Request{NotAfter: start.AddDate(2, 0, 0)})
	got, err := n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeAccept)
	must(t, err)
	equalAll(t, "awaiting", got.Awaiting(w.clock.Now()), []fsc.PeerID{bart})
}

func TestAnExpiredCertificateSignsNothing(t *testing.T) {
	w := newWorld(t)
	n, c := proposed(t, w)
	w.clock.advance(31 * 24 * time.Hour)
	_, err := n.Create(t.Context(), manager.Proposal{NotAfter: w.clock.Now().AddDate(0, 1, 0), Grants: c.Content.Grants})
	refused(t, err, fsc.CodeContractValidationFailed)
}

func TestServicesAreCheckedBeforeTheyAreOffered(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna)
	for name, s := range map[string]manager.Service{
		"no upstream":                       {Name: "persons"},
		"a file":                            {Name: "persons", Upstream: "file:///etc/passwd"},
		"a password":                        {Name: "persons", Upstream: "http://user:secret@persons.test"},
		"a query":                           {Name: "persons", Upstream: "http://persons.test?key=1"},
		"a further upstream that is no URL": {Name: "persons", Upstream: "http://persons.test", MoreUpstreams: "persons.test"},
		"an upstream twice":                 {Name: "persons", Upstream: "http://persons.test", MoreUpstreams: "http://a.test http://persons.test"},
		"too many upstreams":                {Name: "persons", Upstream: "http://persons.test", MoreUpstreams: manyUpstreams(16)},
		"an Inway without TLS":              {Name: "persons", Upstream: "http://persons.test", InwayAddress: "http://inway.test:80"},
		"a name with a slash":               {Name: "per/sons", Upstream: "http://persons.test"},
		"a name of two characters":          {Name: "pe", Upstream: "http://persons.test"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := n.PutService(t.Context(), s); fsc.CodeOf(err).HTTPStatus() >= 500 || err == nil {
				t.Errorf("got %v", err)
			}
		})
	}
	must(t, n.PutService(t.Context(), manager.Service{Name: "persons", Upstream: "https://persons.test/base", InwayAddress: "https://inway.test:443"}))
	must(t, n.DeleteService(t.Context(), "persons"))
	refused(t, n.DeleteService(t.Context(), "persons"), fsc.CodeNotFound)
}

func TestNewRefusesATokenLifetimeTheStandardHasNoUseFor(t *testing.T) {
	for _, d := range []time.Duration{-1, time.Second, 2 * time.Hour} {
		if _, err := manager.New(manager.Config{TokenLifetime: d}); err == nil {
			t.Errorf("%s was taken", d)
		}
	}
}

func manyUpstreams(n int) string {
	all := ""
	for i := range n {
		all += fmt.Sprintf("http://%d.test ", i)
	}
	return all
}
