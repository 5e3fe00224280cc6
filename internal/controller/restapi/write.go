// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/controller/restapi/oas"
	"github.com/samenspel/samenspel/internal/operator"
)

func (s *server) write(w http.ResponseWriter, r *http.Request, op *oas.Operation, rep *reply) {
	h := w.Header()
	for name, value := range map[string]string{"ETag": rep.etag, "Link": rep.links} {
		if value != "" {
			h.Set(name, value)
		}
	}
	if rep.location != "" {
		h.Set("Location", s.document.Base+rep.location)
	}
	if rep.file != nil {
		s.sendFile(w, rep)
		return
	}
	if rep.stream != nil {
		h.Set("Content-Type", "application/x-ndjson")
		w.WriteHeader(rep.status)
		if err := rep.stream(w); err != nil {
			s.cfg.Logger.Warn("api export broke off", "operation", op.ID, "error", err)
			panic(http.ErrAbortHandler) // so that nobody takes a part for the whole
		}
		return
	}
	text, err := rep.text()
	if err != nil {
		s.writeProblem(w, s.problemOf(r, op, err))
		return
	}
	if text != nil {
		h.Set("Content-Type", "application/json")
	}
	w.WriteHeader(rep.status)
	s.send(w, text)
}

// text encodes the body; nil when there is none.
func (rep *reply) text() ([]byte, error) {
	if rep.raw != nil || rep.body == nil {
		return rep.raw, nil
	}
	return json.Marshal(rep.body, json.Deterministic(true))
}

func (s *server) send(w http.ResponseWriter, text []byte) {
	if _, err := w.Write(text); err != nil {
		s.cfg.Logger.Info("api answer is not sent", "error", err)
	}
}

func (s *server) writeProblem(w http.ResponseWriter, f *failure) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	if len(f.allowed) > 0 {
		h.Set("Allow", strings.Join(f.allowed, ", "))
	}
	if f.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="samenspel"`)
	}
	if f.retryAfter > 0 {
		h.Set("Retry-After", seconds(f.retryAfter))
	}
	text, err := json.Marshal(f.Problem)
	if err != nil {
		s.cfg.Logger.Error("api problem can't be written", "error", err)
	}
	w.WriteHeader(f.Status)
	s.send(w, text)
}

// waiting turns an act that waits for a second person into an answer.
func (s *server) waiting(c *call, err error) (*reply, error) {
	told, ok := errors.AsType[*operator.Error](err)
	if !ok || told.Kind != operator.KindSecondPerson {
		return nil, err
	}
	body := client.Waiting{Status: "awaiting_second_person", Detail: told.Text, DecisionRequestID: s.askedBy(c)}
	rep := &reply{status: http.StatusAccepted, body: body, location: "/decision-requests"}
	if body.DecisionRequestID != "" {
		rep.location += "/" + body.DecisionRequestID
	}
	return rep, nil
}

// askedBy finds the request that this call made, if it is certain.
func (s *server) askedBy(c *call) string {
	all, err := s.act.Requests(c.ctx(), c.actor)
	if err != nil {
		return ""
	}
	id := ""
	for _, r := range all {
		if r.Requester != c.actor.Account || r.CreatedAt.Before(c.began.Truncate(time.Microsecond)) {
			continue
		}
		if id != "" {
			return ""
		}
		id = r.ID
	}
	return id
}

// from gives the network address a request came from, without port.
func from(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
