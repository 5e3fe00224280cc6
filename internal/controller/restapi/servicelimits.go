// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"net/http"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	servicelimit "github.com/samenspel/samenspel/internal/limit"
)

func limitsOf(l servicelimit.Limits) client.ServiceLimits { return client.ServiceLimits(l) }

// limitedOf names a limit as its field in [client.ServiceLimits].
func limitedOf(l controller.LimitedCalls) client.LimitedCalls {
	return client.LimitedCalls{Limit: camel(string(l.Limit)), Calls: int64(min(l.Calls, 1<<53))}
}

// serviceLimits are those of the service of the path, as they can be changed.
func (s *server) serviceLimits(c *call) (client.ServiceLimits, error) {
	v, err := s.act.OfferedService(c.ctx(), c.actor, c.path["name"])
	return limitsOf(v.Limits), err
}

func (s *server) getServiceLimits(c *call) (*reply, error) {
	v, err := s.serviceLimits(c)
	if err != nil {
		return nil, err
	}
	return tagged(http.StatusOK, v, "", v)
}

func (s *server) putServiceLimits(c *call) (*reply, error) {
	in, err := decode[client.ServiceLimits](c)
	if err != nil {
		return nil, err
	}
	current := func() (any, error) { return s.serviceLimits(c) }
	return s.change(c, current, func() (*reply, error) {
		if err := s.act.LimitService(c.ctx(), c.actor, c.path["name"], servicelimit.Limits(in)); err != nil {
			return nil, err
		}
		return tagged(http.StatusOK, in, "", in)
	})
}
