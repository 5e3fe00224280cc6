// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/samenspel/samenspel/internal/node"
)

// TestADossierIsCheckedInThePageAndLeavesNoBrowser lets somebody without a login
// choose files on the page that checks, and watches what the browser sends.
func TestADossierIsCheckedInThePageAndLeavesNoBrowser(t *testing.T) {
	longTale(t)
	t.Parallel()
	files, err := filepath.Abs(filepath.Join("..", "internal", "collective", "verify", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	anchors, err := os.ReadFile(filepath.Join(files, "anchors.pem"))
	if err != nil {
		t.Fatal(err)
	}
	l := newLab(t)
	r := l.node(t, providerID, func(c *node.Config) {
		withPages(c)
		c.Group.ID = "example-group" // that of the files
		c.Collective.TakePart, c.Controller.PublicRecord = true, true
	})
	b := newPerson(t, "nl")
	b.open(r.controller + "/public")
	b.everyLook("the public record")
	b.open(r.controller + "/public/verify")
	b.weighed("the page that checks, before a file is chosen", firstLoad)
	b.everyLook("the page that checks")

	var mu sync.Mutex
	var sent []string
	chromedp.ListenTarget(b.ctx, func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok {
			mu.Lock()
			defer mu.Unlock()
			sent = append(sent, e.Request.Method+" "+e.Request.URL)
			if e.Request.Method != "GET" || e.Request.HasPostData {
				t.Errorf("the browser sends something: %s %s", e.Request.Method, e.Request.URL)
			}
		}
	})
	value, err := json.Marshal(string(anchors))
	if err != nil {
		t.Fatal(err)
	}
	b.run("trust the anchors of the files", chromedp.Evaluate(`document.getElementById('verify-anchors').value = `+string(value), nil))
	choose := func(names ...string) {
		paths := make([]string, 0, len(names))
		for _, name := range names {
			paths = append(paths, filepath.Join(files, name))
		}
		b.run("choose files", chromedp.SetUploadFiles("#verify-files", paths, chromedp.ByQuery))
	}
	shows := func(want string) {
		eventually(t, want, func() bool { return strings.Contains(b.text(), want) })
	}
	choose("mantel.json", "process.json")
	shows("Alles klopt")
	b.says("Webdiensten burgerzaken")
	b.everyLook("a sound dossier")
	choose("mantel.json", "mantel-other-story.json")
	shows("twee verschillende verhalen")
	b.fine()

	mu.Lock()
	defer mu.Unlock()
	for _, one := range sent {
		if !strings.HasPrefix(one, "GET "+r.controller+"/assets/") {
			t.Errorf("the browser asks for something else than the program: %s", one)
		}
	}
	if len(sent) == 0 {
		t.Error("nobody watched")
	}
}
