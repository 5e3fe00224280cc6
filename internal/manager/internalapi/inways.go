// SPDX-License-Identifier: EUPL-1.2

package internalapi

import (
	"context"
	"net/http"
	"time"

	"github.com/samenspel/samenspel/internal/manager"
)

// InwayReport is what an Inway tells of itself, every few seconds and before it
// stops.
type InwayReport struct {
	Address string `json:"address"` // https URL with port
	Calls   int64  `json:"calls"`   // under way
	Leaving bool   `json:"leaving,omitzero"`
}

// InwayOthers is the answer to it.
type InwayOthers struct {
	Others int `json:"others"` // Inways beside it that take calls now
}

// Inway is an Inway as the Manager knows it.
type Inway struct {
	InwayReport
	HeardAt time.Time `json:"heard_at"`
	Named   bool      `json:"named"` // new tokens may name it
}

func (s *server) reportInway(r *http.Request) (any, error) {
	var in InwayReport
	if err := read(r, &in); err != nil {
		return nil, err
	}
	others, err := s.Manager.ReportInway(manager.InwayReport(in))
	return InwayOthers{Others: others}, err
}

func (s *server) listInways(*http.Request) (any, error) {
	list := []Inway{}
	for _, i := range s.Manager.ListInways() {
		list = append(list, Inway{InwayReport: InwayReport(i.InwayReport), HeardAt: i.HeardAt, Named: i.Named})
	}
	return list, nil
}

// ReportInway tells the Manager that an Inway is there, or about to stop, and gives
// how many others take calls.
func (c *Client) ReportInway(ctx context.Context, r InwayReport) (others int, err error) {
	out, err := call[InwayOthers](ctx, c, http.MethodPut, "/inways", r)
	return out.Others, err
}

// ListInways lists the Inways that reported in the last hour.
func (c *Client) ListInways(ctx context.Context) ([]Inway, error) {
	return call[[]Inway](ctx, c, http.MethodGet, "/inways", nil)
}
