// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"net/url"
	"time"
)

// Caller tells who asks, and what it may do.
func (c *Client) Caller(ctx context.Context) (Caller, error) {
	return read[Caller](ctx, c, "/caller", nil)
}

// Overview tells what waits, what ends and what goes wrong. midnight is when
// today began where the reader is; zero: in UTC.
func (c *Client) Overview(ctx context.Context, midnight time.Time) (Overview, error) {
	return read[Overview](ctx, c, "/overview", url.Values(query{}.moment("midnight", midnight)))
}

// Health tells how the node is.
func (c *Client) Health(ctx context.Context) (Health, error) {
	return read[Health](ctx, c, "/health", nil)
}

// Settings gives the configuration without secrets.
func (c *Client) Settings(ctx context.Context) (Settings, error) {
	return read[Settings](ctx, c, "/settings", nil)
}

// Certificates lists key pairs in use and anchors of the Group.
func (c *Client) Certificates(ctx context.Context) (Certificates, error) {
	return read[Certificates](ctx, c, "/certificates", nil)
}

// Suggestions lists what a proposal can choose from.
func (c *Client) Suggestions(ctx context.Context) (Suggestions, error) {
	return read[Suggestions](ctx, c, "/suggestions", nil)
}

// Explain finds out why calls don't get through.
func (c *Client) Explain(ctx context.Context, q Question) (Explanation, error) {
	return perform[Explanation](ctx, c, "/explanations", q)
}

// ErrorCodes lists error codes and who can mend them.
func (c *Client) ErrorCodes(ctx context.Context) ([]ErrorCode, error) {
	p, err := read[Page[ErrorCode]](ctx, c, "/error-codes", nil)
	return p.Items, err
}
