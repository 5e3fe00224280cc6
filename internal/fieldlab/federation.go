// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/samenspel/samenspel/internal/fieldlab/personen"
	"github.com/samenspel/samenspel/internal/node"
)

// Options say how a fieldlab runs.
type Options struct {
	// Dir keeps everything between runs; empty means a temporary folder that is
	// removed at the end.
	Dir string
	// Once performs the scenes and stops.
	Once bool
	// Out gets progress and results.
	Out io.Writer
	// Program is how this program is called in the examples; default: samenspel.
	Program string
	// Logger gets what the nodes log; nil writes to fieldlab.log in the folder.
	Logger *slog.Logger
}

// federation is the running whole.
type federation struct {
	dir         string
	out         *report
	logger      *slog.Logger
	now         func() time.Time
	directories []node.PeerConfig

	directory, source, duinwijk, veenhoven, supplier *member

	application http.RoundTripper // what the members' applications call with

	sourceURL string
	bsns      []string
}

// Run starts the federation, performs the scenes and stays up until ctx ends,
// or stops at once with Options.Once. The error is the reason why a scene or a
// node failed.
func Run(ctx context.Context, o Options) (err error) {
	began := time.Now()
	dir, cleanup, err := folder(o.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cleanup()) }()
	f := &federation{dir: dir, out: &report{w: o.Out, began: began}, logger: o.Logger, now: time.Now, application: &http.Transport{}}
	if f.logger == nil {
		file, err := os.OpenFile(filepath.Join(dir, "fieldlab.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // our own folder
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		f.logger = slog.New(slog.NewJSONHandler(file, nil))
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	if err := f.start(running); err != nil {
		stop()
		return errors.Join(err, f.waitAll())
	}
	if err := f.perform(running); err != nil {
		stop()
		return errors.Join(fmt.Errorf("%w (the nodes' log: %s)", err, filepath.Join(dir, "fieldlab.log")), f.waitAll())
	}
	if !o.Once {
		f.out.invite(f, cmp.Or(o.Program, "samenspel"))
		<-ctx.Done()
		f.out.line("Stopping …")
	}
	stop()
	return f.waitAll()
}

func folder(dir string) (string, func() error, error) {
	if dir != "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return "", nil, err
		}
		return abs, func() error { return nil }, os.MkdirAll(abs, 0o700)
	}
	tmp, err := os.MkdirTemp("", "samenspel-fieldlab-")
	return tmp, func() error { return os.RemoveAll(tmp) }, err
}

// start brings up the source and the nodes; the Directory first, since the
// others announce themselves there.
func (f *federation) start(ctx context.Context) error {
	if err := f.startSource(ctx); err != nil {
		return err
	}
	ca, err := openCA(filepath.Join(f.dir, "ca"), f.now())
	if err != nil {
		return err
	}
	if f.directory, err = f.startMember(ctx, ca, stelselbeheer()); err != nil {
		return err
	}
	f.directories = []node.PeerConfig{{PeerID: f.directory.id, ManagerAddress: f.directory.node.Self().ManagerAddress}}
	var g errgroup.Group
	for to, o := range map[**member]organisation{
		&f.source: personenbron(), &f.duinwijk: duinwijk(), &f.veenhoven: veenhoven(), &f.supplier: formulierenhuis(),
	} {
		g.Go(func() (err error) {
			*to, err = f.startMember(ctx, ca, o)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	f.out.step("five organisations are up, each with its own keys, database and log")
	return nil
}

// startSource serves the persons on loopback; only the Inway of its owner knows where.
func (f *federation) startSource(ctx context.Context) error {
	source, err := personen.New()
	if err != nil {
		return fmt.Errorf("source of persons: %w", err)
	}
	f.bsns = source.SampleBSNs(4)
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	f.sourceURL = "http://" + l.Addr().String()
	server := &http.Server{Handler: source.Handler(), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			f.logger.Error("source of persons", "error", err)
		}
	}()
	return nil
}

func (f *federation) members() []*member {
	var ms []*member
	for _, m := range []*member{f.directory, f.source, f.duinwijk, f.veenhoven, f.supplier} {
		if m != nil {
			ms = append(ms, m)
		}
	}
	return ms
}

func (f *federation) waitAll() error {
	var errs []error
	for _, m := range f.members() {
		if m.node != nil {
			errs = append(errs, m.wait())
		}
	}
	return errors.Join(errs...)
}
