// SPDX-License-Identifier: EUPL-1.2

package cli

import "github.com/spf13/cobra"

func (a *app) deedCommand() *cobra.Command {
	return a.group("deed", "Deeds that organisations sign together", "", a.deedVerifyCommand())
}
