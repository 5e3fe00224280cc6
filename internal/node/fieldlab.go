// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/samenspel/samenspel/internal/controller/web"
	"github.com/samenspel/samenspel/internal/operator"
)

// Fieldlab is what a node in the fieldlab has more than one elsewhere: people
// without passwords, who come in from the fieldlab's start page. A node of a
// Group of another type refuses it. It can't be set in a configuration file.
type Fieldlab struct {
	// Label keeps this node's cookies apart from those of the other nodes on the
	// same host: letters, digits and hyphens.
	Label string
	// People are made when they aren't there yet; their passwords don't count.
	People []operator.NewAccount
	// Handover and Switch are those of [web.Config].
	Handover func(ticket string) (email string, ok bool)
	Switch   func(*http.Request) []web.SwitchLink
}

func (f *Fieldlab) allowed(g GroupConfig) error {
	if f != nil && g.Type != "fieldlab" {
		return errors.New("people without passwords are for a group of type fieldlab only")
	}
	return nil
}

func (f *Fieldlab) complete(c *web.Config) {
	if f != nil {
		c.CookieLabel, c.Handover, c.Switch = f.Label, f.Handover, f.Switch
	}
}

func (f *Fieldlab) makePeople(ctx context.Context, people *operator.Operators) error {
	if f == nil {
		return nil
	}
	for _, p := range f.People {
		if err := people.FieldlabAccount(ctx, p); err != nil {
			return fmt.Errorf("make %s: %w", p.Name, err)
		}
	}
	return nil
}
