// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) rootCommand() *cobra.Command {
	root := a.group("samenspel", "A node for Federated Service Connectivity (FSC)", `Samenspel is a node with which an organisation offers and uses services under
contracts: Manager, Directory, Inway and Outway of FSC in one program.

The commands that work with contracts, services, Peers and the log ask a running
node. They find it with --config, with --node, or with the variable
SAMENSPEL_NODE, which is the node's data folder. Commands with the flag --url can
ask a Controller elsewhere instead, with an API token.

Exit codes: 0 done, 1 refused or failed, 2 wrong use.`,
		a.fieldlabCommand(), a.serveCommand(), a.checkConfigCommand(), a.overviewCommand(), a.settingsCommand(), a.contractCommand(), a.serviceCommand(), a.peerCommand(),
		a.outboxCommand(), a.ruleCommand(), a.routeCommand(), a.exampleCommand(), a.logCommand(), a.trafficCommand(), a.explainCommand(), a.auditCommand(),
		a.peopleCommand(), a.requestCommand(), a.apiTokenCommand(), a.certificateCommand(), a.tokenCommand(), a.componentCommand(),
		a.frameworkCommand(), a.accessionCommand(), a.callOffCommand(), a.deedCommand(), a.annexCommand(), a.eventsCommand(), a.calendarCommand(), a.usageCommand(),
		a.taskCommand(), a.obligationCommand(), a.processCommand(), a.groupCommand(), a.decisionCommand(), a.municipalityCommand(), a.arrangementCommand(), a.mandateCommand(),
		a.ocdsCommand(), a.versionCommand(),
	)
	root.SilenceErrors = true
	root.SilenceUsage = true
	root.CompletionOptions.HiddenDefaultCmd = false
	return root
}

// group makes a command that only has subcommands.
func (a *app) group(use, short, long string, children ...*cobra.Command) *cobra.Command {
	names := make([]string, 0, len(children))
	for _, c := range children {
		names = append(names, c.Name())
	}
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Args: cobra.NoArgs, DisableAutoGenTag: true,
		RunE: func(*cobra.Command, []string) error {
			return usagef("name a subcommand: %s", strings.Join(names, ", "))
		},
	}
	cmd.AddCommand(children...)
	return cmd
}
