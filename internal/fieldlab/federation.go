// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
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

	directory, source, duinwijk, veenhoven, zilverbroek, supplier *member

	application http.RoundTripper // what the members' applications call with

	register *register
	apps     *applications
	bsns     []string

	startURL string // of the start page; empty: there is none
	tickets  *tickets
	// acting is held by who calls, signs, breaks or mends: one at a time.
	acting sync.Mutex
	story  story
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
	f.tickets = newTickets(f.now)
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
	var page *startPage
	if !o.Once {
		if page, err = f.openStartPage(running, cmp.Or(o.Program, "samenspel")); err != nil {
			return err
		}
		f.out.line("See it in a browser: %s", f.startURL)
	}
	if err = f.play(running); err == nil && !o.Once {
		f.out.invite(f, cmp.Or(o.Program, "samenspel"))
		<-ctx.Done()
		f.out.line("Stopping …")
	}
	err = errors.Join(err, page.close())
	stop()
	return errors.Join(err, f.waitAll())
}

// play starts everything and performs the scenes.
func (f *federation) play(ctx context.Context) error {
	f.acting.Lock()
	defer f.acting.Unlock()
	if err := f.start(ctx); err != nil {
		return err
	}
	f.story.up()
	if err := f.perform(ctx); err != nil {
		return fmt.Errorf("%w (the nodes' log: %s)", err, filepath.Join(f.dir, "fieldlab.log"))
	}
	f.story.played()
	return nil
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
	f.directories = []node.PeerConfig{{PeerID: f.directory.id, ManagerAddress: f.directory.self.ManagerAddress}}
	var g errgroup.Group
	for to, o := range map[**member]organisation{
		&f.source: personenbron(), &f.duinwijk: duinwijk(), &f.veenhoven: veenhoven(),
		&f.zilverbroek: zilverbroek(), &f.supplier: formulierenhuis(),
	} {
		g.Go(func() (err error) {
			*to, err = f.startMember(ctx, ca, o)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	f.out.step("six organisations are up, each with its own keys, database and log")
	return nil
}

// startSource serves the persons; only the Inway of their owner knows where.
func (f *federation) startSource(ctx context.Context) error {
	source, err := personen.New()
	if err != nil {
		return fmt.Errorf("source of persons: %w", err)
	}
	f.bsns = source.SampleBSNs(4)
	f.register = &register{handler: source.Handler(), address: freePort(ctx), logger: f.logger}
	return f.register.open(ctx)
}

func (f *federation) members() []*member {
	var ms []*member
	for _, m := range []*member{f.directory, f.source, f.duinwijk, f.veenhoven, f.zilverbroek, f.supplier} {
		if m != nil {
			ms = append(ms, m)
		}
	}
	return ms
}

func (f *federation) waitAll() error {
	f.acting.Lock()
	defer f.acting.Unlock()
	var g errgroup.Group
	for _, m := range f.members() {
		if m.stop != nil {
			g.Go(m.wait)
		}
	}
	return errors.Join(g.Wait(), f.apps.close(), f.register.close())
}
