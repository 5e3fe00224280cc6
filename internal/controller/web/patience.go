// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"io"
	"net/http"
	"time"
)

// readingPatience is how long a browser may take for the next part of an answer.
const readingPatience = time.Minute

// unhurried is for acts and files that take longer than the server gives a request:
// its limits are for requests that don't come, and would end the context. What is
// written to the Writer is bounded by the patience with each part.
func (q *request) unhurried() io.Writer {
	w := patient{q.w, http.NewResponseController(q.w)}
	_ = w.control.SetReadDeadline(time.Time{}) // not every connection has deadlines
	_ = w.control.SetWriteDeadline(time.Time{})
	return w
}

type patient struct {
	below   io.Writer
	control *http.ResponseController
}

// Write implements io.Writer.
func (p patient) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(readingPatience))
	return p.below.Write(b)
}
