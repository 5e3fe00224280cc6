// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
	"github.com/samenspel/samenspel/internal/pki"
)

const (
	nodeVariable    = "SAMENSPEL_NODE"
	dataDirVariable = "SAMENSPEL_DATA_DIR"
)

// nodeFlags tell which running node a command asks.
type nodeFlags struct{ config, dir string }

func (f *nodeFlags) add(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&f.config, "config", "", "configuration `FILE` of the node to ask")
	cmd.PersistentFlags().StringVar(&f.dir, "node", "", "data folder `DIR` of the node to ask (default: $"+nodeVariable+")")
}

// configuration loads the file of --config; nil if the flag isn't given.
func (a *app) configuration(f *nodeFlags) (*node.Config, error) {
	if f.config == "" {
		return nil, nil //nolint:nilnil // no configuration is a normal case here
	}
	return node.LoadConfig(f.config, a.Environ)
}

// dataDir finds the data folder of the node.
func (a *app) dataDir(f *nodeFlags) (string, error) {
	if f.dir != "" && f.config != "" {
		return "", usagef("--node and --config exclude each other")
	}
	if f.dir != "" {
		return f.dir, nil
	}
	cfg, err := a.configuration(f)
	if err != nil {
		return "", err
	}
	if cfg != nil {
		if !cfg.Has(node.RoleManager) {
			return "", errors.New("this configuration runs without the role manager; ask the node that runs it")
		}
		return cfg.DataDir, nil
	}
	for _, name := range []string{nodeVariable, dataDirVariable} {
		if v := a.variable(name); v != "" {
			return v, nil
		}
	}
	return "", usagef("name the node with --config FILE, --node DIR or the variable %s", nodeVariable)
}

func (a *app) variable(name string) string {
	for _, e := range a.Environ {
		if k, v, _ := strings.Cut(e, "="); k == name {
			return v
		}
	}
	return ""
}

// access is what a node wrote in its data folder for the command line.
type access struct {
	dir, address string
	pair         *pki.KeyPair
}

func (a *app) access(f *nodeFlags) (access, error) {
	dir, err := a.dataDir(f)
	if err != nil {
		return access{}, err
	}
	in := access{dir: filepath.Join(dir, "internal")}
	address, err := os.ReadFile(filepath.Join(in.dir, "address"))
	if errors.Is(err, fs.ErrNotExist) {
		return in, fmt.Errorf("there is no running node in %s; start it with samenspel serve", dir)
	}
	if err != nil {
		return in, fmt.Errorf("access to the node: %w", err)
	}
	in.address = strings.TrimSpace(string(address))
	if in.pair, err = readPair(node.FilesConfig{Certificate: filepath.Join(in.dir, "cli.pem"), Key: filepath.Join(in.dir, "cli-key.pem")}); err != nil {
		return in, fmt.Errorf("access to the node: %w", err)
	}
	return in, nil
}

// dial makes a client for the internal door of the node, with the access that
// the node itself wrote in its data folder.
func (a *app) dial(f *nodeFlags) (*internalapi.Client, error) {
	in, err := a.access(f)
	if err != nil {
		return nil, err
	}
	return node.NewInternalClient(in.address, filepath.Join(in.dir, "ca.pem"), in.pair, a.Now)
}

func readPair(f node.FilesConfig) (*pki.KeyPair, error) {
	certificate, err := os.ReadFile(f.Certificate)
	if err != nil {
		return nil, err
	}
	key, err := os.ReadFile(f.Key)
	if err != nil {
		return nil, err
	}
	pair, err := pki.ParseKeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Certificate, err)
	}
	return pair, nil
}

// ask makes the body of a command that asks the node.
func (a *app) ask(f *nodeFlags, do func(ctx context.Context, c *internalapi.Client, args []string) error) func(*cobra.Command, []string) error {
	return a.run(func(cmd *cobra.Command, args []string) error {
		c, err := a.dial(f)
		if err != nil {
			return err
		}
		return do(cmd.Context(), c, args)
	})
}
