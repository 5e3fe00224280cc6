// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
)

const (
	headerGrantHash = "Fsc-Grant-Hash" // chooses the grant at the Outway; a convention of OpenFSC
	headerErrorCode = "Fsc-Error-Code" // on every error of Inway and Outway (Core)
)

// question is one request to another Peer.
type question struct {
	to     fsc.PeerID
	method string
	path   string
	query  string
	body   []byte
	answer bool   // a body is expected
	accept string // its media type; empty: JSON
}

// ask sends a request and gives the body of a good answer.
func (c *Client) ask(ctx context.Context, q question, within time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	r, err := c.request(ctx, q)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("own Outway can't be reached: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, refusalOf(q.to, res)
	}
	if !q.answer {
		return nil, nil
	}
	if media, _, err := mime.ParseMediaType(res.Header.Get("Content-Type")); err != nil || media != mediaJSON {
		return nil, fmt.Errorf("answer of Peer %s is something else than JSON", q.to)
	}
	raw, err := readAll(res.Body, maxAnswer)
	if err != nil {
		return nil, fmt.Errorf("answer of Peer %s: %w", q.to, err)
	}
	return raw, nil
}

func (c *Client) request(ctx context.Context, q question) (*http.Request, error) {
	address, grant, err := c.cfg.Outway(ctx, q.to)
	if err != nil {
		return nil, fmt.Errorf("find the connection to %s of Peer %s: %w", collective.ServiceName, q.to, err)
	}
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("address of the own Outway is not a URL: %q", address)
	}
	target := strings.TrimSuffix(address, "/") + q.path
	if q.query != "" {
		target += "?" + q.query
	}
	r, err := http.NewRequestWithContext(ctx, q.method, target, bytes.NewReader(q.body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	r.Header.Set(headerGrantHash, string(grant))
	r.Header.Set("Accept", cmp.Or(q.accept, mediaJSON)+", "+mediaProblem)
	r.Header.Set("Accept-Encoding", "identity") // a limit on bytes should be one on memory
	if q.body != nil {
		r.Header.Set("Content-Type", mediaJSON)
	}
	return r, nil
}

func readAll(r io.Reader, most int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(raw)) > most {
		err = fmt.Errorf("is larger than %d bytes", most)
	}
	return raw, err
}

// answerError is an answer that may be another one later.
type answerError struct {
	peer   fsc.PeerID
	status int
	layer  bool // Inway or Outway answered, not the service
	code   string
	detail string
}

// Error says who answered what.
func (e *answerError) Error() string {
	who := "Peer " + string(e.peer)
	if e.layer {
		who = "the connection to Peer " + string(e.peer)
	}
	s := fmt.Sprintf("%s answered %d", who, e.status)
	if e.code != "" {
		s += " " + e.code
	}
	if e.detail != "" {
		s += ": " + e.detail
	}
	return s
}

// refusalOf reads an answer that isn't the one hoped for, and tells whether it
// will stay so.
func refusalOf(peer fsc.PeerID, res *http.Response) error {
	e := &answerError{peer: peer, status: res.StatusCode}
	if code := res.Header.Get(headerErrorCode); code != "" {
		e.layer, e.code = true, printable(code)
		e.detail = layerDetail(res.Body)
		return e
	}
	code, detail, ok := readProblem(res)
	e.code, e.detail = code, detail
	if !ok || temporary(res.StatusCode, code) {
		return e
	}
	return &collective.Refused{Code: code, Detail: detail}
}

// temporary tells whether trying again can help: with another token, at another
// time, or after what this follows has arrived.
func temporary(status int, code string) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status < 400 || status > 499 || code == string(collective.CodeUnknown) || code == string(collective.CodeNoHome)
}

var codePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// readProblem reads a refusal of the service. Members it doesn't know are
// skipped, as RFC 9457 demands. Without a problem it wasn't this service that
// answered.
func readProblem(res *http.Response) (code, detail string, ok bool) {
	media, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || media != mediaProblem {
		return "", "", false
	}
	raw, err := readAll(res.Body, maxProblem)
	if err != nil {
		return "", "", false
	}
	return decodeProblem(raw)
}

func decodeProblem(raw []byte) (code, detail string, ok bool) {
	var p struct {
		Code   string `json:"code"`
		Title  string `json:"title"`
		Detail string `json:"detail"`
	}
	if fsc.CheckJSON(raw) != nil || json.Unmarshal(raw, &p) != nil || !codePattern.MatchString(p.Code) {
		return "", "", false
	}
	return p.Code, printable(cmp.Or(p.Detail, p.Title)), true
}

// layerDetail reads the message of an error of Inway or Outway (Core, schema
// error), if it has one.
func layerDetail(body io.Reader) string {
	raw, err := readAll(body, maxProblem)
	var e struct {
		Message string `json:"message"`
	}
	if err != nil || fsc.CheckJSON(raw) != nil || json.Unmarshal(raw, &e) != nil {
		return ""
	}
	return printable(e.Message)
}

// printable makes text of another organisation fit for a log and a page.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if runes := []rune(s); len(runes) > maxDetail {
		s = string(runes[:maxDetail]) + "…"
	}
	return strings.TrimSpace(s)
}
