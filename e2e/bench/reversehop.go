// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/samenspel/samenspel/fsc"
)

// hop is one side of a comparison chain with a database.
type hop struct {
	config hopConfig
	db     *pgxpool.Pool
	insert string
	issuer *x509.Certificate // of the token's signature; only at the Inway
	proxy  *httputil.ReverseProxy

	claims sync.Map // of verified tokens, by SHA-256
}

// runHop is the program of a hop; it ends with its context.
func runHop(ctx context.Context, file string) error {
	config, err := readHop(file)
	if err != nil {
		return err
	}
	h := &hop{config: config, insert: insertInto(config.Style, config.Side)}
	mine, err := pair{certificate: h.config.Certificate, key: h.config.Key}.load()
	if err != nil {
		return err
	}
	anchors := x509.NewCertPool()
	b, err := os.ReadFile(h.config.Anchor) //nolint:gosec // the rig wrote the configuration that names it
	if err != nil {
		return err
	}
	if !anchors.AppendCertsFromPEM(b) {
		return errors.New("no certificate in " + h.config.Anchor)
	}
	h.issuer = mine.Leaf() // used by the Inway, whose Manager signs with the same key
	pool, err := pgxpool.ParseConfig(h.config.Database)
	if err != nil {
		return err
	}
	pool.MaxConns = 32
	if h.db, err = pgxpool.NewWithConfig(ctx, pool); err != nil {
		return err
	}
	defer h.db.Close()
	h.proxy = h.newProxy(&tls.Config{
		MinVersion: tls.VersionTLS13, RootCAs: anchors, ServerName: "localhost", Certificates: []tls.Certificate{mine.TLS()},
	})
	return h.serve(ctx, &tls.Config{
		MinVersion: tls.VersionTLS13, ClientCAs: anchors, ClientAuth: tls.RequireAndVerifyClientCert, Certificates: []tls.Certificate{mine.TLS()},
	})
}

func (h *hop) serve(ctx context.Context, server *tls.Config) error {
	s := &http.Server{Addr: h.config.Listen, Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	var err error
	if h.config.Side == sideInway {
		s.TLSConfig = server
		err = s.ListenAndServeTLS("", "")
	} else {
		err = s.ListenAndServe()
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// newProxy is the standard library's proxy with the transport of the style.
func (h *hop) newProxy(client *tls.Config) *httputil.ReverseProxy {
	target := &url.URL{Scheme: "http", Host: h.config.Upstream}
	if h.config.Side == sideOutway {
		target.Scheme = "https"
	}
	p := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(target)
			p.Out.Host = p.In.Host
		},
		Transport: h.transport(client),
	}
	if h.config.Style == styleReverse {
		p.BufferPool = &bufferPool{}
	}
	return p
}

// transport is tuned as well as it can be for [styleReverse]: connections are kept
// for the highest load. For [stylePredecessor] it is what one gets without a thought.
func (h *hop) transport(client *tls.Config) http.RoundTripper {
	switch {
	case h.config.Style == styleReverse:
		client.ClientSessionCache = tls.NewLRUClientSessionCache(64)
		return &http.Transport{
			TLSClientConfig: client, DisableCompression: true, MaxIdleConnsPerHost: maxConnections + 24, MaxIdleConns: 0,
			IdleConnTimeout: 5 * time.Minute, ReadBufferSize: 32 << 10, WriteBufferSize: 32 << 10,
		}
	case h.config.Side == sideOutway:
		return &http.Transport{TLSClientConfig: client, DisableCompression: true}
	}
	return newEachTime{}
}

// newEachTime makes a transport per request. Its connection is closed after the
// answer, since nothing would ever use it again.
type newEachTime struct{}

// RoundTrip implements [http.RoundTripper].
func (newEachTime) RoundTrip(req *http.Request) (*http.Response, error) {
	return (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(req)
}

// ServeHTTP checks or adds the token, waits for the record and forwards.
func (h *hop) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	id := req.Header.Get("Fsc-Transaction-Id")
	if h.config.Side == sideOutway {
		v7, err := uuid.NewV7()
		if err != nil {
			http.Error(w, "no identifier", http.StatusInternalServerError)
			return
		}
		id = v7.String()
		req.Header.Set("Fsc-Transaction-Id", id)
		req.Header.Set("Fsc-Authorization", "Bearer "+h.config.Token)
	} else if err := h.checkToken(req); err != nil {
		http.Error(w, "token refused", http.StatusUnauthorized)
		return
	}
	if err := h.record(req.Context(), id); err != nil {
		http.Error(w, "record not written", http.StatusInternalServerError)
		return
	}
	h.proxy.ServeHTTP(w, req)
}

func (h *hop) checkToken(req *http.Request) error {
	text, ok := strings.CutPrefix(req.Header.Get("Fsc-Authorization"), "Bearer ")
	if !ok {
		return errors.New("no token")
	}
	key := sha256.Sum256([]byte(text))
	cached, ok := h.claims.Load(key)
	if !ok {
		token, err := fsc.ParseToken(text)
		if err != nil {
			return err
		}
		if err := token.Verify(h.issuer.PublicKey); err != nil {
			return err
		}
		cached, _ = h.claims.LoadOrStore(key, &token.Claims)
	}
	claims, ok := cached.(*fsc.Claims)
	if !ok {
		return errors.New("cache holds something else")
	}
	return claims.CheckUse(fsc.TokenUse{
		GroupID: groupID, Issuer: providerID, PeerID: consumerID, Now: time.Now(),
		CertificateThumbprint: fsc.CertificateThumbprint(req.TLS.PeerCertificates[0].Raw),
	})
}

// insertInto is the statement that makes one record durable.
func insertInto(style, side string) string {
	return `INSERT INTO ` + recordTable(style, side) +
		` (transaction_id, direction, grant_hash, service_name, source_peer, destination_peer, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`
}

func (h *hop) record(ctx context.Context, id string) error {
	_, err := h.db.Exec(ctx, h.insert, id, h.config.Side, string(sampleGrantHash), serviceName, string(consumerID), string(providerID), time.Now())
	return err
}

// bufferPool implements httputil.BufferPool.
type bufferPool struct{ pool sync.Pool }

func (p *bufferPool) Get() []byte {
	if b, ok := p.pool.Get().(*[]byte); ok {
		return *b
	}
	return make([]byte, 32<<10)
}

func (p *bufferPool) Put(b []byte) { p.pool.Put(&b) }
