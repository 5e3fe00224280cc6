// SPDX-License-Identifier: EUPL-1.2

package verify

import (
	"errors"
	"fmt"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/pki"
)

// MaxFiles is how many files are checked together.
const MaxFiles = 64

// Config is what a Verifier is made of. Group and Anchors are required.
type Config struct {
	Group fsc.GroupID
	// Anchors are the trust anchors of the Group, as PEM files.
	Anchors [][]byte
	// Identity tells where certificates of the Group keep the PeerID; the zero value
	// is right for Dutch ones.
	Identity pki.IdentityRule
}

// File is a dossier as it came in.
type File struct {
	Name string // by which the report names it
	Raw  []byte
}

// Verifier checks dossiers of one Group. It never changes and serves any number
// of goroutines.
type Verifier struct {
	group     fsc.GroupID
	authority deed.Authority
	table     *rule.Table
}

// New makes a Verifier. It is an error when the anchors can't be read.
func New(cfg Config) (*Verifier, error) {
	if cfg.Group == "" || len(cfg.Anchors) == 0 {
		return nil, errors.New("the Group and its trust anchors are needed")
	}
	trusted, err := pki.LoadAnchors(cfg.Anchors...)
	if err != nil {
		return nil, fmt.Errorf("trust anchors: %w", err)
	}
	reg, err := register.Load()
	if err != nil {
		return nil, err
	}
	table, err := collective.NewTable(reg)
	if err != nil {
		return nil, err
	}
	return &Verifier{
		group: cfg.Group, table: table,
		authority: collective.Anchors{Group: cfg.Group, Trusted: func() *pki.Anchors { return trusted }, Identity: cfg.Identity},
	}, nil
}

// read is a file that could be read.
type read struct {
	name    string
	dossier *deed.Dossier
	report  *deed.Report
}

// Verify checks files together, and says what state their deeds are in at a
// moment in Unix seconds. A file that can't be read, or of which something
// doesn't hold, makes the report unsound and doesn't keep the others from being
// judged. The only error is too many files.
func (v *Verifier) Verify(at int64, files ...File) (*Report, error) {
	if len(files) == 0 || len(files) > MaxFiles {
		return nil, fmt.Errorf("1 to %d files can be checked together, not %d", MaxFiles, len(files))
	}
	out := &Report{Group: v.group, At: at, Sound: true}
	var good []read
	var reports []*deed.Report
	for _, f := range files {
		r := read{name: f.Name}
		err := func() (err error) {
			if r.dossier, err = deed.ParseDossier(f.Raw); err != nil {
				return err
			}
			r.report, err = r.dossier.Verify(v.authority)
			return err
		}()
		if err != nil {
			out.Unread = append(out.Unread, Unread{File: f.Name, Code: deed.CodeOf(err), Detail: detailOf(err)})
			continue
		}
		good, reports = append(good, r), append(reports, r.report)
	}
	view := rule.Fold(v.table, rule.FactsOf(reports...), at)
	for _, r := range good {
		out.Dossiers = append(out.Dossiers, v.describe(view, &r))
	}
	out.Copies = v.compare(good)
	out.Missing = missing(view, reports)
	out.Sound = len(out.Unread) == 0 && len(out.Copies) == 0 && !slices.ContainsFunc(out.Dossiers, func(d Dossier) bool { return !d.Sound })
	return out, nil
}

// detailOf gives what may be told of a fault.
func detailOf(err error) string {
	e, ok := errors.AsType[*deed.Error](err)
	switch {
	case !ok:
		return "can't be read as a dossier"
	case e.Field == "":
		return e.Detail
	}
	return e.Field + " " + e.Detail
}

// missing lists what the files name and none of them has.
func missing(view *rule.View, reports []*deed.Report) []deed.Hash {
	var out []deed.Hash
	for _, r := range reports {
		for _, h := range r.Missing {
			if _, ok := view.Status(h); !ok {
				out = append(out, h)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// compare looks for two copies of one dossier that can't both be true.
func (v *Verifier) compare(files []read) []Copies {
	var out []Copies
	for i := range files {
		for j := range i {
			if files[i].report.Root != files[j].report.Root {
				continue
			}
			if proof := v.contradiction(&files[j], &files[i]); proof != nil {
				out = append(out, Copies{
					Dossier: files[i].report.Root, Files: []string{files[j].name, files[i].name}, Keeper: files[i].report.Keeper, Proof: proof,
				})
			}
		}
	}
	return out
}

// contradiction gives the proof that two copies are of different stories, or nil.
func (v *Verifier) contradiction(a, b *read) []byte {
	for _, first := range v.told(a) {
		for _, second := range v.told(b) {
			later, low, high := b, first.Checkpoint.Number, second.Checkpoint.Number
			if low > high {
				later, low, high = a, high, low
			}
			e := deed.FindEquivocation(first, second, between(later.dossier.Entries, low, high))
			if e == nil {
				continue
			}
			if raw, err := e.Raw(); err == nil {
				return raw
			}
		}
	}
	return nil
}

// told lists the checkpoints of a file that its keeper signed.
func (v *Verifier) told(r *read) []deed.Witnessed {
	var out []deed.Witnessed
	for _, c := range r.dossier.Checkpoints {
		for _, chain := range r.dossier.Chains {
			if fsc.CertificateThumbprint(chain[0]) != c.CertificateThumbprint {
				continue
			}
			if by, err := c.Keeper(r.report.GroupID, chain, v.authority); err == nil && by == r.report.Keeper {
				out = append(out, deed.Witnessed{Checkpoint: c, Chain: chain})
			}
		}
	}
	return out
}

func between(entries []deed.Entry, after, upTo int64) []deed.Entry {
	var out []deed.Entry
	for _, e := range entries {
		if e.Number > after && e.Number <= upTo {
			out = append(out, e)
		}
	}
	return out
}
