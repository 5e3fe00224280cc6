// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/samenspel/samenspel/internal/controller/restapi"
	"github.com/samenspel/samenspel/internal/controller/web"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/pki"
)

// setupTokenFile holds the token with which the first person makes an account.
const setupTokenFile = "setup-token"

// openController makes the door for people and for programs of this Peer.
func (n *Node) openController(ctx context.Context) error {
	if n.cfg.Controller.Listen == "" {
		return nil
	}
	var config *tls.Config
	if n.cfg.Controller.TLS != (FilesConfig{}) {
		own, err := n.keys.follow(n.cfg.Controller.TLS)
		if err != nil {
			return fmt.Errorf("controller.tls: %w", err)
		}
		config = browserTLS(own)
	}
	l, err := open(ctx, "controller", n.cfg.Controller.Listen, config)
	if err != nil {
		return err
	}
	n.Addresses["controller"] = l.Addr().String()
	handler, err := n.newController(ctx, l)
	if err != nil {
		_ = l.Close()
		return fmt.Errorf("controller: %w", err)
	}
	n.doors = append(n.doors, &door{name: "controller", listener: l, server: newServer(n.metrics.count("controller", handler), false, n.logger)})
	return nil
}

// browserTLS asks for no client certificate: people come with a browser.
func browserTLS(own pki.Source) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			c := own.Current().TLS()
			return &c, nil
		},
	}
}

func (n *Node) newController(ctx context.Context, l net.Listener) (http.Handler, error) {
	logger := n.logger.With("component", "controller")
	if err := n.writeSetupToken(ctx); err != nil {
		return nil, err
	}
	var err error
	var buttons []web.Provider
	for _, s := range n.cfg.Controller.SignOn {
		buttons = append(buttons, web.Provider{Key: s.Name, Name: cmp.Or(s.Title, s.Name)})
	}
	secure := n.cfg.Controller.TLS != (FilesConfig{}) || strings.HasPrefix(n.cfg.Controller.Address, "https://")
	if !secure && !isLoopback(l.Addr().String()) {
		logger.Warn("the pages are served without https on an address that others can reach; set controller.tls, or put it behind a proxy and set controller.address")
	}
	pages := web.Config{
		Controller: n.controller, Secure: secure, ThemeFile: n.cfg.Controller.Theme, Providers: buttons, Now: n.now, Logger: logger,
	}
	if pages.Public, err = n.publicRecord(); err != nil {
		return nil, fmt.Errorf("public_record: %w", err)
	}
	n.fieldlab.complete(&pages)
	site, err := web.New(pages)
	if err != nil {
		return nil, err
	}
	api, err := restapi.New(restapi.Config{Controller: n.controller, Authenticate: restapi.Tokens(n.people), Now: n.now, Logger: logger})
	if err != nil {
		return nil, err
	}
	proxies, err := forwardedBy(n.cfg.Controller)
	if err != nil {
		return nil, fmt.Errorf("trusted_proxies: %w", err)
	}
	return proxies.handler(apiBeside(api, "/v1/", site)), nil
}

// openPeople makes the people of this Peer.
func (n *Node) openPeople(ctx context.Context) error {
	cfg := operator.Config{
		Store: n.store.People(), Now: n.now, Logger: n.logger.With("component", "operator"), FourEyes: n.cfg.Controller.SecondPerson,
		Host:     n.cfg.Hosted.Host,
		Fieldlab: n.fieldlab != nil, SingleSignOnOnly: n.cfg.Controller.Listen != "" && n.cfg.Controller.SingleSignOnOnly,
	}
	for _, s := range n.cfg.signOn() {
		p, err := s.provider(n.cfg.Controller.Address)
		if err != nil {
			return fmt.Errorf("sign_on %s: %w", s.Name, err)
		}
		cfg.Providers = append(cfg.Providers, p)
	}
	if err := cfg.Validate(); err != nil {
		return err
	}
	n.people = operator.New(cfg)
	return n.fieldlab.makePeople(ctx, n.people)
}

// signOn gives the identity providers; without a door for people there are none.
func (c *Config) signOn() []SignOnConfig {
	if c.Controller.Listen == "" {
		return nil
	}
	return c.Controller.SignOn
}

// writeSetupToken puts the token for the first person in a file in the data
// folder while there is nobody yet.
func (n *Node) writeSetupToken(ctx context.Context) error {
	token, err := n.people.NewSetupToken(ctx)
	if err != nil {
		return err
	}
	file := filepath.Join(n.cfg.DataDir, setupTokenFile)
	if token == "" {
		if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
			return err
		}
		return nil
	}
	if err := writeFile(file, []byte(token+"\n")); err != nil {
		return err
	}
	n.logger.Info("nobody has an account yet: open /setup on the controller and give the token in the file", "file", file)
	return nil
}

// provider is an identity provider with its secret.
func (s *SignOnConfig) provider(address string) (operator.Provider, error) {
	p := operator.Provider{
		Name: s.Name, Title: s.Title, Issuer: s.Issuer, ClientID: s.ClientID, Scopes: s.Scopes, RoleClaim: cmp.Or(s.RoleClaim, "roles"),
		RoleOf: s.Roles, DefaultRole: s.DefaultRole, RedirectURL: strings.TrimRight(address, "/") + "/login/" + s.Name + "/callback",
	}
	if len(s.TrustAnchors) > 0 {
		anchors, err := readAnchors(s.TrustAnchors)
		if err != nil {
			return p, fmt.Errorf("trust_anchors: %w", err)
		}
		p.Anchors = anchors.Pool()
	}
	if s.ClientSecretFile == "" {
		return p, nil
	}
	b, err := os.ReadFile(s.ClientSecretFile)
	p.ClientSecret = strings.TrimSpace(string(b))
	return p, err
}

// readAnchors reads certificates of authorities from PEM files.
func readAnchors(names []string) (*pki.Anchors, error) {
	files := make([][]byte, len(names))
	for i, name := range names {
		var err error
		if files[i], err = os.ReadFile(name); err != nil { //nolint:gosec // the operator names the file
			return nil, err
		}
	}
	return pki.LoadAnchors(files...)
}
