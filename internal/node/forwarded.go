// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// The headers in which a proxy can write where a request came from. Only one of
// them is read: a proxy passes the other on as the browser sent it.
const (
	headerXForwardedFor = "x-forwarded-for"
	headerForwarded     = "forwarded" // RFC 7239
)

// maxHops is how many proxies may stand in a row.
const maxHops = 16

// forwarded believes proxies about where a request came from.
type forwarded struct {
	proxies []netip.Prefix
	header  string
	hop     func(entry string) (netip.Addr, bool)
}

// forwardedBy gives nil when no proxy is trusted.
func forwardedBy(c ControllerConfig) (*forwarded, error) {
	if len(c.TrustedProxies) == 0 {
		return nil, nil //nolint:nilnil // nobody is believed
	}
	f := &forwarded{header: c.ForwardedHeader, hop: hopAddress}
	if f.header == headerForwarded {
		f.hop = forwardedHop
	}
	for _, text := range c.TrustedProxies {
		network, err := proxyNetwork(text)
		if err != nil {
			return nil, err
		}
		f.proxies = append(f.proxies, network)
	}
	return f, nil
}

// proxyNetwork refuses a network that holds everybody: then anybody could say
// to come from anywhere.
func proxyNetwork(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return p, err
	case p.Bits() == 0 || p.Addr().Is4In6():
		return p, errors.New("not a network of proxies")
	}
	return p.Masked(), nil
}

// handler puts the address a request came from in its RemoteAddr, where every
// limit and the audit trail look for it.
func (f *forwarded) handler(next http.Handler) http.Handler {
	if f == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			next.ServeHTTP(w, r)
			return
		}
		from := f.origin(peer.Addr(), r.Header.Values(f.header))
		if from == peer.Addr() {
			next.ServeHTTP(w, r)
			return
		}
		told := r.WithContext(r.Context())
		told.RemoteAddr = net.JoinHostPort(from.String(), "0") // the port isn't known
		next.ServeHTTP(w, told)
	})
}

// origin walks back along the proxies: from who is connected, for as long as
// that is a proxy, to who that proxy says it was. What a stranger wrote further
// to the left is never looked at. At an entry that can't be read it stays with
// the proxy that wrote it.
func (f *forwarded) origin(peer netip.Addr, lines []string) netip.Addr {
	at := peer.Unmap().WithZone("")
	if !f.trusts(at) {
		return peer
	}
	rest := strings.Join(lines, ",")
	for range maxHops {
		if rest == "" || !f.trusts(at) {
			return at
		}
		i := strings.LastIndexByte(rest, ',')
		next, ok := f.hop(strings.Trim(rest[i+1:], " \t"))
		if !ok {
			return at
		}
		at, rest = next, rest[:max(i, 0)]
	}
	return at
}

func (f *forwarded) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(f.proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// hopAddress reads an address with or without a port: 192.0.2.1,
// 192.0.2.1:4711, 2001:db8::1 or [2001:db8::1]:4711.
func hopAddress(entry string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(entry)
	if err != nil {
		host, ok := strings.CutPrefix(entry, "[")
		if host, bare := strings.CutSuffix(host, "]"); ok && bare {
			a, err = netip.ParseAddr(host)
		} else {
			var withPort netip.AddrPort
			withPort, err = netip.ParseAddrPort(entry)
			a = withPort.Addr()
		}
	}
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, false
	}
	return a.Unmap(), true
}

// forwardedHop reads the parameter for of an element (RFC 7239, section 4). A
// name that hides the address, such as unknown, isn't an address.
func forwardedHop(element string) (netip.Addr, bool) {
	found := ""
	for pair := range strings.SplitSeq(element, ";") {
		name, value, ok := strings.Cut(strings.Trim(pair, " \t"), "=")
		if !ok || !strings.EqualFold(name, "for") {
			continue
		}
		if found != "" || value == "" {
			return netip.Addr{}, false
		}
		found = value
	}
	if quoted, ok := strings.CutPrefix(found, `"`); ok {
		if found, ok = strings.CutSuffix(quoted, `"`); !ok {
			return netip.Addr{}, false
		}
	}
	return hopAddress(found)
}
