// SPDX-License-Identifier: EUPL-1.2

package binding

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// ErrUnknown is what [CallOffs] answers for a call-off that isn't there.
var ErrUnknown = errors.New("unknown call-off")

// CallOffs finds call-offs by their hash.
type CallOffs interface {
	// CallOff gives what its deeds say now. [ErrUnknown] means that there is none;
	// any other error that it can't be told at the moment.
	CallOff(ctx context.Context, hash string) (*CallOff, error)
}

const (
	// maxStale is how long tokens are issued on the last known state while the
	// deeds can't be read: a house move must not stop for a procurement database.
	maxStale = 24 * time.Hour
	// maxKnown bounds what is remembered for that.
	maxKnown = 100_000
)

// Gate is the provider's side: it decides before a contract is accepted, and
// again at each token. It is safe for concurrent use. Make one with [NewGate].
type Gate struct {
	callOffs CallOffs
	now      func() time.Time

	mu    sync.Mutex
	known map[string]verified
}

// verified is a call-off as it was last read, and when.
type verified struct {
	callOff *CallOff
	at      time.Time
}

// NewGate makes a Gate that asks callOffs.
func NewGate(callOffs CallOffs, now func() time.Time) *Gate {
	return &Gate{callOffs: callOffs, now: now, known: map[string]verified{}}
}

// Accept tells whether the grant may be accepted now. required is whether the
// service is open only under an agreement. A reference that is there is always
// checked. While deeds can't be read nothing is accepted ([ReasonAway]).
func (s *Gate) Accept(ctx context.Context, g *fsc.Grant, v fsc.Validity, required bool) error {
	r, found, err := s.reference(g, required)
	if err != nil || !found {
		return err
	}
	c, err := s.read(ctx, r.CallOff)
	if err != nil {
		return err
	}
	return Check(g, v, r, c, s.now())
}

// Token tells whether a token may be issued on the grant now: traffic needs a
// live call-off, not a live framework. While deeds can't be read the last known
// state counts for a day; a call-off that was known to have ended stays ended.
func (s *Gate) Token(ctx context.Context, g *fsc.Grant, v fsc.Validity, required bool) error {
	r, found, err := s.reference(g, required)
	if err != nil || !found {
		return err
	}
	c, err := s.read(ctx, r.CallOff)
	if ReasonOf(err) == ReasonAway {
		if last, ok := s.recall(r.CallOff); ok {
			c, err = last, nil
		}
	}
	if err != nil {
		return err
	}
	return Check(g, v, r, c, s.now())
}

func (s *Gate) reference(g *fsc.Grant, required bool) (Reference, bool, error) {
	r, found, err := ParseReference(g.Properties)
	if err == nil && !found && required {
		err = refuse(ReasonMissing, "the service %q is open only under an agreement; name the call-off in the property %s", g.Service.Name, Property)
	}
	return r, found, err
}

func (s *Gate) read(ctx context.Context, hash string) (*CallOff, error) {
	c, err := s.callOffs.CallOff(ctx, hash)
	switch {
	case errors.Is(err, ErrUnknown):
		s.forget(hash)
		return nil, refuse(ReasonUnknown, "the call-off %s is not known here; its deeds have to reach this Peer first", hash)
	case err != nil:
		return nil, &Refusal{Reason: ReasonAway, Detail: "the call-off can't be checked at the moment; try again later", Cause: err}
	}
	s.remember(hash, c)
	return c, nil
}

func (s *Gate) remember(hash string, c *CallOff) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.known[hash]; !ok && len(s.known) >= maxKnown {
		for old := range s.known { // any one: it is only a help in need
			delete(s.known, old)
			break
		}
	}
	s.known[hash] = verified{callOff: c, at: s.now()}
}

func (s *Gate) forget(hash string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, hash)
}

func (s *Gate) recall(hash string) (*CallOff, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.known[hash]
	return v.callOff, ok && s.now().Sub(v.at) <= maxStale
}
