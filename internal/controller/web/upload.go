// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"errors"
	"io"
	"mime"
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
	if isUpload(r) {
		return uploadLimit
	}
	return bodyLimit
}

// upload reads the one file of a form, which stands in a field of this name and
// nothing beside it. The file is held in memory only; its name and its type, which
// somebody else may have chosen, are not looked at. The error is errNoUpload or
// errUpload.
func (q *request) upload(field string, limit int) ([]byte, error) {
	parts, err := q.r.MultipartReader()
	if err != nil {
		return nil, errUpload
	}
	part, err := parts.NextRawPart()
	if err != nil || part.FormName() != field || part.Header.Get("Content-Transfer-Encoding") != "" {
		return nil, errUpload
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
