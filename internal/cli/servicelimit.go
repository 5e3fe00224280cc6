// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/controller/client"
)

// limitFlag is a limit of a service on the command line.
type limitFlag struct {
	flag, wire, text string
	of               func(*client.ServiceLimits) *int64
}

func limitFlags() []limitFlag {
	return []limitFlag{
		{
			"concurrent-calls", "concurrentCalls", "at most this `NUMBER` of calls at once, of all Peers together",
			func(l *client.ServiceLimits) *int64 { return &l.ConcurrentCalls },
		}, {
			"concurrent-calls-per-peer", "concurrentCallsPerPeer", "at most this `NUMBER` of calls at once of one Peer",
			func(l *client.ServiceLimits) *int64 { return &l.ConcurrentCallsPerPeer },
		}, {
			"calls-per-second-per-peer", "callsPerSecondPerPeer", "at most this `NUMBER` of calls a second of one Peer; after a rest as many at once",
			func(l *client.ServiceLimits) *int64 { return &l.CallsPerSecondPerPeer },
		}, {
			"request-bytes", "requestBytes", "the longest body of a request, in `BYTES`",
			func(l *client.ServiceLimits) *int64 { return &l.RequestBytes },
		}, {
			"response-milliseconds", "responseMilliseconds", "the longest wait for the source to begin its answer, in `MILLISECONDS`",
			func(l *client.ServiceLimits) *int64 { return &l.ResponseMilliseconds },
		},
	}
}

func (a *app) serviceLimitCommand(f *nodeFlags) *cobra.Command {
	var none bool
	values := make([]int64, len(limitFlags()))
	cmd := &cobra.Command{
		Use: "limit NAME", Short: "Tell or say what a service may be asked at most", Args: cobra.ExactArgs(1),
		Long: `Without flags it tells the limits of the service and how many calls each has
stopped since the node started. With flags it changes those limits and leaves the
others; 0 takes one away. New limits hold at once. A caller beyond a limit gets
429, 413 for a body that is too long, or 504 when the source takes too long.`,
		Example: "  samenspel service limit personen --concurrent-calls 100 --calls-per-second-per-peer 50",
	}
	for i, l := range limitFlags() {
		cmd.Flags().Int64Var(&values[i], l.flag, 0, l.text)
	}
	cmd.Flags().BoolVar(&none, "none", false, "take all limits away, but for those given beside it")
	check(cmd, func() error {
		for i, l := range limitFlags() {
			if values[i] < 0 {
				return usagef("--%s must be 0, for no limit, or more", l.flag)
			}
		}
		return nil
	})
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		given := func(l limitFlag) bool { return cmd.Flags().Changed(l.flag) }
		if !none && !slices.ContainsFunc(limitFlags(), given) {
			return m.tellLimits(ctx, args[0])
		}
		now, err := m.ServiceLimits(ctx, args[0])
		if err != nil {
			return err
		}
		if none {
			now.Value = client.ServiceLimits{}
		}
		for i, l := range limitFlags() {
			if given(l) {
				*l.of(&now.Value) = values[i]
			}
		}
		put, err := m.PutServiceLimits(ctx, args[0], now.Value, client.If{Match: now.ETag})
		if err != nil {
			return err
		}
		if none {
			return m.said(put.Value, "service %s has no limits any more", args[0])
		}
		return m.said(put.Value, "the limits of service %s are set", args[0])
	})
}

func (m *management) tellLimits(ctx context.Context, name string) error {
	l, err := m.ServiceLimits(ctx, name)
	if err != nil {
		return err
	}
	usage, err := m.ServiceUsage(ctx, name)
	if err != nil {
		return err
	}
	stopped := map[string]int64{}
	for _, v := range usage.Limited {
		stopped[v.Limit] = v.Calls
	}
	return m.show(l.Value, func() error {
		var rows [][]string
		for _, f := range limitFlags() {
			most := "none"
			if n := *f.of(&l.Value); n > 0 {
				most = strconv.FormatInt(n, 10)
			}
			rows = append(rows, []string{f.flag, most, strconv.FormatInt(stopped[f.wire], 10)})
		}
		return m.table([]string{"LIMIT", "AT MOST", "CALLS STOPPED"}, rows)
	})
}
