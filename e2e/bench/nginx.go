// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// nginxCommon is what all nginx of the rig share. The temporary folders are named
// because the packaged defaults are outside the rig's folder.
const nginxCommon = `daemon off;
%s
worker_processes %s;
pid nginx.pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  tcp_nodelay on;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Host $host;
  proxy_buffer_size 32k;
  proxy_buffers 8 32k;
  proxy_busy_buffers_size 64k;
  proxy_max_temp_file_size 0;
%s
}
`

const nginxUpstream = `  upstream next { server %s; keepalive 1024; keepalive_requests 1000000000; keepalive_timeout 300s; }
`

// startNginxServer runs one nginx with the given body of its http block.
func (r *rig) startNginxServer(ctx context.Context, name, workers, http string) (*process, error) {
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;" // else workers run as a user that may not read the rig's files
	}
	conf, err := r.write(filepath.Join(name, "nginx.conf"), fmt.Sprintf(nginxCommon, user, workers, http))
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(conf)
	return r.start(ctx, spec{name: name, program: "nginx", args: []string{"-p", dir, "-e", "stderr", "-c", conf}, dir: dir})
}

// backendName is the process behind all chains.
const backendName = "backend"

// startBackend runs the service behind all chains: static answers, one worker.
func (r *rig) startBackend(ctx context.Context) (*chain, error) {
	ports, err := freePorts(ctx, 1)
	if err != nil {
		return nil, err
	}
	for _, n := range r.bodies {
		if _, err := r.write(filepath.Join("files", bodyPath(n)), string(bodyText(n))); err != nil {
			return nil, err
		}
	}
	p, err := r.startNginxServer(ctx, backendName, "1", fmt.Sprintf(`
  sendfile on; tcp_nopush on;
  open_file_cache max=100; open_file_cache_valid 1h;
  server { listen %s; root %s; }`, local(ports[0]), filepath.Join(r.dir, "files")))
	if err != nil {
		return nil, err
	}
	c := &chain{name: chainDirect, entry: "http://" + local(ports[0])}
	probe := &chain{entry: c.entry, outway: p}
	return c, probe.ready(ctx, r.bodies[0])
}

// startNginx runs two nginx with mTLS between them, which keep connections open
// and neither check tokens nor log.
func (r *rig) startNginx(ctx context.Context, backend string) (*chain, error) {
	ports, err := freePorts(ctx, 2)
	if err != nil {
		return nil, err
	}
	c := &chain{entry: "http://" + local(ports[0]), hopPort: ports[1]}
	c.inway, err = r.startNginxServer(ctx, "nginx-inway", "auto", fmt.Sprintf(nginxUpstream, backend)+fmt.Sprintf(`
  server {
    listen %s ssl;
    ssl_certificate %s; ssl_certificate_key %s; ssl_client_certificate %s;
    ssl_verify_client on; ssl_verify_depth 3; ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    location / { proxy_pass http://next; }
  }`, local(ports[1]), r.group.provider.certificate, r.group.provider.key, r.group.anchor))
	if err != nil {
		return nil, err
	}
	c.outway, err = r.startNginxServer(ctx, "nginx-outway", "auto", fmt.Sprintf(nginxUpstream, local(ports[1]))+fmt.Sprintf(`
  server {
    listen %s;
    location / {
      proxy_pass https://next;
      proxy_ssl_certificate %s; proxy_ssl_certificate_key %s; proxy_ssl_trusted_certificate %s;
      proxy_ssl_verify on; proxy_ssl_verify_depth 3; proxy_ssl_name localhost; proxy_ssl_server_name on;
      proxy_ssl_protocols TLSv1.3; proxy_ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    }
  }`, local(ports[0]), r.group.consumer.certificate, r.group.consumer.key, r.group.anchor))
	if err != nil {
		return nil, err
	}
	return c, c.ready(ctx, r.bodies[0])
}
