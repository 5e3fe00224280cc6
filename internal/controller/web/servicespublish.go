// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
)

type servicePublishPage struct {
	Name, URL   string
	Directories []option
	Protocols   []option
	Until       string
	CLI         string
}

func (s *server) servicePublishForm(q *request) error {
	d, err := s.cfg.Controller.OfferedService(q.Ctx, q.Actor, q.path("name"))
	if err != nil {
		return err
	}
	keepers, err := s.cfg.Controller.Directories(q.Ctx, q.Actor)
	if err != nil {
		return err
	}
	p := &servicePublishPage{
		Name: d.Name, URL: serviceURL(d.Name), Protocols: q.protocols(false), CLI: "samenspel service publish " + shellWord(d.Name),
		Until: s.cfg.Now().In(location()).AddDate(1, 0, 0).Format(time.DateOnly),
	}
	if len(keepers) > 0 {
		p.CLI += " --directory " + shellWord(string(keepers[0].ID))
	}
	for _, k := range keepers {
		p.Directories = append(p.Directories, option{string(k.ID), strings.TrimSpace(brief(k.Name) + " " + string(k.ID))})
	}
	return q.render("service_publish", q.t("services.publish.title", "name", visible(d.Name)), p)
}

func (s *server) servicePublish(q *request) error {
	name := q.path("name")
	until, err := time.ParseInLocation(time.DateOnly, q.value("until"), location())
	if err != nil {
		q.wrong("until", "services.publish.until.wrong")
		return s.servicePublishForm(q)
	}
	_, err = s.cfg.Controller.PublishService(q.Ctx, q.Actor, controller.PublishForm{
		Service: name, Directory: fsc.PeerID(q.value("directory")), Protocol: fsc.Protocol(q.value("protocol")),
		Delegator: fsc.PeerID(strings.TrimSpace(q.value("delegator"))), NotAfter: until,
	})
	if problems := controller.FieldErrors(err); len(problems) > 1 {
		for _, p := range problems {
			q.retry(p)
		}
		return s.servicePublishForm(q)
	}
	if q.retry(err) {
		return s.servicePublishForm(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(serviceURL(name), "services.flash.published", "name", name)
}
