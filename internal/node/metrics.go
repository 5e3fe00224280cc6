// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/txlog"
)

// metrics is this node's own registry.
type metrics struct {
	registry *prometheus.Registry
	inFlight *prometheus.GaugeVec
	calls    *prometheus.HistogramVec
	requests *prometheus.HistogramVec
	limited  *prometheus.CounterVec
	events   *prometheus.CounterVec
	refused  refusals

	decisions *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "samenspel_calls_in_flight", Help: "Calls being forwarded now.",
		}, []string{"component"}),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "samenspel_call_duration_seconds", Help: "Time of a call through this component, by outcome: forwarded, aborted or the error code.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 16),
		}, []string{"component", "outcome"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "samenspel_request_duration_seconds", Help: "Time of a request to an interface of the Manager.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}, []string{"door", "method", "status"}),
	}
	m.limited = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "samenspel_calls_limited_total", Help: "Calls of a service that a limit refused or cut off, by service and limit.",
	}, []string{"service", "limit"})
	m.events = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "samenspel_event_deliveries_total", Help: "Notifications of what happened to deeds that are done with, by outcome: delivered or given_up.",
	}, []string{"outcome"})
	m.decisions = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "samenspel_decision_duration_seconds", Help: "Time of a decision about a call, by outcome: allowed, denied or unavailable.",
		Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
	}, []string{"component", "outcome"})
	m.registry.MustRegister(m.inFlight, m.calls, m.requests, m.limited, m.events, m.decisions, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// observer counts the calls of one component.
type observer struct {
	component string
	refused   *refusals
	limited   *prometheus.CounterVec
	inFlight  prometheus.Gauge
	calls     prometheus.ObserverVec
	usual     prometheus.Observer
}

// usualOutcome is that of nearly all calls; it is looked up once.
const (
	usualOutcome   = "forwarded"
	abortedOutcome = "aborted" // by client or service, halfway
)

func (m *metrics) observe(component string) observer {
	calls := m.calls.MustCurryWith(prometheus.Labels{"component": component})
	return observer{
		component: component, refused: &m.refused, limited: m.limited, inFlight: m.inFlight.WithLabelValues(component), calls: calls,
		usual: calls.WithLabelValues(usualOutcome),
	}
}

// CallBegan implements the Observer of Inway and Outway.
func (o observer) CallBegan() { o.inFlight.Inc() }

// CallEnded implements the Observer of Inway and Outway.
func (o observer) CallEnded(outcome string, took time.Duration) {
	o.inFlight.Dec()
	if outcome == usualOutcome {
		o.usual.Observe(took.Seconds())
		return
	}
	o.calls.WithLabelValues(outcome).Observe(took.Seconds())
	if outcome != abortedOutcome {
		o.refused.add(o.component, fsc.ErrorCode(outcome))
	}
}

// CallLimited implements the Observer of the Inway. The services are our own, so
// there are no labels without end.
func (o observer) CallLimited(service string, by limit.Name) {
	o.limited.WithLabelValues(service, string(by)).Inc()
	o.refused.addLimited(service, by)
}

// count measures the requests of a door.
func (m *metrics) count(door string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, s := time.Now(), &statusWriter{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(s, r)
		m.requests.WithLabelValues(door, methodLabel(r.Method), strconv.Itoa(s.status)).Observe(time.Since(began).Seconds())
	})
}

// methodLabel keeps invented methods from making labels without end.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete:
		return method
	}
	return "other"
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status.
func (s *statusWriter) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap gives http.ResponseController the writer below.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// watchRemoval counts the records that were removed because their time was over.
func (m *metrics) watchRemoval(removed func() int64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "samenspel_log_removed_records_total", Help: "Records that were removed because they had been kept for as long as the configuration says.",
	}, func() float64 { return float64(removed()) }))
}

// watchLog exports the figures of the transaction log and of its index. An index
// that is behind makes no node unready: calls go on, and so they should.
func (m *metrics) watchLog(log *txlog.Log, indexer *txlog.Indexer) {
	state := func(name, help string, get func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, get)
	}
	m.registry.MustRegister(
		state("samenspel_log_segments", "Segments on disk that hold records.", func() float64 { return float64(log.Stats().Segments) }),
		state("samenspel_log_index_backlog_bytes", "Confirmed records that can't be searched yet.", func() float64 { return float64(log.Backlog(indexer.Indexed())) }),
		state("samenspel_log_index_lag_seconds", "How long the oldest of them has been waiting; 0: there are none.", func() float64 { return indexer.Lag().Seconds() }),
	)
	figure := func(name, help string, get func(txlog.Stats) float64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return get(log.Stats()) })
	}
	gauge := func(name, help string, get func(txlog.Stats) float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return get(log.Stats()) })
	}
	m.registry.MustRegister(
		figure("samenspel_log_records_total", "Records that were confirmed.", func(s txlog.Stats) float64 { return float64(s.Records) }),
		figure("samenspel_log_batches_total", "Flushes that succeeded; records divided by batches is the size of a group.", func(s txlog.Stats) float64 { return float64(s.Batches) }),
		figure("samenspel_log_bytes_total", "Bytes written.", func(s txlog.Stats) float64 { return float64(s.Bytes) }),
		figure("samenspel_log_failures_total", "Batches that failed; none of their calls was forwarded.", func(s txlog.Stats) float64 { return float64(s.Failures) }),
		gauge("samenspel_log_waiting_seconds", "How long the flush takes that is under way; calls wait for it.", func(s txlog.Stats) float64 { return s.Waiting.Seconds() }),
		gauge("samenspel_log_damaged_segments", "Segments that lost records to a disk or a power cut.", func(s txlog.Stats) float64 { return float64(s.DamagedSegments) }),
		figure("samenspel_log_flush_seconds_total", "Time spent flushing.", func(s txlog.Stats) float64 { return s.FlushTime.Seconds() }),
	)
}
