// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"errors"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/operator"
)

func (s *server) signatureHandlers() map[string]handler {
	return map[string]handler{
		"createContractSignature": s.createContractSignature, "createContractSignatures": s.createContractSignatures,
		"createContractRenewal": s.createContractRenewal,
	}
}

func (s *server) createContractSignature(c *call) (*reply, error) {
	in, err := decode[client.NewSignature](c)
	if err != nil {
		return nil, err
	}
	current := func() (any, error) {
		d, err := s.act.Contract(c.ctx(), c.actor, c.hash())
		if err != nil {
			return nil, err
		}
		return contractVersion(d), nil
	}
	return s.change(c, current, func() (*reply, error) {
		d, err := s.act.Sign(c.ctx(), c.actor, c.hash(), in.Type)
		return madeContract(d, err)
	})
}

func (s *server) createContractSignatures(c *call) (*reply, error) {
	in, err := decode[client.NewSignatures](c)
	if err != nil {
		return nil, err
	}
	outcomes, err := s.act.SignAll(c.ctx(), c.actor, in.ContentHashes, in.Type)
	if err != nil {
		return nil, err
	}
	return whole(c, each(outcomes, func(o controller.Outcome) client.Outcome {
		out := client.Outcome{ContentHash: o.Hash, State: o.State}
		told, ok := errors.AsType[*operator.Error](o.Err)
		switch {
		case ok && told.Kind == operator.KindSecondPerson:
			out.Waiting = true
		case o.Err != nil:
			out.Problem = &s.problemOf(c.r, c.op, o.Err).Problem
		}
		return out
	}))
}

func (s *server) createContractRenewal(c *call) (*reply, error) {
	in, err := decode[client.Renewal](c)
	if err != nil {
		return nil, err
	}
	return madeContract(s.act.Renew(c.ctx(), c.actor, c.hash(), in.NotBefore, in.NotAfter))
}
