// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller/client"
)

func (a *app) annexCommand() *cobra.Command {
	return a.group("annex", "Documents that deeds name by their hash", "", a.annexAddCommand(), a.annexShowCommand(), a.annexGetCommand())
}

func (a *app) annexAddCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := &cobra.Command{
		Use: "add FILE", Short: "Keep a document on the node and print its hash", Args: cobra.ExactArgs(1),
		Long: `Keeps a document of at most 25 MiB, so that a deed can name it by its hash. Who
may read that deed can fetch the document from this node. The same document again
has the same hash. One that no deed names is removed after 15 days.`,
		Example: "  samenspel annex add overeenkomst.pdf",
	}
	f.add(cmd)
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		kept, err := m.addAnnex(ctx, args[0])
		if err != nil {
			return err
		}
		return m.said(kept, "%s", kept.Hash)
	})
}

// addAnnex brings a file to the node.
func (m *management) addAnnex(ctx context.Context, name string) (client.Annex, error) {
	file, err := os.Open(name) //nolint:gosec // the file that was named
	if err != nil {
		return client.Annex{}, err
	}
	kept, err := m.AddAnnex(ctx, file)
	return kept, errors.Join(err, closed(file))
}

// documentOf names a file as a deed does: by name, media type, size and hash.
func documentOf(name string) (*client.NewDocument, error) {
	file, err := os.Open(name) //nolint:gosec // the file that was named
	if err != nil {
		return nil, err
	}
	h, size, err := deed.ReadAnnexHash(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	kind := cmp.Or(mime.TypeByExtension(filepath.Ext(name)), "application/octet-stream")
	return &client.NewDocument{Name: filepath.Base(name), MediaType: kind, Size: size, Hash: string(h)}, nil
}

// documentIf is documentOf for a flag that may be left out.
func documentIf(name, flag string) (*client.NewDocument, error) {
	if name == "" {
		return nil, nil
	}
	d, err := documentOf(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return d, nil
}

// keep brings the document of a flag to the node, before a deed names it; nothing
// without the flag.
func (m *management) keep(ctx context.Context, name, flag string) error {
	if name == "" {
		return nil
	}
	if _, err := m.addAnnex(ctx, name); err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}

// closed closes a file, unless whoever read it has done so.
func closed(f io.Closer) error {
	if err := f.Close(); !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}

func (a *app) annexShowCommand() *cobra.Command {
	f := &nodeFlags{}
	cmd := &cobra.Command{Use: "show HASH", Short: "Tell which deeds name a document, and whose it is", Args: cobra.ExactArgs(1)}
	f.add(cmd)
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		found, err := m.Annex(ctx, args[0])
		if err != nil {
			return err
		}
		return m.show(found, func() error {
			here := "no; annex get fetches it from its owner"
			if found.Here {
				here = "yes"
			}
			if err := m.facts([2]string{"annex", found.Hash}, [2]string{"here", here}); err != nil {
				return err
			}
			var rows [][]string
			for _, n := range found.Named {
				rows = append(rows, []string{n.Name, fmt.Sprint(n.Size), cmp.Or(n.Owner.Name, string(n.Owner.PeerID)), n.Deed})
			}
			return m.section([]string{"NAME", "BYTES", "OWNER", "DEED"}, rows)
		})
	})
}

func (a *app) annexGetCommand() *cobra.Command {
	f := &nodeFlags{}
	var name string
	cmd := &cobra.Command{
		Use: "get HASH", Short: "Save a document that a deed names", Args: cobra.ExactArgs(1),
		Long: `Saves a document that a deed names. If it isn't on the node it is fetched from its
owner. What is saved has this hash; other bytes are refused. A file that is there
stays as it is.`,
		Example: "  samenspel annex get '$1$900$...' -o overeenkomst.pdf",
	}
	cmd.Flags().StringVarP(&name, "output", "o", "", "write to this `FILE`, which isn't there yet (required)")
	f.add(cmd)
	check(cmd, func() error {
		if name == "" {
			return usagef("--output is required: it names the file")
		}
		return nil
	})
	return a.managing(f, cmd, func(ctx context.Context, m *management, args []string) error {
		body, err := m.AnnexContent(ctx, args[0])
		if err != nil {
			return err
		}
		n, err := saveAnnex(name, deed.Hash(args[0]), body)
		if err := errors.Join(err, body.Close()); err != nil {
			return err
		}
		return m.said(exported{File: name, Bytes: int(n)}, "wrote %d bytes to %s", n, name)
	})
}

// saveAnnex writes a new file with the bytes of an annex, or none.
func saveAnnex(name string, h deed.Hash, r io.Reader) (n int64, err error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the person at the keyboard names it
	if errors.Is(err, fs.ErrExist) {
		return 0, fmt.Errorf("%s is there already; choose another name", name)
	}
	if err != nil {
		return 0, err
	}
	got, n, err := deed.ReadAnnexHash(io.TeeReader(r, file))
	if err = errors.Join(err, file.Close()); err == nil && got != h {
		err = errors.New("the node sent other bytes than the document with this hash; nothing is saved")
	}
	if err != nil {
		return 0, errors.Join(err, os.Remove(name))
	}
	return n, nil
}
