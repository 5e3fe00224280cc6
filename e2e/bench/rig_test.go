// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

func testRig(t *testing.T) *rig {
	t.Helper()
	return &rig{options: &options{}, dir: t.TempDir(), log: t.Output(), started: time.Now()}
}

func TestProgramsEndWithTheRig(t *testing.T) {
	r := testRig(t)
	// The shell has a child of its own, which must not survive either.
	p, err := r.start(t.Context(), spec{name: "shell", program: "sh", args: []string{"-c", "sleep 300 & echo $! && wait"}})
	if err != nil {
		t.Fatal(err)
	}
	ready := errors.New("not yet")
	err = p.waitFor(t.Context(), 5*time.Second, func(context.Context) error {
		if p.lastWords() == "" {
			return ready
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	child := p.lastWords()
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	if runs(t, child) {
		t.Errorf("process %s, started by a program of the rig, still runs", child)
	}
	if _, err := os.Stat(r.dir); !os.IsNotExist(err) {
		t.Errorf("the folder of the rig is still there: %v", err)
	}
}

func TestAProgramThatFailsTellsWhy(t *testing.T) {
	r := testRig(t)
	p, err := r.start(t.Context(), spec{name: "shell", program: "sh", args: []string{"-c", "echo no such thing >&2; exit 3"}})
	if err != nil {
		t.Fatal(err)
	}
	err = p.waitFor(t.Context(), 5*time.Second, func(context.Context) error { return errors.New("never") })
	if err == nil || !strings.Contains(err.Error(), "no such thing") {
		t.Errorf("got %v, want what the program wrote", err)
	}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
}

func TestBothEnginesKeepEveryRecord(t *testing.T) {
	r := testRig(t)
	r.quick = true
	f, err := r.measureEngines(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(f.rows) != 6 || f.flushP50 <= 0 || f.find(engineLog, 64).perSec <= 0 {
		t.Errorf("got %+v", f)
	}
}

func TestTheComparisonChainChecksItsToken(t *testing.T) {
	g, err := newGroup(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	token, err := g.token("https://localhost:443")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := g.provider.load()
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := g.consumer.load()
	if err != nil {
		t.Fatal(err)
	}
	h := &hop{issuer: provider.Leaf()}
	for range 2 { // verified, then from the cache
		if err := h.checkToken(callWith("Bearer "+token, consumer.Leaf())); err != nil {
			t.Errorf("a good token is refused: %v", err)
		}
	}
	if h.checkToken(callWith("Bearer "+token, provider.Leaf())) == nil {
		t.Error("a token bound to another certificate is accepted")
	}
	if h.checkToken(callWith("", consumer.Leaf())) == nil {
		t.Error("a call without token is accepted")
	}
	if h.checkToken(callWith("Bearer "+token[:len(token)-8]+"AAAAAAAA", consumer.Leaf())) == nil {
		t.Error("an altered token is accepted")
	}
}

// callWith is a call as the Inway sees it, over a connection with that certificate.
func callWith(authorization string, cert *x509.Certificate) *http.Request {
	return &http.Request{
		Header: http.Header{"Fsc-Authorization": {authorization}},
		TLS:    &tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert}},
	}
}

// runs tells whether a process runs; one that waits to be collected doesn't. A
// killed process needs a moment to end.
func runs(t *testing.T, pid string) bool {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		b, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil || strings.Contains(string(b), ") Z ") {
			return false
		}
	}
	return true
}
