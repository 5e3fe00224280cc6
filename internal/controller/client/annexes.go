// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"
)

// Annex is a document by its bytes, with what deeds say of it.
type Annex struct {
	Hash string `json:"hash"`
	Size int64  `json:"size"` // in bytes
	// Whether the bytes are on this node.
	Here bool `json:"here"`
	// Deeds that name it, at most 20.
	Named []AnnexName `json:"named"`
}

// AnnexName is what one deed says of an annex.
type AnnexName struct {
	Deed      string `json:"deed"`
	Name      string `json:"name"`
	MediaType string `json:"mediaType"`
	Size      int64  `json:"size"` // in bytes
	Owner     Peer   `json:"owner"`
}

// AddAnnex keeps a document of at most 25 MiB, so that a deed can name it by its
// hash. It is read once, so nothing is sent again.
func (c *Client) AddAnnex(ctx context.Context, document io.Reader) (Annex, error) {
	const path = "/annexes"
	var out Annex
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, document)
	if err != nil {
		return out, err
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	res, err := c.do(&request{method: http.MethodPost, path: path}, req)
	if err != nil {
		return out, plain(err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.UnmarshalRead(io.LimitReader(res.Body, maxAnswer), &out); err != nil {
		return out, fmt.Errorf("POST %s: read answer: %w", path, err)
	}
	return out, nil
}

// Annex tells what deeds say of an annex, and whether it is on this node.
func (c *Client) Annex(ctx context.Context, hash string) (Annex, error) {
	return read[Annex](ctx, c, at("annexes", hash), nil)
}

// AnnexContent gives the bytes of an annex, which the node fetches from its owner
// if it hasn't them. The caller closes them, and can check them with the hash.
func (c *Client) AnnexContent(ctx context.Context, hash string) (io.ReadCloser, error) {
	res, err := c.send(ctx, &request{method: http.MethodGet, path: at("annexes", hash, "content")})
	if err != nil {
		return nil, plain(err)
	}
	return res.Body, nil
}
