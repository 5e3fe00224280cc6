// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"strings"
	"sync"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// maxFrameworkTexts bounds how many frameworks are remembered, each with some
// hundreds of bytes.
const maxFrameworkTexts = 10_000

// frameworkTexts are the texts in which frameworks are looked for. A deed never
// changes, so it is read once and not at each search.
type frameworkTexts struct {
	mu   sync.Mutex
	read map[deed.Hash][]string // in lower case
}

func newFrameworkTexts() *frameworkTexts {
	return &frameworkTexts{read: map[deed.Hash][]string{}}
}

// of gives the names in a framework and the services of its lots.
func (n *frameworkTexts) of(ctx context.Context, desk *collective.Desk, h deed.Hash) ([]string, error) {
	n.mu.Lock()
	texts, ok := n.read[h]
	n.mu.Unlock()
	if ok {
		return texts, nil
	}
	raw, err := desk.Deed(ctx, h)
	if err != nil {
		return nil, told(err)
	}
	content, err := deed.Parse(raw)
	if err != nil {
		return nil, err
	}
	f := bodyOf(content)
	texts = []string{strings.ToLower(f.Name)}
	for i := range f.Lots {
		texts = append(texts, strings.ToLower(f.Lots[i].Name), strings.ToLower(strings.Join(f.Lots[i].Services, "\n")))
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.read) >= maxFrameworkTexts {
		clear(n.read)
	}
	n.read[h] = texts
	return texts, nil
}

// named keeps the frameworks in which every word of text occurs.
func (n *frameworkTexts) named(ctx context.Context, desk *collective.Desk, states []collective.State, text string) ([]collective.State, error) {
	words := strings.Fields(strings.ToLower(text))
	if len(words) == 0 {
		return states, nil
	}
	var out []collective.State
	for _, s := range states {
		texts, err := n.of(ctx, desk, s.Deed)
		if err != nil {
			return nil, err
		}
		if contains(words, texts...) {
			out = append(out, s)
		}
	}
	return out, nil
}
