// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"errors"
	"strconv"
)

// errAnswer is for an answer the generator has no use for.
var errAnswer = errors.New("not an answer 200 of a known length")

// maxAnswerHead is the longest head of an answer that is read.
const maxAnswerHead = 16 << 10

// take counts off what came of the answer; left is 0 when it is whole. It knows
// no more of HTTP than the backend of the rig sends: 200 and a Content-Length.
func (c *paceConn) take(b []byte) error {
	if c.left < 0 {
		c.head = append(c.head, b...)
		end := bytes.Index(c.head, []byte("\r\n\r\n"))
		if end < 0 {
			if len(c.head) > maxAnswerHead {
				return errAnswer
			}
			return nil
		}
		length, err := answerLength(c.head[:end])
		if err != nil {
			return err
		}
		c.left, b = length, c.head[end+4:]
	}
	if c.left -= len(b); c.left < 0 {
		return errAnswer // more than was promised
	}
	return nil
}

// answerLength reads the length of the body from a head without its last line ends.
func answerLength(head []byte) (int, error) {
	status, fields, _ := bytes.Cut(head, []byte("\r\n"))
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200")) {
		return 0, errAnswer
	}
	for line := range bytes.SplitSeq(fields, []byte("\r\n")) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte("Content-Length")) {
			n, err := strconv.Atoi(string(bytes.TrimSpace(value)))
			if err != nil || n < 0 {
				return 0, errAnswer
			}
			return n, nil
		}
	}
	return 0, errAnswer
}
