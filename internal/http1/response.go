// SPDX-License-Identifier: EUPL-1.2

package http1

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// holdRoom is the most of a body of unknown length that is held back, to
	// find out its length and not send it in chunks.
	holdRoom = 2 << 10
	// outRoom is the most that is gathered before it is written.
	outRoom = 16 << 10
	// unknown is the length of a body that didn't announce one.
	unknown = -1
)

var errLength = errors.New("body is not as long as its Content-Length")

// response is the http.ResponseWriter of a connection, used for one request
// after the other.
type response struct {
	c *conn
	h http.Header

	out  []byte // to be written
	held []byte // of a body whose framing isn't decided

	status    int   // zero until the final head is made
	length    int64 // announced
	written   int64
	framed    bool // the final head is complete
	chunked   bool
	bodiless  bool // whatever is written, no body is sent
	head      bool // the request's method is HEAD
	close     bool // the connection ends with this response
	deadlines bool // the handler set some
	err       error
}

func (w *response) begin(head, closing bool) {
	clear(w.h)
	*w = response{
		c: w.c, h: w.h, out: w.out[:0], held: w.held[:0], length: unknown, head: head,
		close: closing,
	}
}

// Header implements http.ResponseWriter.
func (w *response) Header() http.Header { return w.h }

// WriteHeader implements http.ResponseWriter. An informational status is sent
// at once, with the fields that are set now.
func (w *response) WriteHeader(status int) {
	switch {
	case w.status != 0:
		return
	case status < 100 || status > 999:
		panic(fmt.Sprintf("http1: status %d", status))
	case status < 200 && status != http.StatusSwitchingProtocols:
		w.appendStatus(status)
		w.appendFields()
		w.length = unknown // that is for the final head to say
		w.out = append(w.out, "\r\n"...)
		w.flush()
		return
	}
	w.decide(status)
	w.finishHead(false, unknown)
}

// decide begins the final head.
func (w *response) decide(status int) {
	w.status = status
	w.bodiless = w.head || status < 200 || status == http.StatusNoContent || status == http.StatusNotModified
	w.close = w.close || status < 200 // nobody takes the connection over
	w.appendStatus(status)
}

// finishHead adds the fields of the handler, and ends the head if it is known
// how the body is sent.
func (w *response) finishHead(dated bool, length int64) {
	w.appendFields()
	if _, ok := w.h["Date"]; !ok && !dated {
		w.appendField("Date", w.c.s.now())
	}
	if length != unknown {
		w.length = length
	}
	if w.bodiless || w.length != unknown {
		w.frame()
	} else if len(w.h["Trailer"]) > 0 {
		w.chunk()
	}
}

func (w *response) appendStatus(status int) {
	w.out = append(w.out, "HTTP/1.1 "...)
	w.out = strconv.AppendInt(w.out, int64(status), 10)
	w.out = append(w.out, ' ')
	if text := http.StatusText(status); text != "" {
		w.out = append(w.out, text...)
	} else {
		w.out = strconv.AppendInt(append(w.out, "status code "...), int64(status), 10)
	}
	w.out = append(w.out, "\r\n"...)
}

// appendFields writes the fields of the head, but for those of framing.
func (w *response) appendFields() {
	for name, values := range w.h {
		switch name {
		case "Content-Length":
			w.announce(values)
			continue
		case "Connection":
			w.close = w.close || closes(values)
			continue
		case "Transfer-Encoding":
			continue
		}
		if strings.HasPrefix(name, http.TrailerPrefix) {
			continue
		}
		for _, v := range values {
			w.appendField(name, v)
		}
	}
}

// appendField leaves out a field that would break the message.
func (w *response) appendField(name, value string) {
	if !Token(name) || !FieldValue(value) {
		return
	}
	w.out = append(w.out, name...)
	w.out = append(w.out, ": "...)
	w.out = append(w.out, value...)
	w.out = append(w.out, "\r\n"...)
}

func (w *response) announce(values []string) {
	if len(values) == 0 {
		return
	}
	n, err := strconv.ParseUint(values[0], 10, 62)
	if err != nil {
		return
	}
	w.length = int64(n)
}

// frame ends the head, with a length if there is one.
func (w *response) frame() {
	if w.length != unknown && w.status >= 200 && w.status != http.StatusNoContent {
		w.out = append(w.out, "Content-Length: "...)
		w.out = append(strconv.AppendInt(w.out, w.length, 10), "\r\n"...)
	}
	w.endHead()
}

// chunk ends the head of a body of unknown length and lets go what was held.
func (w *response) chunk() {
	w.chunked = true
	w.out = append(w.out, "Transfer-Encoding: chunked\r\n"...)
	w.endHead()
	if len(w.held) > 0 {
		w.sendBody(w.held)
	}
}

func (w *response) endHead() {
	w.framed = true
	if w.close = w.close || w.c.s.closing.Load() || w.c.s.leaving.Load(); w.close {
		w.out = append(w.out, "Connection: close\r\n"...)
	}
	w.out = append(w.out, "\r\n"...)
}

// Write implements http.ResponseWriter.
func (w *response) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.written += int64(len(p))
	switch {
	case w.bodiless && !w.head:
		return 0, http.ErrBodyNotAllowed
	case w.length != unknown && w.written > w.length:
		return 0, http.ErrContentLength
	case w.head || len(p) == 0:
		return len(p), w.err
	case !w.framed && len(w.held)+len(p) <= holdRoom:
		w.held = append(w.held, p...)
		return len(p), nil
	case !w.framed:
		w.chunk()
	}
	w.sendBody(p)
	if w.err != nil {
		return 0, w.err
	}
	return len(p), nil
}

// sendBody sends a part of the body, as one chunk if it is chunked.
func (w *response) sendBody(p []byte) {
	if !w.chunked {
		w.send(p)
		return
	}
	w.out = append(strconv.AppendInt(w.out, int64(len(p)), 16), "\r\n"...)
	w.send(p)
	w.out = append(w.out, "\r\n"...)
}

// send gathers p if it is small, and else writes it behind what was gathered.
func (w *response) send(p []byte) {
	if len(w.out)+len(p) <= outRoom {
		w.out = append(w.out, p...)
		return
	}
	if w.err == nil {
		w.err = w.c.write(w.out, p)
	}
	w.out = w.out[:0]
}

func (w *response) flush() {
	if len(w.out) > 0 && w.err == nil {
		w.err = w.c.write(w.out, nil)
	}
	w.out = w.out[:0]
}

// FlushError is for http.ResponseController.
func (w *response) FlushError() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if !w.framed {
		w.chunk()
	}
	w.flush()
	return w.err
}

// finish sends the rest of the response.
func (w *response) finish() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if !w.framed && w.trails() {
		w.chunk()
	}
	switch {
	case !w.framed:
		w.length = w.written
		w.frame()
		w.out = append(w.out, w.held...)
	case w.chunked:
		w.appendTrailer()
	case !w.bodiless && w.written != w.length:
		w.flush()
		return errLength
	}
	w.flush()
	return w.err
}

// SetReadDeadline is for http.ResponseController.
func (w *response) SetReadDeadline(t time.Time) error {
	w.deadlines = true
	return w.c.rwc.SetReadDeadline(t)
}

// SetWriteDeadline is for http.ResponseController.
func (w *response) SetWriteDeadline(t time.Time) error {
	w.deadlines = true
	return w.c.rwc.SetWriteDeadline(t)
}

// EnableFullDuplex is for http.ResponseController: a body can always be read
// while a response is written.
func (*response) EnableFullDuplex() error { return nil }
