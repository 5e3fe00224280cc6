// SPDX-License-Identifier: EUPL-1.2

package loket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// callTimeout is how long a call through an Outway may take.
const callTimeout = 20 * time.Second

// Target is where an application calls a service: an address of its own
// organisation's Outway.
type Target struct {
	// URL is the address without the last part, which names the notice: the Outway
	// with the path prefix of a route, if it has one.
	URL string
	// GrantHash is for the header Fsc-Grant-Hash; empty when a route finds the
	// grant by the path.
	GrantHash string
}

// reply is the answer to a call.
type reply struct {
	status      int
	refusal     string // Fsc-Error-Code: an Inway or Outway refused, the service did not
	transaction string
	body        []byte
}

// post sends a notice to a target. An error means that nothing came back.
func post(ctx context.Context, client *http.Client, to Target, name string, notice any) (reply, error) {
	body, err := json.Marshal(notice)
	if err != nil {
		return reply{}, fmt.Errorf("write notice: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL+"/"+name, bytes.NewReader(body))
	if err != nil {
		return reply{}, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", jsonType)
	if to.GrantHash != "" {
		req.Header.Set("Fsc-Grant-Hash", to.GrantHash)
	}
	direct := *client // a notice goes nowhere but to the Outway
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := direct.Do(req)
	if err != nil {
		return reply{}, fmt.Errorf("call: %w", err)
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return reply{}, fmt.Errorf("read answer: %w", err)
	}
	return reply{
		status: res.StatusCode, refusal: res.Header.Get("Fsc-Error-Code"), transaction: res.Header.Get("Fsc-Transaction-Id"), body: answer,
	}, nil
}

// receipt reads the receipt of a call that went well; false for all others.
func (r reply) receipt() (Receipt, bool) {
	var out Receipt
	if r.refusal != "" || r.status != http.StatusOK && r.status != http.StatusCreated || decode(r.body, &out) != nil {
		return Receipt{}, false
	}
	return out, out.Municipality != "" && out.Reference != "" && !out.Received.IsZero()
}

// problem reads why a service refused; false when it told nothing of use.
func (r reply) problem() (problem, bool) {
	var out problem
	if r.refusal != "" || decode(r.body, &out) != nil {
		return problem{}, false
	}
	return out, out.Code != "" && out.Status == r.status && r.status >= http.StatusBadRequest
}

// maxSaid is how much of the words of an Inway or Outway is shown, in bytes.
const maxSaid = 500

// said gives the words of an Inway or Outway that refused; empty when there are none.
func (r reply) said() string {
	var out struct {
		Message string `json:"message"`
		Domain  string `json:"domain"`
		Code    string `json:"code"`
	}
	if decode(r.body, &out) != nil {
		return ""
	}
	return strings.ToValidUTF8(out.Message[:min(len(out.Message), maxSaid)], "")
}
