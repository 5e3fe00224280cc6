// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"log/slog"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/event"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/evidence"
	"github.com/samenspel/samenspel/internal/txlog/retention"
)

// Config is what a Controller is made of. All fields but Retention, Limited,
// Collective, Identity, Register, Connector and Events are required.
type Config struct {
	Manager *manager.Manager
	People  *operator.Operators
	Log     Log
	// LogLag is how long a call of this process waits by now until Log has it; nil
	// where that isn't known.
	LogLag func() time.Duration
	// Evidence is the chain of that log, and Verifier verifies it.
	Evidence Evidence
	Verifier *evidence.Verifier
	// Retention says how long its records are kept; nil: for ever.
	Retention *retention.Policy
	Remote    Remote
	// Comparison compares that log with those of others.
	Comparison Comparison
	// Scout goes the way of a call, for [Controller.Look].
	Scout Scout
	// Directory lists what is published in the Group's Directories now.
	Directory func(ctx context.Context) ([]directory.Listing, error)
	// History keeps what was seen in those Directories.
	History History
	GroupID fsc.GroupID
	// GroupType is production, test or fieldlab.
	GroupType string
	// Certificates lists the key pairs in use.
	Certificates func() []Certificate
	// Health lists the checks of /readyz.
	Health func() []Check
	// Refusals counts calls that were refused since the node started.
	Refusals func() []Refusal
	// Limited counts the calls of an own service that its limits refused or cut off
	// since the node started; nil where there is no Inway.
	Limited func(service string) map[limit.Name]uint64
	// Outways are this Peer's own, by which contracts and examples name them.
	Outways func() []Outway
	// Settings are the lines of the configuration file, without secrets.
	Settings []Setting
	// Collective is where this Peer acts with others; nil: it doesn't, and what is
	// built on it isn't there.
	Collective *collective.Desk
	// Identity tells where certificates of the Group keep names; the zero value is
	// right for Dutch ones.
	Identity pki.IdentityRule
	// Register tells of the organisations of the government; nil without Collective.
	Register *register.Register
	// Connector makes the contracts of the layer that call-offs give a right to; nil:
	// nothing can be connected from here.
	Connector Connector
	// Events tells endpoints of this organisation what happens to deeds; nil without
	// Collective.
	Events *event.Hub
	Now    func() time.Time
	Logger *slog.Logger
}

// Connector makes the contracts of the layer that stand on call-offs.
type Connector interface {
	// Connect proposes the contract under which this Peer calls a service that a
	// call-off of it is for, and binds the two, and gives the contract's hash. For a
	// call-off and service that are connected it gives the contract there is.
	Connect(ctx context.Context, callOff deed.Hash, service string) (fsc.ContentHash, error)
}

// Log is the index of the transaction log.
type Log interface {
	txlog.Reader
	// Search finds records for people, the newest first.
	Search(ctx context.Context, s txlog.Search) ([]txlog.Record, error)
	// Traffic counts calls per hour.
	Traffic(ctx context.Context, q txlog.TrafficQuery) ([]txlog.Traffic, error)
}

// Evidence is the chain of the transaction log with its checkpoints.
type Evidence interface {
	evidence.Source
	// NewestCheckpoints lists checkpoints, the newest first; before, when not 0,
	// continues behind that number.
	NewestCheckpoints(ctx context.Context, before int64, most int) ([]evidence.Sealed, error)
}

// History is what this node saw in the Directories.
type History interface {
	// Observations lists those of a service in all Directories, in order of Directory
	// and delegator.
	Observations(ctx context.Context, provider fsc.PeerID, name string) ([]directory.Observation, error)
}

// Remote reaches the Managers of other Peers.
type Remote interface {
	// Records asks a Peer for its records of transactions.
	Records(ctx context.Context, p fsc.PeerID, transactionIDs []string) ([]txlog.Record, error)
	// Probe connects to a Peer's Manager and tells what it says of itself.
	Probe(ctx context.Context, p fsc.PeerID) (Reached, error)
}

// Reached is what a Manager of another Peer told of itself.
type Reached struct {
	// Version and Extensions as in GET /peer (Core).
	Version     string
	Extensions  []string
	Certificate Certificate
	Took        time.Duration
}

// Certificate tells of a key pair in use.
type Certificate struct {
	// Use is transport, contract, token, inway or outway.
	Use                             string
	Subject, Issuer                 string
	SerialNumber                    string
	Thumbprint, PublicKeyThumbprint string
	NotBefore, NotAfter             time.Time
	File                            string
}

// Check is one part of the node's health; Problem is empty when it is well.
type Check struct{ Name, Problem string }

// Refusal is a number of calls refused for one reason since the start.
type Refusal struct {
	Component string // inway or outway
	Code      fsc.ErrorCode
	Calls     uint64
}

// Outway is one of this Peer's.
type Outway struct {
	Name                string
	Address             string // where applications call it
	PublicKeyThumbprint string
}

// Setting is a line of the configuration.
type Setting struct{ Key, Value string }

// Controller lets people act. It is safe for concurrent use.
type Controller struct {
	cfg     Config
	looks   *turnstile
	signers *signerNames
	texts   *frameworkTexts
}

// New makes a Controller.
func New(cfg Config) *Controller {
	return &Controller{cfg: cfg, looks: newTurnstile(), signers: newSignerNames(), texts: newFrameworkTexts()}
}

// Self is this Peer.
func (c *Controller) Self() fsc.Peer { return c.cfg.Manager.Self() }

// GroupID and GroupType are those of the Group.
func (c *Controller) GroupID() fsc.GroupID { return c.cfg.GroupID }

// GroupType is production, test or fieldlab.
func (c *Controller) GroupType() string { return c.cfg.GroupType }

// People gives accounts, sessions and the audit trail.
func (c *Controller) People() *operator.Operators { return c.cfg.People }

// act does something that has to be in the audit trail: it checks the
// permission, does it and writes the event, with the reason when it failed.
func (c *Controller) act(ctx context.Context, a operator.Actor, need operator.Permission, e operator.Event, do func() error) error {
	err := c.cfg.People.Require(a, need)
	if err == nil {
		err = do()
	}
	return c.cfg.People.Record(ctx, a, e, err)
}

// view checks that somebody may see something.
func (c *Controller) view(a operator.Actor, need operator.Permission) error {
	return c.cfg.People.Require(a, need)
}

// sees tells whether the actor may look, where who may not just gets less.
func (c *Controller) sees(a operator.Actor, need operator.Permission) bool {
	return c.view(a, need) == nil
}
