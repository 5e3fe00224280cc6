// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"runtime"
)

const haproxyConf = `global
  nbthread %d
  maxconn 8192
  ssl-default-bind-options ssl-min-ver TLSv1.3
  ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256
  ssl-default-server-options ssl-min-ver TLSv1.3
  ssl-default-server-ciphersuites TLS_AES_128_GCM_SHA256
defaults
  mode http
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  http-reuse always
frontend in
  bind %s %s
  default_backend next
backend next
  server next %s %s pool-purge-delay 300s
`

// startHaproxy runs two haproxy with mTLS between them, without checks or logs.
func (r *rig) startHaproxy(ctx context.Context, backend string) (*chain, error) {
	ports, err := freePorts(ctx, 2)
	if err != nil {
		return nil, err
	}
	c := &chain{entry: "http://" + local(ports[0]), hopPort: ports[1]}
	c.inway, err = r.startHaproxyServer(ctx, "haproxy-inway", fmt.Sprintf(haproxyConf, runtime.NumCPU(), local(ports[1]),
		fmt.Sprintf("ssl crt %s ca-file %s verify required alpn http/1.1", r.group.provider.both, r.group.anchor), backend, ""))
	if err != nil {
		return nil, err
	}
	c.outway, err = r.startHaproxyServer(ctx, "haproxy-outway", fmt.Sprintf(haproxyConf, runtime.NumCPU(), local(ports[0]), "", local(ports[1]),
		fmt.Sprintf("ssl crt %s ca-file %s verify required sni str(localhost) alpn http/1.1", r.group.consumer.both, r.group.anchor)))
	if err != nil {
		return nil, err
	}
	return c, c.ready(ctx, r.bodies[0])
}

func (r *rig) startHaproxyServer(ctx context.Context, name, text string) (*process, error) {
	conf, err := r.write(name+".cfg", text)
	if err != nil {
		return nil, err
	}
	return r.start(ctx, spec{name: name, program: "haproxy", args: []string{"-db", "-f", conf}})
}
