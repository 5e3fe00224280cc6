// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/access"
	"github.com/samenspel/samenspel/internal/outway"
)

// decisionsFolder is where decisions about calls are kept, in the data folder.
const decisionsFolder = "decisions"

// openAccess makes what decides about single calls. The Inway has one always, as
// a grant can narrow a connection to some operations; the Outway where it is set.
func (n *Node) openAccess(context.Context) error {
	c := &n.cfg.Policy
	n.decisions = access.NewLog(access.LogConfig{
		Dir: filepath.Join(n.cfg.DataDir, decisionsFolder), FileSize: int64(c.Decisions.FileMiB) << 20, Files: c.Decisions.Files,
		Now: n.now, Logger: n.logger.With("component", "decisions"),
	})
	var err error
	if n.cfg.Has(RoleInway) {
		if n.inwayAccess, err = n.newAccess(access.Inway, &c.Inway); err != nil {
			return fmt.Errorf("policy.inway.%w", err)
		}
	}
	if n.cfg.Has(RoleOutway) && c.Outway.set() {
		if n.outwayAccess, err = n.newAccess(access.Outway, &c.Outway); err != nil {
			return fmt.Errorf("policy.outway.%w", err)
		}
	}
	n.health.add("decisions", n.decisions.Health)
	return nil
}

// newAccess makes the policy of one component. The error begins with the field.
func (n *Node) newAccess(of access.Component, c *CallPolicyConfig) (*access.Policy, error) {
	logger := n.logger.With("component", string(of))
	cfg := access.Config{
		Component: of, Self: n.self.ID, GroupID: n.group, Services: c.Services, Log: n.decisions,
		LeaveOutPaths: n.cfg.Policy.Decisions.LeaveOutPaths, EveryRefusal: n.cfg.Policy.Decisions.EveryRefusal,
		Observer: n.metrics.observeDecisions(of), Now: n.now, Logger: logger,
	}
	var err error
	if c.Rules != "" {
		if cfg.Rules, err = access.NewRules(c.Rules, of, logger); err != nil {
			return nil, fmt.Errorf("rules: %w", err)
		}
	}
	if c.PDP.URL != "" {
		if cfg.PDP, err = n.newPDP(&c.PDP); err != nil {
			return nil, fmt.Errorf("pdp.%w", err)
		}
	}
	p := access.New(cfg)
	n.metrics.watchAccess(of, c, p)
	return p, nil
}

func (n *Node) newPDP(c *DecisionPointConfig) (*access.PDP, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(c.TrustAnchors) > 0 {
		anchors, err := readAnchors(c.TrustAnchors)
		if err != nil {
			return nil, fmt.Errorf("trust_anchors: %w", err)
		}
		config.RootCAs = anchors.Pool()
	}
	if c.Client != (FilesConfig{}) {
		own, err := n.keys.follow(c.Client)
		if err != nil {
			return nil, fmt.Errorf("client: %w", err)
		}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair := own.Current().TLS()
			return &pair, nil
		}
	}
	p, err := access.NewPDP(access.PDPConfig{
		Endpoint: c.endpoint(), TLS: config, TokenFile: c.TokenFile, Timeout: c.Timeout, CacheAtMost: c.CacheAtMost,
		BreakerAfter: c.BreakerAfter, BreakerPause: c.BreakerPause, Now: n.now,
	})
	if err != nil {
		return nil, fmt.Errorf("token_file: %w", err)
	}
	return p, nil
}

// runAccess follows the files of what decides until ctx ends.
func (n *Node) runAccess(ctx context.Context, g *errgroup.Group) {
	for _, p := range []*access.Policy{n.inwayAccess, n.outwayAccess} {
		if p != nil {
			g.Go(func() error { p.Run(ctx); return nil })
		}
	}
}

// outwayPolicy asks about a call with a grant of this Peer. It implements the
// Authorizer of the Outway.
type outwayPolicy struct {
	policy *access.Policy
	self   fsc.PeerID
}

// Authorize implements [outway.Authorizer].
func (o outwayPolicy) Authorize(ctx context.Context, r *http.Request, transactionID string, g outway.Grant) error {
	c := access.Call{
		TransactionID: transactionID, GrantHash: g.Hash, Consumer: o.self, Delegator: g.Delegator,
		Provider: g.ServicePeer.ID, ServiceDelegator: g.ServiceDelegator, Service: g.Service,
	}
	c.Request(r)
	return o.policy.Decide(ctx, &c)
}

// set tells whether anything decides.
func (c *CallPolicyConfig) set() bool { return c.Rules != "" || c.PDP.URL != "" }

// endpoint is the URL of the Access Evaluation API.
func (c *DecisionPointConfig) endpoint() string {
	u, err := url.Parse(c.URL)
	if err == nil && (u.Path == "" || u.Path == "/") {
		u.Path = access.EvaluationPath
		return u.String()
	}
	return c.URL
}

func (c *Config) validatePolicy(p *problems) {
	c.Policy.Inway.validate(p, "policy.inway", c.Has(RoleInway))
	c.Policy.Outway.validate(p, "policy.outway", c.Has(RoleOutway))
	if d := c.Policy.Decisions; d.FileMiB < 1 || d.FileMiB > 4096 {
		p.add("policy.decisions.file_mib must be from 1 to 4096")
	}
	if d := c.Policy.Decisions; d.Files < 2 || d.Files > 10000 {
		p.add("policy.decisions.files must be from 2 to 10000")
	}
}

func (c *CallPolicyConfig) validate(p *problems, key string, runs bool) {
	if c.set() && !runs {
		p.add("%s is set, but that role doesn't run here", key)
	}
	if len(c.Services) > 0 && !c.set() {
		p.add("%s.services needs rules or pdp.url: nothing decides about them", key)
	}
	d := &c.PDP
	if d.URL == "" {
		if d.Client != (FilesConfig{}) || len(d.TrustAnchors) > 0 || d.TokenFile != "" {
			p.add("%s.pdp.url is required", key)
		}
		return
	}
	u, err := url.Parse(d.URL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !onThisMachine(u.Hostname())) {
		p.add("%s.pdp.url is %q; it must be a URL like https://pdp.example.nl, or http on this machine such as http://127.0.0.1:8181", key, d.URL)
	}
	if (d.Client.Certificate == "") != (d.Client.Key == "") {
		p.add("%s.pdp.client needs both certificate and key, or neither", key)
	}
	if d.Timeout < 10*time.Millisecond || d.Timeout > 10*time.Second {
		p.add("%s.pdp.timeout must be from 10ms to 10s", key)
	}
	if d.CacheAtMost < 0 || d.CacheAtMost > time.Hour {
		p.add("%s.pdp.cache_at_most must be from 0s to 1h", key)
	}
	if d.BreakerAfter < 1 || d.BreakerAfter > 1000 {
		p.add("%s.pdp.breaker_after must be from 1 to 1000", key)
	}
	if d.BreakerPause < 100*time.Millisecond || d.BreakerPause > 10*time.Minute {
		p.add("%s.pdp.breaker_pause must be from 100ms to 10m", key)
	}
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// CheckFiles reads the files that decisions about calls follow from, and tells all
// that is wrong. It is for a configuration that isn't run.
func (c *PolicyConfig) CheckFiles() error {
	var errs []error
	for _, of := range []struct {
		component access.Component
		policy    *CallPolicyConfig
	}{{access.Inway, &c.Inway}, {access.Outway, &c.Outway}} {
		key := "policy." + string(of.component)
		if of.policy.Rules != "" {
			if err := access.CheckRules(of.policy.Rules, of.component); err != nil {
				errs = append(errs, fmt.Errorf("%s.rules: %w", key, err))
			}
		}
		if files := of.policy.PDP.TrustAnchors; len(files) > 0 {
			if _, err := readAnchors(files); err != nil {
				errs = append(errs, fmt.Errorf("%s.pdp.trust_anchors: %w", key, err))
			}
		}
		if file := of.policy.PDP.TokenFile; file != "" {
			if _, err := os.Stat(file); err != nil {
				errs = append(errs, fmt.Errorf("%s.pdp.token_file: %w", key, err))
			}
		}
	}
	return errors.Join(errs...)
}
