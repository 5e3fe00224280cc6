// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"github.com/samenspel/samenspel/internal/collective/publish"
	"github.com/samenspel/samenspel/internal/collective/verify"
	"github.com/samenspel/samenspel/internal/controller/web"
	"github.com/samenspel/samenspel/internal/pki"
)

// publicRecord makes what anybody may read; nothing unless the configuration says so.
func (n *Node) publicRecord() (web.Public, error) {
	if !n.cfg.Controller.PublicRecord || n.desk == nil {
		return web.Public{}, nil
	}
	record, err := publish.New(publish.Config{
		Desk: n.desk, Register: n.register, Identity: n.trust.identity, Self: n.self, Prefix: n.cfg.Controller.OCDSPrefix, Base: n.cfg.Controller.Address,
		Now: n.now, Logger: n.logger.With("component", "controller"),
	})
	if err != nil {
		return web.Public{}, err
	}
	anchors := func() []byte { return pki.MarshalCertificates(n.trust.anchors.Load().Certificates()...) }
	verifier, err := verify.New(verify.Config{Group: n.group, Anchors: [][]byte{anchors()}, Identity: n.trust.identity})
	if err != nil {
		return web.Public{}, err
	}
	return web.Public{Record: record, Verifier: verifier, Group: string(n.group), PeerIDField: n.trust.identity.PeerIDField, Anchors: anchors}, nil
}
