// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"container/list"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"
)

const (
	// keyLifetime is how long the answer under an idempotency key is kept.
	keyLifetime = 24 * time.Hour
	// maxKeys and maxKeyBytes bound what is kept; the oldest is forgotten first.
	maxKeys     = 10_000
	maxKeyBytes = 64 << 20
)

// once does an operation, or gives the answer that the same request with the
// same Idempotency-Key got before. Only success is kept: what failed did
// nothing and may be tried again.
func (s *server) once(c *call, h handler) (*reply, error) {
	key := c.r.Header.Get("Idempotency-Key")
	if key == "" || c.op.Parameter("header", "Idempotency-Key") == nil {
		return s.do(c, h)
	}
	id := string(c.actor.Account) + "\x00" + string(c.actor.Token) + "\x00" + key
	kept, err := s.keys.begin(id, fingerprint(c))
	if err != nil || kept != nil {
		return kept, err
	}
	succeeded := false
	defer func() {
		if !succeeded {
			s.keys.forget(id)
		}
	}()
	rep, err := s.do(c, h)
	if err == nil {
		rep, err = rep.encoded()
	}
	if err != nil {
		return nil, err
	}
	s.keys.keep(id, rep)
	succeeded = true
	return rep, nil
}

// do runs the handler; an act that waits for a second person isn't a failure.
func (s *server) do(c *call, h handler) (*reply, error) {
	rep, err := h(c)
	if err != nil {
		return s.waiting(c, err)
	}
	return rep, nil
}

// encoded gives the reply with its body as text, so that it can be given again.
func (rep *reply) encoded() (*reply, error) {
	text, err := rep.text()
	if err != nil {
		return nil, err
	}
	out := *rep
	out.body, out.raw = nil, text
	return &out, nil
}

func fingerprint(c *call) [32]byte {
	return sha256.Sum256([]byte(c.r.Method + "\x00" + c.r.URL.RequestURI() + "\x00" + string(c.body)))
}

// keys remembers answers by idempotency key.
type keys struct {
	now   func() time.Time
	mu    sync.Mutex
	byID  map[string]*list.Element
	order *list.List // oldest in front
	bytes int
}

type kept struct {
	id      string
	request [32]byte
	at      time.Time
	reply   *reply // nil while it is being made
}

func newKeys(now func() time.Time) *keys {
	return &keys{now: now, byID: map[string]*list.Element{}, order: list.New()}
}

// begin gives the answer that was kept, or takes the key for a request.
func (k *keys) begin(id string, request [32]byte) (*reply, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	for el := k.order.Front(); el != nil && now.Sub(el.Value.(*kept).at) >= keyLifetime; el = k.order.Front() {
		k.drop(el)
	}
	if el := k.byID[id]; el != nil {
		found := el.Value.(*kept)
		switch {
		case found.request != request:
			return nil, fail(http.StatusConflict, "idempotency_key_reused", "this Idempotency-Key was used for another request")
		case found.reply == nil:
			return nil, fail(http.StatusConflict, "idempotency_key_in_use", "the request with this Idempotency-Key is being done")
		}
		return found.reply, nil
	}
	for k.order.Len() >= maxKeys || k.bytes > maxKeyBytes {
		k.drop(k.order.Front())
	}
	k.byID[id] = k.order.PushBack(&kept{id: id, request: request, at: now})
	return nil, nil
}

func (k *keys) keep(id string, rep *reply) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if el := k.byID[id]; el != nil {
		el.Value.(*kept).reply = rep
		k.bytes += len(rep.raw)
	}
}

func (k *keys) forget(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if el := k.byID[id]; el != nil {
		k.drop(el)
	}
}

// drop removes an entry. The lock is held.
func (k *keys) drop(el *list.Element) {
	gone := k.order.Remove(el).(*kept)
	delete(k.byID, gone.id)
	if gone.reply != nil {
		k.bytes -= len(gone.reply.raw)
	}
}
