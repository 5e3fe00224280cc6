// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
)

var onceValue = regexp.MustCompile(`name="once" value="([^"]+)"`)

func TestAFormThatIsSentTwiceAtTheSameMomentIsOneAct(t *testing.T) {
	j := newJoint(t)
	b := j.sites[town].browser(t).setUp()
	f := "/frameworks/" + string(j.Mantel(source, 1000, town))
	b.follow(b.post(f+"/accede", "need.0", "400", "reserved.0", "300"))
	j.Settle()
	form := regexp.MustCompile(`/accessions/[^"]+`).FindString(b.get(f).text) + "/calloff"
	query := "?step=2&lot=1&supplier=" + string(source) + "&value=200,00&notAfter=2027-11-21&quantity=250"
	offer := func() []string {
		found := onceValue.FindStringSubmatch(b.get(form + query).text)
		if found == nil {
			t.Fatal("the form can be sent twice")
		}
		return []string{"lot", "1", "supplier", string(source), "quantity", "250", "value", "200,00", "notAfter", "2027-11-21", "once", found[1]}
	}
	first := offer()
	var to [6]string
	var all sync.WaitGroup
	for i := range to {
		all.Go(func() { to[i] = b.post(form, first...).Header.Get("Location") })
	}
	all.Wait()
	for i := range to {
		if !strings.HasPrefix(to[i], "/calloffs/") || to[i] != to[0] {
			t.Errorf("click %d leads to %q, click 0 to %q", i, to[i], to[0])
		}
	}
	b.post(form, first...).want(t, http.StatusSeeOther, to[0]) // the button back
	if n := callOffsOf(t, j); n != 1 {
		t.Errorf("there are %d call-offs after one form", n)
	}
	b.post(form, "once", "x").want(t, http.StatusBadRequest, "") // what failed is shown each time
	b.post(form, "once", "x").want(t, http.StatusBadRequest, "")
	if again := b.post(form, offer()...).Header.Get("Location"); again == to[0] || callOffsOf(t, j) != 2 {
		t.Errorf("the form of a new page leads to %q, as the one before", again)
	}
}

func callOffsOf(t *testing.T, j *joint) int {
	t.Helper()
	all, err := j.Desk(town).States(t.Context(), collective.StateFilter{Types: []deed.Type{dossier.TypeCallOff}})
	must(t, err)
	return len(all)
}

func TestAFormOfWhichNothingCameIsTriedByWhoWaitedForIt(t *testing.T) {
	a, key := newAttempts(), [sha256.Size]byte{1}
	first, mine := a.begin(key)
	if second, also := a.begin(key); !mine || also || second != first {
		t.Fatal("two work on one form")
	}
	a.end(key, first, nil)
	select {
	case <-first.done:
	case <-time.After(10 * time.Second):
		t.Fatal("who waits isn't told")
	}
	second, mine := a.begin(key)
	if !mine {
		t.Fatal("nobody tries again")
	}
	a.end(key, second, &outcome{to: "/x"})
	if third, mine := a.begin(key); mine || third.went.to != "/x" {
		t.Error("it is done again")
	}
}

func TestFormsAreForgottenWhenThereAreMany(t *testing.T) {
	a := newAttempts()
	for i := range 3 * maxAttempts {
		var key [sha256.Size]byte
		binary.BigEndian.PutUint32(key[:], uint32(i))
		one, _ := a.begin(key)
		var went *outcome
		if i%2 == 0 {
			went = &outcome{to: "/"}
		}
		a.end(key, one, went)
	}
	if len(a.known) > maxAttempts || len(a.order) > maxAttempts {
		t.Errorf("%d forms are kept, %d in order", len(a.known), len(a.order))
	}
}

func TestAFormOfWhichNothingCameTakesNoPlaceFromOthers(t *testing.T) {
	a, key := newAttempts(), func(i int) (k [sha256.Size]byte) {
		binary.BigEndian.PutUint32(k[:], uint32(i))
		return k
	}
	try := func(i int, went *outcome) {
		t.Helper()
		one, mine := a.begin(key(i))
		if !mine {
			t.Fatalf("form %d is known already", i)
		}
		a.end(key(i), one, went)
	}
	try(0, nil)
	try(0, &outcome{to: "/"}) // corrected, and sent again
	for i := range 2 * maxAttempts {
		try(1+i, nil)
	}
	for i := range maxAttempts - 1 {
		try(1+2*maxAttempts+i, &outcome{to: "/"})
	}
	if _, mine := a.begin(key(0)); mine {
		t.Error("a form is forgotten while fewer led somewhere than are remembered")
	}
}
