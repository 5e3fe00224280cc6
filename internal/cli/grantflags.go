// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/pflag"

	"github.com/samenspel/samenspel/fsc"
)

// grantFlags describe one grant. Empty Peers that can only be us are filled in
// by grant.
type grantFlags struct {
	kind, service, protocol                                    string
	provider, consumer, directory, delegator, serviceDelegator string
	outwayCertificate, thumbprint, domain                      string
	properties                                                 []string
}

func (g *grantFlags) add(f *pflag.FlagSet) {
	f.StringVar(&g.kind, "type", "", "`TYPE` of the grant: publication, connection, delegated-publication or delegated-connection")
	f.StringVar(&g.service, "service", "", "`NAME` of the service")
	f.StringVar(&g.provider, "provider", "", "`PEER` that offers the service (default: this one, unless --consumer is)")
	f.StringVar(&g.consumer, "consumer", "", "`PEER` whose Outway calls the service (default: this one)")
	f.StringVar(&g.outwayCertificate, "outway-certificate", "", "PEM `FILE` with the Outway's certificate (default: that of --config if this Peer is the consumer)")
	f.StringVar(&g.thumbprint, "thumbprint", "", "SHA-256 of the Outway's public key in `HEX`, instead of its certificate")
	f.StringVar(&g.domain, "domain", "", "`HOST` name in the Outway's certificate, instead of its key")
	f.StringVar(&g.delegator, "delegator", "", "`PEER` on whose behalf the service is called or published")
	f.StringVar(&g.serviceDelegator, "service-delegator", "", "`PEER` on whose behalf the provider offers the service")
	f.StringVar(&g.directory, "directory", "", "`PEER` that keeps the Directory of a publication")
	f.StringVar(&g.protocol, "protocol", "", "`PROTOCOL` of a published service: http/1.1 or http/2 (default: http/1.1)")
	f.StringArrayVar(&g.properties, "property", nil, "property of the grant as `NAME=JSON`, like purpose='\"zorg\"'; may be repeated")
}

// publicationFlags and connectionFlags have no meaning in grants of the other sort.
var (
	publicationFlags = []string{"directory", "protocol"}
	connectionFlags  = []string{"consumer", "outway-certificate", "thumbprint", "domain", "service-delegator"}
)

func grantType(kind string) (fsc.GrantType, error) {
	switch kind {
	case "publication":
		return fsc.GrantTypeServicePublication, nil
	case "connection":
		return fsc.GrantTypeServiceConnection, nil
	case "delegated-publication":
		return fsc.GrantTypeDelegatedServicePublication, nil
	case "delegated-connection":
		return fsc.GrantTypeDelegatedServiceConnection, nil
	}
	return "", usagef("--type is %s", grantKinds)
}

// grantKinds are the words that [grantType] reads.
const grantKinds = "publication, connection, delegated-publication or delegated-connection"

// grantTypeOrNone is for a filter: an empty word is no type.
func grantTypeOrNone(kind string) (fsc.GrantType, error) {
	if kind == "" {
		return "", nil
	}
	return grantType(kind)
}

// check finds flags that are missing or have no meaning here.
func (g *grantFlags) check(f *pflag.FlagSet) (fsc.GrantType, error) {
	t, err := grantType(g.kind)
	if err != nil {
		return t, err
	}
	foreign := publicationFlags
	if t.IsPublication() {
		foreign = connectionFlags
	}
	for _, name := range foreign {
		if f.Changed(name) {
			return t, usagef("--%s has no meaning in a %s", name, g.kind)
		}
	}
	switch {
	case g.service == "":
		return t, usagef("--service is required")
	case t.IsDelegated() && g.delegator == "":
		return t, usagef("--delegator is required in a %s", g.kind)
	case !t.IsDelegated() && g.delegator != "":
		return t, usagef("--delegator needs --type delegated-%s", g.kind)
	case t.IsPublication() && g.directory == "":
		return t, usagef("--directory is required in a %s", g.kind)
	case t.IsConnection() && g.provider == "" && g.consumer == "":
		return t, usagef("--provider or --consumer is required: one of them is somebody else")
	}
	return t, nil
}

// grant makes the grant; self fills in the Peer that wasn't named.
func (g *grantFlags) grant(t fsc.GrantType, self fsc.PeerID) (fsc.Grant, error) {
	out := fsc.Grant{
		Type: t, Delegator: fsc.PeerID(g.delegator),
		Service: fsc.Service{Name: g.service, PeerID: cmp.Or(fsc.PeerID(g.provider), self)},
	}
	var err error
	if out.Properties, err = parseProperties(g.properties); err != nil {
		return out, err
	}
	if t.IsPublication() {
		out.Directory = fsc.PeerID(g.directory)
		out.Service.Protocol, err = parseProtocol(g.protocol)
		return out, err
	}
	out.Service.Type = fsc.ServiceTypeService
	if g.serviceDelegator != "" {
		out.Service.Type, out.Service.Delegator = fsc.ServiceTypeDelegatedService, fsc.PeerID(g.serviceDelegator)
	}
	out.Outway, err = g.outway(self)
	return out, err
}

func (g *grantFlags) outway(self fsc.PeerID) (fsc.Outway, error) {
	o := fsc.Outway{PeerID: cmp.Or(fsc.PeerID(g.consumer), self), PublicKeyThumbprint: g.thumbprint, DomainName: g.domain}
	given := 0
	for _, v := range []string{g.thumbprint, g.domain, g.outwayCertificate} {
		if v != "" {
			given++
		}
	}
	if given != 1 {
		return o, usagef("name the Outway with one of --outway-certificate, --thumbprint and --domain")
	}
	if g.outwayCertificate != "" {
		var err error
		if o.PublicKeyThumbprint, err = thumbprintOf(g.outwayCertificate); err != nil {
			return o, fmt.Errorf("--outway-certificate: %w", err)
		}
	}
	return o, nil
}

// thumbprintOf gives the thumbprint of the key in a certificate file; of a chain
// the certificate that isn't an authority's counts.
func thumbprintOf(file string) (string, error) {
	rest, err := os.ReadFile(file) //nolint:gosec // the user names the file
	if err != nil {
		return "", err
	}
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return "", errors.New(file + " has no certificate of an Outway in PEM form")
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return "", fmt.Errorf("%s: %w", file, err)
		}
		if !c.IsCA {
			return fsc.PublicKeyThumbprint(c.PublicKey)
		}
	}
}

func parseProtocol(s string) (fsc.Protocol, error) {
	switch strings.ToLower(s) {
	case "", "http/1.1":
		return fsc.ProtocolHTTP11, nil
	case "http/2":
		return fsc.ProtocolHTTP2, nil
	}
	return "", usagef("--protocol is http/1.1 or http/2, not %q", s)
}

// parseProperties makes one JSON object of NAME=JSON texts.
func parseProperties(list []string) ([]byte, error) {
	if len(list) == 0 {
		return nil, nil
	}
	members := map[string]jsontext.Value{}
	for _, p := range list {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return nil, usagef("--property is %q; it must look like NAME=JSON", p)
		}
		if _, twice := members[name]; twice {
			return nil, usagef("--property %s is given twice", name)
		}
		if err := fsc.CheckJSON([]byte(value)); err != nil {
			return nil, usagef(`--property %s is not JSON; text goes between double quotes: %s='"text"'`, name, name)
		}
		members[name] = jsontext.Value(value)
	}
	return json.Marshal(members, json.Deterministic(true))
}
