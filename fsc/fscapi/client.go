// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

const (
	defaultMaxAnswer = 32 << 20
	defaultTimeout   = 10 * time.Second
)

// ClientConfig is what a client needs. HTTP is required.
type ClientConfig struct {
	// HTTP gives the client for one Peer. Its TLS configuration presents our
	// certificate and accepts only a server whose certificate yields that
	// PeerID, or any Peer of the Group if the PeerID is empty. The client keeps
	// its connections; make one per Peer, not one per call.
	HTTP func(peer fsc.PeerID) *http.Client
	// Address is our own Manager's address, sent as Fsc-Manager-Address. It may
	// be empty if only Token and the lists are used.
	Address string
	// MaxBytes bounds an answer; 0 means 32 MiB.
	MaxBytes int64
	// Timeout bounds one exchange, answer included; 0 means 10 s.
	Timeout time.Duration
	// Now is the clock for Retry-After; nil means time.Now.
	Now func() time.Time
}

// Client talks to the Managers of other Peers. Each method takes the Peer to
// talk to, of which ID and ManagerAddress count. A failed exchange gives a
// [RemoteError]; requests that can't be sent at all give other errors. Nothing
// is retried and no redirect is followed. A Client may be used concurrently.
type Client struct {
	cfg ClientConfig
}

// NewClient makes a client. It panics if cfg.HTTP is missing.
func NewClient(cfg ClientConfig) *Client {
	if cfg.HTTP == nil {
		panic("fscapi: a client needs ClientConfig.HTTP")
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = defaultMaxAnswer
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Client{cfg: cfg}
}

// Announce tells another Manager where ours is (Core, PUT /announce).
func (c *Client) Announce(ctx context.Context, to fsc.Peer) error {
	_, err := c.exchange(ctx, to, request{method: http.MethodPut, path: basePath + "/announce"})
	return err
}

// SubmitContract submits a contract with our accept (Core, POST /contracts).
func (c *Client) SubmitContract(ctx context.Context, to fsc.Peer, s Submission) error {
	return c.submit(ctx, to, s, http.MethodPost, basePath+pathContracts)
}

// PutSignature sends our accept, reject or revoke of a contract (Core, PUT
// /contracts/{hash}/accept, reject and revoke).
func (c *Client) PutSignature(ctx context.Context, to fsc.Peer, t fsc.SignatureType, hash fsc.ContentHash, s Submission) error {
	if !t.Valid() {
		return fsc.Errorf(fsc.CodeInvalidRequest, "signature type must be accept, reject or revoke")
	}
	path := basePath + pathContracts + "/" + url.PathEscape(string(hash)) + "/" + string(t)
	return c.submit(ctx, to, s, http.MethodPut, path)
}

func (c *Client) submit(ctx context.Context, to fsc.Peer, s Submission, method, path string) error {
	body, err := encodeSubmission(s)
	if err != nil {
		return err
	}
	_, err = c.exchange(ctx, to, request{method: method, path: path, body: body, media: mediaJSON})
	return err
}

// Token asks for an access token (Core, POST /token). A refusal is a
// [fsc.TokenError].
func (c *Client) Token(ctx context.Context, to fsc.Peer, req TokenRequest) (TokenResponse, error) {
	return fetch(ctx, c, to, request{
		method: http.MethodPost, path: basePath + "/token", body: encodeTokenRequest(req), media: mediaForm, token: true,
	}, decodeToken)
}

// PeerInfo asks who hosts a Manager (Core, GET /peer).
func (c *Client) PeerInfo(ctx context.Context, at fsc.Peer) (PeerInfo, error) {
	return fetch(ctx, c, at, get("/peer", nil), decodePeerInfo)
}

// KeySet gets the certificates of a Peer: below /v1, or at the root if they
// aren't there (Core, GET /.well-known/jwks.json). Their chains still have to
// be verified.
func (c *Client) KeySet(ctx context.Context, of fsc.Peer) (KeySet, error) {
	set, err := fetch(ctx, c, of, get(pathKeySet, nil), decodeKeySet)
	if isNotFound(err) {
		return fetch(ctx, c, of, request{method: http.MethodGet, path: pathKeySet}, decodeKeySet)
	}
	return set, err
}

// ListContracts gets one page of the contracts that both Peers are on (Core,
// GET /contracts). Nothing in them is verified.
func (c *Client) ListContracts(ctx context.Context, at fsc.Peer, req ContractsRequest) (Results[Contract], error) {
	v := pageValues(req.Page)
	set(v, "grant_type", string(req.GrantType))
	setList(v, "grant_hash", req.GrantHashes)
	return fetch(ctx, c, at, get(pathContracts, v), decodeContracts)
}

// ListPeers gets one page of the Peers a Manager knows (Core, GET /peers).
func (c *Client) ListPeers(ctx context.Context, at fsc.Peer, req PeersRequest) (Results[fsc.Peer], error) {
	v := pageValues(req.Page)
	set(v, "peer_name", req.PeerName)
	setList(v, "peer_id", req.PeerIDs)
	return fetch(ctx, c, at, get("/peers", v), decodePeers)
}

// ListServices gets one page of the services published at a Directory (Core,
// GET /services).
func (c *Client) ListServices(ctx context.Context, at fsc.Peer, req ServicesRequest) (Results[ServiceListing], error) {
	v := pageValues(req.Page)
	set(v, "peer_id", string(req.PeerID))
	set(v, "service_name", req.ServiceName)
	return fetch(ctx, c, at, get("/services", v), decodeServices)
}

// ListLogRecords gets one page of the other Peer's log records that name us
// (Logging, GET /logs).
func (c *Client) ListLogRecords(ctx context.Context, at fsc.Peer, req LogsRequest) (Results[LogRecord], error) {
	v := pageValues(req.Page)
	setSeconds(v, "after", req.After)
	setSeconds(v, "before", req.Before)
	setList(v, "grant_hash", req.GrantHashes)
	setList(v, "service_name", req.ServiceNames)
	setList(v, "transaction_ids", req.TransactionIDs)
	return fetch(ctx, c, at, get("/logs", v), decodeRecords)
}

func get(path string, query url.Values) request {
	return request{method: http.MethodGet, path: basePath + path, query: query.Encode()}
}

// fetch makes an exchange whose answer has a body.
func fetch[T any](ctx context.Context, c *Client, to fsc.Peer, req request, decode func([]byte) (T, error)) (T, error) {
	var none T
	req.wantBody = true
	raw, err := c.exchange(ctx, to, req)
	if err != nil {
		return none, err
	}
	out, err := decode(raw)
	if err != nil {
		return none, unusable(http.StatusOK, "the answer can't be read: "+printable(err.Error()))
	}
	return out, nil
}

// baseURL gives the scheme, host and port to talk to. A trailing slash, which
// some Managers announce, is forgiven.
func baseURL(to fsc.Peer) (string, error) {
	base := strings.TrimSuffix(to.ManagerAddress, "/")
	if err := ValidateManagerAddress(base, true); err != nil {
		return "", err
	}
	return base, nil
}
