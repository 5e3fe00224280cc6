// SPDX-License-Identifier: EUPL-1.2

package node_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/node"
)

const smallConfig = `data_dir: data
group:
  id: group-1
  trust_anchors: [pki/anchor.pem, /etc/anchor.pem]
keys:
  transport: {certificate: pki/own.pem, key: pki/own-key.pem}
`

// load reads text as a file in a folder of its own, which it gives too.
func load(t *testing.T, text string, environ ...string) (*node.Config, string, error) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "node.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := node.LoadConfig(file, environ)
	return c, dir, err
}

func TestASmallConfigurationGetsTheDocumentedDefaults(t *testing.T) {
	c, dir, err := load(t, smallConfig)
	if err != nil {
		t.Fatal(err)
	}
	own := node.FilesConfig{Certificate: filepath.Join(dir, "pki/own.pem"), Key: filepath.Join(dir, "pki/own-key.pem")}
	point := node.DecisionPointConfig{Timeout: 500 * time.Millisecond, CacheAtMost: time.Minute, BreakerAfter: 5, BreakerPause: 5 * time.Second}
	want := node.Config{
		Roles: []string{"manager", "inway", "outway"}, DataDir: filepath.Join(dir, "data"),
		Group: node.GroupConfig{
			ID: "group-1", Type: "production", TLSMinVersion: "1.3", Revocation: node.RevocationConfig{Mode: "hard"},
			TrustAnchors: []string{filepath.Join(dir, "pki/anchor.pem"), "/etc/anchor.pem"},
		},
		Keys:    node.KeysConfig{Transport: own, Contract: own, Token: own, Inway: own, Outway: own},
		Manager: node.ManagerConfig{Listen: ":8443", TokenLifetime: 5 * time.Minute, ReconcileEvery: 5 * time.Minute},
		Inway:   node.InwayConfig{Listen: ":443", LeaveFor: 5 * time.Second},
		Outway:  node.OutwayConfig{Listen: "127.0.0.1:8080", TransactionID: "generate"},
		Policy: node.PolicyConfig{
			Inway: node.CallPolicyConfig{PDP: point}, Outway: node.CallPolicyConfig{PDP: point},
			Decisions: node.DecisionsConfig{FileMiB: 64, Files: 16},
		},
		Controller: node.ControllerConfig{ForwardedHeader: "x-forwarded-for"},
		Collective: node.CollectiveConfig{Listen: "127.0.0.1:0", AnnexesMiB: 2048},
		Internal:   node.InternalConfig{Listen: "127.0.0.1:9443"},
		Monitoring: node.MonitoringConfig{Listen: "127.0.0.1:9090"},
		Log:        node.LogConfig{Name: "main", SegmentMiB: 64, CheckpointRecords: 10_000, CheckpointEvery: time.Hour},
	}
	if !reflect.DeepEqual(*c, want) {
		t.Errorf("\n got %+v\nwant %+v", *c, want)
	}
	if w := c.Warnings(); len(w) != 0 {
		t.Errorf("warnings %q", w)
	}
}

func TestTheEnvironmentIsLaidOverTheFile(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "id")
	if err := os.WriteFile(secret, []byte("group-from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, dir, err := load(t, smallConfig,
		"SAMENSPEL_ROLES=manager, outway",
		"SAMENSPEL_GROUP_ID_FILE="+secret,
		"SAMENSPEL_GROUP_PROFILES=v2,v1",
		"SAMENSPEL_GROUP_REVOCATION_OCSP=true",
		"SAMENSPEL_GROUP_DIRECTORIES=[{peer_id: '00000000000000000010', manager_address: 'https://directory.example:8443'}]",
		"SAMENSPEL_KEYS_TRANSPORT_KEY=/secrets/key.pem",
		"SAMENSPEL_MANAGER_TOKEN_LIFETIME=10m",
		"SAMENSPEL_MANAGER_AUTO_ACCEPT=[{role: provider, max_validity: 24h, properties: {doel: [1, zorg]}}]",
		"SAMENSPEL_LOG_SEGMENT_MIB=8",
		"SAMENSPEL_OUTWAY_LISTEN=",
		"UNRELATED=1", "SAMENSPEL_NODE=/var/lib/samenspel",
	)
	if err != nil {
		t.Fatal(err)
	}
	for name, ok := range map[string]bool{
		"list of text":     slices.Equal(c.Roles, []string{"manager", "outway"}) && !c.Has(node.RoleInway),
		"text from a file": c.Group.ID == "group-from-file",
		"list of words":    slices.Equal(c.Group.Profiles, []fsc.Profile{fsc.ProfileV2, fsc.ProfileV1}),
		"yes or no":        c.Group.Revocation.OCSP,
		"list of objects":  len(c.Group.Directories) == 1 && c.Group.Directories[0].PeerID == "00000000000000000010",
		"absolute path":    c.Keys.Contract == node.FilesConfig{Certificate: filepath.Join(dir, "pki/own.pem"), Key: "/secrets/key.pem"},
		"duration":         c.Manager.TokenLifetime == 10*time.Minute,
		"rules":            len(c.Manager.AutoAccept) == 1 && c.Manager.AutoAccept[0].Role == manager.RoleProvider && c.Manager.AutoAccept[0].MaxValidity == 24*time.Hour,
		"number":           c.Log.SegmentMiB == 8,
		"empty is default": c.Outway.Listen == "127.0.0.1:8080",
	} {
		if !ok {
			t.Errorf("%s isn't taken over: %+v", name, c)
		}
	}
}

func TestTheEnvironmentAloneIsEnough(t *testing.T) {
	c, err := node.LoadConfig("", []string{
		"SAMENSPEL_DATA_DIR=/data", "SAMENSPEL_GROUP_ID=g", "SAMENSPEL_GROUP_TRUST_ANCHORS=/pki/anchor.pem",
		"SAMENSPEL_KEYS_TRANSPORT_CERTIFICATE=/pki/own.pem", "SAMENSPEL_KEYS_TRANSPORT_KEY=/pki/own-key.pem",
	})
	if err != nil || c.DataDir != "/data" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestWhatCannotBeReadIsRefusedWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		environ string
		want    []string
	}{
		"an unknown key":              {smallConfig + "manger: {}\n", "", []string{"[7:1]", "manger"}},
		"an unknown nested key":       {smallConfig + "manager:\n  lissen: x\n", "", []string{"[8:3]", "lissen"}},
		"a key twice":                 {smallConfig + "data_dir: other\n", "", []string{"[7:1]", "data_dir"}},
		"text for a list":             {"roles: manager\n", "", []string{"[1:8]"}},
		"a word for a duration":       {"manager: {token_lifetime: soon}\n", "", []string{"soon"}},
		"no YAML":                     {"data_dir: [\n", "", []string{"configuration: "}},
		"a large file":                {"# " + strings.Repeat("x", 1<<20), "", []string{"larger than"}},
		"a number that is none":       {smallConfig, "SAMENSPEL_LOG_SEGMENT_MIB=many", []string{"SAMENSPEL_LOG_SEGMENT_MIB", "many"}},
		"a duration that is none":     {smallConfig, "SAMENSPEL_MANAGER_TOKEN_LIFETIME=5", []string{"SAMENSPEL_MANAGER_TOKEN_LIFETIME"}},
		"neither yes nor no":          {smallConfig, "SAMENSPEL_DIRECTORY_AUTO_SIGN=maybe", []string{"SAMENSPEL_DIRECTORY_AUTO_SIGN"}},
		"an unknown key in an object": {smallConfig, "SAMENSPEL_OUTWAY_ROUTES=[{hst: a}]", []string{"SAMENSPEL_OUTWAY_ROUTES", "hst"}},
		"a file that isn't there":     {smallConfig, "SAMENSPEL_GROUP_ID_FILE=/nowhere/id", []string{"/nowhere/id"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := load(t, c.text, c.environ)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q is missing in: %v", w, err)
				}
			}
		})
	}
}

func TestEverythingThatIsWrongIsToldAtOnce(t *testing.T) {
	_, _, err := load(t, `
roles: [outway, king]
group:
  id: a b
  type: fun
  tls_min_version: "1.1"
  profiles: [v3]
  directories: [{peer_id: x, manager_address: "http://directory"}]
  revocation: {mode: "off"}
manager: {token_lifetime: 2h, reconcile_every: 1ms, address: "https://own.example", auto_accept: [{role: boss}]}
outway:
  listen: nowhere
  transaction_id: mine
  tls: {certificate: a.pem}
  routes:
    - {path_prefix: x}
    - {peer_id: "00000000000000000010", service: abc}
internal: {address: "https://manager:9443/v1"}
monitoring: {listen: "9090"}
log: {segment_mib: -1, checkpoint_every: 1ms, keep_days: -1, retention: [{keep_days: 1}, {service: maps}, {peer: "ab", service: "m*p", keep_days: 5}]}
collective: {events: {networks: [10.1.2.0/24, 0.0.0.0/0, here]}}
policy:
  inway: {rules: r.yaml}
  outway:
    services: [persons]
    pdp: {url: "http://pdp.example", timeout: 1ms, cache_at_most: 2h, breaker_after: -1, breaker_pause: 1h, client: {key: k.pem}}
  decisions: {file_mib: -1, files: 1}
`)
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"data_dir is required", `roles is "king"`, `group.id is "a b"`, `group.type is "fun"`, `group.tls_min_version is "1.1"`,
		`group.profiles is "v3"`, "group.directories[0].manager_address", "group.directories[0].peer_id", "group.trust_anchors needs",
		"group.revocation.mode can only be off", "keys.transport needs", "keys.contract needs", "keys.token needs", "keys.inway needs", "keys.outway needs",
		"manager.token_lifetime must be", "manager.reconcile_every must be", `manager.address is "https://own.example"`, `manager.auto_accept[0].role is "boss"`,
		`outway.listen is "nowhere"`, `outway.transaction_id is "mine"`, "outway.tls needs both", "outway.routes[0].path_prefix must begin with /",
		"outway.routes[0] needs peer_id and service", "outway.routes[1] needs host or path_prefix", `internal.address is "https://manager:9443/v1"`,
		"internal.ca is required", "internal needs certificate and key", `monitoring.listen is "9090"`, "log.segment_mib must be", "log.checkpoint_every", "log.keep_days must be", "log.retention[0].service must be", "log.retention[1].keep_days must be", "log.retention[2].peer must be", "log.retention[2].service must be",
		"policy.inway is set, but that role doesn't run here", `policy.outway.pdp.url is "http://pdp.example"`, "policy.outway.pdp.timeout must be",
		"policy.outway.pdp.cache_at_most must be", "policy.outway.pdp.breaker_after must be", "policy.outway.pdp.breaker_pause must be",
		"policy.outway.pdp.client needs both", "policy.decisions.file_mib must be", "policy.decisions.files must be",
		`collective.events.networks[1] is "0.0.0.0/0"`, `collective.events.networks[2] is "here"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q isn't told", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestAPublicPortOutsideTheStandardIsWarnedAbout(t *testing.T) {
	for environ, want := range map[string]int{
		"SAMENSPEL_MANAGER_LISTEN=:9000":                     1,
		"SAMENSPEL_MANAGER_ADDRESS=https://own.example:9000": 1,
		"SAMENSPEL_INWAY_LISTEN=:9000":                       1,
		"SAMENSPEL_INWAY_ADDRESS=https://own.example:8443":   0,
		"SAMENSPEL_OUTWAY_LISTEN=:9000":                      0,
	} {
		c, _, err := load(t, smallConfig, environ)
		if err != nil {
			t.Fatal(err)
		}
		if w := c.Warnings(); len(w) != want {
			t.Errorf("%s: warnings %q", environ, w)
		}
	}
	c, _, err := load(t, smallConfig, "SAMENSPEL_MANAGER_LISTEN=:9000", "SAMENSPEL_GROUP_TYPE=fieldlab")
	if err != nil || len(c.Warnings()) != 0 {
		t.Errorf("in a fieldlab: %v, warnings %q", err, c.Warnings())
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(smallConfig))
	f.Add([]byte("roles: [manager]\nlog: {segment_mib: 1}\n"))
	f.Add([]byte("manager:\n  auto_accept:\n    - {role: provider, properties: {a: {b: [1, null]}}}\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("---\n...\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var c node.Config
		if node.ParseConfig(b, &c) == nil {
			_ = c.Validate() // must not panic, whatever was read
			_ = c.Warnings()
		}
	})
}

func TestSingleSignOnAloneNeedsAProvider(t *testing.T) {
	const door = smallConfig + "controller:\n  listen: 127.0.0.1:8444\n  address: https://samenspel.example.nl\n  single_sign_on_only: true\n"
	if _, _, err := load(t, door); err == nil || !strings.Contains(err.Error(), "controller.single_sign_on_only needs an identity provider") {
		t.Errorf("nobody could log in: %v", err)
	}
	c, dir, err := load(t, door+"  sign_on: [{name: entra, issuer: https://login.example.nl, client_id: node, trust_anchors: [own.pem]}]\n")
	if err != nil || !c.Controller.SingleSignOnOnly || c.Controller.SignOn[0].TrustAnchors[0] != filepath.Join(dir, "own.pem") {
		t.Errorf("%+v %v", c.Controller, err)
	}
}

func TestAPolicyIsReadWithItsFilesAndItsGaps(t *testing.T) {
	c, dir, err := load(t, smallConfig+`
policy:
  inway: {rules: rules.yaml, pdp: {url: "http://127.0.0.1:8181", token_file: token, trust_anchors: [ca.pem], client: {certificate: c.pem, key: k.pem}}}
collective: {take_part: true}
`)
	if err != nil {
		t.Fatal(err)
	}
	in := c.Policy.Inway
	for _, name := range []string{in.Rules, in.PDP.TokenFile, in.PDP.TrustAnchors[0], in.PDP.Client.Certificate, in.PDP.Client.Key} {
		if filepath.Dir(name) != dir {
			t.Errorf("%s isn't beside the configuration", name)
		}
	}
	if w := strings.Join(c.Warnings(), "\n"); !strings.Contains(w, "policy.inway decides about the service collective-v1 too") || strings.Contains(w, "policy.outway") {
		t.Errorf("warnings: %s", w)
	}
	for _, want := range []string{"policy.inway.rules: open", "policy.inway.pdp.trust_anchors: open", "policy.inway.pdp.token_file: stat"} {
		if err := c.Policy.CheckFiles(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q isn't told: %v", want, err)
		}
	}
	for text, want := range map[string]string{
		"policy: {inway: {services: [persons]}}":                            "policy.inway.services needs rules or pdp.url",
		"policy: {inway: {pdp: {token_file: x}}}":                           "policy.inway.pdp.url is required",
		"policy: {inway: {pdp: {url: 'https://u:p@pdp.example'}}}":          "policy.inway.pdp.url is",
		"policy: {inway: {pdp: {url: 'https://pdp.example?tenant=1'}}}":     "policy.inway.pdp.url is",
		"policy: {inway: {pdp: {url: 'https://pdp.example', endpoint: x}}}": "endpoint",
	} {
		if _, _, err := load(t, smallConfig+text+"\n"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A period of one and a half days must not become one of a day.
func TestANumberThatIsNoWholeOneIsNamedWithItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		"log:\n  retention:\n    - {service: maps, keep_days: 1}\n    - {service: persons, keep_days: 1.5}": "log.retention[1].keep_days is 1.5; it must be a whole number",
		"log:\n  retention:\n    - {service: maps, keep_days: month}":                                       "log.retention[0].keep_days is month; it must be a whole number",
		"log: {keep_days: many}\ngroup: {id: many}":                                                         "log.keep_days or group.id is many; it must be a whole number",
		"log: {keep_days: [1]}":                  "log.keep_days is [1]; it must be a whole number",
		"log: {keep_days: 99999999999999999999}": "log.keep_days is 99999999999999999999; it must be a whole number",
	} {
		if err := node.ParseConfig([]byte(text), &node.Config{}); err == nil || err.Error() != "configuration: "+want {
			t.Errorf("%s: %v", text, err)
		}
	}
	var c node.Config
	if err := node.ParseConfig([]byte("group: {tls_min_version: 1.2}\nlog: {keep_days: 0x10, segment_mib: null, checkpoint_records: 1e3, retention: [{service: maps, keep_days: \"9\"}]}"), &c); err != nil || c.Log.KeepDays != 16 || c.Log.CheckpointRecords != 1000 || c.Log.Retention[0].KeepDays != 9 || c.Group.TLSMinVersion != "1.2" {
		t.Errorf("%+v, %v", c.Log, err)
	}
}
