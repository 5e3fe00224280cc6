// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/samenspel/samenspel/internal/controller"
)

// uploadLimit is the most a form with a file may send, in bytes: the largest
// file there is a use for, and what browsers put around it.
const uploadLimit = controller.MaxSpecBytes + 16<<10

// errNoUpload is for a form from which nobody chose a file, errUpload for one that
// isn't a form with one file of the right size.
var (
	errNoUpload = errors.New("no file was chosen")
	errUpload   = errors.New("not a form with one file of a size that is read")
)

// isUpload tells whether a form brings a file.
func isUpload(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// limitOfBody is the most that a form may send, in bytes.
func limitOfBody(r *http.Request) int64 {
	switch {
	case isUpload(r) && takesAnnex(r.Pattern):
		return annexLimit
	case isUpload(r):
		return uploadLimit
	}
	return bodyLimit
}

// upload reads the one file of a form, which stands in a field of this name and
// nothing beside it. The file is held in memory only; its name and its type, which
// somebody else may have chosen, are not looked at. The error is errNoUpload or
// errUpload.
func (q *request) upload(field string, limit int) ([]byte, error) {
	parts, part, err := q.uploadPart(field)
	if err != nil {
		return nil, err
	}
	file, err := io.ReadAll(io.LimitReader(part, int64(limit)+1))
	if err != nil || len(file) > limit {
		return nil, errUpload
	}
	if _, err := parts.NextRawPart(); !errors.Is(err, io.EOF) {
		return nil, errUpload
	}
	switch {
	case len(file) == 0:
		return nil, errNoUpload
	case part.FileName() == "":
		return nil, errUpload
	}
	return file, nil
}

// uploadPart gives the first part of a form, which has to be the file.
func (q *request) uploadPart(field string) (*multipart.Reader, *multipart.Part, error) {
	parts, err := q.r.MultipartReader()
	if err != nil {
		return nil, nil, errUpload
	}
	part, err := parts.NextRawPart()
	if err != nil || part.FormName() != field || part.Header.Get("Content-Transfer-Encoding") != "" {
		return nil, nil, errUpload
	}
	return parts, part, nil
}

// uploadTo is upload for a file that isn't held in memory: take reads it to its
// end. When the form turns out wrong after that, the error is errUpload as well.
func (q *request) uploadTo(field string, take func(*bufio.Reader) error) error {
	parts, part, err := q.uploadPart(field)
	if err != nil {
		return err
	}
	sent := &sentPart{r: part}
	file := bufio.NewReader(sent)
	switch _, err := file.Peek(1); {
	case errors.Is(err, io.EOF):
		return errNoUpload
	case err != nil, part.FileName() == "":
		return errUpload
	}
	err = take(file)
	if sent.broken {
		return errUpload
	}
	if err != nil {
		return err
	}
	if _, err := parts.NextRawPart(); !errors.Is(err, io.EOF) {
		return errUpload
	}
	return nil
}

// sentPart remembers that a form broke off.
type sentPart struct {
	r      io.Reader
	broken bool
}

// Read implements io.Reader.
func (s *sentPart) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	s.broken = s.broken || err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	return n, err
}
