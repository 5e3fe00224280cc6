// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNumbersAndDatesAreWrittenAsPeopleDo(t *testing.T) {
	at := time.Date(2026, 12, 31, 23, 5, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{formatNumber(dutch, 1234567), "1.234.567"},
		{formatNumber(english, 1234567), "1,234,567"},
		{formatNumber(dutch, -1000), "-1.000"},
		{formatNumber(dutch, 999), "999"},
		{formatNumber(dutch, 0), "0"},
		{formatDatetime(dutch, at, location()), "1 januari 2027 00:05"},
		{formatDate(english, at, time.UTC), "31 December 2026"},
		{formatDate(dutch, time.Time{}, time.UTC), ""},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestTimeAgoIsToldInTheLargestFittingUnit(t *testing.T) {
	s := testServer(t)
	for d, want := range map[time.Duration]string{
		0: "zojuist", time.Minute: "1 minuut geleden", 59 * time.Minute: "59 minuten geleden", 47 * time.Hour: "47 uur geleden",
		72 * time.Hour: "3 dagen geleden", -30 * time.Second: "zo meteen", -21 * 24 * time.Hour: "over 21 dagen",
	} {
		if got := s.ago(s.words[dutch], testNow().Add(-d)); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	if got := s.ago(s.words[dutch], time.Time{}); got != "nooit" {
		t.Errorf("no time: %q", got)
	}
}

func TestHiddenCharactersAreShown(t *testing.T) {
	if got := visible("a\u202eb\u200bc\x00d\u00ade\u2066\ufeff"); got != "a[U+202E]b[U+200B]c[U+0000]d[U+00AD]e[U+2066][U+FEFF]" {
		t.Errorf("%q", got)
	}
	if got := visible("Gemeente Súdwest-Fryslân\n"); got != "Gemeente Súdwest-Fryslân\n" {
		t.Errorf("%q", got)
	}
}

func TestALongTextLosesItsMiddle(t *testing.T) {
	fits := strings.Repeat("é", maxShown)
	if n := newShownName(fits); n.Cut || n.Short != fits || n.Whole != fits {
		t.Errorf("what fits is cut: %+v", n)
	}
	long := strings.Repeat("é", 2000) + "\u202eeind"
	n := newShownName(long)
	if !n.Cut || len([]rune(n.Short)) != maxShown || !strings.HasSuffix(n.Short, "…ééé[U+202E]eind") || len([]rune(n.Hover)) != maxHover || n.Whole != visible(long) {
		t.Errorf("cut: %+v", n)
	}
	if brief(1234) != "1234" {
		t.Error("a number isn't shown")
	}
}

func TestOnlyWholeWebAddressesBecomeLinks(t *testing.T) {
	for in, want := range map[string]string{
		"https://api.example/openapi.json": "https://api.example/openapi.json", "http://x.nl": "http://x.nl",
		"javascript:alert(1)": "", "data:text/html,x": "", "//evil.example": "", "/local": "", "https://user:pw@x.nl/": "",
		"https://": "", "https://x.nl\n": "", "HTTPS://X.nl": "https://X.nl", "": "",
		" https://x.nl": "", //nolint:gocritic // the space is what is tested
	} {
		if got := webLink(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestCellsOfAFileAreNoFormulas(t *testing.T) {
	s := testServer(t)
	rec := httptest.NewRecorder()
	q := &request{Ctx: t.Context(), s: s, w: rec, r: httptest.NewRequestWithContext(t.Context(), "GET", "/x", nil)}
	rows := func(yield func([]string, error) bool) {
		yield([]string{"=1+1", "+a", "-2", "@x", "\ty", "\rz", "plain, with \"quotes\"", ""}, nil)
	}
	if err := q.csv("people of=x", []string{"a"}, rows); err != nil {
		t.Fatal(err)
	}
	want := "a\r\n'=1+1,'+a,'-2,'@x,'\ty,\"'z\",\"plain, with \"\"quotes\"\"\",\r\n"
	if rec.Body.String() != want {
		t.Errorf("%q, want %q", rec.Body.String(), want)
	}
	if got := rec.Header().Get("Content-Disposition"); got != `attachment; filename="people-of-x.csv"` {
		t.Error(got)
	}
}

func TestSortAndPagesKeepTheFilter(t *testing.T) {
	u, err := url.Parse("/people?q=a&sort=name&cursor=xyz")
	if err != nil {
		t.Fatal(err)
	}
	p := &page{URL: u}
	h := sortBy(p, "name", "people.name")
	if h.Order != "ascending" || h.URL != "/people?q=a&sort=-name" {
		t.Errorf("%+v", h)
	}
	if h := sortBy(p, "email", "people.email"); h.Order != "none" || h.URL != "/people?q=a&sort=email" {
		t.Errorf("%+v", h)
	}
	if links := newPager(p, "", "n&1"); links.Previous != "" || links.Next != "/people?cursor=n%261&q=a&sort=name" {
		t.Errorf("%+v", links)
	}
}

func TestChartFitsItsFrame(t *testing.T) {
	for top, want := range map[int64]int64{0: 2, 1: 2, 3: 4, 9: 10, 11: 20, 99: 100, 101: 200, 41_000: 60_000, 92_000: 100_000} {
		if got := roundUp(top); got != want {
			t.Errorf("%d is rounded to %d, want %d", top, got, want)
		}
	}
	bars := make([]Bar, 24)
	for i := range bars {
		bars[i] = Bar{Label: "12:00", Count: int64(i * 1000), Refused: int64(i)}
	}
	d := drawChart(dutch, Chart{Title: "Aanroepen", Bars: bars})
	if len(d.Columns) != 24 || d.Total != "276.000" || !d.HasRefused || d.Empty {
		t.Errorf("%+v", d)
	}
	labels := slices.DeleteFunc(slices.Clone(d.Columns), func(c chartColumn) bool { return c.Label == "" })
	if len(labels) > chartLabels {
		t.Errorf("%d labels", len(labels))
	}
	if d := drawChart(dutch, Chart{}); !d.Empty || len(d.Columns) != 0 {
		t.Errorf("%+v", d)
	}
}

func TestSessionIsRecognisedByBrowserAndSystem(t *testing.T) {
	s := testServer(t)
	page := draw(t, s, dutch, peopleFixtures()[4])
	if !strings.Contains(page, "Firefox op Linux") {
		t.Error("the session isn't told by browser and system")
	}
}

func FuzzForeignText(f *testing.F) {
	for _, seed := range []string{"/", "//x", "/\\x", "https://x", "/a?b=c#d", "/%2f/x", "\x00/", "/a/../..//x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, to string) {
		if out := webLink(to); out != "" && !strings.HasPrefix(out, "http://") && !strings.HasPrefix(out, "https://") {
			t.Errorf("%q becomes %q", to, out)
		}
		for _, r := range visible(to) {
			if hidden(r) {
				t.Errorf("%q keeps %U", to, r)
			}
		}
	})
}
