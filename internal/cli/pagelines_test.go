// SPDX-License-Identifier: EUPL-1.2

package cli_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/samenspel/samenspel/internal/cli"
)

// shellSplit splits a line into words as a POSIX shell does. It refuses what a
// shell would do more with: such a line must not stand on a page.
func shellSplit(line string) ([]string, error) {
	var words []string
	word, inWord, quoted := "", false, false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quoted && c == '\'':
			quoted = false
		case quoted:
			word += string(c)
		case c == '\'':
			quoted, inWord = true, true
		case c == '\\' && i+1 < len(line) && line[i+1] == '\'':
			word, inWord = word+"'", true
			i++
		case c == ' ':
			if inWord {
				words = append(words, word)
			}
			word, inWord = "", false
		case strings.IndexByte("\t\n\\\"$`&|;<>()*?[]{}!#~", c) >= 0:
			return nil, fmt.Errorf("a shell would do something with %q", c)
		default:
			word, inWord = word+string(c), true
		}
	}
	if quoted {
		return nil, errors.New("a quote isn't closed")
	}
	if inWord {
		words = append(words, word)
	}
	return words, nil
}

// parses tells why a line of a page isn't a command.
func parses(line string) error {
	words, err := shellSplit(line)
	if err != nil {
		return err
	}
	if len(words) < 2 || words[0] != "samenspel" {
		return errors.New("it doesn't begin with samenspel and a command")
	}
	return cli.Parse(words[1:])
}

func TestShellWordsAreReadAsAShellDoes(t *testing.T) {
	for line, want := range map[string][]string{
		`a  b'c d'e`:     {"a", "bc de"},
		`a ''`:           {"a", ""},
		`'it'\''s' '$1'`: {"it's", "$1"},
	} {
		if got, err := shellSplit(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s is %q (%v), want %q", line, got, err, want)
		}
	}
	for _, line := range []string{`a $b`, `a 'b`, `a; b`, "a `b`", `a && b`} {
		if got, err := shellSplit(line); err == nil {
			t.Errorf("%s is taken as %q", line, got)
		}
	}
	for _, line := range []string{"samenspel", "samenspel contract", "samenspel contract list --nothing", "samenspel service remove", "samenspel explain"} {
		if parses(line) == nil {
			t.Errorf("%s is taken for a command", line)
		}
	}
}

var (
	cliPart = regexp.MustCompile(`(?s)<details class="cli">.*?<code>(.*?)</code>`)
	address = regexp.MustCompile(`(?:href|action|formaction)="(/[^"]*)"`)
)

// browser goes through the pages of one Controller.
type browser struct {
	t       *testing.T
	base    string
	http    *http.Client
	visited map[string]bool
	waiting []string
	lines   map[string]string // with the page each stands on
}

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, base: base, http: &http.Client{Jar: jar}, visited: map[string]bool{}, lines: map[string]string{}}
}

func (b *browser) read(res *http.Response, err error) string {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 500 {
		b.t.Fatalf("%s: %s %v", res.Request.URL, res.Status, err)
	}
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return ""
	}
	for _, m := range cliPart.FindAllStringSubmatch(string(text), -1) {
		b.lines[html.UnescapeString(m[1])] = res.Request.Method + " " + res.Request.URL.Path
	}
	return string(text)
}

func (b *browser) post(path string, form url.Values) string {
	b.t.Helper()
	return b.read(b.http.PostForm(b.base+path, form))
}

// walk reads a page and everything it leads to, each kind of page a few times.
func (b *browser) walk(start ...string) {
	b.t.Helper()
	b.waiting = append(b.waiting, start...)
	kinds := map[string]int{}
	for len(b.waiting) > 0 {
		path := b.waiting[0]
		b.waiting = b.waiting[1:]
		if b.visited[path] || strings.HasPrefix(path, "/assets/") || strings.Contains(path, "format=") {
			continue
		}
		b.visited[path] = true
		if kinds[kindOf(path)]++; kinds[kindOf(path)] > 3 {
			continue
		}
		page := b.read(b.http.Get(b.base + path))
		for _, m := range address.FindAllStringSubmatch(page, -1) {
			b.waiting = append(b.waiting, html.UnescapeString(m[1]))
		}
	}
}

// kindOf tells which pages are of one kind: they differ in values only.
func kindOf(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	steps := strings.Split(u.Path, "/")
	for i := 2; i < len(steps); i += 2 {
		if steps[i] != "new" && steps[i] != "verify" && steps[i] != "dry-run" {
			steps[i] = "*"
		}
	}
	return strings.Join(steps, "/") + fmt.Sprint(slices.Sorted(maps.Keys(u.Query())))
}

func TestCommandLinesOnPagesAreCommands(t *testing.T) {
	provider, consumer, controller := federationWithDoors(t)
	publish(t, provider, consumer)
	must(t, "service", "add", "own-service", "--upstream", "http://127.0.0.1:9/~own", "--config", consumer)
	must(t, "contract", "create", "--config", consumer, "--type", "connection", "--service", "personen", "--provider", providerID, "--property", `doel="een $doel; 'x'"`)
	must(t, "route", "add", "--config", consumer, "--host", "personen.local", "--provider", providerID, "--service", "personen")
	setUp(t, consumer, controller)
	must(t, "people", "change", "beheer@example.nl", "--role", "administrator,signer,auditor", "--config", consumer)

	b := newBrowser(t, controller)
	b.post("/login", url.Values{"email": {"beheer@example.nl"}, "password": {password}, "return-to": {"/"}})
	var certificates struct {
		Own []struct{ PublicKeyThumbprint string }
	}
	if err := json.Unmarshal([]byte(must(t, "certificate", "list", "--json", "--config", consumer)), &certificates); err != nil {
		t.Fatal(err)
	}
	review := url.Values{
		"n": {"1"}, "step": {"4"}, "g0.type": {"connection"}, "g0.service": {"personen"}, "g0.provider": {providerID}, "notAfter": {"2030-01-01"},
		"g0.outway": {certificates.Own[0].PublicKeyThumbprint}, "g0.p0.name": {"doel"}, "g0.p0.value": {`een $doel; 'x'`},
	}
	b.walk("/", "/contracts/new?"+review.Encode(), "/log?peer="+providerID+"&direction=out&service=personen", "/audit?object=contract&text=a+b", "/contracts?q=it%27s&state=PROPOSED",
		"/explain?service=personen&peer="+providerID, "/services/own-service/edit", "/services/own-service/publish")
	b.post("/services/own-service/delete", nil)
	b.post("/peers/"+providerID+"/probe", nil)
	if len(b.visited) < 40 {
		t.Errorf("only %d pages were found: %v", len(b.visited), b.visited)
	}
	for line, page := range b.lines {
		if err := parses(line); err != nil {
			t.Errorf("%s shows %s: %v", page, line, err)
		}
	}
	all := strings.Join(slices.Collect(maps.Keys(b.lines)), "\n")
	contains(t, all, "contract create --type connection --service personen", `--property 'doel=`, "service publish own-service --directory "+providerID,
		"service remove own-service", "peer probe "+providerID, "contract reject '", "log search --peer", "audit list --object contract --text 'a b'")
	if len(b.lines) < 30 {
		t.Errorf("only %d command lines were found:\n%s", len(b.lines), all)
	}
}

func TestExamplesOfCommandsAreCommands(t *testing.T) {
	var see func(c *cobra.Command)
	see = func(c *cobra.Command) {
		for line := range strings.Lines(strings.ReplaceAll(c.Example, "\\\n", "")) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), " < ")
			if err := parses(line); line != "" && err != nil {
				t.Errorf("%s has the example %s: %v", c.CommandPath(), line, err)
			}
		}
		for _, child := range c.Commands() {
			see(child)
		}
	}
	see(cli.RootCommand())
}

const pages = "../controller/web"

// TestCommandLinesInTemplatesAreCommands sees the lines that no page of the
// other test shows.
func TestCommandLinesInTemplatesAreCommands(t *testing.T) {
	files, err := filepath.Glob(pages + "/templates/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	part := regexp.MustCompile(`\{\{template "cli" "([^"]*)"\}\}`)
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range part.FindAllStringSubmatch(string(text), -1) {
			if err := parses(m[1]); err != nil {
				t.Errorf("%s shows %s: %v", name, m[1], err)
			}
		}
	}
}

// TestCommandsThatPagesPutTogetherExist looks at the texts from which the pages
// make command lines: the command must be there.
func TestCommandsThatPagesPutTogetherExist(t *testing.T) {
	parsed, err := parser.ParseDir(token.NewFileSet(), pages, func(f os.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0) //nolint:staticcheck // build tags don't matter
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, p := range parsed {
		ast.Inspect(p, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil || !strings.HasPrefix(text, "samenspel ") {
				return true
			}
			found++
			words := strings.Fields(text)[1:]
			cmd, rest, err := cli.RootCommand().Find(words)
			if err != nil || cmd.HasSubCommands() && !strings.HasSuffix(text, " ") {
				t.Errorf("%q is no command: %v", text, err)
				return true
			}
			for _, word := range rest {
				if name, isFlag := strings.CutPrefix(word, "--"); isFlag && cmd.Flags().Lookup(name) == nil && cmd.InheritedFlags().Lookup(name) == nil {
					t.Errorf("%q: there is no flag %s", text, word)
				}
			}
			return true
		})
	}
	if found < 10 {
		t.Errorf("only %d command lines were found", found)
	}
}
