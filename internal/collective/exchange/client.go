// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// patience bounds an exchange, beside the time that a poll may wait.
const patience = 30 * time.Second

// ClientConfig is what a client needs. All fields are required.
type ClientConfig struct {
	// HTTP reaches the own Outway. Its transport may not give up on a response
	// within a minute, for a poll waits.
	HTTP *http.Client
	// Outway gives the address of the own Outway, as http://host:port, and the grant
	// under which the Peer's collective-v1 may be called. An error, such as that
	// there is no contract yet, is temporary.
	Outway func(ctx context.Context, peer fsc.PeerID) (address string, grant fsc.GrantHash, err error)
	// Now is the clock by which a poll is timed.
	Now func() time.Time
}

// Client reaches other Peers through the own Outway; it implements
// [collective.Remote]. Nothing is retried and no redirect is followed. It is safe
// for concurrent use.
//
// An error is or wraps a [collective.Refused] only when the service of the other
// Peer itself refused for good: a problem with status 4xx, other than 401, 408,
// 425 and 429, and other than that it doesn't know yet what this follows. What
// Inway or Outway answer is temporary, for contracts, tokens and limits change.
type Client struct {
	cfg  ClientConfig
	http http.Client
}

var _ collective.Remote = (*Client)(nil)

// NewClient makes a client. It panics when a field is missing.
func NewClient(cfg ClientConfig) *Client {
	if cfg.HTTP == nil || cfg.Outway == nil || cfg.Now == nil {
		panic("exchange: a client needs HTTP, Outway and Now")
	}
	c := &Client{cfg: cfg, http: *cfg.HTTP}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.http.Timeout = 0 // each exchange has its own
	return c
}

// Put hands in a deed or a signature. The same one again is no error.
func (c *Client) Put(ctx context.Context, to fsc.PeerID, it collective.Item) error {
	q := question{to: to, method: http.MethodPut}
	if it.Deed != nil {
		content, err := deed.Parse(it.Deed)
		if err != nil {
			return fmt.Errorf("read own deed: %w", err)
		}
		q.path, q.body = deedPath(content.Hash()), content.Raw()
		_, err = c.ask(ctx, q, patience)
		return err
	}
	s, err := deed.ParseSignature(it.JWS)
	if err != nil {
		return fmt.Errorf("read own signature: %w", err)
	}
	q.path = deedPath(s.DeedHash) + "/signatures/" + url.PathEscape(string(s.Hash()))
	if q.body, err = encode(wireSigned{JWS: it.JWS, Chain: it.Chain}); err != nil {
		return fmt.Errorf("encode signature: %w", err)
	}
	_, err = c.ask(ctx, q, patience)
	return err
}

func deedPath(h deed.Hash) string { return "/deeds/" + url.PathEscape(string(h)) }

// Feed gives what the keeper has after a sequence. When there is nothing it waits
// for at most that long, in whole seconds and no longer than [MaxWait], and then
// gives an empty batch.
func (c *Client) Feed(ctx context.Context, keeper fsc.PeerID, after int64, wait time.Duration) (collective.Batch, error) {
	wait = min(max(wait, 0), MaxWait).Truncate(time.Second)
	query := "from=" + strconv.FormatInt(after+1, 10)
	if wait > 0 {
		query += "&wait=" + strconv.Itoa(int(wait/time.Second))
	}
	began := c.cfg.Now()
	raw, err := c.ask(ctx, question{to: keeper, method: http.MethodGet, path: "/feed", query: query, answer: true}, wait+patience)
	if err != nil {
		return collective.Batch{}, err
	}
	b, err := decodeBatch(raw, after)
	if err != nil {
		return collective.Batch{}, fmt.Errorf("feed of Peer %s can't be read: %w", keeper, err)
	}
	if took := c.cfg.Now().Sub(began); len(b.Items) == 0 && took < wait/2 {
		// Whoever follows asks again at once; a keeper that doesn't wait would keep us busy.
		return b, fmt.Errorf("empty feed of Peer %s came after %s; it was asked to wait for %s", keeper, took.Round(time.Millisecond), wait)
	}
	return b, nil
}

// Witness shows another Peer checkpoints we have seen, of whatever keeper, and
// gives its own of the same dossiers. They aren't verified.
func (c *Client) Witness(ctx context.Context, to fsc.PeerID, seen []collective.SignedCheckpoint) ([]collective.SignedCheckpoint, error) {
	var theirs []collective.SignedCheckpoint
	for part := range slices.Chunk(seen, MaxCheckpoints) {
		body, err := encode(encodeCheckpoints(part))
		if err != nil {
			return nil, fmt.Errorf("encode checkpoints: %w", err)
		}
		raw, err := c.ask(ctx, question{to: to, method: http.MethodPost, path: "/checkpoints", body: body, answer: true}, patience)
		if err != nil {
			return nil, err
		}
		got, err := decodeCheckpoints(raw)
		if err != nil {
			return nil, fmt.Errorf("checkpoints of Peer %s can't be read: %w", to, err)
		}
		if len(got) > len(part) {
			return nil, fmt.Errorf("answer of Peer %s to %d checkpoints has %d", to, len(part), len(got))
		}
		theirs = append(theirs, got...)
	}
	return theirs, nil
}
