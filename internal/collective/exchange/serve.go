// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

func (s *server) putDeed(c *call) (reply, error) {
	raw, err := s.body(c, maxDeedBody)
	if err != nil {
		return reply{}, err
	}
	content, err := deed.Parse(raw)
	if err != nil {
		return reply{}, err
	}
	if err := mustName(c.deed, content.Hash(), "deed"); err != nil {
		return reply{}, err
	}
	return s.receive(c, collective.Item{Deed: content.Raw()})
}

func (s *server) putSignature(c *call) (reply, error) {
	raw, err := s.body(c, maxSignatureBody)
	if err != nil {
		return reply{}, err
	}
	signature, chain, err := decodeSigned(raw)
	if err != nil {
		return reply{}, err
	}
	if err := mustName(c.deed, signature.DeedHash, "deed"); err != nil {
		return reply{}, err
	}
	if err := mustName(c.signature, signature.Hash(), "signature"); err != nil {
		return reply{}, err
	}
	return s.receive(c, collective.Item{JWS: signature.JWS, Chain: chain})
}

func (s *server) receive(c *call, it collective.Item) (reply, error) {
	return reply{status: http.StatusNoContent}, s.cfg.Desk.Receive(c.r.Context(), c.peer, it)
}

func (s *server) getDeed(c *call) (reply, error) {
	if err := c.named(); err != nil {
		return reply{}, err
	}
	raw, err := reading(s, c, func(ctx context.Context) ([]byte, error) {
		return allowed(ctx, s, c, s.cfg.Desk.Deed)
	})
	return reply{http.StatusOK, mediaJSON, raw}, err
}

func (s *server) getState(c *call) (reply, error) {
	if err := c.named(); err != nil {
		return reply{}, err
	}
	state, err := reading(s, c, func(ctx context.Context) (*collective.State, error) {
		return allowed(ctx, s, c, s.cfg.Desk.State)
	})
	if err != nil {
		return reply{}, err
	}
	return okJSON(state)
}

func (s *server) getSignatures(c *call) (reply, error) {
	if err := s.wholly(c); err != nil {
		return reply{}, err
	}
	list, err := reading(s, c, func(ctx context.Context) ([]collective.Item, error) {
		return allowed(ctx, s, c, s.cfg.Desk.Signatures)
	})
	if err != nil {
		return reply{}, err
	}
	return okJSON(encodeSignatures(list))
}

// allowed reads what is about a deed, unless it isn't for the caller: then it is
// as if it weren't here.
func allowed[T any](ctx context.Context, s *server, c *call, read func(context.Context, deed.Hash) (T, error)) (none T, err error) {
	may, err := s.cfg.Desk.MayRead(ctx, c.peer, c.deed)
	if err != nil {
		return none, err
	}
	if !may {
		return none, collective.ErrNotFound
	}
	return read(ctx, c.deed)
}

func (s *server) getDossier(c *call) (reply, error) {
	if err := s.wholly(c); err != nil {
		return reply{}, err
	}
	raw, err := reading(s, c, func(ctx context.Context) ([]byte, error) { return s.cfg.Desk.DossierFor(ctx, c.peer, c.deed) })
	return reply{http.StatusOK, mediaJSON, raw}, err
}

// wholly lets in what may be answered with many megabytes.
func (s *server) wholly(c *call) error {
	if err := c.named(); err != nil {
		return err
	}
	return s.enter(c, &s.gates.whole)
}

func (s *server) postCheckpoints(c *call) (reply, error) {
	raw, err := s.body(c, maxCheckpointBody)
	if err != nil {
		return reply{}, err
	}
	seen, err := decodeCheckpoints(raw)
	if err != nil {
		return reply{}, err
	}
	ours, err := reading(s, c, func(ctx context.Context) ([]collective.SignedCheckpoint, error) {
		return s.cfg.Desk.Witness(ctx, c.peer, seen)
	})
	if err != nil {
		return reply{}, err
	}
	return okJSON(encodeCheckpoints(ours))
}

func okJSON(v any) (reply, error) {
	raw, err := encode(v)
	if err != nil {
		return reply{}, fmt.Errorf("encode answer: %w", err)
	}
	return reply{http.StatusOK, mediaJSON, raw}, nil
}

// body reads what a caller brings, within the limit.
func (s *server) body(c *call, most int64) ([]byte, error) {
	if err := s.enter(c, &s.gates.uploads); err != nil {
		return nil, err
	}
	if !isJSON(c.r.Header) {
		return nil, &failure{status: http.StatusUnsupportedMediaType, code: "unsupported_media_type", detail: "the body must be application/json, without Content-Encoding"}
	}
	if c.r.ContentLength > most {
		return nil, tooLarge(most)
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, most))
	if err == nil {
		_ = http.NewResponseController(c.w).SetReadDeadline(time.Time{})
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge(most)
	}
	if err != nil {
		return nil, &failure{status: http.StatusBadRequest, code: "incomplete", detail: "the body is incomplete", cause: err}
	}
	return raw, nil
}

func tooLarge(most int64) *failure {
	return &failure{status: http.StatusRequestEntityTooLarge, code: "too_large", detail: fmt.Sprintf("the body is larger than %d bytes", most)}
}

// isJSON tells whether a body is JSON as it is, in UTF-8.
func isJSON(h http.Header) bool {
	if len(h.Values("Content-Type")) != 1 || len(h.Values("Content-Encoding")) > 0 {
		return false
	}
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, named := params["charset"]
	return err == nil && media == mediaJSON && (!named || strings.EqualFold(charset, "utf-8"))
}
