// SPDX-License-Identifier: EUPL-1.2

package event_test

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/event"
)

func loopback() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

func TestOnlyAddressesThatCanBeGuardedAreTaken(t *testing.T) {
	d := newDesk(t, func(c *event.Config) { c.Plain, c.Reach = false, event.Reach{} })
	for _, c := range []struct{ address, code string }{
		{"https://receiver.example/events", ""},
		{"https://receiver.example:8443/events?key=1", ""},
		{"https://93.184.215.14/events", ""},
		{"http://receiver.example/events", "https"},
		{"ftp://receiver.example/", "https"},
		{"file:///etc/passwd", "address"},
		{"/events", "address"},
		{"https://", "address"},
		{"https://:8443/", "address"},
		{"https://receiver.example/%zz", "address"},
		{"https://user:pass@receiver.example/", "address"},
		{"https://receiver.example/#part", "address"},
		{"https://receiver.example/" + strings.Repeat("a", 2000), "address"},
		{"https://127.0.0.1/", "private"},
		{"https://10.0.0.8/", "private"},
		{"https://169.254.169.254/latest/meta-data", "private"},
		{"https://[::1]/", "private"},
		{"https://[::ffff:10.0.0.8]/", "private"},
	} {
		_, err := d.Subscribe(t.Context(), c.address, nil)
		refused, ok := errors.AsType[*event.Refusal](err)
		if c.code == "" && err != nil || c.code != "" && (!ok || refused.Code != c.code || refused.Field != "url") {
			t.Errorf("%s: got %v, want %q", c.address, err, c.code)
		}
	}
}

func TestTypesAreThoseOfEvents(t *testing.T) {
	d := newDesk(t, nil)
	for _, c := range []struct {
		types []string
		field string
	}{
		{[]string{"nl.collective"}, ""},
		{[]string{"nl.collective.framework.expiring.18", "nl.collective.calloff"}, ""},
		{[]string{"nl.collective.calloff", "nl.collective."}, "types[1]"},
		{[]string{"nl.collectives"}, "types[0]"},
		{[]string{"nl.brp.verhuizing"}, "types[0]"},
		{[]string{""}, "types[0]"},
		{[]string{"nl.collective..x"}, "types[0]"},
		{[]string{"nl.collective.X"}, "types[0]"},
		{[]string{"nl.collective." + strings.Repeat("x", 100)}, "types[0]"},
		{slices.Repeat([]string{"nl.collective"}, 51), "types"},
	} {
		_, err := d.Subscribe(t.Context(), "https://receiver.example/", c.types)
		refused, ok := errors.AsType[*event.Refusal](err)
		if c.field == "" && err != nil || c.field != "" && (!ok || refused.Field != c.field) {
			t.Errorf("%q: got %v, want %q", c.types, err, c.field)
		}
	}
}

func TestThereAreTwentySubscriptionsAtMost(t *testing.T) {
	d := newDesk(t, nil)
	var last *event.Subscription
	for range 20 {
		last = d.subscribe(t, "https://receiver.example/")
	}
	_, err := d.Subscribe(t.Context(), "https://receiver.example/", nil)
	if refused, ok := errors.AsType[*event.Refusal](err); !ok || refused.Code != "too_many" {
		t.Errorf("the 21st: %v", err)
	}
	for range 2 {
		if err := d.Unsubscribe(t.Context(), last.ID); err != nil {
			t.Fatal(err)
		}
	}
	d.subscribe(t, "https://receiver.example/")
	if err := d.Unsubscribe(t.Context(), "nobody"); !errors.Is(err, event.ErrNotFound) {
		t.Errorf("one that never was: %v", err)
	}
}

func TestWhoUnsubscribedGetsNothingMore(t *testing.T) {
	d, r := newDesk(t, nil), newReceiver(t)
	s := d.subscribe(t, r.URL)
	d.feed.add(went(112, "in_force", "live"))
	if err := d.Record(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.Unsubscribe(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	d.feed.add(went(112, "live", "revoked"))
	d.work(t)
	ds := d.sent(t, event.DeliveryFilter{})
	if r.count() != 0 || len(ds) != 1 || ds[0].State != event.GivenUp || ds[0].Problem != event.ProblemEnded {
		t.Errorf("%d notifications; kept as %+v", r.count(), ds)
	}
}

// A name that leads inside is refused at the moment of the connection, whatever
// it led to when it was subscribed.
func TestANameThatLeadsInsideIsNotConnectedTo(t *testing.T) {
	r := newReceiver(t)
	_, port, err := net.SplitHostPort(r.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, func(c *event.Config) { c.Client = event.NewClient(event.Reach{}, nil) })
	d.subscribe(t, "http://localhost:"+port+"/")
	d.feed.add(went(112, "in_force", "live"))
	d.work(t)
	if ds := d.sent(t, event.DeliveryFilter{}); r.count() != 0 || ds[0].Problem != event.ProblemPrivate {
		t.Errorf("%d notifications; kept as %+v", r.count(), ds)
	}
}

func TestNoAddressInsideANetworkIsConnectedTo(t *testing.T) {
	client := event.NewClient(event.Reach{}, nil)
	for _, host := range []string{
		"127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
		"192.0.0.8", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "[::]", "[::1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]",
		"[fe80::1]", "[fc00::1]", "[fd12::1]", "[fec0::1]", "[ff02::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[2001:db8::1]",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+host+":9/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(r)
		if err == nil {
			_ = answer.Body.Close()
		}
		if !errors.Is(err, event.ErrPrivate) {
			t.Errorf("%s: got %v, want ErrPrivate", host, err)
		}
	}
}
