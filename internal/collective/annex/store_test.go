// SPDX-License-Identifier: EUPL-1.2

package annex_test

import (
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/samenspel/samenspel/internal/collective/annex"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// shelf is a store in a folder that a test can look into.
type shelf struct {
	*annex.Store
	t   *testing.T
	dir string
}

func newShelf(t *testing.T, most int64) *shelf {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "annexes")
	s, err := annex.Open(dir, most)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return &shelf{s, t, dir}
}

// files lists what is in the folder.
func (s *shelf) files() []string {
	s.t.Helper()
	found, err := os.ReadDir(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	var out []string
	for _, f := range found {
		out = append(out, f.Name())
	}
	return out
}

func (s *shelf) mustPut(text string) deed.Hash {
	s.t.Helper()
	h, n, err := s.Put(strings.NewReader(text))
	if err != nil || n != int64(len(text)) {
		s.t.Fatalf("put: %d bytes, %v", n, err)
	}
	return h
}

func TestAnAnnexIsGivenBackByTheHashThatDeedsName(t *testing.T) {
	s := newShelf(t, 1<<20)
	h := s.mustPut("perceel 1")
	if want := deed.AnnexHash([]byte("perceel 1")); h != want {
		t.Errorf("hash is %s, want %s", h, want)
	}
	body, size, err := s.Open(h)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(body)
	if err = errors.Join(err, body.Close()); err != nil || string(got) != "perceel 1" || size != 9 {
		t.Errorf("got %q of %d bytes: %v", got, size, err)
	}
	if !s.Has(h) || s.Has(deed.AnnexHash(nil)) {
		t.Error("Has is about something else")
	}
}

func TestTheSameBytesAreKeptOnce(t *testing.T) {
	s := newShelf(t, 1<<20)
	if a, b := s.mustPut("x"), s.mustPut("x"); a != b || len(s.files()) != 1 {
		t.Errorf("%s and %s in %v", a, b, s.files())
	}
}

func TestNothingStaysOfWhatIsRefused(t *testing.T) {
	other := deed.AnnexHash([]byte("other"))
	big := func() io.Reader { return io.LimitReader(zeros{}, annex.MaxBytes+1) }
	for name, c := range map[string]struct {
		put  func(s *shelf) error
		want error
	}{
		"an upload that breaks off": {func(s *shelf) error {
			_, _, err := s.Put(io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF)))
			return err
		}, io.ErrUnexpectedEOF},
		"one that is too large":           {func(s *shelf) error { _, _, err := s.Put(big()); return err }, annex.ErrTooLarge},
		"other bytes":                     {func(s *shelf) error { return s.PutAs(strings.NewReader("wrong"), other, 5) }, annex.ErrOtherBytes},
		"fewer bytes":                     {func(s *shelf) error { return s.PutAs(strings.NewReader("oth"), other, 5) }, annex.ErrOtherBytes},
		"the right bytes of another size": {func(s *shelf) error { return s.PutAs(strings.NewReader("other"), other, 6) }, annex.ErrOtherBytes},
		"more bytes than there should be": {func(s *shelf) error { return s.PutAs(io.MultiReader(strings.NewReader("other"), zeros{}), other, 5) }, annex.ErrOtherBytes},
		"a size beyond the limit":         {func(s *shelf) error { return s.PutAs(big(), other, annex.MaxBytes+1) }, annex.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShelf(t, 1<<30)
			if err := c.put(s); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if left := s.files(); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestTheFolderHasALimit(t *testing.T) {
	s := newShelf(t, 10)
	s.mustPut("12345678")
	if _, _, err := s.Put(strings.NewReader("abc")); !errors.Is(err, annex.ErrFull) {
		t.Errorf("three more: %v", err)
	}
	s.mustPut("12345678") // is here already
	s.mustPut("ab")
	if _, _, err := s.Put(strings.NewReader("c")); !errors.Is(err, annex.ErrFull) || len(s.files()) != 2 {
		t.Errorf("one more: %v %v", err, s.files())
	}
}

func TestAHashNeverBecomesAPath(t *testing.T) {
	s := newShelf(t, 1<<20)
	good := string(s.mustPut("x"))
	if err := os.WriteFile(filepath.Join(s.dir, "..", "secret"), []byte("key"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, h := range []string{
		"", "../secret", "$1$900$../secret", "$1$900$" + strings.Repeat("../", 26) + "secret/x", "/etc/passwd",
		strings.Replace(good, "$900$", "$110$", 1), strings.Replace(good, "$900$", "$0900$", 1), good + "/..", good + "\x00", good[:len(good)-1],
	} {
		if _, _, err := s.Open(deed.Hash(h)); !errors.Is(err, annex.ErrHash) {
			t.Errorf("%q: %v", h, err)
		}
		if s.Has(deed.Hash(h)) {
			t.Errorf("%q is here", h)
		}
	}
}

func TestWhatNothingNamesIsRemovedInTime(t *testing.T) {
	s := newShelf(t, 1<<20)
	old, young, named := s.mustPut("old"), s.mustPut("young"), s.mustPut("named")
	broken := filepath.Join(s.dir, "new-ABC")
	note := filepath.Join(s.dir, "README")
	for _, name := range []string{broken, note} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now().Add(-time.Hour)
	for _, name := range s.files() {
		sum, err := young.AnnexDigest()
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(name, hex.EncodeToString(sum)) {
			continue
		}
		if err := os.Chtimes(filepath.Join(s.dir, name), before, before); err != nil {
			t.Fatal(err)
		}
	}
	names := func(h deed.Hash) (bool, error) { return h == named, nil }
	n, err := s.Sweep(before.Add(time.Minute), names)
	if err != nil || n != 2 {
		t.Fatalf("%d removed: %v", n, err)
	}
	if s.Has(old) || !s.Has(young) || !s.Has(named) || len(s.files()) != 3 {
		t.Errorf("left: %v", s.files())
	}
	broke := errors.New("store is closed")
	if _, err := s.Sweep(time.Now().Add(time.Hour), func(deed.Hash) (bool, error) { return false, broke }); !errors.Is(err, broke) || !s.Has(named) {
		t.Errorf("who can't be asked keeps all: %v", err)
	}
}
