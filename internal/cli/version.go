// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Tell version, commit and Go release of this program", Args: cobra.NoArgs,
		RunE: a.run(func(*cobra.Command, []string) error {
			version, commit := "unknown", ""
			if info, ok := debug.ReadBuildInfo(); ok {
				version, commit = info.Main.Version, commitOf(info)
			}
			return a.facts(
				[2]string{"version", version}, [2]string{"commit", commit},
				[2]string{"go", runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
			)
		}),
	}
}

func commitOf(info *debug.BuildInfo) string {
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	if commit == "" {
		return ""
	}
	return commit + changed
}
