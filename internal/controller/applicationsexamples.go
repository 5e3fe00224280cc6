// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// ExampleQuery says what an example has to call: by a route, or by a grant.
type ExampleQuery struct {
	RouteID   string
	GrantHash fsc.GrantHash
	Path      string // at the service; default: /
}

// Example is a program in one language that calls a service.
type Example struct {
	Language string // curl, go, csharp, java or python
	Code     string
}

// Examples are programs to copy.
type Examples struct {
	URL string
	// Host is the Host header to send; empty if that of the URL.
	Host string
	// GrantHash is sent as Fsc-Grant-Hash; empty where a route does without.
	GrantHash fsc.GrantHash
	List      []Example
}

// Examples makes programs that call a service through the own Outway.
func (c *Controller) Examples(ctx context.Context, a operator.Actor, q ExampleQuery) (*Examples, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	outways := c.cfg.Outways()
	if len(outways) == 0 {
		return nil, notFound("this process has no Outway")
	}
	outway, out := outways[0], &Examples{GrantHash: q.GrantHash}
	path := "/" + strings.TrimLeft(q.Path, "/")
	if q.RouteID != "" {
		r, err := c.findRoute(ctx, q.RouteID)
		if err != nil {
			return nil, err
		}
		if r == nil {
			return nil, notFound("there is no such route")
		}
		out.GrantHash, out.Host, path = "", r.Host, routePath(*r, path)
	} else if err := q.GrantHash.Validate(); err != nil {
		return nil, invalid("grant", "this is not the hash of a grant")
	}
	u, err := url.Parse(path)
	if err != nil || !printable(path) || !printable(out.Host) {
		return nil, invalid("path", "a path is written as in a URL, with %20 for a space and so on")
	}
	base, err := url.Parse(outway.Address)
	if err != nil {
		return nil, err
	}
	base.Path, base.RawPath, base.RawQuery = u.Path, u.RawPath, u.RawQuery
	out.URL = base.String()
	out.List = out.programs()
	return out, nil
}

// routePath is what an application asks for to reach path at the service.
func routePath(r manager.Route, path string) string {
	prefix := strings.TrimRight(r.PathPrefix, "/")
	if r.StripPrefix || !strings.HasPrefix(path, prefix+"/") {
		return prefix + path
	}
	return path
}

// header lists what has to be sent, name and value.
func (e *Examples) header() [][2]string {
	var out [][2]string
	if e.Host != "" {
		out = append(out, [2]string{"Host", e.Host})
	}
	if e.GrantHash != "" {
		out = append(out, [2]string{"Fsc-Grant-Hash", string(e.GrantHash)})
	}
	return out
}

func (e *Examples) programs() []Example {
	return []Example{
		{"curl", e.curl()}, {"go", e.golang()}, {"csharp", e.csharp()}, {"java", e.java()}, {"python", e.python()},
	}
}

func (e *Examples) curl() string {
	var s strings.Builder
	s.WriteString("curl --fail-with-body")
	for _, h := range e.header() {
		s.WriteString(" \\\n  --header " + shellQuote(h[0]+": "+h[1]))
	}
	return s.String() + " \\\n  " + shellQuote(e.URL) + "\n"
}

func (e *Examples) golang() string {
	var set strings.Builder
	for _, h := range e.header() {
		if h[0] == "Host" {
			fmt.Fprintf(&set, "\treq.Host = %s\n", quote(h[1]))
			continue
		}
		fmt.Fprintf(&set, "\treq.Header.Set(%s, %s)\n", quote(h[0]), quote(h[1]))
	}
	return `package main

import (
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	req, err := http.NewRequest(http.MethodGet, ` + quote(e.URL) + `, nil)
	if err != nil {
		log.Fatal(err)
	}
` + set.String() + `	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	if code := resp.Header.Get("Fsc-Error-Code"); code != "" {
		log.Fatalf("%s: %s", resp.Status, code)
	}
	io.Copy(os.Stdout, resp.Body)
}
`
}

func (e *Examples) csharp() string {
	var set strings.Builder
	for _, h := range e.header() {
		if h[0] == "Host" {
			fmt.Fprintf(&set, "request.Headers.Host = %s;\n", quote(h[1]))
			continue
		}
		fmt.Fprintf(&set, "request.Headers.Add(%s, %s);\n", quote(h[0]), quote(h[1]))
	}
	return `using var client = new HttpClient();
using var request = new HttpRequestMessage(HttpMethod.Get, ` + quote(e.URL) + `);
` + set.String() + `using var response = await client.SendAsync(request);
if (response.Headers.TryGetValues("Fsc-Error-Code", out var codes))
    throw new HttpRequestException($"{(int)response.StatusCode}: {string.Join(", ", codes)}");
response.EnsureSuccessStatusCode();
Console.WriteLine(await response.Content.ReadAsStringAsync());
`
}

func (e *Examples) java() string {
	set, comment := "", ""
	for _, h := range e.header() {
		if h[0] == "Host" {
			comment = "// Start Java with -Djdk.httpclient.allowRestrictedHeaders=host\n"
		}
		set += fmt.Sprintf("        .header(%s, %s)\n", quote(h[0]), quote(h[1]))
	}
	return `import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

` + comment + `public class Call {
  public static void main(String[] args) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(` + quote(e.URL) + `))
` + set + `        .GET()
        .build();
    var response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    response.headers().firstValue("Fsc-Error-Code").ifPresent(code -> {
      throw new IllegalStateException(response.statusCode() + ": " + code);
    });
    System.out.println(response.body());
  }
}
`
}

func (e *Examples) python() string {
	var set []string
	for _, h := range e.header() {
		set = append(set, quote(h[0])+": "+quote(h[1]))
	}
	return `import urllib.error
import urllib.request

request = urllib.request.Request(
    ` + quote(e.URL) + `,
    headers={` + strings.Join(set, ", ") + `},
)
try:
    with urllib.request.urlopen(request) as response:
        print(response.read().decode())
except urllib.error.HTTPError as error:
    raise SystemExit(f"{error.code}: {error.headers.get('Fsc-Error-Code')}")
`
}

// printable tells whether s can stand in a program of any language: visible ASCII.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// quote makes a string literal that Go, C#, Java and Python read alike. That
// holds for visible ASCII only, where backslash and quote are all that is escaped.
func quote(s string) string { return strconv.Quote(s) }

// shellQuote makes one word of a POSIX shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
