// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// serviceName is what the provider offers, serviceHost how the application calls it.
const (
	serviceName = "service"
	serviceHost = "service.bench"
	// indexPause is longer than the index of the log rests between two steps after load.
	indexPause = 1200 * time.Millisecond
)

// nodeConf is a node's configuration: ID of the Group, anchor, Directory, key
// pair, addresses, and what only one of the two has.
const nodeConf = `roles: [manager, %s]
data_dir: data
group:
  id: %s
  type: fieldlab
  trust_anchors: [%s]
  revocation: {mode: "off"}
  directories: [{peer_id: "%s", manager_address: "https://%s"}]
keys:
  transport: {certificate: %s, key: %s}
internal: {listen: "%s"}
monitoring: {listen: "%s"}
%s`

const providerConf = `manager:
  listen: "%[1]s"
  address: "https://%[1]s"
  auto_accept: [{role: provider, services: [` + serviceName + `], consumers: ["%[3]s"]}]
inway: {listen: "%[2]s", address: "https://%[2]s"}
`

const consumerConf = `manager: {listen: "%[1]s", address: "https://%[1]s"}
outway:
  listen: "%[2]s"
  routes: [{host: ` + serviceHost + `, peer_id: "%[3]s", service: ` + serviceName + `}]
`

// program is where build puts what is measured.
func (r *rig) program() string { return filepath.Join(r.dir, "samenspel") }

func (r *rig) build(ctx context.Context) error {
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	return buildIn(ctx, root, r.program())
}

func buildIn(ctx context.Context, root, program string) error {
	_, err := output(ctx, root, "go", "build", "-trimpath", "-o", program, "./cmd/samenspel")
	return err
}

// startSamenspel runs the program as two nodes: the consumer's
// with an Outway, the provider's with an Inway and the Directory. It makes the
// contract between them as people would.
func (r *rig) startSamenspel(ctx context.Context, backend string) (*chain, error) {
	return r.startNodes(ctx, backend, nodes{program: r.program()})
}

// nodes are two nodes of one build; prefix tells those of several builds apart.
type nodes struct{ prefix, program string }

func (r *rig) startNodes(ctx context.Context, backend string, which nodes) (*chain, error) {
	ports, err := freePorts(ctx, 8)
	if err != nil {
		return nil, err
	}
	address := func(i int) string { return local(ports[i]) }
	directory := address(0)
	provider := fmt.Sprintf(nodeConf, "inway", groupID, r.group.anchor, providerID, directory, r.group.provider.certificate, r.group.provider.key,
		address(1), address(2), fmt.Sprintf(providerConf, directory, address(3), consumerID))
	consumer := fmt.Sprintf(nodeConf, "outway", groupID, r.group.anchor, providerID, directory, r.group.consumer.certificate, r.group.consumer.key,
		address(4), address(5), fmt.Sprintf(consumerConf, address(6), address(7), providerID))
	c := &chain{entry: "http://" + address(7), host: serviceHost, hopPort: ports[3], pauses: indexPause}
	if c.inway, err = r.startNode(ctx, which, "provider", provider); err != nil {
		return nil, err
	}
	if c.outway, err = r.startNode(ctx, which, "consumer", consumer); err != nil {
		return nil, err
	}
	if err := r.agree(ctx, backend, which.program, c); err != nil {
		return nil, err
	}
	return c, c.ready(ctx, r.bodies[0])
}

func (r *rig) startNode(ctx context.Context, which nodes, name, conf string) (*process, error) {
	name = which.prefix + name
	file, err := r.write(filepath.Join(name, "node.yaml"), conf)
	if err != nil {
		return nil, err
	}
	return r.start(ctx, spec{name: name, program: which.program, args: []string{"serve", "--config", file, "--log-level", "warn"}, dir: filepath.Dir(file)})
}

// agree offers the service and proposes the contract; the provider's rule
// accepts it. The first commands are repeated until the nodes answer.
func (r *rig) agree(ctx context.Context, backend, program string, c *chain) error {
	run := func(p *process, args ...string) error {
		args = append(args, "--config", filepath.Join(r.dir, p.name, "node.yaml"))
		return p.waitFor(ctx, 20*time.Second, func(ctx context.Context) error {
			_, err := output(ctx, r.dir, program, args...)
			return err
		})
	}
	if err := run(c.inway, "service", "add", serviceName, "--upstream", "http://"+backend); err != nil {
		return err
	}
	// The consumer announced itself to the Directory, which is the provider, by
	// the time it lists it.
	if err := run(c.outway, "peer", "list"); err != nil {
		return err
	}
	return run(c.outway, "contract", "create", "--type", "connection", "--service", serviceName, "--provider", string(providerID),
		"--consumer", string(consumerID), "--outway-certificate", r.group.consumer.certificate, "--valid-for", "24h")
}
