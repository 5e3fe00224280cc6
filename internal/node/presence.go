// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

// reportTimeout bounds a report, so that a Manager that hangs doesn't hold up the
// end of an Inway.
const reportTimeout = 3 * time.Second

// presence is what an Inway tells its Manager of itself.
type presence struct {
	calls   atomic.Int64  // under way
	leaving chan struct{} // closed when the Inway is about to stop
	others  chan int      // how many others take calls, told once leaving was reported
	leave   func()        // of the server: each further response is the last of its connection
}

// inwayCalls counts the calls that are under way beside the metrics.
type inwayCalls struct {
	observer
	underWay *atomic.Int64
}

// CallBegan implements the Observer of the Inway.
func (o inwayCalls) CallBegan() {
	o.underWay.Add(1)
	o.observer.CallBegan()
}

// CallEnded implements the Observer of the Inway.
func (o inwayCalls) CallEnded(outcome string, took time.Duration) {
	o.underWay.Add(-1)
	o.observer.CallEnded(outcome, took)
}

// reports tells whether the Manager hears of this Inway. One in another process than
// its Manager reports only with an address of its own: one made from a certificate
// might not be reachable, where the Manager knows one that is.
func (n *Node) reports() bool {
	return n.inway != nil && (n.manager != nil || n.cfg.Inway.Address != "")
}

// reportInway tells the Manager every few seconds that this Inway is there, and in
// the end that it stops.
func (n *Node) reportInway(ctx context.Context) {
	failed := false
	for n.reports() && ctx.Err() == nil {
		_, err := n.tellInway(ctx, false)
		wait := manager.InwayReportEvery
		if err != nil {
			wait = feedRetry
		}
		if err != nil && !failed && ctx.Err() == nil {
			n.logger.Error("the Inway can't report to its Manager; trying again", "error", err)
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return
		case <-n.presence.leaving:
			others, err := n.tellInway(ctx, true)
			if err != nil {
				n.logger.Warn("the Manager doesn't hear that the Inway stops", "error", err)
			}
			n.presence.others <- others
			return
		case <-time.After(wait):
		}
	}
}

// tellInway reports once, and gives how many other Inways take calls.
func (n *Node) tellInway(ctx context.Context, leaving bool) (others int, err error) {
	report := manager.InwayReport{Address: n.inwayAddress, Calls: n.presence.calls.Load(), Leaving: leaving}
	if n.manager != nil {
		return n.manager.ReportInway(report)
	}
	ctx, cancel := context.WithTimeout(ctx, reportTimeout)
	defer cancel()
	return n.remote.ReportInway(ctx, internalapi.InwayReport(report))
}

// leave tells the Manager that the Inway is about to stop, so that no new token
// names it, and goes on taking calls for a while if others can take over. Without
// others nobody is helped by waiting.
func (n *Node) leave() {
	if !n.reports() {
		return
	}
	close(n.presence.leaving)
	select {
	case others := <-n.presence.others:
		if others == 0 {
			return
		}
	case <-time.After(2 * reportTimeout):
		return
	}
	n.presence.leave()
	n.logger.Info("the Inway takes calls for a while yet, as others go over to another Inway", "leave_for", n.cfg.Inway.LeaveFor)
	<-time.After(n.cfg.Inway.LeaveFor)
}
