// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// The widths at which pages are looked at, in CSS pixels.
const (
	wide   = 1280
	narrow = 320
)

// stepTime is how long one step of a person may take on a busy machine.
const stepTime = 30 * time.Second

// axeFile is where the build of the web assets puts the accessibility checker.
var axeFile = filepath.Join("..", "internal", "controller", "web", "assets", "node_modules", "axe-core", "axe.min.js")

// browser is a person in front of a tab of its own, with its own cookies.
type browser struct {
	t   *testing.T
	ctx context.Context // chromedp keeps the tab in it
	// problems are what the browser complained of: script errors and refused content.
	mu       sync.Mutex
	problems []string
	bytes    float64 // transferred since the last address was opened
}

// chromium finds the program; make test installs it.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("chromium is missing: make test installs it")
	return ""
}

// newPerson starts a browser that shares nothing with others.
func newPerson(t *testing.T, language string, more ...chromedp.ExecAllocatorOption) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(2*stepTime),
	)
	options = append(options, more...)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil { // waits: a browser that still writes keeps its folder
			cancel()
		}
	})
	b := &browser{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, b.listen)
	if err := chromedp.Run(ctx); err != nil { // the first run keeps its context for the whole browser
		t.Fatalf("start chromium: %v", err)
	}
	b.run("open a tab", network.Enable(), runtime.Enable(), chromedp.EmulateViewport(wide, 900),
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": language}))
	return b
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, "script error: "+e.ExceptionDetails.Error())
	case *network.EventLoadingFinished:
		b.bytes += e.EncodedDataLength
	}
}

// run does one step; a step that hangs fails with its name.
func (b *browser) run(step string, actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTime)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v\n%s", step, err, b.describe())
	}
}

// describe tells what is on the screen, for a failed test.
func (b *browser) describe() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	var url, text string
	if err := chromedp.Run(ctx, chromedp.Location(&url), chromedp.Text("body", &text, chromedp.ByQuery)); err != nil {
		return err.Error()
	}
	return url + "\n" + text
}

// open goes to an address.
func (b *browser) open(url string) {
	b.t.Helper()
	b.mu.Lock()
	b.bytes = 0
	b.mu.Unlock()
	b.run("open "+url, chromedp.Navigate(url), chromedp.WaitReady("body", chromedp.ByQuery))
}

// weighed fails when the page that was opened last took more bytes than that,
// head fields included. What the browser has already counts for nothing.
func (b *browser) weighed(where string, most float64) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bytes == 0 || b.bytes > most {
		b.t.Errorf("%s took %.0f bytes, at most %.0f are wanted", where, b.bytes, most)
	}
}

// text gives what the page says, in its main part.
func (b *browser) text() string {
	b.t.Helper()
	var s string
	b.run("read the page", chromedp.Text("main", &s, chromedp.ByQuery))
	return s
}

// location gives the address of the page.
func (b *browser) location() (url string) {
	b.t.Helper()
	b.run("ask where", chromedp.Location(&url))
	return url
}

// says fails when the page lacks a text.
func (b *browser) says(want string) {
	b.t.Helper()
	if got := b.text(); !strings.Contains(strings.ToLower(got), strings.ToLower(want)) {
		b.t.Errorf("the page lacks %q:\n%s", want, got)
	}
}

// awaits reloads the page until it says something.
func (b *browser) awaits(want string) {
	b.t.Helper()
	eventually(b.t, want, func() bool {
		if strings.Contains(strings.ToLower(b.text()), strings.ToLower(want)) {
			return true
		}
		b.run("reload", chromedp.Reload(), chromedp.WaitReady("main", chromedp.ByQuery))
		return false
	})
}

// fill sets fields by their names, as a person types.
func (b *browser) fill(fields map[string]string) {
	b.t.Helper()
	for name, value := range fields {
		selector := fmt.Sprintf(`main [name=%q]`, name)
		b.run("fill in "+name, chromedp.WaitReady(selector, chromedp.ByQuery), setField(selector, value))
	}
}

// setField types into a text field and chooses in others.
func setField(selector, value string) chromedp.Action {
	script := fmt.Sprintf(`(() => {
		const all = [...document.querySelectorAll(%[1]q)], f = all[0], v = %[2]q;
		if (f.type === "radio") { const c = all.find(r => r.value === v); if (!c) throw new Error("no choice " + v); c.click(); return; }
		if (f.type === "checkbox") { const c = all.find(r => r.value === v) ?? f; if (c.checked !== (v !== "")) c.click(); return; }
		if (f.tagName === "SELECT" && ![...f.options].some(o => o.value === v)) throw new Error("no choice " + v);
		f.focus(); f.value = v;
		f.dispatchEvent(new Event("input", {bubbles: true})); f.dispatchEvent(new Event("change", {bubbles: true}));
	})()`, selector, value)
	return chromedp.Evaluate(script, nil)
}

// click presses the button or link with a name, and waits for the next page.
func (b *browser) click(name string) {
	b.t.Helper()
	b.leave("click "+name, fmt.Sprintf(`(() => {
		const names = e => (e.getAttribute("aria-label") || e.innerText || e.textContent || e.value || "").trim().replace(/\s+/g, " ");
		const all = [...document.querySelectorAll("main button, main a, button, a")];
		const e = all.find(e => names(e) === %[1]q) ?? all.find(e => names(e).startsWith(%[1]q));
		if (!e) throw new Error("nothing to click is called " + %[1]q);
		e.click();
	})()`, name))
}

// look sets the width and the colour scheme.
func (b *browser) look(width int64, scheme string) {
	b.t.Helper()
	b.run("set the width", chromedp.EmulateViewport(width, 900), emulation.SetEmulatedMedia().
		WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
}

type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// accessible checks the page with axe, and that nothing sticks out sideways.
func (b *browser) accessible(where string) {
	b.t.Helper()
	var ready bool
	if b.run("look for axe", chromedp.Evaluate("'axe' in window", &ready)); !ready {
		axe, err := os.ReadFile(axeFile)
		if err != nil {
			b.t.Fatalf("axe is missing, run make assets: %v", err)
		}
		b.run("load axe", chromedp.Evaluate(string(axe)+";0", nil))
	}
	var result string
	b.run("axe on "+where, chromedp.Evaluate(`axe.run(document, {
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations", "incomplete"]
	}).then(r => JSON.stringify(r.violations))`, &result, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	var found []violation
	if err := json.Unmarshal([]byte(result), &found); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range found {
		for i, n := range v.Nodes {
			if i < 3 {
				b.t.Errorf("%s: %s (%s): %s\n%s", where, v.ID, v.Help, n.HTML, n.Summary)
			}
		}
	}
	var over int64
	b.run("measure "+where, chromedp.Evaluate(`document.documentElement.scrollWidth - document.documentElement.clientWidth`, &over))
	if over > 0 {
		b.t.Errorf("%s: the page is %s px wider than the screen", where, strconv.FormatInt(over, 10))
	}
}

// fine fails when the browser complained.
func (b *browser) fine() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.problems {
		b.t.Error(p)
	}
}

// submit sends the first form of the main part.
func (b *browser) submit() {
	b.t.Helper()
	b.leave("submit", `document.querySelector("main form button[type=submit], main form button:not([type])").click()`)
}

// leave runs a script that leads to another page and waits for that.
func (b *browser) leave(step, script string) {
	b.t.Helper()
	b.run(step, chromedp.Evaluate("window.samenspelHere = true;"+script, nil))
	b.run("wait after "+step, chromedp.ActionFunc(func(ctx context.Context) error {
		for {
			var ready bool
			err := chromedp.Evaluate("!window.samenspelHere && document.readyState === 'complete'", &ready).Do(ctx)
			if ready || ctx.Err() != nil {
				return errors.Join(ctx.Err(), err)
			}
			select { // between two pages there is nothing to ask: try again
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	}))
}
