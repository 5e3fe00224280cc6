// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/samenspel/samenspel/internal/node"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// single is a node where people log in at an identity provider.
type single struct {
	*running
	lab     *lab
	issuer  string // without the realm
	anchors *pki.Anchors
	spki    string // the provider's public key, for a browser
	secret  string
	log     *causes
	stop    func() // the provider
}

// causes are why logins failed, which only the node's own log tells.
type causes struct {
	mu   sync.Mutex
	last string
}

// Write takes a line of JSON from the log.
func (c *causes) Write(line []byte) (int, error) {
	var l struct{ Msg, Error string }
	if json.Unmarshal(line, &l) == nil && l.Msg == "single sign-on failed" {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.last = l.Error
	}
	return len(line), nil
}

// take gives the newest cause and forgets it.
func (c *causes) take() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	cause := c.last
	c.last = ""
	return cause
}

// newSingle starts a provider, whose certificate is of an authority of its own,
// and a node that knows it three times.
func newSingle(t *testing.T) *single {
	t.Helper()
	s := &single{lab: newLab(t), secret: "a secret / with % signs", log: &causes{}}
	s.lab.logger = slog.New(slog.NewJSONHandler(s.log, nil))
	address := freePorts(t, 1)[0]
	ca := s.startProvider(t, "http://"+address+"/login/%s/callback")
	s.running = s.lab.node(t, providerID, func(c *node.Config) {
		c.Controller.Listen, c.Controller.Address = address, "http://"+address
		writeFiles(t, filepath.Join(s.lab.dir, string(providerID)), map[string][]byte{"provider-ca.pem": ca, "client-secret": []byte(s.secret + "\n")})
		for realm, claim := range map[string]string{"entra": "roles", "keycloak": "realm_access.roles", "adfs": adfsRoleClaim} {
			c.Controller.SignOn = append(c.Controller.SignOn, node.SignOnConfig{
				Name: realm, Title: "Account van " + realm, Issuer: s.issuer + "/" + realm, ClientID: "samenspel", ClientSecretFile: "client-secret",
				TrustAnchors: []string{"provider-ca.pem"}, RoleClaim: claim,
				Roles: map[string]operator.Role{
					"Samenspel.Beheer": "administrator", "samenspel-beheer": "administrator", "GG-Samenspel-Beheer": "administrator",
					"Samenspel.Lezen": "reader", "samenspel-lezen": "reader", "GG-Samenspel-Lezen": "reader",
				},
			})
		}
	})
	return s
}

// startProvider runs this binary as the provider and gives its authority.
func (s *single) startProvider(t *testing.T, callback string) []byte {
	t.Helper()
	ca, err := localca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if s.anchors, err = pki.LoadAnchors(ca.AnchorPEM()); err != nil {
		t.Fatal(err)
	}
	issued, err := ca.Issue(localca.Request{PeerID: outsiderID, Name: "Inlogdienst", Hosts: []string{"localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := issued.KeyPair()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(pair.Leaf().RawSubjectPublicKeyInfo)
	s.spki = base64.StdEncoding.EncodeToString(sum[:])
	dir := filepath.Join(s.lab.dir, "provider")
	settings, err := json.Marshal(identitySettings{
		Certificate: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"), ClientID: "samenspel", ClientSecret: s.secret, Callback: callback,
	})
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, dir, map[string][]byte{"cert.pem": issued.CertificatePEM, "key.pem": issued.KeyPEM, "settings.json": settings})
	s.issuer, s.stop = runProvider(t, filepath.Join(dir, "settings.json"))
	return ca.AnchorPEM()
}

func runProvider(t *testing.T, settings string) (address string, stop func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), identityVariable+"="+settings)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(stdout).ReadString('\n')
		lines <- strings.TrimSpace(line)
	}()
	stop = sync.OnceFunc(func() {
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the provider ends with %v", err)
		}
	})
	t.Cleanup(stop)
	if address = receive(t, "the provider's address", lines); address == "" {
		t.Fatal("the provider doesn't start")
	}
	return address, stop
}

// person is somebody with a browser that knows the provider's certificate, as
// those of an organisation know its authority.
func (s *single) person(t *testing.T) *browser {
	t.Helper()
	return newPerson(t, "nl", chromedp.Flag("ignore-certificate-errors-spki-list", s.spki))
}

// signOn logs in from the pages, at the provider, as somebody.
func (b *browser) signOn(s *single, path, realm, person, fault string) {
	b.t.Helper()
	b.open(s.controller + path)
	b.click("Inloggen met Account van " + realm)
	if !strings.HasPrefix(b.location(), s.issuer+"/"+realm+"/authorize") {
		b.t.Fatalf("not at the provider but at %s", b.location())
	}
	b.fill(map[string]string{"person": person, "fault": fault})
	b.click("Inloggen")
}

// events gives the newest events of an act.
func (s *single) events(t *testing.T, act string) (out []event) {
	t.Helper()
	if err := json.Unmarshal([]byte(cli(t, "audit", "list", "--json", "--act", act, "--config", s.file)), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

type event struct {
	Sequence                                int64
	AccountName, Act, Object, Outcome, From string
	Changes                                 []struct{ Field, Before, After string }
}

// TestPeopleLogInAtARealProvider goes through the real pages to a provider in a
// process of its own and back, with the claims of three products.
func TestPeopleLogInAtARealProvider(t *testing.T) {
	longTale(t)
	t.Parallel()
	s := newSingle(t)
	for _, realm := range []string{"entra", "keycloak", "adfs"} {
		t.Run(realm, func(t *testing.T) {
			anna, bart := s.person(t), s.person(t)
			anna.signOn(s, "/people", realm, "Anna", "")
			if at := anna.location(); at != s.controller+"/people" {
				t.Errorf("comes back at %s", at)
			}
			anna.says("Beheerder")
			bart.signOn(s, "/", realm, "Bart", "")
			bart.says("Overzicht")
			bart.open(s.controller + "/people")
			bart.says("U mag dit niet")
			bart.click("Uitloggen")
			bart.open(s.controller + "/contracts")
			if at := bart.location(); !strings.HasPrefix(at, s.controller+"/login") {
				t.Errorf("after logging out he sees %s", at)
			}
			anna.fine()
			bart.fine()
		})
	}
	made := map[string]string{}
	for _, e := range s.events(t, "account.put") {
		for _, c := range e.Changes {
			if c.Field == "roles" {
				made[e.AccountName] += c.After + ";"
			}
		}
	}
	for _, realm := range []string{"entra", "keycloak", "adfs"} {
		if got := made["identity provider "+realm]; got != "reader;administrator;" {
			t.Errorf("%s made %q", realm, got)
		}
	}
	if in, out := s.events(t, "account.login"), s.events(t, "account.logout"); len(in) != 6 || len(out) != 3 {
		t.Errorf("%d logins and %d logouts in the trail", len(in), len(out))
	}
}

// TestWhatAProviderMayNotTellIsRefused gives each wrong answer to a person in
// front of a browser: a page that tells whose turn it is, an event, and nobody
// logged in.
func TestWhatAProviderMayNotTellIsRefused(t *testing.T) {
	longTale(t)
	t.Parallel()
	s := newSingle(t)
	b := s.person(t)
	const refused, unsure = "the answer of the identity provider isn't accepted", "Wij nemen dit antwoord niet aan"
	for i, c := range []struct{ person, fault, page, outcome, cause string }{
		{"Anna", "state", unsure, refused, "state: not the one that was sent"},
		{"Anna", "nonce", unsure, refused, "nonce is of another login"},
		{"Anna", "expired", unsure, refused, "token is expired"},
		{"Anna", "audience", unsure, refused, "expected audience"},
		{"Anna", "issuer", unsure, refused, "issued by a different provider"},
		{"Anna", "key", unsure, refused, "failed to verify signature"},
		{"Anna", "denied", unsure, "the identity provider didn't log you in", ""},
		{"Zoe", "", "Vraag een beheerder van uw organisatie om een rol", "the identity provider gives this person no role here", ""},
	} {
		b.signOn(s, "/contracts", "entra", c.person, c.fault)
		b.says("Inloggen is niet gelukt")
		b.says(c.page)
		if cause := s.log.take(); !strings.Contains(cause, c.cause) || (c.cause == "") != (cause == "") {
			t.Errorf("%s: the log tells %q", c.fault, cause)
		}
		if len(s.events(t, "account.login.failed")) != i+1 {
			t.Fatalf("%s: there is no event", c.fault)
		}
		if e := s.events(t, "account.login.failed")[0]; e.Object != "entra" || e.Outcome != c.outcome || e.From != "127.0.0.1" {
			t.Errorf("%s: event %+v", c.fault, e)
		}
		b.click("Opnieuw inloggen")
		if at := b.location(); at != s.controller+"/login" {
			t.Errorf("%s: logged in at %s", c.fault, at)
		}
	}
	b.signOn(s, "/contracts", "entra", "Anna", "")
	b.says("Contracten")
	b.open(s.controller + "/login/entra/callback?code=x&state=y")
	b.says(unsure)
	if e := s.events(t, "account.login.failed")[0]; !strings.Contains(e.Outcome, "wasn't begun here") {
		t.Errorf("an answer that nobody asked for: event %+v", e)
	}
	s.stop()
	b.open(s.controller + "/login/keycloak") // entra was found already
	b.says("De inlogdienst geeft geen antwoord")
	b.fine()
	if made := s.events(t, "account.put"); len(made) != 1 {
		t.Errorf("%d accounts were made", len(made))
	}
}

// TestProviderChecksPKCE shows that the checks of the other tests are real: the
// provider refuses who can't prove to have begun a login.
func TestProviderChecksPKCE(t *testing.T) {
	t.Parallel()
	s := newSingle(t)
	client := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: s.anchors.Pool()}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: patience,
	}
	defer client.CloseIdleConnections()
	begun, err := client.Get(s.controller + "/login/entra")
	if err != nil {
		t.Fatal(err)
	}
	_ = begun.Body.Close()
	at, err := begun.Location()
	if err != nil {
		t.Fatal(err)
	}
	post := func(path string, form url.Values) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.issuer+"/entra/"+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth("samenspel", url.QueryEscape(s.secret))
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp
	}
	back, err := post("authorize", url.Values{"request": {at.RawQuery}, "person": {"Anna"}}).Location()
	if err != nil {
		t.Fatal(err)
	}
	stolen := post("token", url.Values{
		"code": {back.Query().Get("code")}, "redirect_uri": {fmt.Sprintf("%s/login/%s/callback", s.controller, "entra")}, "code_verifier": {"guessed"},
	})
	if stolen.StatusCode != http.StatusBadRequest {
		t.Errorf("a stolen code gives %s", stolen.Status)
	}
}
