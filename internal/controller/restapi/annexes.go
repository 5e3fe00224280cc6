// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (s *server) annexHandlers() map[string]handler {
	return map[string]handler{"createAnnex": s.createAnnex, "getAnnex": s.getAnnex, "getAnnexContent": s.getAnnexContent}
}

func (s *server) createAnnex(c *call) (*reply, error) {
	a, err := s.act.AddAnnex(c.ctx(), c.actor, c.file)
	if c.file.broken != nil {
		unread := fail(http.StatusBadRequest, "unreadable", "the body can't be read to its end; send it again")
		unread.cause = c.file.broken
		return nil, unread
	}
	if err != nil {
		return nil, err
	}
	return made(annexOf(a), "/annexes/"+string(a.Hash))
}

func (s *server) getAnnex(c *call) (*reply, error) {
	a, err := s.act.Annex(c.ctx(), c.actor, c.deed())
	if err != nil {
		return nil, err
	}
	return done(annexOf(a))
}

func annexOf(a *controller.Annex) client.Annex {
	return client.Annex{Hash: string(a.Hash), Size: a.Size, Here: a.Here, Named: each(a.Named, func(n controller.AnnexName) client.AnnexName {
		return client.AnnexName{Deed: string(n.Deed), Name: n.Name, MediaType: n.MediaType, Size: n.Size, Owner: peerOf(n.Owner)}
	})}
}

// documentForm is a document in a form; nil for none.
func documentForm(d *client.NewDocument) *controller.DocumentForm {
	if d == nil {
		return nil
	}
	return &controller.DocumentForm{Name: d.Name, MediaType: d.MediaType, Size: d.Size, Hash: deed.Hash(d.Hash)}
}

func (s *server) getAnnexContent(c *call) (*reply, error) {
	file, err := s.act.AnnexContent(c.ctx(), c.actor, c.deed())
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusOK, file: file}, nil
}

// sendFile sends bytes that anybody may have chosen: to be saved, never to be shown.
func (s *server) sendFile(w http.ResponseWriter, rep *reply) {
	defer func() { _ = rep.file.Body.Close() }()
	h := w.Header()
	h.Set("Content-Type", mediaBytes)
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": rep.file.Name}))
	h.Set("Content-Length", strconv.FormatInt(rep.file.Size, 10))
	w.WriteHeader(rep.status)
	if _, err := io.Copy(w, rep.file.Body); err != nil {
		s.cfg.Logger.Info("api file is not sent", "error", err)
		panic(http.ErrAbortHandler) // so that nobody takes a part for the whole
	}
}
