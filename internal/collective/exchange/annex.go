// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// mediaBytes is what an annex is on its way, whatever kind of document somebody
// says it is.
const mediaBytes = "application/octet-stream"

var _ collective.Librarian = (*Client)(nil)

func (s *server) getAnnex(c *call) (reply, error) {
	if _, err := c.deed.AnnexDigest(); err != nil {
		return reply{}, &failure{status: http.StatusNotFound, code: codeNotFound, detail: "the path must name an annex by its hash", cause: err}
	}
	if err := s.enter(c, &s.gates.annexes); err != nil {
		return reply{}, err
	}
	var err error
	c.file, err = reading(s, c, func(ctx context.Context) (*file, error) {
		body, size, err := s.cfg.Desk.AnnexFor(ctx, c.peer, c.deed)
		if err != nil {
			return nil, err
		}
		return &file{body, size}, nil
	})
	if err != nil {
		return reply{}, err
	}
	h := c.w.Header()
	h.Set("Content-Disposition", "attachment")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	return reply{status: http.StatusOK, media: mediaBytes}, nil
}

// Annex implements [collective.Librarian].
func (c *Client) Annex(ctx context.Context, from fsc.PeerID, h deed.Hash) (io.ReadCloser, error) {
	r, err := c.request(ctx, question{to: from, method: http.MethodGet, path: "/annexes/" + url.PathEscape(string(h)), accept: mediaBytes})
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("own Outway can't be reached: %w", err)
	}
	switch media, _, err := mime.ParseMediaType(res.Header.Get("Content-Type")); {
	case res.StatusCode != http.StatusOK:
		return nil, errors.Join(refusalOf(from, res), res.Body.Close())
	case err != nil || media != mediaBytes || res.Header.Get("Content-Encoding") != "":
		return nil, errors.Join(fmt.Errorf("answer of Peer %s is something else than the bytes of an annex", from), res.Body.Close())
	}
	return res.Body, nil
}
