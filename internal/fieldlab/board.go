// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// processes are those of the board that the framework of the tale serves.
func processes() []dossier.Process {
	return []dossier.Process{
		{Code: "P01", Name: "Aangifte overlijden en verlof"},
		{Code: "P29", Name: "Verhuizing doorgeven"},
	}
}

// takeUp has the purchasing body put the processes of the framework on the board,
// as far as they aren't on it since an earlier run. The stages on the board follow
// from what happens under the framework after that.
func (f *federation) takeUp(ctx context.Context, framework deed.Hash, c *chapter) error {
	var codes []string
	for _, p := range processes() {
		h, there, err := f.process(ctx, framework, p.Code)
		if err == nil && !there {
			h, err = f.takeUpOne(ctx, framework, p)
		}
		if err != nil {
			return err
		}
		for _, m := range []*member{f.duinwijk, f.veenhoven, f.zilverbroek} {
			if err := awaitDeed(ctx, m, h, active, wordActive); err != nil {
				return err
			}
		}
		codes = append(codes, p.Code)
	}
	c.add("processes", strings.Join(codes, ", "))
	return nil
}

// wordActive is a process that somebody takes care of.
const wordActive collective.Word = "active"

func active(s rule.Status) collective.Word { return collective.Word(s.State) }

// process finds the deed that took a process up for a framework.
func (f *federation) process(ctx context.Context, framework deed.Hash, code string) (deed.Hash, bool, error) {
	desk := f.directory.desk()
	found, err := desk.States(ctx, collective.StateFilter{Types: []deed.Type{dossier.TypeProcess}, Party: f.directory.id})
	if err != nil {
		return "", false, fmt.Errorf("board: %w", err)
	}
	for _, one := range found {
		s, err := desk.Status(ctx, one.Deed)
		if err != nil {
			return "", false, fmt.Errorf("board: deed %s: %w", one.Deed, err)
		}
		body, err := dossier.ReadProcess(s.Deed)
		if err == nil && body.Code == code && active(s) == wordActive && slices.Contains(s.Deed.Parents, framework) {
			return one.Deed, true, nil
		}
	}
	return "", false, nil
}

func (f *federation) takeUpOne(ctx context.Context, framework deed.Hash, p dossier.Process) (deed.Hash, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	h, err := f.directory.desk().Propose(ctx, deed.Draft{
		Type: dossier.TypeProcess, Parents: []deed.Hash{framework}, Rule: deed.Rule{Kind: deed.RuleOne, Role: dossier.RoleSteward}, Body: body,
		Parties: []deed.Party{{PeerID: f.directory.id, Role: dossier.RoleSteward}},
	}, accepting(dossier.RoleSteward))
	if err != nil {
		return "", fmt.Errorf("%s takes up process %s: %w", f.directory.name, p.Code, err)
	}
	return h, nil
}
