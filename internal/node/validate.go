// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/publish"
	"github.com/samenspel/samenspel/internal/manager"
)

// problems collects what is wrong, so that one run tells everything.
type problems []error

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Errorf(format, args...)) }

func (p *problems) require(key, value string) {
	if value == "" {
		p.add("%s is required", key)
	}
}

func (p *problems) oneOf(key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		p.add("%s is %q; it must be one of %s", key, value, strings.Join(allowed, ", "))
	}
}

func (p *problems) httpsURL(key, value string) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" || u.Port() == "" || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.User != nil {
		p.add("%s is %q; it must be a URL like https://host:8443", key, value)
	}
}

func (p *problems) listen(key, value string) {
	if _, _, err := net.SplitHostPort(value); err != nil {
		p.add("%s is %q; it must be an address like :8443 or 127.0.0.1:8443", key, value)
	}
}

func (p *problems) files(key string, f FilesConfig) {
	if f.Certificate == "" || f.Key == "" {
		p.add("%s needs certificate and key", key)
	}
}

// Validate checks the configuration and reports everything that is wrong.
func (c *Config) Validate() error {
	var p problems
	p.require("data_dir", c.DataDir)
	for _, r := range c.Roles {
		p.oneOf("roles", r, RoleManager, RoleInway, RoleOutway)
	}
	c.validateGroup(&p)
	p.files("keys.transport", c.Keys.Transport)
	p.files("keys.contract", c.Keys.Contract)
	p.files("keys.token", c.Keys.Token)
	p.files("keys.inway", c.Keys.Inway)
	p.files("keys.outway", c.Keys.Outway)
	c.validateAddresses(&p)
	c.validateManager(&p)
	c.validateOutway(&p)
	c.validateController(&p)
	c.validateCollective(&p)
	c.validatePolicy(&p)
	c.validateHosted(&p)
	if c.Log.SegmentMiB < 1 || c.Log.SegmentMiB > 1024 {
		p.add("log.segment_mib must be from 1 to 1024")
	}
	if c.Log.CheckpointRecords < 1 || c.Log.CheckpointEvery < time.Second {
		p.add("log.checkpoint_records must be 1 or more, and log.checkpoint_every 1s or longer")
	}
	c.validateRetention(&p)
	return errors.Join(p...)
}

func (c *Config) validateCollective(p *problems) {
	if c.Collective.TakePart && !c.Has(RoleManager) {
		p.add("collective.take_part needs the role manager: deeds are kept where contracts are")
	}
	if c.Controller.PublicRecord && !c.Collective.TakePart {
		p.add("controller.public_record needs collective.take_part: without it there is nothing to show")
	}
	if prefix := c.Controller.OCDSPrefix; prefix != "" && !publish.ValidPrefix(prefix) {
		p.add("controller.ocds_prefix is %q; it must look like ocds-213czf", prefix)
	}
	if c.Collective.AnnexesMiB < 25 {
		p.add("collective.annexes_mib is %d; it must be at least 25, the room for one annex", c.Collective.AnnexesMiB)
	}
	for _, list := range []struct {
		name  string
		peers []fsc.PeerID
	}{{"secretariats", c.Collective.Secretariats}, {"founders", c.Collective.Founders}} {
		for i, id := range list.peers {
			if err := id.Validate(); err != nil {
				p.add("collective.%s[%d] is %q, which is not the ID of a Peer", list.name, i, id)
			}
		}
	}
	for i, text := range c.Collective.Events.Networks {
		if _, err := insideNetwork(text); err != nil {
			p.add("collective.events.networks[%d] is %q; it must be a network such as 10.1.2.0/24 and not everything", i, text)
		}
	}
}

// maxHostName bounds the name of a host, in bytes: it stands in each event.
const maxHostName = 200

func (c *Config) validateHosted(p *problems) {
	host := c.Hosted.Host
	if host == "" {
		return
	}
	if len(host) > maxHostName || strings.TrimSpace(host) != host || strings.ContainsFunc(host, func(r rune) bool { return !unicode.IsPrint(r) }) {
		p.add("hosted.host must be a name of at most %d bytes that can be shown", maxHostName)
	}
	if c.Controller.Listen == "" && c.Has(RoleManager) {
		p.add("hosted.host needs controller.listen: without pages nobody of the organisation can release a signature")
	}
}

func (c *Config) validateGroup(p *problems) {
	if err := c.Group.ID.Validate(); err != nil {
		p.add("group.id is %q; it must be 1 to 100 letters, digits, '.', '/', '_' or '-'", c.Group.ID)
	}
	p.oneOf("group.type", c.Group.Type, "production", "test", "fieldlab")
	p.oneOf("group.tls_min_version", c.Group.TLSMinVersion, "1.3", "1.2")
	p.oneOf("group.revocation.mode", c.Group.Revocation.Mode, "hard", "soft", "off")
	if c.Group.Revocation.Mode == "off" && c.Group.Type != "fieldlab" {
		p.add("group.revocation.mode can only be off in a group of type fieldlab")
	}
	if len(c.Group.TrustAnchors) == 0 {
		p.add("group.trust_anchors needs at least one file")
	}
	for _, pr := range c.Group.Profiles {
		p.oneOf("group.profiles", string(pr), string(fsc.ProfileV2), string(fsc.ProfileV1))
	}
	for i, d := range c.Group.Directories {
		p.httpsURL(fmt.Sprintf("group.directories[%d].manager_address", i), d.ManagerAddress)
		if err := d.PeerID.Validate(); err != nil {
			p.add("group.directories[%d].peer_id is required", i)
		}
	}
}

func (c *Config) validateAddresses(p *problems) {
	p.listen("monitoring.listen", c.Monitoring.Listen)
	if c.Has(RoleManager) {
		p.listen("manager.listen", c.Manager.Listen)
		p.listen("internal.listen", c.Internal.Listen)
	} else {
		p.httpsURL("internal.address", c.Internal.Address)
		p.require("internal.ca", c.Internal.CA)
		p.files("internal", FilesConfig{c.Internal.Certificate, c.Internal.Key})
	}
	if c.Has(RoleInway) {
		p.listen("inway.listen", c.Inway.Listen)
		if c.Inway.LeaveFor < time.Second || c.Inway.LeaveFor > time.Hour {
			p.add("inway.leave_for must be from 1s to 1h")
		}
	}
	if c.Has(RoleOutway) {
		p.listen("outway.listen", c.Outway.Listen)
	}
	for key, v := range map[string]string{"manager.address": c.Manager.Address, "inway.address": c.Inway.Address} {
		if v != "" {
			p.httpsURL(key, v)
		}
	}
}

func (c *Config) validateManager(p *problems) {
	if c.Manager.TokenLifetime < time.Minute || c.Manager.TokenLifetime > time.Hour {
		p.add("manager.token_lifetime must be from 1m to 1h")
	}
	if c.Manager.ReconcileEvery < time.Second {
		p.add("manager.reconcile_every must be at least 1s")
	}
	for i, r := range c.Manager.AutoAccept {
		p.oneOf(fmt.Sprintf("manager.auto_accept[%d].role", i), string(r.Role), string(manager.RoleProvider),
			string(manager.RoleConsumer), string(manager.RoleDelegator), string(manager.RolePublicationDelegator))
	}
}

func (c *Config) validateOutway(p *problems) {
	p.oneOf("outway.transaction_id", c.Outway.TransactionID, "generate", "accept-client")
	if (c.Outway.TLS.Certificate == "") != (c.Outway.TLS.Key == "") {
		p.add("outway.tls needs both certificate and key, or neither")
	}
	for i, r := range c.Outway.Routes {
		if r.Host == "" && r.PathPrefix == "" {
			p.add("outway.routes[%d] needs host or path_prefix", i)
		}
		if r.PathPrefix != "" && !strings.HasPrefix(r.PathPrefix, "/") {
			p.add("outway.routes[%d].path_prefix must begin with /", i)
		}
		if r.PeerID == "" || r.Service == "" {
			p.add("outway.routes[%d] needs peer_id and service", i)
		}
	}
}

func (c *Config) validateController(p *problems) {
	if c.Controller.Listen == "" {
		return
	}
	p.listen("controller.listen", c.Controller.Listen)
	if !c.Has(RoleManager) {
		p.add("controller.listen can only be set where the role manager runs")
	}
	if (c.Controller.TLS.Certificate == "") != (c.Controller.TLS.Key == "") {
		p.add("controller.tls needs both certificate and key, or neither")
	}
	u, err := url.Parse(c.Controller.Address)
	if err != nil || c.Controller.Address != "" && (u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "") {
		p.add("controller.address is %q; it must be a URL like https://samenspel.example.nl", c.Controller.Address)
	}
	for i, text := range c.Controller.TrustedProxies {
		if _, err := proxyNetwork(text); err != nil {
			p.add("controller.trusted_proxies[%d] is %q; it must be a network such as 10.0.0.0/24 and not everybody", i, text)
		}
	}
	p.oneOf("controller.forwarded_header", c.Controller.ForwardedHeader, headerXForwardedFor, headerForwarded)
	if c.Controller.SingleSignOnOnly && len(c.Controller.SignOn) == 0 {
		p.add("controller.single_sign_on_only needs an identity provider in controller.sign_on")
	}
	for i, s := range c.Controller.SignOn {
		key := fmt.Sprintf("controller.sign_on[%d]", i)
		p.require(key+".name", s.Name)
		p.require(key+".client_id", s.ClientID)
		if issuer, err := url.Parse(s.Issuer); err != nil || issuer.Scheme != "https" && c.Group.Type != "fieldlab" {
			p.add("%s.issuer is %q; it must be an https URL", key, s.Issuer)
		}
		if c.Controller.Address == "" {
			p.add("controller.address is required for single sign-on")
		}
	}
}

// Warnings lists what is allowed but deserves a second look: public ports other
// than the standard's 443 and 8443, and decisions about acting with others.
func (c *Config) Warnings() []string {
	var w []string
	check := func(role, key, listen, address string) {
		if !c.Has(role) || c.Group.Type == "fieldlab" {
			return
		}
		port := ""
		if u, err := url.Parse(address); err == nil && address != "" {
			port = u.Port()
		} else if _, p, err := net.SplitHostPort(listen); err == nil {
			port = p
		}
		if port != "443" && port != "8443" {
			w = append(w, fmt.Sprintf("%s uses port %s; the standard allows only 443 and 8443 between Peers", key, port))
		}
	}
	for _, of := range []struct {
		key    string
		policy *CallPolicyConfig
	}{{"policy.inway", &c.Policy.Inway}, {"policy.outway", &c.Policy.Outway}} {
		if c.Collective.TakePart && of.policy.set() && (len(of.policy.Services) == 0 || slices.Contains(of.policy.Services, collective.ServiceName)) {
			w = append(w, fmt.Sprintf("%s decides about the service %s too, with which this Peer acts with others; see that it allows them, "+
				"or name the other services in %[1]s.services", of.key, collective.ServiceName))
		}
	}
	check(RoleManager, "manager", c.Manager.Listen, c.Manager.Address)
	check(RoleInway, "inway", c.Inway.Listen, c.Inway.Address)
	return w
}
