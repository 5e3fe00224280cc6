// SPDX-License-Identifier: EUPL-1.2

package pki_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

func newReloader(t *testing.T, files pki.Files, now func() time.Time) *pki.Reloader {
	t.Helper()
	r, err := pki.NewReloader(files, quiet(), now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReloaderServesTheNewCertificateWithoutRestart(t *testing.T) {
	now := newClock()
	ca, inway, outway := newParties(t, now)
	dir := t.TempDir()
	first := issue(t, ca, localca.Request{PeerID: provider})
	r := newReloader(t, writePair(t, dir, first), now.Now)
	inway.tls.Transport = r
	s := serve(t, inway.tls.Server())
	cfg := outway.tls.Client(provider)
	cfg.ClientSessionCache = nil
	served := func() string {
		state := s.mustDial(t, cfg)
		pair := pki.KeyPair{Chain: state.PeerCertificates}
		return pair.CertificateThumbprint()
	}
	if served() != pairOf(t, first).CertificateThumbprint() {
		t.Fatal("the first certificate isn't served")
	}
	second := issue(t, ca, localca.Request{PeerID: provider, Key: pairOf(t, first).Key})
	writePair(t, dir, second)
	if err := r.Reload(); err != nil {
		t.Fatal(err)
	}
	if served() != pairOf(t, second).CertificateThumbprint() {
		t.Error("the renewed certificate isn't served")
	}
	if pairOf(t, first).PublicKeyThumbprint() != r.Current().PublicKeyThumbprint() {
		t.Error("the renewal kept its key and still changed the public key thumbprint")
	}
}

func TestReloaderKeepsTheOldPairWhenTheNewOneIsWrong(t *testing.T) {
	now := newClock()
	ca := newCA(t, now.Now())
	good, other := issue(t, ca, localca.Request{}), issue(t, ca, localca.Request{})
	expired := issue(t, ca, localca.Request{NotAfter: now.Now().Add(-time.Second)})
	tests := map[string]struct {
		change func(t *testing.T, files pki.Files)
		want   string
	}{
		"key of another certificate": {func(t *testing.T, f pki.Files) { writeFile(t, f.Key, other.KeyPEM) }, "doesn't belong"},
		"half a file":                {func(t *testing.T, f pki.Files) { writeFile(t, f.Certificate, good.CertificatePEM[:200]) }, "damaged"},
		"no file": {func(t *testing.T, f pki.Files) {
			if err := os.Remove(f.Key); err != nil {
				t.Fatal(err)
			}
		}, "read key"},
		"expired": {func(t *testing.T, f pki.Files) {
			writeFile(t, f.Certificate, expired.CertificatePEM)
			writeFile(t, f.Key, expired.KeyPEM)
		}, "expired"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			files := writePair(t, t.TempDir(), good)
			r := newReloader(t, files, now.Now)
			before := r.Current()
			test.change(t, files)
			wantError(t, r.Reload(), test.want)
			wantError(t, r.Health(), test.want)
			if r.Current() != before || len(r.Previous()) != 0 {
				t.Error("the old pair isn't in use any more")
			}
			writeFile(t, files.Certificate, other.CertificatePEM)
			writeFile(t, files.Key, other.KeyPEM)
			if err := r.Reload(); err != nil || r.Health() != nil || r.Current() == before {
				t.Errorf("a good pair afterwards: %v, health %v", err, r.Health())
			}
		})
	}
}

func TestReloaderRemembersReplacedPairsFor70Minutes(t *testing.T) {
	now := newClock()
	ca := newCA(t, now.Now())
	dir := t.TempDir()
	r := newReloader(t, writePair(t, dir, issue(t, ca, localca.Request{})), now.Now)
	first := r.Current()
	replace := func() {
		writePair(t, dir, issue(t, ca, localca.Request{}))
		if err := r.Reload(); err != nil {
			t.Fatal(err)
		}
	}
	replace()
	second := r.Current()
	now.Advance(30 * time.Minute)
	replace()
	if err := r.Reload(); err != nil { // Nothing changed.
		t.Fatal(err)
	}
	if got := r.Previous(); len(got) != 2 || got[0] != second || got[1] != first {
		t.Fatalf("%d previous pairs or another order", len(got))
	}
	now.Advance(41 * time.Minute)
	if got := r.Previous(); len(got) != 1 || got[0] != second {
		t.Fatalf("%d previous pairs after 71 minutes", len(got))
	}
}

func TestReloaderStartsWithAnExpiredCertificateAndSaysSo(t *testing.T) {
	now := newClock()
	ca := newCA(t, now.Now())
	r := newReloader(t, writePair(t, t.TempDir(), issue(t, ca, localca.Request{})), now.Now)
	if err := r.Health(); err != nil {
		t.Fatal(err)
	}
	now.Advance(31 * 24 * time.Hour)
	wantError(t, r.Health(), "expired")
	if err := r.Reload(); err != nil {
		t.Errorf("unchanged files: %v", err)
	}
}

func TestReloaderFollowsTheFilesByItself(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ca := newCA(t, time.Now())
		var log bytes.Buffer
		r, err := pki.NewReloader(writePair(t, dir, issue(t, ca, localca.Request{})), slog.New(slog.NewTextHandler(&log, nil)), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			r.Run(ctx, pki.ReloadInterval)
		}()
		before := r.Current()
		renewed := issue(t, ca, localca.Request{})
		files := writePair(t, dir, renewed)
		<-time.After(pki.ReloadInterval + time.Second)
		if r.Current() == before {
			t.Error("the new pair wasn't noticed")
		}
		writeFile(t, files.Key, []byte("nothing"))
		<-time.After(5 * pki.ReloadInterval)
		cancel()
		<-done
		if got := strings.Count(log.String(), "key pair not reloaded"); got != 1 {
			t.Errorf("a lasting failure was logged %d times", got)
		}
	})
}

func TestReloaderWarnsAboutKeysOthersCanRead(t *testing.T) {
	now := newClock()
	files := writePair(t, t.TempDir(), issue(t, newCA(t, now.Now()), localca.Request{}))
	if err := os.Chmod(files.Key, 0o640); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if _, err := pki.NewReloader(files, slog.New(slog.NewTextHandler(&log, nil)), now.Now); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "can be read by others") {
		t.Errorf("log: %s", &log)
	}
}
