// SPDX-License-Identifier: EUPL-1.2

package annex

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// MaxBytes is how large an annex may be that is kept here: 25 MiB.
const MaxBytes = 25 << 20

// The refusals of this package, to be compared with errors.Is.
var (
	ErrMissing    = errors.New("the annex isn't here")
	ErrHash       = errors.New("this isn't the hash of an annex")
	ErrTooLarge   = errors.New("the annex is larger than is taken")
	ErrFull       = errors.New("there is no room left for annexes")
	ErrOtherBytes = errors.New("the hash is not that of these bytes")
)

// unfinished begins the name of a file that is being written. A digest in hex
// never begins like this.
const unfinished = "new-"

// Store keeps annexes in a folder. It is safe for concurrent use, also by several
// processes that share the folder. Make one with [Open].
type Store struct {
	root *os.Root
	most int64 // bytes of all together
}

// Open opens the folder, and makes it if it isn't there. All annexes in it have at
// most so many bytes together.
func Open(dir string, most int64) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of annexes: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open folder of annexes: %w", err)
	}
	return &Store{root: root, most: most}, nil
}

// Close lets go of the folder.
func (s *Store) Close() error { return s.root.Close() }

// nameOf gives the file of an annex: nothing of what others choose gets into it.
func nameOf(h deed.Hash) (string, error) {
	sum, err := h.AnnexDigest()
	if err != nil {
		return "", ErrHash
	}
	return hex.EncodeToString(sum), nil
}

// hashOf gives the annex that a file is, if it is one.
func hashOf(name string) (deed.Hash, bool) {
	sum, err := hex.DecodeString(name)
	if err != nil || len(sum) != 64 || hex.EncodeToString(sum) != name {
		return "", false
	}
	return deed.AnnexOfDigest([64]byte(sum)), true
}

// Put keeps what r gives, up to its end, and gives its hash and its size in bytes.
// Bytes that are here already are kept as if they came now. [ErrTooLarge] and
// [ErrFull]; nothing is kept with an error.
func (s *Store) Put(r io.Reader) (deed.Hash, int64, error) {
	return s.put(r, MaxBytes, func(deed.Hash, int64) error { return nil })
}

// PutAs is [Store.Put] for bytes that have to be those of an annex with this hash
// and size; others are refused with [ErrOtherBytes], before they are all read if
// there are more.
func (s *Store) PutAs(r io.Reader, h deed.Hash, size int64) error {
	if size > MaxBytes {
		return ErrTooLarge
	}
	_, _, err := s.put(r, size, func(got deed.Hash, n int64) error {
		if got != h || n != size {
			return ErrOtherBytes
		}
		return nil
	})
	if errors.Is(err, ErrTooLarge) {
		return ErrOtherBytes
	}
	return err
}

func (s *Store) put(r io.Reader, most int64, check func(deed.Hash, int64) error) (deed.Hash, int64, error) {
	if err := s.room(0); err != nil {
		return "", 0, err
	}
	name := unfinished + rand.Text()
	defer func() { _ = s.root.Remove(name) }() // has another name by then, if all went well
	h, n, err := s.write(name, io.LimitReader(r, most+1))
	switch {
	case err != nil:
		return "", 0, err
	case n > most:
		return "", 0, ErrTooLarge
	}
	if err := check(h, n); err != nil {
		return "", 0, err
	}
	return h, n, s.settle(name, h)
}

// write writes a new file to the disk and hashes it on the way.
func (s *Store) write(name string, r io.Reader) (h deed.Hash, n int64, err error) {
	f, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", 0, fmt.Errorf("make annex: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if h, n, err = deed.ReadAnnexHash(io.TeeReader(r, f)); err != nil {
		return "", n, fmt.Errorf("write annex: %w", err)
	}
	if err := f.Sync(); err != nil {
		return "", n, fmt.Errorf("write annex: %w", err)
	}
	return h, n, nil
}

// settle gives a file that was written its name. Two that settle the same bytes
// don't harm each other: the second name takes the place of the first.
func (s *Store) settle(name string, h deed.Hash) error {
	final, err := nameOf(h)
	if err != nil {
		return err
	}
	if _, err := s.root.Stat(final); err == nil {
		now := time.Now() // the clock of the folder, which files are compared with
		return s.root.Chtimes(final, now, now)
	}
	if err := s.room(1); err != nil { // it is counted by now
		return err
	}
	if err := s.root.Rename(name, final); err != nil {
		return fmt.Errorf("name annex: %w", err)
	}
	dir, err := s.root.Open(".")
	if err != nil {
		return fmt.Errorf("name annex: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// room refuses when the folder is full. What is being written counts; with over,
// that the limit was passed is refused, and else that it was reached.
func (s *Store) room(over int64) error {
	total := int64(0)
	err := s.each(func(info fs.FileInfo) error { total += info.Size(); return nil })
	if err == nil && total >= s.most+over {
		err = ErrFull
	}
	return err
}

// each goes through all files.
func (s *Store) each(visit func(fs.FileInfo) error) error {
	found, err := fs.ReadDir(s.root.FS(), ".")
	if err != nil {
		return fmt.Errorf("list annexes: %w", err)
	}
	for _, f := range found {
		info, err := f.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // gone meanwhile
		}
		if err == nil && info.Mode().IsRegular() {
			err = visit(info)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Open gives the bytes of an annex and how many there are; [ErrMissing],
// [ErrHash]. Whoever reads them can check them with the hash.
func (s *Store) Open(h deed.Hash) (io.ReadCloser, int64, error) {
	name, err := nameOf(h)
	if err != nil {
		return nil, 0, err
	}
	f, err := s.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, ErrMissing
	}
	if err != nil {
		return nil, 0, fmt.Errorf("open annex: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("open annex: %w", err), f.Close())
	}
	return f, info.Size(), nil
}

// Has tells whether an annex is here.
func (s *Store) Has(h deed.Hash) bool {
	name, err := nameOf(h)
	if err != nil {
		return false
	}
	_, err = s.root.Stat(name)
	return err == nil
}

// Sweep removes annexes that came before a moment and that nothing names, and
// what remained of a write that broke off before it. It gives how many there were.
func (s *Store) Sweep(before time.Time, named func(deed.Hash) (bool, error)) (removed int, err error) {
	err = s.each(func(info fs.FileInfo) error {
		h, is := hashOf(info.Name())
		if !info.ModTime().Before(before) || !is && !strings.HasPrefix(info.Name(), unfinished) {
			return nil
		}
		if is {
			if keep, err := named(h); keep || err != nil {
				return err
			}
		}
		if err := s.root.Remove(info.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove annex: %w", err)
		}
		removed++
		return nil
	})
	return removed, err
}
