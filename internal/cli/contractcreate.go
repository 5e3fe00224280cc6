// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

type contractDraft struct {
	grant    grantFlags
	validity validityFlags
	file     string
	profile  string
	asJSON   bool
}

func (a *app) contractCreateCommand(f *nodeFlags) *cobra.Command {
	var d contractDraft
	cmd := &cobra.Command{
		Use: "create", Short: "Propose a contract to the other parties", Args: cobra.NoArgs,
		Long: `Writes a contract down, accepts it as this Peer and sends it to the other
parties. The flags describe one grant; with --file a JSON array of grants in the
form of the standard (the objects under "data") is used instead.

It prints the hashes of the contract and its grants, the state, and which Peers
still have to accept.`,
		Example: `  samenspel contract create --config node.yaml --type connection \
    --service personen --provider 00000099000000001000

  samenspel contract create --config node.yaml --type delegated-connection \
    --service personen --provider 00000099000000001000 \
    --delegator 00000099000000003000 --property 'purpose="zorg"' --valid-for 720h`,
	}
	cmd.RunE = a.run(func(cmd *cobra.Command, _ []string) error { return a.createContract(cmd, f, &d) })
	d.grant.add(cmd.Flags())
	d.validity.add(cmd.Flags())
	cmd.Flags().StringVar(&d.file, "file", "", "`FILE` with a JSON array of grants, - for standard input")
	cmd.Flags().StringVar(&d.profile, "profile", string(fsc.ProfileV2), "`PROFILE` of the contract: v2 (FSC 2.0) or v1 (FSC 1.x)")
	cmd.Flags().BoolVar(&d.asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) createContract(cmd *cobra.Command, f *nodeFlags, d *contractDraft) error {
	p := internalapi.Proposal{Profile: fsc.Profile(d.profile)}
	if p.Profile != fsc.ProfileV2 && p.Profile != fsc.ProfileV1 {
		return usagef("--profile is v2 or v1, not %q", d.profile)
	}
	var err error
	if p.NotBefore, p.NotAfter, err = d.validity.times(cmd.Flags(), a.Now()); err != nil {
		return err
	}
	t, err := d.check(cmd.Flags())
	if err != nil {
		return err
	}
	c, err := a.dial(f)
	if err != nil {
		return err
	}
	if d.file != "" {
		p.Grants, err = a.grantsFrom(d.file, p.Profile)
	} else {
		p.Grants, err = a.grantOf(cmd.Context(), c, f, d, t)
	}
	if err != nil {
		return err
	}
	return a.propose(cmd.Context(), c, p, d.asJSON)
}

// check finds flags that contradict each other before anybody is asked.
func (d *contractDraft) check(f *pflag.FlagSet) (fsc.GrantType, error) {
	if d.file == "" {
		return d.grant.check(f)
	}
	var own pflag.FlagSet
	new(grantFlags).add(&own)
	var err error
	own.VisitAll(func(flag *pflag.Flag) {
		if f.Changed(flag.Name) {
			err = usagef("--file and --%s exclude each other", flag.Name)
		}
	})
	return "", err
}

func (a *app) propose(ctx context.Context, c *internalapi.Client, p internalapi.Proposal, asJSON bool) error {
	w, err := c.CreateContract(ctx, p)
	if err != nil {
		return err
	}
	if asJSON {
		return a.json(w)
	}
	return a.contractFacts(w)
}

// grantOf makes the one grant that the flags describe.
func (a *app) grantOf(ctx context.Context, c *internalapi.Client, f *nodeFlags, d *contractDraft, t fsc.GrantType) ([]jsontext.Value, error) {
	self, err := c.Self(ctx)
	if err != nil {
		return nil, err
	}
	flags := d.grant
	ownOutway := t.IsConnection() && (flags.consumer == "" || flags.consumer == string(self.PeerID))
	if ownOutway && flags.thumbprint == "" && flags.domain == "" && flags.outwayCertificate == "" {
		cfg, err := a.configuration(f)
		if err != nil {
			return nil, err
		}
		if cfg != nil {
			flags.outwayCertificate = cfg.Keys.Outway.Certificate
		}
	}
	g, err := flags.grant(t, self.PeerID)
	if err != nil {
		return nil, err
	}
	return grantData(g, fsc.Profile(d.profile))
}

// grantData writes a grant down and reads it back, so that what is wrong with
// it is told here.
func grantData(g fsc.Grant, p fsc.Profile) ([]jsontext.Value, error) {
	data, err := g.Data(p)
	if err != nil {
		return nil, err
	}
	if _, err := fsc.ParseGrant(data, p); err != nil {
		return nil, err
	}
	return []jsontext.Value{data}, nil
}

func (a *app) grantsFrom(file string, p fsc.Profile) ([]jsontext.Value, error) {
	raw, err := a.input(file)
	if err != nil {
		return nil, err
	}
	var grants []jsontext.Value
	if err := fsc.UnmarshalStrict(raw, &grants); err != nil {
		return nil, fmt.Errorf("%s must be a JSON array of grants: %w", file, err)
	}
	for i, g := range grants {
		if _, err := fsc.ParseGrant(g, p); err != nil {
			return nil, fmt.Errorf("%s: grant %d: %w", file, i+1, err)
		}
	}
	return grants, nil
}
