// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/pki/localca"
)

// slowClient connects, sends something and then nothing more.
type slowClient struct {
	name, address string
	config        *tls.Config // nil: no TLS
	send          string
}

// TestSlowClientsAreCutOff opens connections that never send a whole request. A
// node waits 10 s for a head, so that is how long this takes: all wait at once.
func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	n := l.node(t, providerID, nil)
	amber := l.foreign(t, amberID, localca.ECDSAP256)
	config := l.clientTLS(amber.pair)
	config.NextProtos = []string{"http/1.1"}
	var wg sync.WaitGroup
	for _, c := range []slowClient{
		{"silent at the Manager", n.peer.ManagerAddress, nil, ""},
		{"silent at the Inway", n.inway, nil, ""},
		{"half a hello at the Manager", n.peer.ManagerAddress, nil, "\x16\x03\x01\x02\x00"},
		{"half a head at the Manager", n.peer.ManagerAddress, config, "GET /v1/peer HTTP/1.1\r\nHost: x\r\n"},
		{"half a head at the Inway", n.inway, config, "GET / HTTP/1.1\r\nHost: x\r\nX: "},
		{"half a head at the Outway", n.outway, nil, "GET / HTTP/1.1\r\nHost: "},
		{"half a head at the monitoring", n.monitoring, nil, "GET /livez"},
		{"half a second request at the Inway", n.inway, config, "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT"},
	} {
		wg.Go(func() {
			if err := c.untilClosed(); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		})
	}
	wg.Wait()
}

// cutOff is when a client that is too slow has to be gone; twice the node's limit for a head.
const cutOff = 20 * time.Second

// untilClosed reads until the other side closes the connection.
func (c slowClient) untilClosed() error {
	conn, err := net.Dial("tcp", c.address[strings.LastIndex(c.address, "/")+1:])
	if err != nil {
		return err
	}
	if c.config != nil {
		conn = tls.Client(conn, c.config)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(cutOff)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, c.send); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("still open after %s", cutOff)
	}
	return nil
}
