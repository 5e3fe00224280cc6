// SPDX-License-Identifier: EUPL-1.2

package internalapi

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/txlog"
)

const maxBody = 9 << 20

// Role is what a component may do here; it is the common name of its
// certificate of the internal CA.
type Role string

// The roles of components.
const (
	RoleCLI    Role = "cli"
	RoleInway  Role = "inway"
	RoleOutway Role = "outway"
)

// Config is what the door stands on. All fields are required unless noted.
type Config struct {
	Manager *manager.Manager
	GroupID fsc.GroupID
	Log     txlog.Reader
	// Index takes in the records of a component's own log, by its name.
	Index func(source string) txlog.Index
	// Directory lists the services published in the Group's Directories.
	Directory func(ctx context.Context) ([]Listing, error)
	// Act does what somebody asked for by the command line, such as
	// contract.propose, and keeps it in the audit trail. It may refuse. Nil: there
	// is no trail.
	Act func(ctx context.Context, act, object string, do func(context.Context) error) error
	// RoleOf tells the role of the client certificate of a request.
	RoleOf func(*http.Request) (Role, error)
	// SnapshotWait is how long a request for a newer snapshot is held; 0 means
	// 25 s, which is also the most.
	SnapshotWait time.Duration
	// Draining, once closed, ends requests that wait for a newer snapshot, so
	// that the door can close. It may be nil.
	Draining <-chan struct{}
	Now      func() time.Time
	Logger   *slog.Logger
}

type server struct {
	Config
	mux *http.ServeMux
}

type handlerFunc func(r *http.Request) (any, error)

// NewServer makes the handler of the internal door.
func NewServer(cfg Config) http.Handler {
	if cfg.SnapshotWait <= 0 {
		cfg.SnapshotWait = snapshotWait
	}
	if cfg.Act == nil {
		cfg.Act = func(ctx context.Context, _, _ string, do func(context.Context) error) error { return do(ctx) }
	}
	s := &server{Config: cfg, mux: http.NewServeMux()}
	s.route("GET /v1/self", s.self, RoleInway, RoleOutway)
	s.route("GET /v1/contracts", s.listContracts)
	s.route("POST /v1/contracts", s.createContract)
	s.route("GET /v1/contracts/{hash}", s.showContract)
	s.route("POST /v1/contracts/{hash}/{type}", s.signContract)
	s.route("GET /v1/services", s.listServices)
	s.route("PUT /v1/services/{name}", s.putService)
	s.route("DELETE /v1/services/{name}", s.deleteService)
	s.route("GET /v1/listings", s.listListings)
	s.route("GET /v1/peers", s.listPeers)
	s.route("POST /v1/peers/{id}/reconcile", s.reconcile)
	s.route("POST /v1/peers/{id}/retry", s.retry)
	s.route("GET /v1/deliveries", s.listDeliveries)
	s.route("GET /v1/records", s.listRecords)
	s.route("GET /v1/snapshots/inway", s.inwaySnapshot, RoleInway)
	s.route("GET /v1/snapshots/outway", s.outwaySnapshot, RoleOutway)
	s.route("GET /v1/inways", s.listInways)
	s.route("PUT /v1/inways", s.reportInway, RoleInway)
	s.route("GET /v1/logs/{source}", s.position, RoleInway, RoleOutway)
	s.route("POST /v1/logs/{source}", s.takeRecords, RoleInway, RoleOutway)
	return s.mux
}

// route opens a path to the command line and to the roles named; everybody else
// is refused.
func (s *server) route(pattern string, h handlerFunc, also ...Role) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		role, err := s.RoleOf(r)
		if err != nil || (role != RoleCLI && !slices.Contains(also, role)) {
			s.Logger.Warn("internal request refused", "role", role, "method", r.Method, "pattern", pattern, "error", err)
			s.write(w, http.StatusForbidden, problem{fsc.CodeInvalidRequest, "this certificate's role may not do this"})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		v, err := h(r)
		if err != nil {
			s.writeError(w, err)
			return
		}
		status := http.StatusOK
		if v == nil {
			status = http.StatusNoContent
		}
		s.write(w, status, v)
	})
}

func (s *server) writeError(w http.ResponseWriter, err error) {
	var e *fsc.Error
	if errors.Is(err, manager.ErrNotFound) {
		e = fsc.Errorf(fsc.CodeNotFound, "not found")
	} else if !errors.As(err, &e) {
		s.Logger.Error("internal request", "error", err)
		e = fsc.Errorf(fsc.CodeInternal, "something went wrong inside this node; its log tells what")
	}
	if e.Cause != nil {
		s.Logger.Info("internal request refused", "error", err)
	}
	s.write(w, e.Code.HTTPStatus(), problem{e.Code, e.Detail})
}

func (s *server) write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if v == nil {
		return
	}
	if err := json.MarshalWrite(w, v); err != nil {
		s.Logger.Info("internal answer is not sent", "error", err)
	}
}

// read decodes a JSON body strictly.
func read(r *http.Request, v any) error {
	mt, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mt != "application/json" {
		return fsc.Errorf(fsc.CodeInvalidRequest, "Content-Type must be application/json")
	}
	body, err := io.ReadAll(r.Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return fsc.Errorf(fsc.CodeRequestTooLarge, "the body is larger than %d bytes", maxBody)
	}
	if err != nil {
		return fsc.WrapError(fsc.CodeInvalidRequest, err, "the body can't be read")
	}
	return fsc.UnmarshalStrict(body, v)
}
