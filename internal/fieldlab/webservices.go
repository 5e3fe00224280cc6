// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/samenspel/samenspel/internal/controller/web"
	"github.com/samenspel/samenspel/internal/fieldlab/loket"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

// applications are what stands behind and before the nodes in the tale: the form
// pages and the desk of each municipality, and the service of the supplier.
type applications struct {
	client   *http.Client
	counters map[string]*site // form pages by municipality
	sites    []*site          // all

	mu      sync.Mutex
	refused map[string]int // notices that an own Outway refused, by municipality
}

// openApplications serves them, and offers the desks and the web services through
// the Inways of their owners.
func (f *federation) openApplications(ctx context.Context) error {
	f.apps = &applications{client: &http.Client{Transport: &http.Transport{}}, counters: map[string]*site{}, refused: map[string]int{}}
	service, err := f.open(ctx, anyPort, func(string) (http.Handler, error) {
		return loket.NewSupplier(loket.SupplierConfig{
			Desk: f.deskOf, Client: f.apps.client, Now: f.now, Logger: f.logger.With("application", formulierenhuis().key),
		}), nil
	})
	if err != nil {
		return err
	}
	var g errgroup.Group
	for _, name := range webServices() {
		g.Go(func() error {
			return f.offer(ctx, f.supplier, internalapi.Service{Name: name, Upstream: service.url(), RequiresAgreement: true})
		})
	}
	for _, o := range municipalities() {
		desk, err := f.openTownHall(ctx, o)
		if err != nil {
			return fmt.Errorf("%s: %w", o.name, err)
		}
		g.Go(func() error {
			return f.offer(ctx, f.member(o.key), internalapi.Service{Name: deskService, Upstream: desk.url()})
		})
	}
	return g.Wait()
}

// open serves an application until the end.
func (f *federation) open(ctx context.Context, wish string, build func(string) (http.Handler, error)) (*site, error) {
	s, err := openSite(ctx, wish, build)
	if err == nil {
		f.apps.sites = append(f.apps.sites, s)
	}
	return s, err
}

// openTownHall serves the desk and the form pages of a municipality, and gives
// the desk.
func (f *federation) openTownHall(ctx context.Context, o organisation) (*site, error) {
	logger := f.logger.With("application", o.key)
	desk, err := loket.NewDesk(loket.DeskConfig{Municipality: o.key, Now: f.now, Logger: logger})
	if err != nil {
		return nil, err
	}
	variation, err := loket.VariationOf(o.key)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: counting{f.apps, o.key}}
	f.apps.counters[o.key], err = f.open(ctx, net.JoinHostPort("127.0.0.1", strconv.Itoa(o.port+6)), func(address string) (http.Handler, error) {
		return loket.NewCounter(loket.CounterConfig{
			Variation: variation, Supplier: formulierenhuis().name, Received: desk.Received, Switch: f.switchesOf(o),
			Service: func(k loket.Kind) (loket.Target, bool) { return f.serviceFor(o, k), true },
			Host:    address, Client: client, Now: f.now, Logger: logger,
		})
	})
	if err != nil {
		return nil, err
	}
	return f.open(ctx, anyPort, func(string) (http.Handler, error) { return desk.Handler(), nil })
}

// switchesOf are the links of an organisation's pages; none without a start page.
func (f *federation) switchesOf(o organisation) func(*http.Request) []web.SwitchLink {
	if f.startURL == "" {
		return nil
	}
	return f.switches(o)
}

// serviceFor is where a municipality's own Outway takes notices of a kind.
func (f *federation) serviceFor(o organisation, k loket.Kind) loket.Target {
	service := moveService
	if k == loket.KindDeath {
		service = deathService
	}
	return loket.Target{URL: f.member(o.key).outway() + "/" + service}
}

// deskOf is where the supplier's own Outway takes notices for a municipality.
func (f *federation) deskOf(municipality string) (loket.Target, bool) {
	m := f.member(municipality)
	if m == nil {
		return loket.Target{}, false
	}
	return loket.Target{URL: f.supplier.outway() + deskPath(m.organisation)}, true
}

// counting counts the notices that the Outway of a municipality refused: those
// have a code and no transaction.
type counting struct {
	apps *applications
	key  string
}

// RoundTrip implements [http.RoundTripper].
func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := c.apps.client.Transport.RoundTrip(r)
	if err == nil && res.Header.Get("Fsc-Error-Code") != "" && res.Header.Get("Fsc-Transaction-Id") == "" {
		c.apps.mu.Lock()
		c.apps.refused[c.key]++
		c.apps.mu.Unlock()
	}
	return res, err
}

// refusedOf gives how many notices of a municipality its own Outway refused.
func (a *applications) refusedOf(key string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refused[key]
}

func (a *applications) close() error {
	if a == nil {
		return nil
	}
	var g errgroup.Group
	for _, s := range a.sites {
		g.Go(s.close)
	}
	return g.Wait()
}
