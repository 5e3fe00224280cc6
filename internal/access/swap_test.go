// SPDX-License-Identifier: EUPL-1.2

package access_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
)

func TestEachGrantKeepsItsOwnOperationsHoweverManyThereAre(t *testing.T) {
	d := newDesk(t, nil)
	claims := func(i int) *fsc.Claims {
		return &fsc.Claims{
			GrantHash: fsc.GrantHash(fmt.Sprintf("$1$3$%d", i)), Subject: consumer, Issuer: provider, Service: service,
			Properties: fmt.Appendf(nil, `{"access.connection.operations":[{"methods":["GET"],"paths":["/v1/%d"]}]}`, i),
		}
	}
	try := func(i, path int) fsc.ErrorCode {
		r := request(func(r *http.Request) { r.RequestURI = fmt.Sprintf("/v1/%d", path) })
		err := d.policy.Inway().Authorize(t.Context(), r, claims(i))
		if err == nil {
			return ""
		}
		return fsc.CodeOf(err)
	}
	const some = 20
	for round := range 3 {
		for i := range some {
			if got := try(i, i); got != "" {
				t.Fatalf("round %d: its own path: %q", round, got)
			}
			if got := try(i, (i+1)%some); got != fsc.CodeAccessDenied {
				t.Fatalf("round %d: that of another grant: %q", round, got)
			}
		}
	}
	// The same token with the grant of another, or without one, isn't made here: all of
	// it comes from one verified token. A token without the property is of another grant.
	bare := claims(1)
	bare.GrantHash, bare.Properties = "$1$3$bare", []byte(`{"purpose":"x"}`)
	if err := d.policy.Inway().Authorize(t.Context(), request(), bare); err != nil {
		t.Errorf("a grant that narrows nothing: %v", err)
	}
}

func TestALongMethodDoesntFillTheRecord(t *testing.T) {
	d := newDesk(t, nil)
	c := call()
	c.Method = strings.Repeat("A", 60_000)
	c.Properties = []byte(`{"access.connection.operations":[{"methods":["GET"]}]}`)
	if got := d.decide(c); got != fsc.CodeAccessDenied {
		t.Fatal(got)
	}
	request, _ := d.records()[0]["body"].(map[string]any)["adl.core.request"].(map[string]any)
	action, _ := request["action"].(map[string]any)
	if name, _ := action["name"].(string); len(name) != 100 {
		t.Errorf("%d bytes of the method are recorded", len(name))
	}
}
