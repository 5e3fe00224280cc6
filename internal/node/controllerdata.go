// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
	"golang.org/x/sync/singleflight"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/txlog"
)

const probeTimeout = 5 * time.Second

// others reaches the Managers of other Peers for people. It implements
// [controller.Remote].
type others struct {
	client *fscapi.Client
	tls    func(fsc.PeerID) *tls.Config
	locate func(ctx context.Context, id fsc.PeerID) (fsc.Peer, error)
	now    func() time.Time
}

// Records implements [controller.Remote].
func (o others) Records(ctx context.Context, id fsc.PeerID, transactionIDs []string) ([]txlog.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	p, err := o.locate(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []txlog.Record
	for r, err := range o.client.AllLogRecords(ctx, p, fscapi.LogsRequest{TransactionIDs: transactionIDs}) {
		if err != nil {
			return nil, err
		}
		out = append(out, txlog.Record{
			TransactionID: r.TransactionID, Direction: txlog.Direction(r.Direction), GrantHash: string(r.GrantHash),
			ServiceName: r.ServiceName, OutwayPeerID: r.OutwayPeerID, ServicePeerID: r.ServicePeerID,
			SourceDelegator: r.SourceDelegator, DestinationDelegator: r.DestinationDelegator,
			CreatedAt: time.Unix(r.CreatedAt, 0), TraceID: r.TraceID, SpanID: r.SpanID, AdditionalData: r.AdditionalData,
		})
	}
	return out, nil
}

// Probe implements [controller.Remote].
func (o others) Probe(ctx context.Context, id fsc.PeerID) (controller.Reached, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	p, err := o.locate(ctx, id)
	if err != nil {
		return controller.Reached{}, err
	}
	began := o.now()
	info, err := o.client.PeerInfo(ctx, p)
	if err != nil {
		return controller.Reached{}, err
	}
	r := controller.Reached{Version: info.FSCVersion, Took: o.now().Sub(began)}
	for name, version := range info.Extensions {
		r.Extensions = append(r.Extensions, name+" "+version)
	}
	slices.Sort(r.Extensions)
	leaf, err := o.certificate(ctx, p)
	if err == nil {
		r.Certificate = certificateOf("transport", "", leaf)
	}
	return r, err
}

// certificate gives what the Manager of a Peer shows on a connection.
func (o others) certificate(ctx context.Context, p fsc.Peer) (*x509.Certificate, error) {
	u, err := url.Parse(p.ManagerAddress)
	if err != nil {
		return nil, err
	}
	raw, err := (&tls.Dialer{Config: o.tls(p.ID)}).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	defer func() { _ = raw.Close() }()
	c, ok := raw.(*tls.Conn)
	if !ok || len(c.ConnectionState().PeerCertificates) == 0 {
		return nil, errors.New("the connection shows no certificate")
	}
	return c.ConnectionState().PeerCertificates[0], nil
}

func certificateOf(use, file string, leaf *x509.Certificate) controller.Certificate {
	key, _ := fsc.PublicKeyThumbprint(leaf.PublicKey) // empty for a key the standard doesn't know
	return controller.Certificate{
		Use: use, File: file, Subject: leaf.Subject.String(), Issuer: leaf.Issuer.String(), SerialNumber: leaf.SerialNumber.String(),
		Thumbprint: fsc.CertificateThumbprint(leaf.Raw), PublicKeyThumbprint: key,
		NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter,
	}
}

// certificates lists the key pairs in use.
func (n *Node) certificates() []controller.Certificate {
	var list []controller.Certificate
	for _, pair := range []struct {
		use   string
		files FilesConfig
	}{
		{"transport", n.cfg.Keys.Transport},
		{"contract", n.cfg.Keys.Contract},
		{"token", n.cfg.Keys.Token},
		{"inway", n.cfg.Keys.Inway},
		{"outway", n.cfg.Keys.Outway},
	} {
		if r := n.keys.byFiles[pair.files]; r != nil {
			list = append(list, certificateOf(pair.use, pair.files.Certificate, r.Current().Leaf()))
		}
	}
	for _, anchor := range n.trust.anchors.Load().Certificates() {
		list = append(list, certificateOf(controller.UseAnchor, "", anchor))
	}
	return list
}

// outways lists the Outways of this process.
func (n *Node) outways() []controller.Outway {
	if n.outway == nil {
		return nil
	}
	scheme := "http://"
	if n.cfg.Outway.TLS != (FilesConfig{}) {
		scheme = "https://"
	}
	return []controller.Outway{{
		Name: n.cfg.Log.Name, Address: scheme + n.Addresses["outway"], PublicKeyThumbprint: n.keys.outway.Current().PublicKeyThumbprint(),
	}}
}

// publishedFor is how long an answer of the Directories is good for a page.
const publishedFor = 5 * time.Second

// listings remembers what the Directories told, so that a page doesn't wait for
// them each time.
type listings struct {
	flight singleflight.Group

	mu   sync.Mutex
	at   time.Time
	list []directory.Listing
}

// published lists what the Group's Directories tell.
func (n *Node) published(ctx context.Context) ([]directory.Listing, error) {
	l := &n.listed
	l.mu.Lock()
	list, fresh := l.list, n.now().Sub(l.at) < publishedFor
	l.mu.Unlock()
	if fresh {
		return list, nil
	}
	got, err, _ := l.flight.Do("", func() (any, error) {
		list, err := n.askDirectories(context.WithoutCancel(ctx))
		if err == nil {
			l.mu.Lock()
			l.at, l.list = n.now(), list
			l.mu.Unlock()
		}
		return list, err
	})
	list, _ = got.([]directory.Listing)
	return list, err
}

func (n *Node) askDirectories(ctx context.Context) ([]directory.Listing, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	return n.watch.read(ctx)
}

// settings are the lines of the configuration. Keys are files, so there are no
// secrets in it.
func (c *Config) settings() ([]controller.Setting, error) {
	b, err := yaml.Marshal(c)
	if err != nil {
		return nil, err
	}
	var tree yaml.MapSlice
	if err := yaml.Unmarshal(b, &tree); err != nil {
		return nil, err
	}
	var out []controller.Setting
	flatten("", tree, &out)
	return out, nil
}

func flatten(prefix string, v any, out *[]controller.Setting) {
	switch v := v.(type) {
	case yaml.MapSlice:
		for _, item := range v {
			flatten(strings.TrimPrefix(fmt.Sprintf("%s.%v", prefix, item.Key), "."), item.Value, out)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			flatten(prefix+"."+key, v[key], out)
		}
	case []any:
		for i, item := range v {
			flatten(fmt.Sprintf("%s[%d]", prefix, i), item, out)
		}
	case nil:
	default:
		if text := fmt.Sprint(v); text != "" {
			*out = append(*out, controller.Setting{Key: prefix, Value: text})
		}
	}
}

// isLoopback tells whether an address can only be reached from this machine.
func isLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}
