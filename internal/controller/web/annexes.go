// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

const (
	// annexLimit is the most a form with an annex may send, in bytes: more than the
	// largest one, so that this is told as what is wrong.
	annexLimit = 26 << 20
	// annexPatience is how long a browser may take to read a file.
	annexPatience = 5 * time.Minute
)

// takesAnnex tells whether the form of a pattern can bring an annex.
func takesAnnex(pattern string) bool {
	switch pattern {
	case "POST /frameworks/import", "POST /groups/{hash}/decision", "POST /accessions/{hash}/calloff", "POST /calloffs/{hash}/saving":
		return true
	}
	return false
}

// annexChoice is the part of a form in which somebody chooses a document first.
type annexChoice struct {
	Action string // where the file goes
	Field  string // the name of its field
	Prefix string // of the fields that travel along: Prefix.name and so on
	Hash   string // of what was chosen; empty before
	Size   int64
	Hidden []option
}

// annexChoice reads what was chosen before.
func (q *request) annexChoice(action, prefix string) annexChoice {
	c := annexChoice{Action: action, Field: "annex", Prefix: prefix, Hash: q.field(prefix + ".hash")}
	if c.Hash != "" {
		c.Size = readCount(q.field(prefix + ".size"))
		for _, name := range []string{".hash", ".size", ".mediaType"} {
			c.Hidden = append(c.Hidden, option{prefix + name, q.field(prefix + name)})
		}
	}
	return c
}

// annexForm is the document of a form; nil when none was chosen.
func (q *request) annexForm(prefix string) *controller.DocumentForm {
	hash := q.field(prefix + ".hash")
	if hash == "" {
		return nil
	}
	return &controller.DocumentForm{
		Name: q.field(prefix + ".name"), MediaType: q.field(prefix + ".mediaType"), Size: readCount(q.field(prefix + ".size")), Hash: deed.Hash(hash),
	}
}

// takeAnnex keeps the file of a form and puts what a deed says of it in fields
// that travel along. Who can't sign gets no further than its hash. What is wrong
// with the file is told on the page.
func (q *request) takeAnnex(field, prefix string) error {
	var h deed.Hash
	var size int64
	var kind string
	err := q.uploadTo(field, func(r *bufio.Reader) (err error) {
		head, _ := r.Peek(512)
		if kind, _, err = mime.ParseMediaType(http.DetectContentType(head)); err != nil {
			kind = "application/octet-stream"
		}
		if !q.can(operator.PermissionSign) {
			h, size, err = deed.ReadAnnexHash(r)
			return err
		}
		kept, err := q.s.cfg.Controller.AddAnnex(q.Ctx, q.Actor, r)
		if err == nil {
			h, size = kept.Hash, kept.Size
		}
		return err
	})
	switch told := controller.FieldErrors(err); {
	case errors.Is(err, errNoUpload):
		q.wrong(field, "directory.openapi.file.none")
	case errors.Is(err, errUpload), len(told) == 1 && told[0].Kind == operator.KindInvalid:
		q.wrong(field, "annex.problem.file")
	case len(told) == 1 && told[0].Kind == operator.KindConflict:
		q.wrong(field, "annex.problem.full")
	case err != nil:
		return err
	default:
		q.form.Set(prefix+".hash", string(h))
		q.form.Set(prefix+".size", decimal(size))
		q.form.Set(prefix+".mediaType", kind)
	}
	return nil
}

// annexContent gives an annex to be saved. The bytes are of anybody: they are never
// shown as a page, whatever a deed says they are.
func (s *server) annexContent(q *request) error {
	file, err := s.cfg.Controller.AnnexContent(q.Ctx, q.Actor, deed.Hash(q.path("hash")))
	if e, ok := errors.AsType[*controller.AnnexError](err); ok {
		owner := visible(e.Owner.Name)
		if owner == "" {
			owner = visible(string(e.Owner.ID))
		}
		return q.renderStatus(http.StatusBadGateway, "failure", q.t("annex.failure.title"), failureData{Text: q.t("failure."+e.Code, "owner", owner)})
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Body.Close() }()
	_ = http.NewResponseController(q.w).SetWriteDeadline(time.Now().Add(annexPatience)) // not every connection has deadlines
	h := q.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	h.Set("Content-Length", strconv.FormatInt(file.Size, 10))
	h.Set("Cache-Control", "no-store")
	if _, err := io.Copy(q.w, file.Body); err != nil {
		panic(http.ErrAbortHandler) // so that nobody takes a part for the whole
	}
	return nil
}
