// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/samenspel/samenspel/internal/access"
)

// decisionObserver times the decisions of one component. It implements
// [access.Observer].
type decisionObserver struct{ took prometheus.ObserverVec }

// Decided implements [access.Observer].
func (o decisionObserver) Decided(outcome string, took time.Duration) {
	o.took.WithLabelValues(outcome).Observe(took.Seconds())
}

func (m *metrics) observeDecisions(of access.Component) decisionObserver {
	return decisionObserver{m.decisions.MustCurryWith(prometheus.Labels{"component": string(of)})}
}

// watchAccess exports the figures of what decides, where it is set.
func (m *metrics) watchAccess(of access.Component, c *CallPolicyConfig, p *access.Policy) {
	labels := prometheus.Labels{"component": string(of)}
	counter := func(name, help string, get func(access.Stats) uint64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help, ConstLabels: labels},
			func() float64 { return float64(get(p.Stats())) }))
	}
	flag := func(name, help string, get func(access.Stats) bool) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, func() float64 {
			if get(p.Stats()) {
				return 1
			}
			return 0
		}))
	}
	if c.PDP.URL != "" {
		counter("samenspel_decision_point_questions_total", "Questions to the decision point.", func(s access.Stats) uint64 { return s.Asked })
		counter("samenspel_decision_point_cached_total", "Decisions that followed from an earlier answer.", func(s access.Stats) uint64 { return s.Cached })
		flag("samenspel_decision_point_breaker_open", "1 while calls are refused without asking the decision point, because it failed.",
			func(s access.Stats) bool { return s.BreakerOpen })
	}
	if c.Rules != "" {
		flag("samenspel_policy_rules_failing", "1 while the file with rules can't be used and the old rules hold.",
			func(s access.Stats) bool { return s.RulesFailing })
	}
}
