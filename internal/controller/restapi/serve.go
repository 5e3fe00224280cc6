// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/controller/restapi/oas"
	"github.com/samenspel/samenspel/internal/operator"
)

// maxBody is how large a body may be, in bytes, and maxPublicBody that of who
// isn't logged in.
const (
	maxBody       = 1 << 20
	maxPublicBody = 16 << 10
	// maxFile is how large a file may be before it is cut off; what it is for may have
	// a smaller limit.
	maxFile = 64 << 20

	mediaBytes = "application/octet-stream"
)

// releaseHeader brings a code of a second factor; see the document.
const releaseHeader = "Release-Code"

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.setHeaders(w.Header())
	if s.serveDocument(w, r) {
		return
	}
	defer hurried(w)
	op, rep, err := s.answer(w, r) //nolint:contextcheck // the request brings its context
	if err != nil {
		s.writeProblem(patiently(w), s.problemOf(r, op, err))
		return
	}
	s.write(patiently(w), r, op, rep)
}

// setHeaders sets what goes with every answer.
func (s *server) setHeaders(h http.Header) {
	h.Set("API-Version", s.document.Version)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Strict-Transport-Security", "max-age=31536000")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
}

// serveDocument gives the OpenAPI document to everybody, also to pages of others.
func (s *server) serveDocument(w http.ResponseWriter, r *http.Request) bool {
	kinds := map[string]string{"/openapi.json": "application/json", "/openapi.yaml": "application/yaml"}
	name, _ := strings.CutPrefix(r.URL.Path, s.document.Base)
	kind := kinds[name]
	if kind == "" || r.URL.Path == name {
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.writeProblem(w, s.problemOf(r, nil, notAllowed([]string{http.MethodGet, http.MethodHead})))
		return true
	}
	text := s.document.JSON
	if name == "/openapi.yaml" {
		text = s.document.YAML
	}
	w.Header().Set("Content-Type", kind)
	if _, err := w.Write(text); err != nil {
		s.cfg.Logger.Info("api document is not sent", "error", err)
	}
	return true
}

// answer does what a request asks for.
func (s *server) answer(w http.ResponseWriter, r *http.Request) (*oas.Operation, *reply, error) {
	found, values, allowed := s.routes.find(r.Method, r.URL.EscapedPath())
	if found == nil {
		if len(allowed) > 0 {
			return nil, nil, notAllowed(allowed)
		}
		return nil, nil, fail(http.StatusNotFound, "not_found", "there is nothing at this path")
	}
	c := &call{r: r, op: found.op, path: values, began: s.cfg.Now()}
	if err := s.admit(c); err != nil {
		return c.op, nil, err
	}
	if err := c.read(w); err != nil {
		return c.op, nil, err
	}
	if !c.op.Bytes { // a file is yet to be read
		unhurried(w)
	}
	rep, err := s.once(c, found.handle)
	return c.op, rep, err
}

// admit finds out who asks and whether it asks too often.
func (s *server) admit(c *call) error {
	if c.op.Public {
		return s.limits.take("from " + from(c.r))
	}
	a, err := s.cfg.Authenticate(c.r)
	if err != nil {
		if limited := s.limits.take("from " + from(c.r)); limited != nil {
			return limited
		}
		return err
	}
	// What a session tells is where its login came from.
	if a.From == "" || a.Token != "" || a.Session != "" {
		a.From = from(c.r)
	}
	// Only what the document lets a code come along with takes one.
	if c.op.Parameter("header", releaseHeader) != nil {
		a.Code = c.r.Header.Get(releaseHeader)
	}
	c.actor = a
	return s.limits.take("actor " + string(a.Account) + " " + string(a.Token) + " " + string(a.Session))
}

// read checks parameters and body and tells everything that is wrong with them.
func (c *call) read(w http.ResponseWriter) error {
	found := c.readParameters()
	if c.op.Body != nil {
		wrong, err := c.readBody(w)
		if err != nil {
			return err
		}
		found = append(found, wrong...)
	}
	if len(found) > 0 {
		return invalidInput(found)
	}
	if c.op.Bytes {
		return c.takeFile(w)
	}
	return nil
}

// takeFile leaves a file to who does the operation, and bounds it. It isn't held
// in memory.
func (c *call) takeFile(w http.ResponseWriter) error {
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != mediaBytes || c.r.Header.Get("Content-Encoding") != "" {
		return fail(http.StatusUnsupportedMediaType, "unsupported_media_type", "the body must be application/octet-stream, as it is")
	}
	c.file = &sentFile{r: http.MaxBytesReader(w, c.r.Body, maxFile)}
	return nil
}

// sentFile remembers that a body couldn't be read to its end.
type sentFile struct {
	r      io.Reader
	broken error
}

// Read implements io.Reader.
func (f *sentFile) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		f.broken = err
	}
	return n, err
}

func (c *call) readParameters() []client.InputError {
	var found []client.InputError
	check := func(p *oas.Parameter, text string) {
		for _, wrong := range p.Check(text) {
			found = append(found, client.InputError{In: p.In, Pointer: wrong.Pointer, Code: wrong.Code, Detail: wrong.Detail})
		}
	}
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		found = append(found, client.InputError{In: "query", Code: "query", Detail: "can't be read"})
	}
	c.query = map[string]string{}
	for _, p := range c.op.Parameters {
		switch p.In {
		case "path":
			check(p, c.path[p.Name])
		case "header":
			if v := c.r.Header.Get(p.Name); v != "" {
				check(p, v)
			}
		case "query":
			if values := query[p.Name]; len(values) == 1 {
				check(p, values[0])
				c.query[p.Name] = values[0]
			} else if len(values) > 1 {
				found = append(found, client.InputError{In: "query", Pointer: p.Name, Code: "duplicate", Detail: "stands here twice"})
			}
		}
	}
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names[:min(len(names), 100)] {
		if c.op.Parameter("query", name) == nil {
			found = append(found, client.InputError{In: "query", Pointer: cut(name), Code: "unknown", Detail: "is unknown here"})
		}
	}
	return found
}

// cut bounds a name that anybody may have sent.
func cut(name string) string {
	const most = 100
	if len(name) <= most {
		return strings.ToValidUTF8(name, "\uFFFD")
	}
	return strings.ToValidUTF8(name[:most], "\uFFFD") + "…"
}

func (c *call) readBody(w http.ResponseWriter) ([]client.InputError, error) {
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return nil, fail(http.StatusUnsupportedMediaType, "unsupported_media_type", "the body must be application/json")
	}
	most := int64(maxBody)
	if c.op.Public {
		most = maxPublicBody
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, c.r.Body, most))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, fail(http.StatusRequestEntityTooLarge, "too_large", "the body is larger than "+strconv.FormatInt(most>>10, 10)+" KiB")
	}
	if err != nil {
		unread := fail(http.StatusBadRequest, "unreadable", "the body can't be read")
		unread.cause = err
		return nil, unread
	}
	v, wrong := oas.ReadJSON(body)
	if v != nil || len(wrong) == 0 {
		wrong = append(wrong, c.op.Body.Check(v)...)
	}
	var found []client.InputError
	for _, p := range oas.Clip(wrong) {
		found = append(found, client.InputError{In: "body", Pointer: p.Pointer, Code: p.Code, Detail: p.Detail})
	}
	c.body = body
	return found, nil
}

// Tokens tells who asks by a bearer token: one for automation, or the secret of
// a session.
func Tokens(people *operator.Operators) func(*http.Request) (operator.Actor, error) {
	return func(r *http.Request) (operator.Actor, error) {
		secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || len(secret) > 200 {
			return operator.Actor{}, &operator.Error{Kind: operator.KindLogin, Text: "give a token in the header Authorization: Bearer"}
		}
		if strings.HasPrefix(secret, operator.TokenPrefix) {
			return people.AuthenticateToken(r.Context(), secret)
		}
		return people.Authenticate(r.Context(), secret)
	}
}
