// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
)

// apart is a provider of which Manager and Inway, and a consumer of which Manager
// and Outway, are processes of their own, on fixed ports.
type apart struct {
	*pair
	setups map[string]*setup   // by name, below
	parts  map[string]*process // by name
}

// The processes of apart.
const (
	providerManager = "manager of the provider"
	providerInway   = "Inway of the provider"
	consumerManager = "manager of the consumer"
	consumerOutway  = "Outway of the consumer"
)

func newApart(t *testing.T) *apart {
	t.Helper()
	a := &apart{
		pair:   &pair{lab: newLab(t), setups: map[fsc.PeerID]*setup{}, running: map[fsc.PeerID]*process{}, upstream: newUpstream(t)},
		setups: map[string]*setup{}, parts: map[string]*process{},
	}
	ports := freePorts(t, 8)
	directory := node.PeerConfig{PeerID: providerID, ManagerAddress: localhost(ports[0])}
	manager := func(id fsc.PeerID, listen, internal, inway string) *setup {
		return a.configure(t, id, func(c *node.Config) {
			providing(c)
			c.Roles = []string{node.RoleManager}
			c.Manager.Listen, c.Internal.Listen, c.Manager.TokenLifetime = listen, internal, 5*time.Minute
			if inway != "" {
				c.Inway.Address = localhost(inway)
			}
			if id != directory.PeerID {
				c.Group.Directories = []node.PeerConfig{directory}
			}
		})
	}
	a.setups[providerManager] = manager(providerID, ports[0], ports[1], ports[2])
	a.setups[consumerManager] = manager(consumerID, ports[3], ports[4], "")
	a.start(t, providerManager)
	a.start(t, consumerManager)
	a.setups[providerInway] = a.component(t, a.setups[providerManager], node.RoleInway, func(c *node.Config) {
		c.Inway.Listen, c.Monitoring.Listen = ports[2], ports[5]
	})
	a.setups[consumerOutway] = a.component(t, a.setups[consumerManager], node.RoleOutway, func(c *node.Config) {
		c.Outway.Listen, c.Monitoring.Listen = ports[6], ports[7]
	})
	a.start(t, providerInway)
	a.start(t, consumerOutway)
	provider, consumer := a.parts[providerManager], a.parts[consumerManager]
	if err := provider.door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: a.upstream.url}); err != nil {
		t.Fatal(err)
	}
	c := propose(t, &running{setup: consumer.setup, door: consumer.door}, connection(consumerID, consumer.pair, providerID, service))
	a.grant = c.GrantHashes[0]
	eventually(t, "a call through four processes", func() bool { return a.calls(t).status == http.StatusOK })
	return a
}

// start starts one of the processes, again if need be.
func (a *apart) start(t *testing.T, name string) {
	t.Helper()
	p := launch(t, a.setups[name])
	a.parts[name] = p
	switch name {
	case providerManager:
		a.running[providerID] = p
	case consumerManager:
		a.running[consumerID] = p
	}
	if out := a.parts[consumerOutway]; out != nil { // where applications of the pair call
		a.running[consumerID].addresses["outway"] = out.addresses["outway"]
	}
}

// calls makes a call.
func (a *apart) calls(t *testing.T) answer {
	t.Helper()
	return mustSend(t, plain(t), http.MethodGet, a.parts[consumerOutway].outway()+"/", a.header(), nil)
}

// TestKillOfAPartUnderLoad kills an Inway or an Outway, and with it its part of the
// log, in the middle of many calls. What reached the service has a record at both
// Managers once the part is back.
func TestKillOfAPartUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	a := newApart(t)
	for round, victim := range []string{providerInway, consumerOutway} {
		a.loadUntil(t, a.upstream.count()+150*(round+1), func() { a.parts[victim].kill(t) })
		a.start(t, victim)
		eventually(t, "calls after the kill of the "+victim, func() bool { return a.calls(t).status == http.StatusOK })
	}
	reached := a.upstream.ids()
	for id, direction := range map[fsc.PeerID]string{providerID: "DIRECTION_INCOMING", consumerID: "DIRECTION_OUTGOING"} {
		missing := ""
		eventually(t, fmt.Sprintf("records of %d calls at %s", len(reached), id), func() bool {
			missing = a.running[id].lacks(t, reached, direction)
			return missing == ""
		})
	}
	for _, name := range []string{providerManager, consumerManager} {
		a.setups[name].logHolds(t)
	}
}

// TestManagerAwayLetsCallsGoOnForTheLifeOfAToken stops the provider's Manager. Calls
// go on with the token there is, are refused in words when that has ended, and go
// on once the Manager is back. Here time passes by setting the clocks; in make soak
// the same takes ten minutes.
func TestManagerAwayLetsCallsGoOnForTheLifeOfAToken(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	l, upstream := newLab(t), newUpstream(t)
	var clock clock
	options := node.Options{Now: clock.now}
	ports := freePorts(t, 3)
	setup := l.configure(t, providerID, func(c *node.Config) {
		providing(c)
		c.Roles = []string{node.RoleManager}
		c.Manager.Listen, c.Internal.Listen, c.Inway.Address = ports[0], ports[1], localhost(ports[2])
	})
	manager := l.startWith(t, setup, options)
	l.startWith(t, l.component(t, setup, node.RoleInway, func(c *node.Config) { c.Inway.Listen = ports[2] }), options)
	consumer := l.startWith(t, l.configure(t, consumerID, func(c *node.Config) {
		providing(c)
		c.Group.Directories = []node.PeerConfig{{PeerID: providerID, ManagerAddress: manager.peer.ManagerAddress}}
	}), options)
	if err := manager.door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: upstream.url}); err != nil {
		t.Fatal(err)
	}
	grant := propose(t, consumer, connection(consumerID, consumer.pair, providerID, service)).GrantHashes[0]
	client := plain(t)
	call := func() answer { return callThrough(t, client, consumer.outway, grant) }
	eventually(t, "a call", func() bool { return call().status == http.StatusOK })
	manager.stop()
	for _, passed := range []time.Duration{0, 2 * time.Minute, 4*time.Minute + 30*time.Second} {
		clock.set(passed)
		if a := call(); a.status != http.StatusOK {
			t.Errorf("%s after the Manager went: %d %s", passed, a.status, a.body)
		}
	}
	clock.set(10 * time.Minute)
	a := call()
	a.refused(t, fsc.CodeAccessTokenUnavailable, http.StatusBadGateway, fsc.DomainOutway)
	if !strings.Contains(a.problem().Message, string(providerID)) {
		t.Errorf("it isn't told whose turn it is: %s", a.body)
	}
	manager = l.startWith(t, setup, options)
	eventually(t, "calls with the Manager back", func() bool { return call().status == http.StatusOK })
	for _, id := range upstream.ids() {
		record(t, manager.door, id)
	}
}

// TestManagerAwayForTenMinutes is the same with processes, and the time it takes.
func TestManagerAwayForTenMinutes(t *testing.T) {
	soakOnly(t)
	t.Parallel()
	a := newApart(t)
	began := time.Now()
	if err := a.parts[providerManager].terminate(t); err != nil {
		t.Fatal(err)
	}
	refusedAt := time.Duration(0)
	for time.Since(began) < 10*time.Minute {
		passed, got := time.Since(began), a.calls(t)
		switch {
		case got.status == http.StatusOK && refusedAt == 0:
		case got.status == http.StatusOK:
			t.Fatalf("after %s a call goes through that had no token", passed)
		case passed < 4*time.Minute+30*time.Second:
			t.Fatalf("after %s: %d %s", passed, got.status, got.body)
		default:
			got.refused(t, fsc.CodeAccessTokenUnavailable, http.StatusBadGateway, fsc.DomainOutway)
			if refusedAt == 0 {
				refusedAt = passed
			}
		}
		pause(nil, time.Second)
	}
	if refusedAt == 0 || refusedAt > 5*time.Minute+time.Second {
		t.Errorf("calls were refused from %s on", refusedAt)
	}
	a.start(t, providerManager)
	eventually(t, "calls with the Manager back", func() bool { return a.calls(t).status == http.StatusOK })
}

// TestRestartOfOneInwayOrOutwayCutsOffNoCall stops an Inway and an Outway as an
// upgrade does, under load. Calls that were under way end well; while the port is
// closed there is an error that tells so, and never half an answer.
func TestRestartOfOneInwayOrOutwayCutsOffNoCall(t *testing.T) {
	t.Parallel()
	a := newApart(t)
	closed := func(got answer, err error) bool {
		if err != nil {
			return isRefusedConnection(err)
		}
		return got.status == http.StatusBadGateway && got.problem().Code == string(fsc.CodeInwayUnreachable)
	}
	calls := newLoad(t, 8, a.parts[consumerOutway].outway(), a.grant, closed)
	for _, name := range []string{providerInway, consumerOutway} {
		calls.passes(t, 200)
		if err := a.parts[name].terminate(t); err != nil {
			t.Errorf("the %s ends with %v", name, err)
		}
		a.start(t, name)
		eventually(t, "calls after the restart of the "+name, func() bool {
			got, err := send(plain(t), http.MethodGet, a.parts[consumerOutway].outway()+"/", a.header(), nil)
			return err == nil && got.status == http.StatusOK
		})
	}
	calls.passes(t, 200)
	calls.unharmed(t)
}

func isRefusedConnection(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
