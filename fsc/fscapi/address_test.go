// SPDX-License-Identifier: EUPL-1.2

package fscapi_test

import (
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
)

func TestManagerAddresses(t *testing.T) {
	for _, good := range []string{
		"https://manager.example.nl:8443", "https://Manager.Example.NL:443", "https://10.0.0.1:443", "https://[2001:db8::1]:8443", "https://m:443",
	} {
		if err := fscapi.ValidateManagerAddress(good, false); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "https://", "https://:443", "http://m.example:443", "HTTPS://m.example:443", "//m.example:443", "m.example:443", "https://m.example",
		"https://m.example:", "https://m.example:0443", "https://m.example:+443", "https://m.example:443/", "https://m.example:443/v1",
		"https://m.example:443?", "https://m.example:443?a=b", "https://m.example:443#", "https://user@m.example:443", "https://u:p@m.example:443",
		"https://m.example:https", "https://m.example:444", "https://m.example:65979", "https://[::1%25eth0]:443", "https://[::1%eth0]:443",
		"https://[m.example]:443", "https://::1:443", "https://m..example:443", "https://.example:443", "https://m_x.example:443", "https://m.example.:443",
		"https://-m.example:443", "https://m.example :443", "https://m.example\n:443", "https://m\\.example:443", "https://münster.example:443",
		" https://m.example:443", "https://" + strings.Repeat("abcdefg.", 30) + "example:443",
	} {
		if err := fscapi.ValidateManagerAddress(bad, false); fsc.CodeOf(err) != fsc.CodeInvalidRequest {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for address, ok := range map[string]bool{
		"https://localhost:1": true, "https://localhost:65535": true, "https://localhost:0": false, "https://localhost:65536": false,
	} {
		if err := fscapi.ValidateManagerAddress(address, true); (err == nil) != ok {
			t.Errorf("%s with any port: %v", address, err)
		}
	}
}
