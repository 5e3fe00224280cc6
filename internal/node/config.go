// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// Config is everything a node can be told. It is read from a YAML file, then
// from the environment: key manager.listen is SAMENSPEL_MANAGER_LISTEN. Unknown
// keys are refused. Paths are relative to the folder of the file.
type Config struct {
	// Roles the process runs: manager, inway, outway. Default: all three.
	Roles []string `yaml:"roles"`
	// DataDir holds the databases, the transaction log, annexes and the internal CA.
	DataDir string `yaml:"data_dir"`

	Group      GroupConfig      `yaml:"group"`
	Keys       KeysConfig       `yaml:"keys"`
	Manager    ManagerConfig    `yaml:"manager"`
	Directory  DirectoryConfig  `yaml:"directory"`
	Inway      InwayConfig      `yaml:"inway"`
	Outway     OutwayConfig     `yaml:"outway"`
	Policy     PolicyConfig     `yaml:"policy"`
	Controller ControllerConfig `yaml:"controller"`
	Collective CollectiveConfig `yaml:"collective"`
	Hosted     HostedConfig     `yaml:"hosted"`
	Internal   InternalConfig   `yaml:"internal"`
	Monitoring MonitoringConfig `yaml:"monitoring"`
	Log        LogConfig        `yaml:"log"`
}

// GroupConfig is what the Group decided; it is the same at every member.
type GroupConfig struct {
	// ID of the Group.
	ID fsc.GroupID `yaml:"id"`
	// Type is production, test or fieldlab. Only a fieldlab may leave out
	// revocation checks. Default: production.
	Type string `yaml:"type"`
	// TrustAnchors are PEM files with the certificates everybody trusts.
	TrustAnchors []string `yaml:"trust_anchors"`
	// PeerIDField and PeerNameField are the fields of a certificate's subject
	// that hold a Peer's ID and name. Default: serialNumber and organizationName.
	PeerIDField   string `yaml:"peer_id_field"`
	PeerNameField string `yaml:"peer_name_field"`
	// TLSMinVersion is 1.3 or 1.2. Default: 1.3.
	TLSMinVersion string `yaml:"tls_min_version"`
	// Profiles of contracts that are accepted: v2, v1. Default: only v2.
	Profiles []fsc.Profile `yaml:"profiles"`
	// FSCVersions accepted in contracts. Default: 2.0.0 and 1.0.0.
	FSCVersions []string `yaml:"fsc_versions"`
	// Directories of the Group, where this Peer announces itself and publishes.
	Directories []PeerConfig `yaml:"directories"`
	// Revocation is how revoked certificates are found.
	Revocation RevocationConfig `yaml:"revocation"`
}

// PeerConfig names another Manager.
type PeerConfig struct {
	// PeerID of that Peer.
	PeerID fsc.PeerID `yaml:"peer_id"`
	// ManagerAddress is the https URL with port of its Manager.
	ManagerAddress string `yaml:"manager_address"`
}

// RevocationConfig is how revoked certificates are found.
type RevocationConfig struct {
	// Mode is hard (unknown means refused), soft (unknown is logged) or off.
	// Default: hard; off is for a fieldlab only.
	Mode string `yaml:"mode"`
	// CRLFiles are revocation lists on disk.
	CRLFiles []string `yaml:"crl_files"`
	// OCSP asks the issuer's responder when no list knows.
	OCSP bool `yaml:"ocsp"`
}

// KeysConfig names the key pairs. Certificates include the intermediates.
type KeysConfig struct {
	// Transport identifies this Peer on connections.
	Transport FilesConfig `yaml:"transport"`
	// Contract signs contracts. Default: the transport key.
	Contract FilesConfig `yaml:"contract"`
	// Token signs access tokens. Default: the transport key.
	Token FilesConfig `yaml:"token"`
	// Inway and Outway identify those components. Default: the transport key.
	Inway  FilesConfig `yaml:"inway"`
	Outway FilesConfig `yaml:"outway"`
}

// FilesConfig is a key pair in two PEM files.
type FilesConfig struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// ManagerConfig is about contracts and tokens.
type ManagerConfig struct {
	// Listen is the address for other Peers. Default: :8443.
	Listen string `yaml:"listen"`
	// Address is the https URL with port at which others reach it. Default: made
	// from the first host name of the transport certificate and the port.
	Address string `yaml:"address"`
	// TokenLifetime is how long access tokens live, 1m to 1h. Default: 5m.
	TokenLifetime time.Duration `yaml:"token_lifetime"`
	// ReconcileEvery is how often contracts are compared with other Managers. Default: 5m.
	ReconcileEvery time.Duration `yaml:"reconcile_every"`
	// RefuseDomainNames refuses Outways that a contract names by domain.
	RefuseDomainNames bool `yaml:"refuse_domain_names"`
	// AutoAccept are the contracts that are signed without a person.
	AutoAccept []RuleConfig `yaml:"auto_accept"`
}

// RuleConfig describes grants that are signed without a person. Everything that
// is set has to fit.
type RuleConfig struct {
	// Role of this Peer in the grant: provider, consumer, delegator or
	// publication_delegator. Required.
	Role manager.Role `yaml:"role"`
	// Services, Providers and Consumers it is limited to. Default: all.
	Services  []string     `yaml:"services"`
	Providers []fsc.PeerID `yaml:"providers"`
	Consumers []fsc.PeerID `yaml:"consumers"`
	// Delegators that may be acted for. Default: none.
	Delegators []fsc.PeerID `yaml:"delegators"`
	// MaxValidity of the contract. Default: no limit.
	MaxValidity time.Duration `yaml:"max_validity"`
	// Properties the grant must have, with exactly these values.
	Properties map[string]any `yaml:"properties"`
	// AllowOtherProperties lets the grant have other properties too.
	AllowOtherProperties bool `yaml:"allow_other_properties"`
}

// DirectoryConfig is about publications in this Peer's own Directory.
type DirectoryConfig struct {
	// AutoSign signs publications without a person.
	AutoSign bool `yaml:"auto_sign"`
	// Peers that may publish without a person. Default: everybody in the Group.
	Peers []fsc.PeerID `yaml:"peers"`
	// MaxValidity of a publication that is signed automatically. Default: no limit.
	MaxValidity time.Duration `yaml:"max_validity"`
}

// CollectiveConfig is about acting as one with others: frameworks, accessions,
// call-offs, decisions. It needs the role manager.
type CollectiveConfig struct {
	// TakePart keeps deeds here and offers the service collective-v1. Default: false.
	TakePart bool `yaml:"take_part"`
	// Secretariats are the Peers whose dossiers are followed. Each needs a contract
	// on its service collective-v1.
	Secretariats []fsc.PeerID `yaml:"secretariats"`
	// Founders are the Peers that may found dossiers which are kept here. Default:
	// every Peer of the Group.
	Founders []fsc.PeerID `yaml:"founders"`
	// Listen is the address of the door behind the service collective-v1, for the
	// Inway only. Default: a free port of 127.0.0.1.
	Listen string `yaml:"listen"`
	// Outway is the http address of the Outway through which other Peers are
	// reached. Default: that of this process.
	Outway string `yaml:"outway"`
	// AnnexesMiB is how much room the documents may take that deeds name and that are
	// kept here, in the folder annexes of data_dir, in MiB. Default: 2048.
	AnnexesMiB int `yaml:"annexes_mib"`

	Events EventsConfig `yaml:"events"`
}

// HostedConfig is for an organisation whose node another one runs, with the
// organisation's own certificates and keys.
type HostedConfig struct {
	// Host is the name of the organisation that runs this node. With it, each signature
	// is released by a person of the organisation with a second factor. Needs
	// controller.listen. Default: the organisation runs its node itself.
	Host string `yaml:"host"`
}

// EventsConfig is about endpoints of this organisation that are told what happens
// to deeds. People subscribe them; see docs/events.md.
type EventsConfig struct {
	// Networks are those inside the organisation, such as 10.1.2.0/24, in which an
	// endpoint may be. Default: none, so endpoints have an address of the internet.
	Networks []string `yaml:"networks"`
	// TrustAnchors are PEM files with the authorities under which certificates of
	// endpoints may be issued. Others are then refused. Default: those of the system.
	TrustAnchors []string `yaml:"trust_anchors"`
}

// InwayConfig is about the services this Peer offers.
type InwayConfig struct {
	// Listen is the address for Outways of others. Default: :443.
	Listen string `yaml:"listen"`
	// Address is the https URL with port at which others reach it. Default: made
	// from the first host name of its certificate and the port. Where the Manager
	// runs in another process, an Inway that has one reports itself there, and tokens
	// name each such Inway in turn.
	Address string `yaml:"address"`
	// LeaveFor is how long an Inway that is told to stop goes on taking calls while
	// another one takes them too. Outways go over to that one meanwhile. 1s to 1h. Default: 5s.
	LeaveFor time.Duration `yaml:"leave_for"`
	// ServerTiming adds to each response how long the parts of the Inway took, in the
	// header Server-Timing, which others see too. Default: false.
	ServerTiming bool `yaml:"server_timing"`
}

// OutwayConfig is about the applications of this Peer.
type OutwayConfig struct {
	// Listen is the address for applications. Default: 127.0.0.1:8080.
	Listen string `yaml:"listen"`
	// TLS makes the Outway speak https with applications. Default: plain http.
	TLS FilesConfig `yaml:"tls"`
	// Routes lead calls to services by host or path, so that applications need
	// no grant hash.
	Routes []RouteConfig `yaml:"routes"`
	// TransactionID is generate, or accept-client to use the application's own.
	// Default: generate.
	TransactionID string `yaml:"transaction_id"`
	// ServerTiming adds to each response how long the parts of the Outway took, in the
	// header Server-Timing. Default: false.
	ServerTiming bool `yaml:"server_timing"`
}

// RouteConfig leads calls to a service.
type RouteConfig struct {
	// Host of the request, or PathPrefix, or both.
	Host       string `yaml:"host"`
	PathPrefix string `yaml:"path_prefix"`
	// StripPrefix removes the prefix before the call is sent on.
	StripPrefix bool `yaml:"strip_prefix"`
	// PeerID and Service name the service.
	PeerID  fsc.PeerID `yaml:"peer_id"`
	Service string     `yaml:"service"`
	// Delegator picks the contract in which this Peer acts for another one;
	// ServiceDelegator the one in which the provider does.
	Delegator        fsc.PeerID `yaml:"delegator"`
	ServiceDelegator fsc.PeerID `yaml:"service_delegator"`
}

// PolicyConfig is about decisions on single calls, beyond the contract that allows
// them; see docs/policy.md.
type PolicyConfig struct {
	// Inway decides about calls of others to services of this Peer.
	Inway CallPolicyConfig `yaml:"inway"`
	// Outway decides about calls of this Peer's own applications.
	Outway CallPolicyConfig `yaml:"outway"`
	// Decisions is the record of them.
	Decisions DecisionsConfig `yaml:"decisions"`
}

// CallPolicyConfig says who decides. What is set has to allow a call, each of them.
type CallPolicyConfig struct {
	// Rules is a YAML file with rules; a call that no rule allows is refused. A change
	// of the file holds within seconds. Default: no rules.
	Rules string `yaml:"rules"`
	// Services that rules and decision point are about. Calls of others need only a
	// contract. Default: all services.
	Services []string `yaml:"services"`
	// PDP is a decision point that is asked about each call.
	PDP DecisionPointConfig `yaml:"pdp"`
}

// DecisionPointConfig is a decision point that speaks AuthZEN.
type DecisionPointConfig struct {
	// URL of the decision point, https; http only on the same machine. Without a path
	// it is asked at /access/v1/evaluation. Default: no decision point.
	URL string `yaml:"url"`
	// Client is the key pair the node shows there. Default: none.
	Client FilesConfig `yaml:"client"`
	// TrustAnchors are PEM files with the authorities under which its certificate may be
	// issued. Others are then refused. Default: those of the system.
	TrustAnchors []string `yaml:"trust_anchors"`
	// TokenFile holds the bearer token that is sent along. Default: none.
	TokenFile string `yaml:"token_file"`
	// Timeout of a question, 10ms to 10s. A call is refused when there is no answer by
	// then. Default: 500ms.
	Timeout time.Duration `yaml:"timeout"`
	// CacheAtMost bounds how long an answer is used again that says it may be. Default: 1m.
	CacheAtMost time.Duration `yaml:"cache_at_most"`
	// BreakerAfter so many failures in a row calls are refused without a question.
	// Default: 5.
	BreakerAfter int `yaml:"breaker_after"`
	// BreakerPause is how long, before one call is tried again. Default: 5s.
	BreakerPause time.Duration `yaml:"breaker_pause"`
}

// DecisionsConfig is about the Authorization Decision Log in the data folder.
type DecisionsConfig struct {
	// FileMiB is the size in MiB at which a new file is begun. Default: 64.
	FileMiB int `yaml:"file_mib"`
	// Files that are kept, of permits and of refusals each; the oldest are removed. Default: 16.
	Files int `yaml:"files"`
	// EveryRefusal gives each refused call a record of its own. Otherwise the refusals of a
	// Peer beyond 60 in a minute are counted in one.
	EveryRefusal bool `yaml:"every_refusal"`
	// LeaveOutPaths keeps paths out of it, for services with personal data in them.
	LeaveOutPaths bool `yaml:"leave_out_paths"`
}

// ControllerConfig is about the web pages and the management API.
type ControllerConfig struct {
	// Listen is the address of both. Without it there are none.
	Listen string `yaml:"listen"`
	// Address is the URL people use, such as https://samenspel.example.nl. Needed
	// for single sign-on. Default: made from listen.
	Address string `yaml:"address"`
	// TLS makes it speak https. Without it, put it behind a proxy that does, or
	// listen on a loopback address.
	TLS FilesConfig `yaml:"tls"`
	// TrustedProxies are the networks, such as 10.1.2.3/32, of proxies that stand in
	// front. Only from there ForwardedHeader is believed. Default: none.
	TrustedProxies []string `yaml:"trusted_proxies"`
	// ForwardedHeader is the header in which those proxies write where a request came
	// from: x-forwarded-for or forwarded (RFC 7239). Default: x-forwarded-for.
	ForwardedHeader string `yaml:"forwarded_header"`
	// Theme is a CSS file with the organisation's own colours and fonts.
	Theme string `yaml:"theme"`
	// PublicRecord shows anybody, without a login, what organisations buy together: the
	// frameworks this node keeps or follows, who joined and what was ordered, without
	// prices. Needs collective.take_part. Default: nobody without a login sees anything.
	PublicRecord bool `yaml:"public_record"`
	// OCDSPrefix is the one this organisation registered for open data, as
	// ocds-213czf, which is the standard's own for examples. Default: the public
	// record has no open data.
	OCDSPrefix string `yaml:"ocds_prefix"`
	// SecondPerson lists the acts that need a second person, out of
	// contract.propose, contract.accept, contract.reject, contract.revoke,
	// rule.put, rule.delete, framework.sign, price.sign, accession.seal, accession.end, calloff.sign
	// and calloff.end.
	SecondPerson []string `yaml:"second_person"`
	// SignOn are the identity providers people can log in with.
	SignOn []SignOnConfig `yaml:"sign_on"`
	// SingleSignOnOnly refuses passwords, except of accounts for emergencies.
	SingleSignOnOnly bool `yaml:"single_sign_on_only"`
}

// SignOnConfig is an identity provider that speaks OpenID Connect.
type SignOnConfig struct {
	// Name stands in addresses: lower case letters, digits and hyphens.
	Name string `yaml:"name"`
	// Title is shown on the button. Default: name.
	Title string `yaml:"title"`
	// Issuer is the provider's https URL.
	Issuer string `yaml:"issuer"`
	// ClientID and ClientSecretFile are this node's at the provider.
	ClientID         string `yaml:"client_id"`
	ClientSecretFile string `yaml:"client_secret_file"`
	// Scopes that are asked for beside openid. Default: profile, email.
	Scopes []string `yaml:"scopes"`
	// RoleClaim is where the token tells groups or roles, with dots between the
	// steps, such as roles or realm_access.roles. Default: roles.
	RoleClaim string `yaml:"role_claim"`
	// Roles gives for a value of the claim the role here, such as administrator,
	// signer, auditor or reader.
	Roles map[string]operator.Role `yaml:"roles"`
	// DefaultRole is for people whose claim has none of these values. Default: they
	// are refused.
	DefaultRole operator.Role `yaml:"default_role"`
	// TrustAnchors are PEM files with the authorities under which the provider's
	// certificate may be issued, for a provider with a certificate of your own
	// organisation. Others are then refused. Default: those of the system.
	TrustAnchors []string `yaml:"trust_anchors"`
}

// InternalConfig is the door for own components and the command line.
type InternalConfig struct {
	// Listen is the address of the door. Default: 127.0.0.1:9443.
	Listen string `yaml:"listen"`
	// Hosts are further names of the door for components on other machines.
	Hosts []string `yaml:"hosts"`
	// Address is the https URL of the door of the Manager. Needed where the role
	// manager doesn't run.
	Address string `yaml:"address"`
	// CA, Certificate and Key are the internal CA's certificate and this
	// component's own pair. Needed where the role manager doesn't run; make them
	// with samenspel component.
	CA          string `yaml:"ca"`
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// MonitoringConfig is where health and metrics are served.
type MonitoringConfig struct {
	// Listen is the address of /livez, /readyz and /metrics, plain http. Default: 127.0.0.1:9090.
	Listen string `yaml:"listen"`
}

// LogConfig is about the transaction log.
type LogConfig struct {
	// Name of this component's log, for logs that are handed to a Manager. Default: main.
	Name string `yaml:"name"`
	// SegmentMiB is the size of a segment in MiB. Default: 64.
	SegmentMiB int `yaml:"segment_mib"`
	// CheckpointRecords is after how many new records the node signs its log.
	// Default: 10000.
	CheckpointRecords int `yaml:"checkpoint_records"`
	// CheckpointEvery is after how long the node signs its log when there are new
	// records. Default: 1h.
	CheckpointEvery time.Duration `yaml:"checkpoint_every"`
	// KeepDays is for how many days records are kept; older ones are removed, and
	// the node signs up to where. The use of call-offs is counted from them, so keep
	// them for three months at least where there are any. Default: 0, records are
	// kept for ever.
	KeepDays int `yaml:"keep_days"`
	// Retention are the services whose records are kept for another time than
	// keep_days says, for which a law or an agreement asks. The first rule that fits a
	// call counts.
	Retention []RetentionConfig `yaml:"retention"`
}

// RetentionConfig is a rule of [LogConfig.Retention].
type RetentionConfig struct {
	// Peer is the ID of the Peer that offers the services, for calls that go out; "*"
	// is any Peer. Without it the rule is about services of this node, for calls that
	// come in.
	Peer fsc.PeerID `yaml:"peer"`
	// Service is the name of a service. With * at the end it is how the name begins; "*"
	// is any service.
	Service string `yaml:"service"`
	// KeepDays is for how many days the records are kept: from 1 to 36500.
	KeepDays int `yaml:"keep_days"`
}

// The roles of a process.
const (
	RoleManager = "manager"
	RoleInway   = "inway"
	RoleOutway  = "outway"
)

// Has tells whether the process runs the role.
func (c *Config) Has(role string) bool {
	return slices.Contains(c.Roles, role)
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// setDefaults fills in what the comments above promise.
func (c *Config) setDefaults() {
	if len(c.Roles) == 0 {
		c.Roles = []string{RoleManager, RoleInway, RoleOutway}
	}
	setDefault(&c.Group.Type, "production")
	setDefault(&c.Group.TLSMinVersion, "1.3")
	setDefault(&c.Group.Revocation.Mode, "hard")
	setDefault(&c.Keys.Contract, c.Keys.Transport)
	setDefault(&c.Keys.Token, c.Keys.Transport)
	setDefault(&c.Keys.Inway, c.Keys.Transport)
	setDefault(&c.Keys.Outway, c.Keys.Transport)
	setDefault(&c.Manager.Listen, ":8443")
	setDefault(&c.Manager.TokenLifetime, 5*time.Minute)
	setDefault(&c.Manager.ReconcileEvery, manager.ReconcileInterval)
	setDefault(&c.Inway.Listen, ":443")
	setDefault(&c.Inway.LeaveFor, 5*time.Second)
	setDefault(&c.Outway.Listen, "127.0.0.1:8080")
	setDefault(&c.Outway.TransactionID, "generate")
	c.Policy.setDefaults()
	setDefault(&c.Controller.ForwardedHeader, headerXForwardedFor)
	setDefault(&c.Collective.Listen, "127.0.0.1:0")
	setDefault(&c.Internal.Listen, "127.0.0.1:9443")
	setDefault(&c.Monitoring.Listen, "127.0.0.1:9090")
	setDefault(&c.Log.Name, "main")
	setDefault(&c.Log.SegmentMiB, 64)
	setDefault(&c.Collective.AnnexesMiB, 2048)
	setDefault(&c.Log.CheckpointRecords, 10_000)
	setDefault(&c.Log.CheckpointEvery, time.Hour)
}

func (c *PolicyConfig) setDefaults() {
	for _, p := range []*DecisionPointConfig{&c.Inway.PDP, &c.Outway.PDP} {
		setDefault(&p.Timeout, 500*time.Millisecond)
		setDefault(&p.CacheAtMost, time.Minute)
		setDefault(&p.BreakerAfter, 5)
		setDefault(&p.BreakerPause, 5*time.Second)
	}
	setDefault(&c.Decisions.FileMiB, 64)
	setDefault(&c.Decisions.Files, 16)
}
