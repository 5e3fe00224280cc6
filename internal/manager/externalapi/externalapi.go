// SPDX-License-Identifier: EUPL-1.2

package externalapi

import (
	"context"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/txlog"
)

// API implements [fscapi.Handler].
type API struct {
	manager   *manager.Manager
	directory directory.Store
	log       txlog.Reader
	now       func() time.Time
}

var _ fscapi.Handler = (*API)(nil)

// New joins the parts.
func New(m *manager.Manager, d directory.Store, log txlog.Reader, now func() time.Time) *API {
	return &API{manager: m, directory: d, log: log, now: now}
}

func caller(c fscapi.Caller) manager.Caller {
	return manager.Caller{Peer: c.Peer, ManagerAddress: c.ManagerAddress, Certificate: c.Certificate}
}

// Announce implements PUT /announce.
func (a *API) Announce(ctx context.Context, c fscapi.Caller) error {
	return a.manager.Announce(ctx, caller(c))
}

// SubmitContract implements POST /contracts.
func (a *API) SubmitContract(ctx context.Context, c fscapi.Caller, s fscapi.Submission) error {
	return a.manager.Submit(ctx, caller(c), manager.Submission(s))
}

// PutSignature implements PUT /contracts/{hash}/accept, reject and revoke.
func (a *API) PutSignature(ctx context.Context, c fscapi.Caller, t fsc.SignatureType, h fsc.ContentHash, s fscapi.Submission) error {
	return a.manager.PutSignature(ctx, caller(c), t, h, manager.Submission(s))
}

// Token implements POST /token.
func (a *API) Token(ctx context.Context, c fscapi.Caller, r fscapi.TokenRequest) (fscapi.TokenResponse, error) {
	token, lifetime, err := a.manager.IssueToken(ctx, manager.TokenRequest{
		GrantType: r.GrantType, Scope: r.Scope, ClientID: r.ClientID, Certificate: c.Certificate, Peer: c.Peer.ID,
	})
	return fscapi.TokenResponse{AccessToken: token, ExpiresIn: lifetime}, err
}

// PeerInfo implements GET /peer.
func (a *API) PeerInfo(context.Context) (fscapi.PeerInfo, error) {
	p := a.manager.Self()
	return fscapi.PeerInfo{ID: p.ID, Name: p.Name}, nil
}

// KeySet implements GET /.well-known/jwks.json.
func (a *API) KeySet(ctx context.Context) (fscapi.KeySet, error) {
	chains, err := a.manager.KeySet(ctx)
	if err != nil {
		return fscapi.KeySet{}, err
	}
	var set fscapi.KeySet
	for _, chain := range chains {
		set.Keys = append(set.Keys, fscapi.Key{Chain: chain})
	}
	return set, nil
}
