// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"time"

	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

// LogRetention gives how long the records of calls are kept: the rules in the order in
// which they count, that for all other calls last.
func (c *Controller) LogRetention(a operator.Actor) ([]retention.Rule, error) {
	if err := c.view(a, operator.PermissionReadLog); err != nil {
		return nil, err
	}
	return c.retention().Rules(), nil
}

// KeptUntil tells up to when a record is kept; zero: for ever. It is removed some hours
// later.
func (c *Controller) KeptUntil(r *txlog.Record) time.Time {
	return c.retention().Until(retention.CallOf(r), r.CreatedAt)
}

// retention is the policy; without one all is kept for ever.
func (c *Controller) retention() *retention.Policy {
	if c.cfg.Retention == nil {
		return &retention.Policy{}
	}
	return c.cfg.Retention
}
