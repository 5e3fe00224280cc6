// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/operator"
)

const (
	checkTimeout = 10 * time.Second
	// checkText is how much of an answer is shown.
	checkText = 1024
)

// CheckProblem is why a source or a service couldn't be asked; empty if it answered.
type CheckProblem string

// The problems of a check.
const (
	CheckName        CheckProblem = "name"        // the host name isn't known
	CheckRefused     CheckProblem = "refused"     // nothing listens there
	CheckTimeout     CheckProblem = "timeout"     // no answer in time
	CheckCertificate CheckProblem = "certificate" // its certificate isn't trusted
	CheckTLS         CheckProblem = "tls"         // it doesn't speak TLS, or not ours
	CheckBroken      CheckProblem = "broken"      // it broke off, or isn't HTTP
)

// UpstreamCheck is how the source of a service answered one GET.
type UpstreamCheck struct {
	URL     string
	Status  int // HTTP status; 0 if there was none
	Took    time.Duration
	Problem CheckProblem
	// ContentType and Text are of the answer; Text only when it is text, and at
	// most 1 KiB of it. It is not ours: it has to be escaped.
	ContentType string
	Text        string
	// Location is where a redirect leads; it isn't followed.
	Location string
}

// CheckUpstream asks the source of an own service for its configured URL, as the
// Inway would. Only that URL is asked, and a redirect isn't followed, so that
// nobody can look around in the network with it.
func (c *Controller) CheckUpstream(ctx context.Context, a operator.Actor, name string) (*UpstreamCheck, error) {
	var out *UpstreamCheck
	err := c.act(ctx, a, operator.PermissionManage, operator.Event{Act: "service.check", Object: name}, func() error {
		s, err := c.ownService(ctx, name)
		if err != nil {
			return err
		}
		if s.Name == "" {
			return notFound("there is no service of that name")
		}
		out, _, err = c.get(ctx, s.Upstream, nil, checkText)
		return err
	})
	return out, err
}

// get does one GET on a connection of its own and reads at most limit bytes.
func (c *Controller) get(ctx context.Context, address string, header http.Header, limit int64) (*UpstreamCheck, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(r.Header, header)
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	began := c.cfg.Now()
	out := &UpstreamCheck{URL: address}
	resp, err := transport.RoundTrip(r)
	out.Took = c.cfg.Now().Sub(began)
	if err != nil {
		c.cfg.Logger.Info("check", "error", err)
		out.Problem = problemOf(err)
		return out, nil, nil
	}
	defer func() { _ = resp.Body.Close() }()
	out.Status, out.ContentType, out.Location = resp.StatusCode, short(resp.Header.Get("Content-Type")), short(resp.Header.Get("Location"))
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit))
	if err != nil {
		out.Problem = problemOf(err)
		return out, nil, nil
	}
	out.Text = textOf(body)
	return out, body, nil
}

// problemOf sorts an error of a connection.
func problemOf(err error) CheckProblem {
	var (
		unknown   *net.DNSError
		untrusted *tls.CertificateVerificationError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		alert     tls.AlertError
		timeout   net.Error
		dial      *net.OpError
	)
	switch {
	case errors.As(err, &untrusted), errors.As(err, &invalid):
		return CheckCertificate
	case errors.As(err, &record), errors.As(err, &alert):
		return CheckTLS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return CheckTimeout
	case errors.As(err, &unknown):
		return CheckName
	case errors.As(err, &dial) && dial.Op == "dial":
		return CheckRefused
	}
	return CheckBroken
}

// textOf gives the beginning of a body if it is text, else nothing.
func textOf(body []byte) string {
	body = body[:min(len(body), checkText)]
	for len(body) > 0 && !utf8.Valid(body) && !utf8.RuneStart(body[len(body)-1]) {
		body = body[:len(body)-1]
	}
	if n := len(body); n > 0 && !utf8.Valid(body) {
		body = body[:n-1] // the first byte of a character that was cut
	}
	if !utf8.Valid(body) || strings.ContainsRune(string(body), 0) {
		return ""
	}
	return string(body)
}

// SpecRequest says where an OpenAPI document of a service is asked for.
type SpecRequest struct {
	Peer    fsc.PeerID
	Service string
	// Path of the document at the service, such as /openapi.json.
	Path string
}

// SpecPaths are where services often have their OpenAPI document.
func SpecPaths() []string {
	return []string{"/openapi.json", "/openapi.yaml", "/v1/openapi.json", "/schema/openapi.yaml"}
}

// FetchSpec asks a service for its OpenAPI document, by a call through the own
// Outway under the contract there is. The call stands in the transaction logs as
// any other.
func (c *Controller) FetchSpec(ctx context.Context, a operator.Actor, q SpecRequest) (*Spec, error) {
	var spec *Spec
	e := operator.Event{Act: "service.read", Object: string(q.Peer) + "/" + q.Service}
	err := c.act(ctx, a, operator.PermissionManage, e, func() error {
		address, header, err := c.specCall(ctx, q)
		if err != nil {
			return err
		}
		answer, body, err := c.get(ctx, address, header, MaxSpecBytes+1)
		switch {
		case err != nil:
			return err
		case answer.Problem != "":
			return invalid("path", "the Outway didn't answer: "+string(answer.Problem))
		case answer.Status != http.StatusOK:
			return invalid("path", "the service answered "+http.StatusText(answer.Status)+" for this path")
		}
		spec, err = ReadSpec(body)
		return err
	})
	return spec, err
}
