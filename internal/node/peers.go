// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/tls"
	"errors"
	"iter"
	"net/http"
	"sync"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/pki"
)

// peerClients keeps one HTTP client per Peer, each of which accepts only
// servers of that Peer. All are made anew when the own certificate has changed:
// what a Peer gives, tokens above all, is bound to that of the connection.
type peerClients struct {
	tls func(fsc.PeerID) *tls.Config
	own pki.Source

	mu      sync.Mutex
	with    *pki.KeyPair // the own pair with which they were made
	clients map[fsc.PeerID]*http.Client
}

func newPeerClients(own pki.Source, config func(fsc.PeerID) *tls.Config) *peerClients {
	return &peerClients{tls: config, own: own, clients: map[fsc.PeerID]*http.Client{}}
}

func (p *peerClients) client(id fsc.PeerID) *http.Client {
	p.mu.Lock()
	defer p.mu.Unlock()
	if own := p.own.Current(); own != p.with {
		p.forget()
		p.with = own
	}
	c, ok := p.clients[id]
	if !ok {
		c = &http.Client{Transport: &http.Transport{
			TLSClientConfig: p.tls(id), ForceAttemptHTTP2: true, Proxy: http.ProxyFromEnvironment,
			MaxIdleConnsPerHost: 16, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second,
		}}
		p.clients[id] = c
	}
	return c
}

// close forgets all clients; the next use makes new ones.
func (p *peerClients) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget()
}

// forget needs p.mu.
func (p *peerClients) forget() {
	for _, c := range p.clients {
		c.CloseIdleConnections()
	}
	clear(p.clients)
}

// remotePeers reaches other Managers. It implements [manager.Peers].
type remotePeers struct {
	client *fscapi.Client
}

// Send implements [manager.Peers].
func (r remotePeers) Send(ctx context.Context, to fsc.Peer, k manager.DeliveryKind, content []byte, h fsc.ContentHash, jws string) error { //nolint:revive // the interface has six
	s := fscapi.Submission{Content: content, Signature: jws}
	switch k {
	case manager.DeliverySubmit:
		return refused(r.client.SubmitContract(ctx, to, s))
	case manager.DeliveryAccept:
		return refused(r.client.PutSignature(ctx, to, fsc.SignatureTypeAccept, h, s))
	case manager.DeliveryReject:
		return refused(r.client.PutSignature(ctx, to, fsc.SignatureTypeReject, h, s))
	case manager.DeliveryRevoke:
		return refused(r.client.PutSignature(ctx, to, fsc.SignatureTypeRevoke, h, s))
	case manager.DeliveryAnnounce:
		return r.Announce(ctx, to)
	}
	return errors.New("unknown kind of delivery")
}

// Announce implements [manager.Peers].
func (r remotePeers) Announce(ctx context.Context, to fsc.Peer) error {
	return refused(r.client.Announce(ctx, to))
}

// refused marks answers that won't change by trying again.
func refused(err error) error {
	e, ok := errors.AsType[*fscapi.RemoteError](err)
	if ok && !e.Temporary() {
		return &manager.Refused{Code: e.Code, Detail: e.Message}
	}
	return err
}

// Contracts implements [manager.Peers].
func (r remotePeers) Contracts(ctx context.Context, of fsc.Peer) iter.Seq2[manager.RemoteContract, error] {
	return func(yield func(manager.RemoteContract, error) bool) {
		for c, err := range r.client.AllContracts(ctx, of, fscapi.ContractsRequest{Page: fscapi.Page{Limit: fscapi.MaxLimit}}) {
			if !yield(manager.RemoteContract(c), err) || err != nil {
				return
			}
		}
	}
}

// Confirm implements [manager.Peers]. The TLS client refuses a server of another
// Peer; its own words about itself are compared as well.
func (r remotePeers) Confirm(ctx context.Context, p fsc.Peer) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	info, err := r.client.PeerInfo(ctx, p)
	if err != nil {
		return err
	}
	if info.ID != p.ID {
		return errors.New("the Manager says it is Peer " + string(info.ID))
	}
	return nil
}

// Locate implements [manager.Peers].
func (r remotePeers) Locate(ctx context.Context, directory fsc.Peer, id fsc.PeerID) (fsc.Peer, error) {
	res, err := r.client.ListPeers(ctx, directory, fscapi.PeersRequest{PeerIDs: []fsc.PeerID{id}})
	if err != nil {
		return fsc.Peer{}, err
	}
	for _, p := range res.Items {
		if p.ID == id {
			return p, nil
		}
	}
	return fsc.Peer{}, manager.ErrNotFound
}
