// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// proposed is a node of bart with one contract that has to reach anna.
func proposed(t *testing.T, w *world, options ...func(*manager.Config)) (*node, *manager.Contract) {
	t.Helper()
	n := w.node(t, bart, options...)
	c, err := n.Create(t.Context(), proposal(draft(1, w.connection())))
	must(t, err)
	return n, c
}

func (p *peers) failWith(err error) {
	p.set(func(p *peers) {
		p.fail = func(context.Context, fsc.Peer, manager.DeliveryKind) error { return err }
	})
}

func TestDeliveryCarriesContentAndSignature(t *testing.T) {
	w := newWorld(t)
	n, c := proposed(t, w)
	n.knows(t, anna).deliver(t)
	if len(n.peers.sent) != 1 {
		t.Fatalf("%d messages", len(n.peers.sent))
	}
	m := n.peers.sent[0]
	equal(t, "to", m.to, w.orgs[anna].peer)
	equal(t, "hash", m.hash, c.Content.Hash())
	equal(t, "content", string(m.raw), string(c.Content.Raw()))
	equal(t, "signature", m.jws, c.Signatures[0].JWS)
	equalAll(t, "outbox", n.waiting(t), []string{})
}

func TestBackoffGrowsToAnHourWithAThirdOfJitter(t *testing.T) {
	want := 5 * time.Second
	for attempts := 1; attempts < 100; attempts++ {
		differs := false
		first := manager.Backoff(attempts)
		for range 50 {
			d := manager.Backoff(attempts)
			if d > want || d < want-want/3 {
				t.Fatalf("attempt %d: %s, want %s to %s", attempts, d, want-want/3, want)
			}
			differs = differs || d != first
		}
		if !differs {
			t.Fatalf("attempt %d: always %s", attempts, first)
		}
		want = min(2*want, time.Hour)
	}
}

func TestAPeerThatIsDownIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	n, _ := proposed(t, w)
	n.knows(t, anna)
	n.peers.failWith(errors.New("connection refused"))
	for attempt := 1; attempt <= 3; attempt++ {
		n.deliver(t)
		equal(t, "messages", len(n.peers.messages()), 1)
		d := n.outbox(t)[0]
		equal(t, "status", d.Status, manager.DeliveryWaiting)
		equal(t, "attempts", d.Attempts, attempt)
		equal(t, "error", d.LastError, "connection refused")
		pause := d.NextAttempt.Sub(w.clock.Now())
		if longest := 5 * time.Second << (attempt - 1); pause > longest || pause < longest/2 {
			t.Errorf("attempt %d: next after %s", attempt, pause)
		}
		w.clock.advance(pause)
	}
	n.peers.failWith(nil)
	n.deliver(t)
	equalAll(t, "outbox", n.waiting(t), []string{})
}

func TestAPeerThatDoesNotAnswerTakesUpOneAttemptAndNotOnePerContract(t *testing.T) {
	w := newWorld(t)
	n, _ := proposed(t, w)
	n.knows(t, anna)
	n.peers.failWith(errors.New("no answer"))
	n.deliver(t)
	equal(t, "messages", len(n.peers.messages()), 1)
	for i := 2; i <= 5; i++ {
		_, err := n.Create(t.Context(), proposal(draft(i, w.connection())))
		must(t, err)
	}
	n.deliver(t)
	equal(t, "messages while the Peer rests", len(n.peers.messages()), 0)
	n.peers.failWith(nil)
	w.clock.advance(5 * time.Second)
	n.deliver(t)
	equalAll(t, "outbox", n.waiting(t), []string{})
}

func TestARefusedDeliveryFailsAndShows(t *testing.T) {
	w := newWorld(t)
	n, _ := proposed(t, w)
	n.knows(t, anna)
	n.peers.failWith(&manager.Refused{Code: fsc.CodeIncorrectGroupID, Detail: "not our Group"})
	n.deliver(t)
	d := n.outbox(t)[0]
	equal(t, "status", d.Status, manager.DeliveryFailed)
	equal(t, "error", d.LastError, "refused: ERROR_CODE_INCORRECT_GROUP_ID: not our Group")
	n.peers.messages()
	w.clock.advance(48 * time.Hour)
	n.deliver(t)
	equal(t, "messages", len(n.peers.messages()), 0)

	n.peers.failWith(nil)
	for _, to := range []fsc.PeerID{erik, anna} { // only what is for that Peer
		count, err := n.Retry(t.Context(), to)
		must(t, err)
		n.deliver(t)
		equal(t, "retried", count, len(n.peers.messages()))
	}
	equalAll(t, "outbox", n.waiting(t), []string{})
}

func TestTryingEndsADayAfterTheContract(t *testing.T) {
	w := newWorld(t)
	n, _ := proposed(t, w)
	n.knows(t, anna)
	n.peers.failWith(errors.New("connection refused"))
	w.clock.advance(48 * time.Hour) // exactly a day after not_after
	n.deliver(t)
	equal(t, "status", n.outbox(t)[0].Status, manager.DeliveryWaiting)
	w.clock.advance(2 * time.Hour)
	n.deliver(t)
	d := n.outbox(t)[0]
	equal(t, "status", d.Status, manager.DeliveryFailed)
	equal(t, "error", d.LastError, "the contract has ended: connection refused")
}

func TestAnUnknownPeerIsWaitedForAndFoundInADirectory(t *testing.T) {
	w := newWorld(t)
	n, _ := proposed(t, w, withDirectory)
	n.deliver(t)
	d := n.outbox(t)[0]
	equal(t, "status", d.Status, manager.DeliveryWaiting)
	equal(t, "messages", len(n.peers.messages()), 0)
	if d.LastError == "" {
		t.Error("nothing says why")
	}
	n.peers.set(func(p *peers) { p.located = map[fsc.PeerID]fsc.Peer{anna: w.orgs[anna].peer} })
	w.clock.advance(time.Hour)
	n.deliver(t)
	equalAll(t, "messages", n.peers.messages(), []string{"submit " + string(anna)})
}

func TestAPeerThatMovedIsFoundThroughADirectory(t *testing.T) {
	w := newWorld(t)
	n, _ := proposed(t, w, withDirectory)
	n.knows(t, anna)
	moved := w.orgs[anna].peer
	moved.ManagerAddress = "https://elsewhere.test:8443"
	n.peers.set(func(p *peers) {
		p.located = map[fsc.PeerID]fsc.Peer{anna: moved}
		p.fail = func(_ context.Context, to fsc.Peer, _ manager.DeliveryKind) error {
			if to != moved {
				return errors.New("connection refused")
			}
			return nil
		}
	})
	for range 4 {
		n.deliver(t)
		w.clock.advance(time.Hour)
	}
	equalAll(t, "outbox", n.waiting(t), []string{})
	p, err := n.Locate(t.Context(), anna)
	must(t, err)
	equal(t, "address from then on", p, moved)
}

func TestALeaseKeepsOthersFromSendingTheSame(t *testing.T) {
	w := newWorld(t)
	n, _ := proposed(t, w)
	n.knows(t, anna)
	sending, release := make(chan struct{}), make(chan struct{})
	n.peers.set(func(p *peers) {
		p.fail = func(context.Context, fsc.Peer, manager.DeliveryKind) error {
			sending <- struct{}{}
			<-release
			return nil
		}
	})
	done := make(chan error)
	go func() { _, err := n.DeliverDue(t.Context()); done <- err }()
	<-sending
	count, err := n.DeliverDue(t.Context())
	must(t, err)
	equal(t, "leased by a second one", count, 0)
	close(release)
	must(t, <-done)
	equal(t, "messages", len(n.peers.messages()), 1)
}

// The replica that took it up again after the lease ran out has the last word.
func TestAResultAfterTheLeaseIsDropped(t *testing.T) {
	w := newWorld(t)
	n, _ := proposed(t, w)
	n.knows(t, anna)
	first := true
	sending, release := make(chan struct{}), make(chan struct{})
	n.peers.set(func(p *peers) {
		p.fail = func(context.Context, fsc.Peer, manager.DeliveryKind) error {
			if first {
				first = false
				close(sending)
				<-release
				return &manager.Refused{Code: fsc.CodeInvalidRequest}
			}
			return nil
		}
	})
	done := make(chan error)
	go func() { _, err := n.DeliverDue(t.Context()); done <- err }()
	<-sending
	w.clock.advance(manager.DeliveryLease)
	n.deliver(t)
	equalAll(t, "outbox", n.waiting(t), []string{})
	close(release)
	must(t, <-done)
	equalAll(t, "outbox", n.waiting(t), []string{})
}

func TestANewerSignatureIsNotLostBehindOneThatIsUnderWay(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t).knows(t, bart)
	c := n.accepted(t, content(t, draft(1, w.connection())))
	sending, release := make(chan struct{}, 1), make(chan struct{})
	n.peers.set(func(p *peers) {
		p.fail = func(context.Context, fsc.Peer, manager.DeliveryKind) error {
			sending <- struct{}{}
			<-release
			return nil
		}
	})
	done := make(chan error)
	go func() { _, err := n.DeliverDue(t.Context()); done <- err }()
	<-sending
	w.clock.advance(time.Second)
	n.org.renew(t, localca.Request{NotAfter: start.AddDate(1, 0, 0)})
	got, err := n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeAccept)
	must(t, err)
	close(release)
	must(t, <-done)
	n.deliver(t)
	own, _ := got.Signature(anna, fsc.SignatureTypeAccept)
	if last := n.peers.sent[len(n.peers.sent)-1]; last.jws != own.JWS {
		t.Error("the newer signature wasn't sent")
	}
}

func TestAHangingPeerIsGivenUpInTime(t *testing.T) {
	w := newWorld(t)
	n, _ := proposed(t, w)
	n.knows(t, anna)
	n.peers.set(func(p *peers) {
		p.fail = func(ctx context.Context, _ fsc.Peer, _ manager.DeliveryKind) error {
			deadline, ok := ctx.Deadline()
			if left := time.Until(deadline); !ok || left > 30*time.Second || left >= manager.DeliveryLease {
				t.Errorf("may hang for %s (limited: %t)", left, ok)
			}
			return context.DeadlineExceeded
		}
	})
	n.deliver(t)
	equal(t, "status", n.outbox(t)[0].Status, manager.DeliveryWaiting)
}

func TestAnAnnouncementGoesToEachDirectoryUntilItIsBelieved(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna, withDirectory, func(c *manager.Config) {
		c.Directories = append(c.Directories, fsc.Peer{ID: anna, ManagerAddress: "https://own.test:8443"})
	})
	must(t, n.AnnounceSelf(t.Context()))
	ps, err := n.ListPeers(t.Context(), manager.PeerFilter{})
	must(t, err)
	equalAll(t, "peers", ps, []fsc.Peer{n.org.peer})
	n.peers.failWith(&manager.Refused{Code: fsc.CodeInvalidRequest, Detail: "nobody answers"})
	n.deliver(t)
	equalAll(t, "outbox", n.waiting(t), []string{"announce " + string(dirk) + " waiting"})
	n.peers.failWith(nil)
	w.clock.advance(time.Minute)
	n.deliver(t)
	equalAll(t, "outbox", n.waiting(t), []string{})
	equal(t, "announcements", len(n.peers.announced), 2)
}

func TestRunDeliversAtOnceAndStopsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.node(t, bart).knows(t, anna)
		n.peers.has()
		sent := make(chan time.Duration, 1)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if err := n.Run(ctx, 0); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait() // the outbox has found nothing and sleeps
		asked := time.Now()
		n.peers.set(func(p *peers) {
			p.fail = func(context.Context, fsc.Peer, manager.DeliveryKind) error {
				sent <- time.Since(asked)
				return nil
			}
		})
		_, err := n.Create(t.Context(), proposal(draft(1, w.connection())))
		must(t, err)
		equal(t, "waited", <-sent, 0)
		cancel()
		running.Wait()
	})
}

func TestRunTriesAgainByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		began := time.Now()
		w.clock.now = start
		n := w.node(t, bart, func(c *manager.Config) {
			c.Now = func() time.Time { return start.Add(time.Since(began)) }
		}).knows(t, anna)
		n.peers.has()
		n.peers.failWith(errors.New("connection refused"))
		_, err := n.Create(t.Context(), proposal(draft(1, w.connection())))
		must(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		must(t, n.Run(ctx, time.Hour))
		if tries := len(n.peers.messages()); tries < 4 || tries > 6 {
			t.Errorf("%d attempts in a minute", tries)
		}
	})
}
