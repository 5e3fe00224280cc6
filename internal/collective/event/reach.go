// SPDX-License-Identifier: EUPL-1.2

package event

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// ErrPrivate is returned when a name leads to an address inside a network.
var ErrPrivate = errors.New("the name leads to an address inside a network, which the configuration doesn't allow")

// Reach says which addresses may be reached beside those of the internet. The
// zero value: none.
type Reach struct{ Private []netip.Prefix }

// special are the blocks of the IANA registries of special-purpose addresses
// that package netip has no question for. Some carry another address in
// themselves, by which one could reach the inside after all.
func special() []string {
	return []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
		"3fff::/20", "5f00::/16", "fec0::/10",
	}
}

// allows tells whether a connection to the address may be made.
func (r Reach) allows(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if slices.ContainsFunc(r.Private, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return true
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	return !slices.ContainsFunc(special(), func(block string) bool { return netip.MustParsePrefix(block).Contains(ip) })
}

// control looks at the address of a connection before it is made. By then names
// have been resolved, so an answer that changes between looking and connecting
// gains nothing.
func (r Reach) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("read address: %w", err)
	}
	if !r.allows(at.Addr()) {
		return ErrPrivate
	}
	return nil
}

// NewClient gives a client for notifications: it connects to what reach allows,
// follows no redirects, uses no proxy and waits at most 10 seconds for an answer.
// roots are the authorities it trusts; nil: those of the machine.
func NewClient(reach Reach, roots *x509.CertPool) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, ControlContext: reach.control}
	return &http.Client{
		Timeout:       attemptTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			DialContext:     dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: attemptTime,
			MaxResponseHeaderBytes: 64 << 10, MaxIdleConns: maxSubscriptions, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
		},
	}
}
