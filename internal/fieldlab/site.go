// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// site is an application of a member: an ordinary HTTP server on loopback.
type site struct {
	address string
	server  *http.Server
	done    chan error
}

// openSite serves what build makes for the address that was got: the wished one
// if it is free.
func openSite(ctx context.Context, wish string, build func(address string) (http.Handler, error)) (*site, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", prefer(ctx, wish))
	if err != nil && taken(err) { // another program was quicker
		l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", anyPort)
	}
	if err != nil {
		return nil, err
	}
	handler, err := build(l.Addr().String())
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s := &site{address: l.Addr().String(), done: make(chan error, 1), server: &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: time.Minute, MaxHeaderBytes: maxHeader,
	}}
	go func() { s.done <- s.server.Serve(l) }()
	return s, nil
}

func (s *site) url() string { return "http://" + s.address }

func (s *site) close() error {
	err := s.server.Close()
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
