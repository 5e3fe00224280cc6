// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
)

func peersFixtures() []fixture {
	known := controller.KnownPeer{Peer: kadaster, Directory: true, Undelivered: 3, Failed: 1}
	hostile := controller.KnownPeer{Peer: hostilePeer}
	chart := Chart{Title: "Aanroepen", Bars: []Bar{{Label: "1 mei", Count: 12}}}
	contract := controller.Contract{Hash: testHash, State: fsc.StateValid, NotAfter: testNow(), Grants: []controller.Sentence{{Service: "a"}, {Service: "b"}, {Service: hostileText}, {Service: "d"}}}
	waiting := contract
	waiting.State, waiting.AwaitingUs = fsc.StateProposed, true
	var deliveries []deliveryRow
	for _, k := range []manager.DeliveryKind{manager.DeliverySubmit, manager.DeliveryAccept, manager.DeliveryReject, manager.DeliveryRevoke, manager.DeliveryAnnounce} {
		deliveries = append(deliveries,
			deliveryRow{manager.Delivery{Kind: k, Status: manager.DeliveryWaiting, Attempts: 4, NextAttempt: testNow(), LastError: hostileText}, "/contracts/x", "peers.delivery." + string(k)},
			deliveryRow{manager.Delivery{Kind: k, Status: manager.DeliveryFailed}, "", "peers.delivery." + string(k)},
		)
	}
	page := func(k controller.KnownPeer) *peerPage {
		return &peerPage{PeerDetail: &controller.PeerDetail{KnownPeer: k}, URL: peerURL(k.ID), Services: "/directory?peer=x", AllContracts: "/contracts?peer=x", CLI: "samenspel " + string(k.ID), Received: Chart{Title: "Door"}, Sent: Chart{Title: "Naar"}}
	}
	full, reached, away, self := page(known), page(hostile), page(known), page(controller.KnownPeer{Peer: kadaster, Self: true})
	full.More, full.Deliveries, full.Received, full.Sent = true, deliveries, chart, chart
	full.Contracts = []peerContract{peerContractOf(contract), peerContractOf(waiting)}
	full.Reconciled = &manager.Reconciled{Compared: 4, Imported: 3, Signatures: 2, Resent: 1}
	reached.Probe = &controller.Probe{Reached: controller.Reached{
		Version: hostileText, Extensions: []string{hostileText, "x"}, Took: time.Second, Certificate: controller.Certificate{Subject: hostileText, Issuer: hostileText, Thumbprint: hostileText, NotAfter: testNow()},
	}}
	away.Probe, away.ProbeText = &controller.Probe{Problem: controller.CheckRefused}, "peers.probe.refused"
	return []fixture{
		{page: "peers", name: "full", data: &peersPage{Rows: []peerRow{{known, peerURL(known.ID)}, {hostile, peerURL(hostile.ID)}, {controller.KnownPeer{Self: true}, "/peers/x"}}, Total: 3, Cursors: cursors{"a", "b"}}},
		{page: "peers", name: "empty", data: &peersPage{}},
		{page: "peers", name: "none found", data: &peersPage{Filtered: true}},
		{page: "peer", name: "full", data: full},
		{page: "peer", name: "hostile", data: reached},
		{page: "peer", name: "away", data: away, problems: problems{{"", hostileText}}},
		{page: "peer", name: "self", data: self},
	}
}
