// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/fsc"
)

const maxAddress = 255

var hostPattern = regexp.MustCompile(`^([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)*[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$`)

// ValidateManagerAddress reports whether address can be the address of a
// Manager: https, a host and its port, nothing else, at most 255 characters
// (Core, Fsc-Manager-Address and ports). Ports other than 443 and 8443 are
// refused unless anyPort. Every failure has [fsc.CodeInvalidRequest].
func ValidateManagerAddress(address string, anyPort bool) error {
	rest, ok := strings.CutPrefix(address, "https://")
	if !ok || len(address) > maxAddress {
		return fsc.Errorf(fsc.CodeInvalidRequest, "a Manager's address must start with https:// and have at most %d characters", maxAddress)
	}
	host, port, err := net.SplitHostPort(rest)
	// Building it again shows every spelling that isn't the plain one.
	if err != nil || net.JoinHostPort(host, port) != rest || !validHost(host) {
		return fsc.Errorf(fsc.CodeInvalidRequest, "a Manager's address must be https://host:port without user, path, query or fragment")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
		return fsc.Errorf(fsc.CodeInvalidRequest, "the port in a Manager's address must be a number from 1 to 65535")
	}
	if !anyPort && n != 443 && n != 8443 {
		return fsc.Errorf(fsc.CodeInvalidRequest, "the port in a Manager's address must be 443 or 8443")
	}
	return nil
}

func validHost(host string) bool {
	if strings.Contains(host, ":") {
		ip, err := netip.ParseAddr(host)
		return err == nil && ip.Zone() == ""
	}
	return hostPattern.MatchString(host)
}
