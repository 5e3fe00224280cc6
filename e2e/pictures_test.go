// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/samenspel/samenspel/fsc"
)

// pictureLimit is what a picture may weigh, so that the repository stays small.
const pictureLimit = 150 << 10

// minPicture is the height that shows a whole dialogue, in pixels.
const minPicture = 480

// awaited waits for the promise that a script gives.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// TestPictures makes the pictures of the documents in the folder that
// SAMENSPEL_PICTURES names: beeld and gebruik/beeld in it. It is no check of
// the product, so it runs only when asked.
func TestPictures(t *testing.T) {
	dir := os.Getenv("SAMENSPEL_PICTURES")
	if dir == "" {
		t.Skip("make pictures runs this: SAMENSPEL_PICTURES is not set")
	}
	tale := newTale(t)
	tale.happen(t)
	t.Setenv("LC_ALL", "nl_NL.UTF-8") // for the browser's own words in a date field; they come with chromium-l10n
	b := newPerson(t, "nl")
	b.look(wide, "light")
	album := &album{browser: b, dir: dir}

	duinwijk := tale.duinwijk
	b.setUp(duinwijk)
	b.invite(duinwijk)
	b.rule(duinwijk)
	album.directory(tale)
	album.contracts(tale)
	album.own(tale)
	album.people(tale)
	b.setUp(tale.source)
	b.open(tale.source.controller + "/contracts/" + string(tale.delegated))
	b.awaits("is nu te gebruiken")
	album.keep("beeld/contract", 1000)
	b.fine()
}

// invite makes accounts, as an administrator does.
func (b *browser) invite(r *running) {
	b.t.Helper()
	for _, p := range []struct{ name, email, role string }{
		{"Tekenaar van Duinwijk", "tekenaar@duinwijk.example", "signer"},
		{"Auditor van Duinwijk", "auditor@duinwijk.example", "auditor"},
		{"Lezer van Duinwijk", "lezer@duinwijk.example", "reader"},
	} {
		b.open(r.controller + "/people/new")
		b.fill(map[string]string{"name": p.name, "email": p.email, "password": password, "roles": p.role})
		b.submit()
		b.says(p.name)
	}
}

// rule lets one organisation use one service without a person.
func (b *browser) rule(r *running) {
	b.t.Helper()
	b.open(r.controller + "/policy/new")
	b.fill(map[string]string{
		"name": "Veenhoven mag afspraken zien", "role": "provider", "services": "afspraken", "consumers": string(veenhovenID),
		"maxValidityDays": "366", "enabled": "yes",
	})
	b.submit()
	b.says("Veenhoven mag afspraken zien")
}

// album keeps pictures of what a person sees.
type album struct {
	*browser
	dir string
}

func (a *album) directory(s *tale) {
	at := s.duinwijk.controller
	a.open(at + "/")
	a.keep("beeld/overzicht", 900)
	a.open(at + "/directory")
	a.awaits("adressen")
	a.click("adressen")
	a.click("Vraag toegang")
	a.click("Volgende stap")
	a.click("Volgende stap")
	a.says("Lezen en tekenen")
	a.keep("gebruik/beeld/toegang-vragen", 900)
	a.open(at + "/explain?direction=out&service=adressen&peer=" + string(sourceID) + "&code=" + string(fsc.CodeUnknownGrantHashInHeader))
	a.says("Geen bruikbaar contract")
	a.keep("gebruik/beeld/uitleg", 1000)
}

func (a *album) contracts(s *tale) {
	at := s.duinwijk.controller
	a.open(at + "/contracts/" + string(s.waiting))
	a.awaits("U bent aan de beurt")
	a.keep("gebruik/beeld/contract-tekenen", 900)
	a.open(at + "/contracts/" + string(s.appointments))
	a.click("Intrekken")
	a.says("keer per dag aanroept")
	a.keep("gebruik/beeld/intrekken", 700)
}

func (a *album) own(s *tale) {
	at := s.duinwijk.controller
	a.open(at + "/services/afspraken")
	a.click("Test nu")
	a.says("De bron antwoordt")
	a.keep("gebruik/beeld/dienst", 1000)
	a.open(at + "/applications")
	a.click("Voorbeelden")
	a.keep("gebruik/beeld/voorbeelden", 800)
	a.open(at + "/log/" + url.PathEscape(s.transaction))
	a.awaits("gelijk")
	a.keep("gebruik/beeld/transactie", 1470)
	a.open(at + "/log")
	a.awaits("personen")
	a.keep("gebruik/beeld/transactielog", 1000)
}

func (a *album) people(s *tale) {
	at := s.duinwijk.controller
	a.open(at + "/people")
	a.keep("gebruik/beeld/mensen", 700)
	a.open(at + "/policy")
	a.click("Proberen")
	a.keep("gebruik/beeld/beleid", 900)
	a.open(at + "/contracts/" + string(s.waiting))
	a.click("Tekenen")
	a.click("Ja, teken dit contract")
	a.says("Actief")
	a.open(at + "/audit")
	a.says("Contract getekend")
	a.keep("gebruik/beeld/auditlog", 900)
	a.click("Uitloggen")
	a.open(at + "/login")
	a.keep("gebruik/beeld/inloggen", 640)
}

// keep makes a picture of the top of the page, at most height pixels of it.
func (a *album) keep(name string, height int64) {
	a.t.Helper()
	var whole int64
	var raw []byte
	a.run("measure for "+name, chromedp.EmulateViewport(wide, minPicture), chromedp.Evaluate("document.documentElement.scrollHeight", &whole))
	a.run("picture "+name, chromedp.EmulateViewport(wide, whole),
		chromedp.Evaluate(`document.activeElement?.blur(); document.fonts.ready.then(() => 0)`, nil, awaited),
		chromedp.ActionFunc(func(ctx context.Context) (err error) {
			raw, err = page.CaptureScreenshot().WithClip(&page.Viewport{Width: wide, Height: float64(min(height, whole)), Scale: 1}).Do(ctx)
			return err
		}))
	small := smaller(a.t, raw)
	if len(small) > pictureLimit {
		a.t.Errorf("%s weighs %d bytes, more than %d", name, len(small), pictureLimit)
	}
	file := filepath.Join(a.dir, filepath.FromSlash(name)+".png")
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		a.t.Fatal(err)
	}
	if err := os.WriteFile(file, small, 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// smaller keeps the 256 colours that are used most, which a page hardly exceeds.
func smaller(t *testing.T, raw []byte) []byte {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	count, bounds := map[color.RGBA]int{}, img.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int { return count[b] - count[a] })
	var palette color.Palette
	for _, c := range colours[:min(256, len(colours))] {
		palette = append(palette, c)
	}
	index := map[color.RGBA]uint8{}
	for c := range count {
		index[c] = uint8(palette.Index(c)) // a palette has at most 256 colours
	}
	out := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			out.SetColorIndex(x, y, index[at(x, y)])
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
