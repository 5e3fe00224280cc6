// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/samenspel/samenspel/fsc"
)

// maxPages ends lists that never end.
const maxPages = 1000

// AllContracts follows the pages of [Client.ListContracts] from req.Page on. It
// ends at the first error, which it yields with a zero Contract. A cursor that
// comes back a second time ends the list, as does the end; more than 1000 pages
// are an error. The other All methods do the same.
func (c *Client) AllContracts(ctx context.Context, at fsc.Peer, req ContractsRequest) iter.Seq2[Contract, error] {
	return all(req.Page, func(p Page) (Results[Contract], error) {
		req := req
		req.Page = p
		return c.ListContracts(ctx, at, req)
	})
}

// AllPeers follows the pages of [Client.ListPeers].
func (c *Client) AllPeers(ctx context.Context, at fsc.Peer, req PeersRequest) iter.Seq2[fsc.Peer, error] {
	return all(req.Page, func(p Page) (Results[fsc.Peer], error) {
		req := req
		req.Page = p
		return c.ListPeers(ctx, at, req)
	})
}

// AllServices follows the pages of [Client.ListServices].
func (c *Client) AllServices(ctx context.Context, at fsc.Peer, req ServicesRequest) iter.Seq2[ServiceListing, error] {
	return all(req.Page, func(p Page) (Results[ServiceListing], error) {
		req := req
		req.Page = p
		return c.ListServices(ctx, at, req)
	})
}

// AllLogRecords follows the pages of [Client.ListLogRecords].
func (c *Client) AllLogRecords(ctx context.Context, at fsc.Peer, req LogsRequest) iter.Seq2[LogRecord, error] {
	return all(req.Page, func(p Page) (Results[LogRecord], error) {
		req := req
		req.Page = p
		return c.ListLogRecords(ctx, at, req)
	})
}

func all[T any](page Page, list func(Page) (Results[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		page, seen := page, map[string]bool{strings.Join(page.After, ""): true}
		for range maxPages {
			got, err := list(page)
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range got.Items {
				if !yield(item, nil) {
					return
				}
			}
			cursor := strings.Join(got.Next, "")
			if seen[cursor] || cursor == "" {
				return
			}
			seen[cursor] = true
			page.After = got.Next
		}
		yield(none, fmt.Errorf("the list has more than %d pages", maxPages))
	}
}
