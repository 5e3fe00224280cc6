// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"net/http"
	"time"
)

// answerPatience is how long whoever asked may take to read an answer, or the next
// part of one that is streamed.
const answerPatience = time.Minute

// unhurried lets an act take the time it needs once its request has been read: the
// server's limits are for requests that don't come, and would end the context.
func unhurried(w http.ResponseWriter) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // not every connection has deadlines
	_ = control.SetWriteDeadline(time.Time{})
}

// hurried bounds what is left to be read of a request once it has been answered.
func hurried(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(answerPatience))
}

// patient bounds what is written by the patience with each part, and not by the
// time since the request.
type patient struct {
	http.ResponseWriter

	control *http.ResponseController
}

func patiently(w http.ResponseWriter) patient { return patient{w, http.NewResponseController(w)} }

// Write implements io.Writer.
func (p patient) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(answerPatience))
	return p.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (p patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }
