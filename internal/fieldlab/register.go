// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// register is the source of persons: an ordinary HTTP service on loopback that
// can be switched off and on.
type register struct {
	handler http.Handler
	address string
	logger  *slog.Logger
	server  *http.Server // nil: it is off
}

// open switches it on.
func (r *register) open(ctx context.Context) error {
	var l net.Listener
	if err := untilFree(ctx, func() (err error) {
		l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", r.address)
		return err
	}, nil); err != nil {
		return err
	}
	r.address = l.Addr().String() // it may have been any
	server := &http.Server{Handler: r.handler, ReadHeaderTimeout: 10 * time.Second}
	r.server = server
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			r.logger.Error("source of persons", "error", err)
		}
	}()
	return nil
}

// close switches it off, also in the middle of answers: that is how sources fail.
func (r *register) close() error {
	if r == nil || r.server == nil {
		return nil
	}
	err := r.server.Close()
	r.server = nil
	return err
}

func (r *register) url() string { return "http://" + r.address }
