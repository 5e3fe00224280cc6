// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/restapi"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/operator"
)

// ManagementPath is where the internal door has the management API.
const ManagementPath = "/management"

// The command line of this machine sends what it asks one after the other, but
// may ask for many pages.
const (
	commandsPerSecond = 200
	commandsAtOnce    = 1000
)

// openActs makes what people do, for the pages, the management API and the
// command line. It is there also without a door for people.
func (n *Node) openActs(ctx context.Context) error {
	if err := n.openPeople(ctx); err != nil {
		return fmt.Errorf("controller: %w", err)
	}
	settings, err := n.cfg.settings()
	if err != nil {
		return fmt.Errorf("controller: %w", err)
	}
	client := fscapi.NewClient(fscapi.ClientConfig{HTTP: n.clients[0].client, Address: n.self.ManagerAddress})
	n.watch = n.newWatch()
	var connector controller.Connector
	if n.desk != nil {
		connector = n
	}
	n.controller = controller.New(controller.Config{
		Collective: n.desk, Identity: n.trust.identity, Register: n.register, Connector: connector, Events: n.events,
		Manager: n.manager, People: n.people, Log: n.store.Log(), Evidence: n.store.Log(), Verifier: n.verifier(), Retention: n.retention(), Directory: n.published, History: n.store, GroupID: n.group, GroupType: n.cfg.Group.Type,
		Remote:       others{client: client, tls: n.trust.tls(n.keys.transport).Client, locate: n.manager.Locate, now: n.now},
		Comparison:   n.newComparison(client),
		LogLag:       n.logLag,
		Scout:        scout{n},
		Certificates: n.certificates, Health: n.health.list, Refusals: n.metrics.refused.list, Limited: n.metrics.refused.limitedOf, Outways: n.outways, Settings: settings,
		Now: n.now, Logger: n.logger.With("component", "controller"),
	})
	return nil
}

// machineAPI is the management API as the command line of this machine reaches
// it through the internal door, below [ManagementPath].
func (n *Node) machineAPI() (http.Handler, error) {
	api, err := restapi.New(restapi.Config{
		Controller: n.controller, Authenticate: commandLine, PerSecond: commandsPerSecond, Burst: commandsAtOnce,
		Now: n.now, Logger: n.logger.With("component", "controller"),
	})
	if err != nil {
		return nil, fmt.Errorf("management API: %w", err)
	}
	return http.StripPrefix(ManagementPath, api), nil
}

// commandLine is who comes in with the certificate of the command line of this
// machine: whoever can read its key can change the node's files as well, and
// may do everything.
func commandLine(r *http.Request) (operator.Actor, error) {
	role, err := roleOf(r)
	if err != nil || role != internalapi.RoleCLI {
		return operator.Actor{}, &operator.Error{Kind: operator.KindForbidden, Text: "this certificate is not of the command line"}
	}
	return machine(), nil
}

// machine is the command line of this machine as an actor.
func machine() operator.Actor {
	return operator.Actor{Name: "command line", Permissions: operator.Permissions()}
}

// actByMachine keeps what the command line does on the internal door in the
// audit trail. An act that needs a second person can't be done there: nothing
// could wait for that person.
func (n *Node) actByMachine(ctx context.Context, act, object string, do func(context.Context) error) error {
	var err error
	switch released := n.released(ctx); {
	case released != nil && strings.HasPrefix(act, "contract."):
		err = fsc.Errorf(fsc.CodeInvalidRequest, "%s: %s runs this node, so somebody of the organisation itself releases it with a second factor, on the pages or through the management API", act, n.people.Host())
	case n.people.NeedsSecond(act):
		err = fsc.Errorf(fsc.CodeInvalidRequest, "%s needs a second person here: propose it on the pages or through the management API", act)
	default:
		err = do(ctx)
	}
	return n.people.Record(ctx, machine(), operator.Event{Act: act, Object: object}, err)
}

// released stands before each signature that a person makes: on a node that is
// hosted somebody has to have released it. Before there are people nobody has.
func (n *Node) released(ctx context.Context) error {
	if n.people == nil {
		return fsc.Errorf(fsc.CodeInternal, "the people of this node aren't known yet")
	}
	return n.people.Released(ctx)
}

// apiBeside answers paths with the prefix by api, which wants them as they were
// sent, and all others by rest.
func apiBeside(api http.Handler, prefix string, rest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, prefix) {
			api.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	})
}
