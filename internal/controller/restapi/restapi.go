// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	_ "embed" // for the OpenAPI document
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/restapi/oas"
	"github.com/samenspel/samenspel/internal/operator"
)

//go:embed openapi.yaml
var openAPI string

// readDocument gives the OpenAPI document. It takes 60 ms and nothing changes it
// afterwards, so all nodes of a process share it.
var readDocument = sync.OnceValues(func() (*oas.Document, error) { return oas.Load([]byte(openAPI)) })

// Config is what the API stands on. Controller, Authenticate, Now and Logger are
// required.
type Config struct {
	Controller *controller.Controller
	// Authenticate tells who asks; see [Tokens]. Its error is an operator.Error of
	// KindLogin, KindForbidden or KindTooMany, or something that went wrong.
	Authenticate func(*http.Request) (operator.Actor, error)
	// PerSecond and Burst limit the requests of one token, session or, of failed
	// logins, address. Zero: 20 a second and 100 at once.
	PerSecond float64
	Burst     int
	Now       func() time.Time
	Logger    *slog.Logger
}

// New makes the handler of the API, for all paths that begin with /v1/. Requests
// have to come over TLS, or from a proxy or address of this machine.
func New(cfg Config) (http.Handler, error) {
	document, err := readDocument()
	if err != nil {
		return nil, err
	}
	if cfg.PerSecond == 0 {
		cfg.PerSecond, cfg.Burst = 20, 100
	}
	s := &server{
		cfg: cfg, act: cfg.Controller, document: document, limits: newLimits(cfg.PerSecond, cfg.Burst, cfg.Now),
		keys: newKeys(cfg.Now), changing: newTurns(),
	}
	handlers := s.handlers()
	for _, op := range document.Operations {
		h := handlers[op.ID]
		if h == nil {
			return nil, fmt.Errorf("operation %s has no handler", op.ID)
		}
		delete(handlers, op.ID)
		s.routes.add(document.Base, op, h)
	}
	for id := range handlers {
		return nil, fmt.Errorf("handler %s has no operation", id)
	}
	return s, nil
}

// server answers requests.
type server struct {
	cfg      Config
	act      *controller.Controller
	document *oas.Document
	routes   routes
	limits   *limits
	keys     *keys
	changing *turns
}

// handler does one operation.
type handler func(*call) (*reply, error)

// handlers gives the handler of each operation by its operationId.
func (s *server) handlers() map[string]handler {
	all := map[string]handler{}
	for _, area := range []map[string]handler{
		s.contractHandlers(), s.signatureHandlers(), s.serviceHandlers(), s.directoryHandlers(), s.peerHandlers(), s.applicationHandlers(),
		s.policyHandlers(), s.logHandlers(), s.auditHandlers(), s.peopleHandlers(), s.sessionHandlers(), s.requestHandlers(), s.nodeHandlers(), s.eventHandlers(),
		s.collectiveHandlers(), s.frameworkHandlers(), s.togetherHandlers(), s.registerHandlers(),
		s.usageHandlers(), s.savingHandlers(), s.annexHandlers(),
	} {
		maps.Copy(all, area)
	}
	return all
}
