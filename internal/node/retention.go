// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

// Policy says how long records are kept. Its error is that of [retention.New].
func (l *LogConfig) Policy() (*retention.Policy, error) {
	rules := make([]retention.Rule, len(l.Retention))
	for i, r := range l.Retention {
		rules[i] = retention.Rule{Direction: txlog.DirectionIncoming, Service: r.Service, Days: r.KeepDays}
		if r.Peer != "" {
			rules[i].Direction, rules[i].Peer = txlog.DirectionOutgoing, r.Peer
		}
	}
	return retention.New(l.KeepDays, rules)
}

// validateRetention names each member that is wrong.
func (c *Config) validateRetention(p *problems) {
	_, err := c.Log.Policy()
	if err == nil {
		return
	}
	wrong := []error{err}
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		wrong = all.Unwrap()
	}
	for _, err := range wrong {
		x, ok := errors.AsType[*retention.RuleError](err)
		switch {
		case !ok:
			p.add("log.retention: %w", err)
		case x.Index < 0:
			p.add("log.%s %s", x.Field, x.Text)
		case x.Field == "":
			p.add("log.retention[%d] %s", x.Index, x.Text)
		default:
			p.add("log.retention[%d].%s %s", x.Index, x.Field, x.Text)
		}
	}
}

// recordRemoval tells in the audit trail that records were removed.
func (n *Node) recordRemoval(ctx context.Context, records int64, reasons []evidence.Reason) {
	if n.people == nil {
		return
	}
	e := operator.Event{Act: "log.remove", Changes: []operator.Change{{Field: "records", After: strconv.FormatInt(records, 10)}}}
	for _, r := range reasons {
		e.Changes = append(e.Changes, operator.Change{
			Field: strings.TrimSpace(string(r.Peer) + " " + r.Service), Before: strconv.FormatInt(r.Count, 10), After: fmt.Sprintf("kept for %d days", r.Days),
		})
	}
	if err := n.people.Record(ctx, operator.Actor{Name: "log.retention"}, e, nil); err != nil {
		n.logger.Error("the removal of records of the transaction log isn't in the audit trail", "error", err)
	}
}

// retention gives the policy of a configuration that was found to be valid.
func (n *Node) retention() *retention.Policy {
	p, err := n.cfg.Log.Policy()
	if err != nil {
		return nil // Validate has refused it
	}
	return p
}
