// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
)

// requireAgreement does what the form says of agreements, if that is a change.
func (s *server) requireAgreement(q *request, name string) error {
	before, err := s.cfg.Controller.OfferedService(q.Ctx, q.Actor, name)
	required := q.value("requires_agreement") == "yes"
	if err != nil || before.RequiresAgreement == required {
		return err
	}
	return s.cfg.Controller.RequireAgreement(q.Ctx, q.Actor, name, required)
}

// coverageOf counts the contracts of a service, if it requires an agreement or
// not, as asked; else nil.
func (s *server) coverageOf(q *request, v manager.Service, required bool) (*controller.AgreementCoverage, error) {
	if v.RequiresAgreement != required {
		return nil, nil
	}
	coverage, err := s.cfg.Controller.AgreementCoverage(q.Ctx, q.Actor, v.Name)
	return &coverage, err
}
