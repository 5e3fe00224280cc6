// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog/idset"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

// Log is what another Peer is told of our log; [reconcile.Comparer] has it. Who
// asks is told of calls between it and us, and of nothing else.
type Log interface {
	Whole() (from, until reconcile.Hour)
	Kept(ctx context.Context, other fsc.PeerID) (reconcile.Kept, error)
	Tell(ctx context.Context, other fsc.PeerID, grant string, from, until reconcile.Hour) ([]reconcile.Told, reconcile.Hour, error)
	Answer(ctx context.Context, other fsc.PeerID, k reconcile.Key, q *idset.Question) (*idset.Answer, error)
}

// ServerConfig is what a server needs; all of it is required.
type ServerConfig struct {
	Log Log
	// Identify gives the Peer of the verified client certificate; its error refuses
	// the request.
	Identify func(*http.Request) (fsc.PeerID, error)
	// Limit tells how long the Peer has to wait before it may ask again; 0 lets it in.
	Limit  func(fsc.PeerID) time.Duration
	Logger *slog.Logger
}

const (
	// readers is how many requests may read the log at the same time, and waitFor how
	// long one waits for its turn. A Peer has one at a time.
	readers = 2
	waitFor = 5 * time.Second
)

type server struct {
	cfg  ServerConfig
	turn chan struct{}

	mu   sync.Mutex
	busy map[fsc.PeerID]bool
}

// NewServer makes our side of the extension, for requests below [Path]. It has to
// run behind TLS with verified client certificates.
func NewServer(cfg ServerConfig) http.Handler {
	s := &server{cfg: cfg, turn: make(chan struct{}, readers), busy: map[fsc.PeerID]bool{}}
	mux := http.NewServeMux()
	mux.Handle("GET "+Path+"/period", s.serve(s.period))
	mux.Handle("GET "+Path+"/sets", s.serve(s.sets))
	mux.Handle("POST "+Path+"/questions", s.serve(s.question))
	mux.Handle("/", s.serve(func(*request) (any, error) {
		return nil, fsc.Errorf(fsc.CodeNotFound, "the extension has period, sets and questions below %s", Path)
	}))
	return mux
}

// request is one request of a known Peer.
type request struct {
	*http.Request
	w    http.ResponseWriter
	peer fsc.PeerID
}

func (s *server) serve(do func(*request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := &request{Request: r, w: w}
		var out any
		err := s.admit(q)
		if err == nil {
			out, err = do(q)
		}
		status := http.StatusOK
		if err != nil {
			status, out = s.refuse(q, err)
		}
		raw, err := json.Marshal(out)
		if err != nil {
			s.cfg.Logger.Error("answer can't be encoded", "peer_id", q.peer, "error", err)
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(status)
		_, _ = w.Write(raw) // the caller has gone: nothing is left to tell
	})
}

// admit finds out who asks, and whether it may now.
func (s *server) admit(q *request) (err error) {
	if q.peer, err = s.cfg.Identify(q.Request); err != nil {
		return fsc.WrapError(fsc.CodePeerCertificateVerificationFailed, err, "the client certificate doesn't identify a Peer")
	}
	if wait := s.cfg.Limit(q.peer); wait > 0 {
		return tooMany(q.w, wait)
	}
	return nil
}

func tooMany(w http.ResponseWriter, wait time.Duration) error {
	seconds := int64((wait + time.Second - 1) / time.Second)
	w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	return fsc.Errorf(fsc.CodeTooManyRequests, "too many requests; try again in %d s", seconds)
}

// wireError is the form of the standard's errors.
type wireError struct {
	Message string          `json:"message"`
	Domain  fsc.ErrorDomain `json:"domain"`
	Code    fsc.ErrorCode   `json:"code"`
}

// refuse tells what the caller may know, and logs the rest.
func (s *server) refuse(q *request, err error) (status int, body wireError) {
	told, ok := errors.AsType[*fsc.Error](err)
	switch {
	case errors.Is(err, reconcile.ErrTooMany):
		told = fsc.Errorf(fsc.CodeRequestTooLarge, "there are more calls in one hour than can be compared")
	case !ok:
		told = fsc.Errorf(fsc.CodeInternal, "the Manager failed; its log says why")
	}
	s.cfg.Logger.Info("comparison of logs refused", "peer_id", q.peer, "code", told.Code, "error", err)
	q.w.Header().Set("Fsc-Error-Code", string(told.Code))
	return told.Code.HTTPStatus(), wireError{told.Detail, fsc.DomainManager, told.Code}
}

func (s *server) period(q *request) (any, error) {
	from, until := s.cfg.Log.Whole()
	kept, err := s.cfg.Log.Kept(q.Context(), q.peer)
	if err != nil {
		return nil, err
	}
	out := wirePeriod{From: secondsOf(from), Until: secondsOf(until)}
	for _, k := range slices.SortedFunc(maps.Keys(kept), reconcile.Key.Compare) {
		if len(out.Grants) == maxKept { // what isn't told shows as a difference
			break
		}
		out.Grants = append(out.Grants, wireKept{k.Grant, directionOf(k.Outgoing), secondsOf(kept[k])})
	}
	return out, nil
}

// maxKept bounds how many grants an answer tells of, so that it stays below
// maxAnswer whatever their hashes are.
const maxKept = 5000

func (s *server) sets(q *request) (any, error) {
	w, err := windowOf(q)
	if err != nil {
		return nil, err
	}
	leave, err := s.enter(q)
	if err != nil {
		return nil, err
	}
	defer leave()
	told, next, err := s.cfg.Log.Tell(q.Context(), q.peer, w.grant, w.from, w.until)
	if err != nil {
		return nil, err
	}
	out := wireSets{Sets: make([]wireSet, 0, len(told)), Next: secondsOf(next)}
	for _, t := range told {
		out.Sets = append(out.Sets, wireSet{secondsOf(t.Hour), t.Grant, directionOf(t.Outgoing), t.Count, t.Root})
	}
	return out, nil
}

// windowOf reads the query of the sets.
func windowOf(q *request) (window, error) {
	values := q.URL.Query()
	w := window{grant: values.Get("grant_hash")}
	for _, p := range []struct {
		name string
		into *reconcile.Hour
	}{{"from", &w.from}, {"until", &w.until}} {
		n, err := strconv.ParseInt(values.Get(p.name), 10, 64)
		if err != nil {
			n = -1
		}
		if *p.into, err = hourOf("parameter "+p.name, n); err != nil {
			return w, fsc.Errorf(fsc.CodeInvalidRequest, "%s", err.Error())
		}
	}
	if w.from >= w.until {
		return w, fsc.Errorf(fsc.CodeInvalidRequest, "parameter until must lie behind from")
	}
	if w.grant != "" && !isGrant(w.grant) {
		return w, fsc.Errorf(fsc.CodeInvalidRequest, "parameter grant_hash must be at most %d bytes of text", maxGrant)
	}
	return w, nil
}

func (s *server) question(q *request) (any, error) {
	media, _, err := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return nil, fsc.Errorf(fsc.CodeInvalidRequest, "Content-Type must be application/json")
	}
	raw, err := io.ReadAll(http.MaxBytesReader(q.w, q.Body, idset.MaxMessageBytes))
	if err != nil {
		return nil, fsc.WrapError(fsc.CodeInvalidRequest, err, "the body is incomplete or too large")
	}
	k, question, err := readQuestion(raw)
	if err != nil {
		return nil, fsc.Errorf(fsc.CodeInvalidRequest, "%s", err.Error())
	}
	leave, err := s.enter(q)
	if err != nil {
		return nil, err
	}
	defer leave()
	return s.cfg.Log.Answer(q.Context(), q.peer, k, question)
}

// enter waits for a turn at the log.
func (s *server) enter(q *request) (leave func(), err error) {
	s.mu.Lock()
	busy := s.busy[q.peer]
	if !busy {
		s.busy[q.peer] = true
	}
	s.mu.Unlock()
	if busy {
		return nil, tooMany(q.w, time.Second)
	}
	rest := func() {
		s.mu.Lock()
		delete(s.busy, q.peer)
		s.mu.Unlock()
	}
	ctx, cancel := context.WithTimeout(q.Context(), waitFor)
	defer cancel()
	select {
	case s.turn <- struct{}{}:
		return func() { <-s.turn; rest() }, nil
	case <-ctx.Done():
		rest()
		return nil, tooMany(q.w, time.Second)
	}
}
