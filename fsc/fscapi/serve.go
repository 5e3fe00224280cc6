// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/fsc"
)

const (
	mediaJSON = "application/json"
	mediaForm = "application/x-www-form-urlencoded"
	// maxTokenBody is ample for a hash, a PeerID and a constant.
	maxTokenBody = 16 << 10
)

func (s *server) announce(c *call) (reply, error) {
	return reply{status: http.StatusOK}, s.cfg.Handler.Announce(c.r.Context(), c.caller)
}

func (s *server) submitContract(c *call) (reply, error) {
	sub, err := s.submission(c)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusCreated}, s.cfg.Handler.SubmitContract(c.r.Context(), c.caller, sub)
}

func (s *server) putSignature(c *call, t fsc.SignatureType) (reply, error) {
	sub, err := s.submission(c)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusCreated}, s.cfg.Handler.PutSignature(c.r.Context(), c.caller, t, c.hash, sub)
}

func (s *server) submission(c *call) (Submission, error) {
	raw, err := readBody(c, mediaJSON, s.cfg.MaxBodyBytes)
	if err != nil {
		return Submission{}, err
	}
	return decodeSubmission(raw)
}

func readBody(c *call, media string, limit int64) ([]byte, error) {
	if !hasMediaType(c.r.Header, media) || len(c.r.Header.Values("Content-Encoding")) > 0 {
		return nil, unsupportedMediaType(media)
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, limit))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, fsc.Errorf(fsc.CodeRequestTooLarge, "the body is larger than %d bytes", limit)
	}
	if err != nil {
		return nil, fsc.WrapError(fsc.CodeInvalidRequest, err, "the body is incomplete")
	}
	return raw, nil
}

// hasMediaType tells whether the body has the media type, in UTF-8 where a
// charset is named.
func hasMediaType(h http.Header, want string) bool {
	if len(h.Values("Content-Type")) != 1 {
		return false
	}
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || media != want {
		return false
	}
	charset, ok := params["charset"]
	return !ok || strings.EqualFold(charset, "utf-8")
}

func (s *server) token(c *call) (reply, error) {
	raw, err := readBody(c, mediaForm, maxTokenBody)
	if err != nil {
		return reply{}, err
	}
	req, err := decodeTokenRequest(string(raw))
	if err != nil {
		return reply{}, err
	}
	if req.ClientID != c.caller.Peer.ID {
		return reply{}, fsc.NewTokenError(fsc.TokenInvalidClient, "client_id is not the PeerID of the client certificate")
	}
	c.w.Header().Set("Pragma", "no-cache") // RFC 6749, section 5.1
	out, err := s.cfg.Handler.Token(c.r.Context(), c.caller, req)
	if err != nil {
		return reply{}, err
	}
	return okJSON(wireToken{AccessToken: out.AccessToken, TokenType: "bearer", ExpiresIn: int64(out.ExpiresIn.Seconds())})
}

func (s *server) peerInfo(c *call) (reply, error) {
	info, err := s.cfg.Handler.PeerInfo(c.r.Context())
	if err != nil {
		return reply{}, err
	}
	return okJSON(newWirePeerInfo(info))
}

func (s *server) keySet(c *call) (reply, error) {
	set, err := s.cfg.Handler.KeySet(c.r.Context())
	if err != nil {
		return reply{}, err
	}
	raw, err := encodeKeySet(set)
	return reply{http.StatusOK, raw}, err
}

// listing is what all lists share: the query and the cursor's binding.
type listing struct {
	*query
	s       *server
	binding []string
	page    Page
}

// newListing reads limit, sort_order and cursor. The cursor is bound to caller,
// list, order and the filters named. If the parameter override is given, the
// others don't count: everything asked for fits on one page.
func (s *server) newListing(c *call, override string, filters ...string) (*listing, error) {
	l := &listing{query: parseQuery(c.r.URL.RawQuery), s: s}
	if l.err != nil {
		return nil, l.err
	}
	if override != "" && slices.ContainsFunc(l.values[override], func(v string) bool { return v != "" }) {
		l.page = Page{Limit: MaxLimit}
		return l, nil
	}
	l.page = l.query.page()
	l.binding = []string{c.name, string(c.caller.Peer.ID), sortDescending}
	if l.page.Ascending {
		l.binding[2] = sortAscending
	}
	for _, f := range filters {
		l.binding = append(l.binding, f)
		l.binding = append(l.binding, l.values[f]...)
	}
	cursor := l.single("cursor")
	if l.err != nil {
		return nil, l.err
	}
	after, err := s.cfg.CursorKey.open(l.binding, cursor)
	l.page.After = after
	return l, err
}

// next gives the cursor of the page that follows.
func (l *listing) next(parts []string) string {
	if l.binding == nil {
		return ""
	}
	return l.s.cfg.CursorKey.seal(l.binding, parts)
}

// overridden tells whether the list's overriding parameter is given.
func (l *listing) overridden() bool { return l.binding == nil }

func (s *server) listContracts(c *call) (reply, error) {
	l, err := s.newListing(c, "grant_hash", "grant_type")
	if err != nil {
		return reply{}, err
	}
	req := ContractsRequest{Page: l.page, GrantHashes: convert[fsc.GrantHash](l.list("grant_hash", 1, maxHashLength))}
	if !l.overridden() {
		req.GrantType = l.grantType()
	}
	if l.err != nil {
		return reply{}, l.err
	}
	out, err := s.cfg.Handler.ListContracts(c.r.Context(), c.caller, req)
	if err != nil {
		return reply{}, err
	}
	raw, err := encodeContracts(out.Items, l.next(out.Next))
	return reply{http.StatusOK, raw}, err
}

func (s *server) listPeers(c *call) (reply, error) {
	l, err := s.newListing(c, "peer_id", "peer_name")
	if err != nil {
		return reply{}, err
	}
	req := PeersRequest{Page: l.page, PeerIDs: convert[fsc.PeerID](l.list("peer_id", minName, maxName))}
	if !l.overridden() {
		req.PeerName = l.name("peer_name")
	}
	if l.err != nil {
		return reply{}, l.err
	}
	out, err := s.cfg.Handler.ListPeers(c.r.Context(), c.caller, req)
	if err != nil {
		return reply{}, err
	}
	return okJSON(wirePeers{newWirePeers(out.Items), wirePagination{l.next(out.Next)}})
}

func (s *server) listServices(c *call) (reply, error) {
	l, err := s.newListing(c, "", "peer_id", "service_name")
	if err != nil {
		return reply{}, err
	}
	req := ServicesRequest{Page: l.page, PeerID: fsc.PeerID(l.name("peer_id")), ServiceName: l.name("service_name")}
	if l.err != nil {
		return reply{}, l.err
	}
	out, err := s.cfg.Handler.ListServices(c.r.Context(), c.caller, req)
	if err != nil {
		return reply{}, err
	}
	return okJSON(wireServices{newWireServices(out.Items), wirePagination{l.next(out.Next)}})
}

func (s *server) listLogRecords(c *call) (reply, error) {
	l, err := s.newListing(c, "transaction_ids", "after", "before", "grant_hash", "service_name")
	if err != nil {
		return reply{}, err
	}
	req := LogsRequest{Page: l.page, TransactionIDs: l.list("transaction_ids", 1, maxName)}
	if !l.overridden() {
		req.After, req.Before = l.seconds("after"), l.seconds("before")
		req.GrantHashes = convert[fsc.GrantHash](l.list("grant_hash", 1, maxHashLength))
		req.ServiceNames = l.list("service_name", minName, maxName)
	}
	if l.err != nil {
		return reply{}, l.err
	}
	out, err := s.cfg.Handler.ListLogRecords(c.r.Context(), c.caller, req)
	if err != nil {
		return reply{}, err
	}
	return okJSON(wireRecords{newWireRecords(out.Items), wirePagination{l.next(out.Next)}})
}
