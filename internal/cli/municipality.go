// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) municipalityCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("municipality", "The register of municipalities", "", a.municipalityListCommand(f), a.municipalityShowCommand(f), a.municipalityEndedCommand(f))
	f.add(cmd)
	return cmd
}

func municipalityHeader() []string { return []string{"CODE", "NAME", "OIN", "PROVINCE", "INHABITANTS"} }

func municipalityRow(m *client.Municipality) []string {
	return []string{m.Code, m.Name, m.OIN, m.Province, strconv.Itoa(m.Inhabitants)}
}

func (a *app) municipalityListCommand(f *nodeFlags) *cobra.Command {
	var filter client.MunicipalityFilter
	var limit int
	cmd := &cobra.Command{Use: "list", Short: "List the municipalities of today", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&filter.Text, "text", "", "`TEXT` in names, codes and OINs")
	cmd.Flags().StringVar(&filter.Province, "province", "", "only of this `PROVINCE`")
	cmd.Flags().StringVar(&filter.Size, "size", "", "only of this `SIZE`: under_30000, 30000_to_49999, 50000_to_99999 or 100000_and_more")
	withLimit(cmd, &limit, "municipalities")
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		filter.Limit = min(limit, longestPage)
		all, err := take(m.Municipalities(ctx, filter), limit)
		if err != nil {
			return err
		}
		return m.show(all, func() error {
			var rows [][]string
			for i := range all {
				rows = append(rows, municipalityRow(&all[i]))
			}
			return m.table(municipalityHeader(), rows)
		})
	})
}

func (a *app) municipalityShowCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "show CODE", Short: "Tell what a municipality takes part in, and what its neighbours do", Args: cobra.ExactArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		d, err := m.Municipality(ctx, args[0])
		if err != nil {
			return err
		}
		return m.show(d, func() error {
			v := &d.Municipality
			facts := [][2]string{{"code", v.Code}, {"name", v.Name}, {"oin", v.OIN}, {"province", v.Province}, {"people", strconv.Itoa(v.Inhabitants)}}
			for _, u := range d.Uses {
				facts = append(facts, [2]string{"joined", u.Name})
			}
			if err := m.facts(facts...); err != nil {
				return err
			}
			var rows [][]string
			for _, n := range d.Neighbours {
				rows = append(rows, []string{n.Code, n.Name, strconv.Itoa(len(n.Shared)), useNames(n.Uses)})
			}
			return m.section([]string{"NEIGHBOUR", "NAME", "SHARED", "JOINED"}, rows)
		})
	})
}

func useNames(uses []client.FrameworkUse) string {
	var names []string
	for _, u := range uses {
		names = append(names, u.Name)
	}
	return strings.Join(names, ", ")
}

func (a *app) municipalityEndedCommand(f *nodeFlags) *cobra.Command {
	var text string
	var limit int
	cmd := &cobra.Command{Use: "ended", Short: "List municipalities that ended, with who came after them", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&text, "text", "", "`TEXT` in names")
	withLimit(cmd, &limit, "municipalities")
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		all, err := take(m.EndedMunicipalities(ctx, text), limit)
		if err != nil {
			return err
		}
		return m.show(all, func() error {
			var rows [][]string
			for i := range all {
				var heirs []string
				for _, h := range all[i].Successors {
					heirs = append(heirs, h.Name)
				}
				rows = append(rows, []string{all[i].Code, all[i].Name, all[i].EndedOn, strings.Join(heirs, ", ")})
			}
			return m.table([]string{"CODE", "NAME", "ENDED", "SUCCESSOR"}, rows)
		})
	})
}

func (a *app) arrangementCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("arrangement", "Inter-municipal arrangements and who takes part", "", a.arrangementListCommand(f), a.arrangementShowCommand(f))
	f.add(cmd)
	return cmd
}

func (a *app) arrangementListCommand(f *nodeFlags) *cobra.Command {
	var text string
	var limit int
	cmd := &cobra.Command{Use: "list", Short: "List the inter-municipal arrangements", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&text, "text", "", "`TEXT` in names of arrangements and participants")
	withLimit(cmd, &limit, "arrangements")
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		all, err := take(m.Arrangements(ctx, text), limit)
		if err != nil {
			return err
		}
		return m.show(all, func() error {
			var rows [][]string
			for _, v := range all {
				rows = append(rows, []string{v.Number, v.Name, v.Form, v.Since, strconv.Itoa(v.Participants)})
			}
			return m.table([]string{"NUMBER", "NAME", "FORM", "SINCE", "TAKE PART"}, rows)
		})
	})
}

func (a *app) arrangementShowCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "show NUMBER", Short: "Tell who takes part in an arrangement today", Args: cobra.ExactArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		d, err := m.Arrangement(ctx, args[0])
		if err != nil {
			return err
		}
		return m.show(d, func() error {
			var rows [][]string
			for _, one := range d.Members {
				rows = append(rows, []string{one.Code, one.Name, one.Joined})
			}
			return m.table([]string{"CODE", "NAME", "SINCE"}, rows)
		})
	})
}

func (a *app) mandateCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := a.group("mandate", "Let a key sign for this organisation", "", a.mandateListCommand(f), a.mandateShowCommand(f), a.mandateGiveCommand(f))
	f.add(cmd)
	return cmd
}

func mandateTypes(types []int) string {
	var out []string
	for _, t := range types {
		out = append(out, strconv.Itoa(t))
	}
	return strings.Join(out, ", ")
}

func (a *app) mandateListCommand(f *nodeFlags) *cobra.Command {
	var limit int
	cmd := &cobra.Command{Use: "list", Short: "List the mandates that this organisation gave or got", Args: cobra.NoArgs}
	withLimit(cmd, &limit, "mandates")
	return a.managing(f, cmd, func(ctx context.Context, m *management, _ []string) error {
		all, err := take(m.Mandates(ctx), limit)
		if err != nil {
			return err
		}
		return m.show(all, func() error {
			var rows [][]string
			for i := range all {
				v := &all[i]
				rows = append(rows, []string{v.Deed.Hash, peerText(v.Mandator), peerText(v.Mandatary), mandateTypes(v.Types), v.Deed.State, moment(v.NotAfter)})
			}
			return m.table([]string{"MANDATE", "FROM", "FOR", "TYPES", "STATE", "UNTIL"}, rows)
		})
	})
}

func (a *app) mandateShowCommand(f *nodeFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "show MANDATE", Short: "Tell what may be signed under a mandate", Args: cobra.ExactArgs(1)}
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		v, err := m.Mandate(ctx, args[0])
		if err != nil {
			return err
		}
		return m.show(v, func() error {
			return m.tellDeed(&v.Deed, [2]string{"from", peerText(v.Mandator)}, [2]string{"for", peerText(v.Mandatary)}, [2]string{"key", v.KeyThumbprint},
				[2]string{"types", mandateTypes(v.Types)}, [2]string{"cents", strconv.FormatInt(v.CeilingCents, 10)}, [2]string{"until", moment(v.NotAfter)})
		})
	})
}

func (a *app) mandateGiveCommand(f *nodeFlags) *cobra.Command {
	var in client.NewMandate
	var mandatary, keeper, until string
	cmd := &cobra.Command{
		Use: "give KEY", Short: "Let a key sign for this organisation", Args: cobra.ExactArgs(1),
		Long: `Lets a key sign for this organisation, for the types of deeds named and until the
last day. KEY is the SHA-256 thumbprint of the public key: 64 digits 0-9 and a-f.
To end it, use deed sign --act revoke.`,
		Example: "  samenspel mandate give 3f1c... --type 111 --type 112 --ceiling-cents 5000000 --until 2027-12-31",
	}
	cmd.Flags().StringVar(&mandatary, "for", "", "`PEER` that has the key (default: this organisation)")
	cmd.Flags().IntSliceVar(&in.Types, "type", nil, "`TYPE` of deeds that may be signed, like 111 for accessions; may be repeated")
	cmd.Flags().Int64Var(&in.CeilingCents, "ceiling-cents", 0, "highest `AMOUNT` of a deed in euro cents (default: no deed with an amount)")
	cmd.Flags().StringVar(&until, "until", "", "last `DAY`, like 2027-12-31")
	cmd.Flags().StringVar(&keeper, "keeper", "", "`PEER` that keeps the dossier (default: the first secretariat of the configuration)")
	check(cmd, func() (err error) {
		if len(in.Types) == 0 {
			return usagef("--type is required")
		}
		in.NotAfter, err = endOfDay("until", until)
		return err
	})
	return a.signing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		in.KeyThumbprint, in.Mandatary, in.Keeper = args[0], fsc.PeerID(mandatary), fsc.PeerID(keeper)
		d, err := m.GiveMandate(ctx, in)
		return m.tellMade(d, err)
	})
}
