// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"strconv"

	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/operator"
)

// LimitedCalls are calls of a service that one limit refused or cut off.
type LimitedCalls struct {
	Limit limit.Name
	Calls uint64
}

// LimitService says what an own service may be asked at most, in place of what
// was said before. It holds at once, also for calls that are under way.
func (c *Controller) LimitService(ctx context.Context, a operator.Actor, name string, l limit.Limits) error {
	before, err := c.ownService(ctx, name)
	if err != nil {
		return err
	}
	e := operator.Event{Act: "service.limit", Object: name, Changes: limitChanges(before.Limits, l)}
	return c.act(ctx, a, operator.PermissionManage, e, func() error {
		if before.Name == "" {
			return notFound("there is no service of that name")
		}
		return ofField(c.cfg.Manager.LimitService(ctx, name, l))
	})
}

func limitChanges(before, after limit.Limits) []operator.Change {
	var fields []string
	for _, n := range limit.Names() {
		fields = append(fields, string(n), limitText(before.Of(n)), limitText(after.Of(n)))
	}
	return differences(fields...)
}

func limitText(most int64) string {
	if most == 0 {
		return ""
	}
	return strconv.FormatInt(most, 10)
}

// limited lists which limits stopped calls of a service since the node started.
func (c *Controller) limited(service string) []LimitedCalls {
	if c.cfg.Limited == nil {
		return nil
	}
	var out []LimitedCalls
	calls := c.cfg.Limited(service)
	for _, n := range limit.Names() {
		if calls[n] > 0 {
			out = append(out, LimitedCalls{n, calls[n]})
		}
	}
	return out
}
