// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// errWorse is returned when a comparison found more allocations or connections.
var errWorse = errors.New("more allocations or connections than before")

// The two sides of a comparison, by the names of their chains.
const (
	sideHead = "this tree"
	sideBase = "base"
)

// comparison is this tree beside another revision, measured in turn.
type comparison struct {
	options *options
	machine []fact
	base    string // commit
	results results
	fresh   map[string]int // connections opened for a second request
	// small are the benchmarks of both sides, one map of names per round.
	small map[string][]map[string]smallFigure
}

// compareMode is the whole run with -compare.
func (r *rig) compareMode(ctx context.Context, out io.Writer) (err error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	tree := filepath.Join(r.dir, "base-tree")
	c := &comparison{options: r.options, machine: describeMachine(ctx, r.dir)}
	r.say("build %s", r.compare)
	if c.base, err = checkOut(ctx, root, r.compare, tree); err != nil {
		return err
	}
	defer func() {
		_, failed := output(context.WithoutCancel(ctx), root, "git", "worktree", "remove", "--force", tree)
		err = errors.Join(err, failed)
	}()
	program := filepath.Join(r.dir, "base-samenspel")
	if err := buildIn(ctx, tree, program); err != nil {
		return fmt.Errorf("build %s: %w", r.compare, err)
	}
	if !r.skipSmall {
		if err := c.runSmall(ctx, r, root, tree); err != nil {
			return err
		}
	}
	if err := c.runChains(ctx, r, program); err != nil {
		return err
	}
	page, worse := c.page()
	if err := writePage(r.options, out, page, nil); err != nil {
		return err
	}
	if len(worse) > 0 {
		return fmt.Errorf("%w: %s", errWorse, strings.Join(worse, "; "))
	}
	return nil
}

// webAssets are made by a script and not in the repository.
const webAssets = "internal/controller/web/dist"

// checkOut puts a revision of the repository into a folder and gives its commit.
// Assets of the pages are those of this tree: calls don't use them.
func checkOut(ctx context.Context, root, revision, tree string) (string, error) {
	out, err := output(ctx, root, "git", "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("%q is not a revision of this repository: %w", revision, err)
	}
	commit := strings.TrimSpace(string(out))
	if _, err := output(ctx, root, "git", "worktree", "add", "--detach", tree, commit); err != nil {
		return "", err
	}
	to := filepath.Join(tree, webAssets)
	if err := os.RemoveAll(to); err != nil { //nolint:gosec // in the rig's folder
		return "", err
	}
	if err := os.CopyFS(to, os.DirFS(filepath.Join(root, webAssets))); err != nil {
		return "", fmt.Errorf("copy the assets: %w", err)
	}
	return commit, nil
}

// comparedRounds is how often each side runs its small benchmarks.
const comparedRounds = 3

// runSmall runs the benchmarks of both sides in turn. Packages that one of them
// hasn't are left out there.
func (c *comparison) runSmall(ctx context.Context, r *rig, root, tree string) error {
	c.small = map[string][]map[string]smallFigure{}
	rounds := comparedRounds
	if r.quick {
		rounds = 1
	}
	sides := []struct{ name, root string }{{sideHead, root}, {sideBase, tree}}
	for round := range rounds {
		r.say("parts, round %d of %d", round+1, rounds)
		for _, side := range rotate(sides, round) {
			found := map[string]smallFigure{}
			for _, pkg := range smallPackages() {
				if _, err := os.Stat(filepath.Join(side.root, pkg)); err != nil {
					continue
				}
				lines, err := runPackage(ctx, r.options, side.root, pkg)
				if err != nil {
					return fmt.Errorf("%s: %w", side.name, err)
				}
				for name, figure := range lines {
					found[pkg+" "+name] = figure
				}
			}
			c.small[side.name] = append(c.small[side.name], found)
		}
	}
	return nil
}

// runChains measures the chain of each side in turn.
func (c *comparison) runChains(ctx context.Context, r *rig, program string) error {
	direct, err := r.startBackend(ctx)
	if err != nil {
		return err
	}
	var chains []*chain
	for _, side := range []struct {
		name  string
		which nodes
	}{{sideHead, nodes{program: r.program()}}, {sideBase, nodes{prefix: "base-", program: program}}} {
		r.say("start %s", side.name)
		ch, err := r.startNodes(ctx, strings.TrimPrefix(direct.entry, "http://"), side.which)
		if err != nil {
			return fmt.Errorf("%s: %w", side.name, err)
		}
		ch.name = side.name
		if err := r.check(ctx, ch); err != nil {
			return err
		}
		chains = append(chains, ch)
	}
	if c.fresh, err = r.secondRequest(ctx, chains); err != nil {
		return err
	}
	c.results, err = r.measure(ctx, chains)
	return err
}
