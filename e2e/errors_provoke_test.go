// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
)

// requestErrors are refusals that no contract is needed for.
func (f *federation) requestErrors() []provocation {
	return []provocation{
		{fsc.CodeInvalidRequest, fsc.DomainManager, 400, func(t *testing.T) answer {
			return f.amber.api(t, f.provider.peer, http.MethodPost, "/contracts", []byte(`{"contract_content":`))
		}},
		{fsc.CodeNotFound, fsc.DomainManager, 404, func(t *testing.T) answer {
			return f.amber.api(t, f.provider.peer, http.MethodGet, "/nergens", nil)
		}},
		{fsc.CodeMethodUnsupported, fsc.DomainManager, 405, func(t *testing.T) answer {
			return f.amber.api(t, f.provider.peer, http.MethodDelete, "/peer", nil)
		}},
		{fsc.CodeRequestTooLarge, fsc.DomainManager, 413, func(t *testing.T) answer {
			return f.amber.api(t, f.provider.peer, http.MethodPost, "/contracts", bytes.Repeat([]byte(" "), 9<<20))
		}},
		{fsc.CodeTooManyRequests, fsc.DomainManager, 429, func(t *testing.T) answer {
			return f.outsider.until(t, f.provider.peer, http.StatusTooManyRequests)
		}},
	}
}

// until asks for the same thing, several at once, until the status comes.
func (f *foreign) until(t *testing.T, at fsc.Peer, status int) answer {
	t.Helper()
	found := make(chan answer, 1)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				a, err := send(f.client, http.MethodGet, at.ManagerAddress+"/v1/peer", nil, nil)
				if err != nil || len(found) > 0 {
					return
				}
				if a.status == status {
					select {
					case found <- a:
					default:
					}
				}
			}
		})
	}
	wg.Wait()
	return receive(t, "status "+strconv.Itoa(status), found)
}

func (f *federation) inwayErrors() []provocation {
	forged := func(code fsc.ErrorCode, status int, change func(*fsc.Claims)) provocation {
		return provocation{code, fsc.DomainInway, status, func(t *testing.T) answer {
			return f.callInway(t, f.forgeToken(t, change), newTransactionID(t))
		}}
	}
	return []provocation{
		{fsc.CodeAccessTokenMissing, fsc.DomainInway, 401, func(t *testing.T) answer { return f.callInway(t, "", newTransactionID(t)) }},
		forged(fsc.CodeAccessTokenInvalid, 401, func(c *fsc.Claims) { c.Subject = berylID }),
		forged(fsc.CodeAccessTokenExpired, 401, func(c *fsc.Claims) { c.ExpiresAt = time.Now().Add(-time.Minute).Unix() }),
		forged(fsc.CodeWrongGroupIDInToken, 403, func(c *fsc.Claims) { c.GroupID = "elders" }),
		forged(fsc.CodeServiceNotFound, 404, func(c *fsc.Claims) { c.Service = "bestaat-niet" }),
		{fsc.CodeServiceUnreachable, fsc.DomainInway, 502, func(t *testing.T) answer {
			gone := internalapi.Service{Name: "dicht", Upstream: "http://127.0.0.1:1"}
			if err := f.provider.door.PutService(t.Context(), gone); err != nil {
				t.Fatal(err)
			}
			token := f.forgeToken(t, func(c *fsc.Claims) { c.Service = gone.Name })
			var a answer
			eventually(t, "service at the Inway", func() bool {
				a = f.callInway(t, token, newTransactionID(t))
				return a.status != http.StatusNotFound
			})
			return a
		}},
		{fsc.CodeServiceTimeout, fsc.DomainInway, 504, func(t *testing.T) answer {
			return f.callLimited(t, "traag", `{"responseMilliseconds":20}`, nil)
		}},
		{fsc.CodeRequestTooLarge, fsc.DomainInway, 413, func(t *testing.T) answer {
			return f.callLimited(t, "klein", `{"requestBytes":1}`, []byte("te veel"))
		}},
		{fsc.CodeMissingLogRecordID, fsc.DomainInway, 400, func(t *testing.T) answer { return f.callInway(t, f.inwayToken(t), "") }},
		{fsc.CodeInvalidLogRecordID, fsc.DomainInway, 400, func(t *testing.T) answer { return f.callInway(t, f.inwayToken(t), "42") }},
	}
}

func (f *federation) outwayErrors(t *testing.T) []provocation {
	t.Helper()
	accepting := f.node(t, "00000099000000007000", func(c *node.Config) {
		providing(c)
		c.Outway.TransactionID = "accept-client"
		c.Group.Directories = []node.PeerConfig{{PeerID: providerID, ManagerAddress: f.provider.peer.ManagerAddress}}
	})
	withID := func(id string) func(t *testing.T) answer {
		return func(t *testing.T) answer {
			c := propose(t, accepting, connection(accepting.peer.ID, accepting.pair, providerID, service))
			f.inState(t, accepting, c.ContentHash, fsc.StateValid)
			var a answer
			eventually(t, "the Outway knows the grant", func() bool {
				h := http.Header{"Fsc-Grant-Hash": {string(c.GrantHashes[0])}}
				if id != "" {
					h.Set("Fsc-Transaction-Id", id)
				}
				a = mustSend(t, f.application, http.MethodGet, accepting.outway+"/", h, nil)
				return a.problem().Code != string(fsc.CodeUnknownGrantHashInHeader)
			})
			return a
		}
	}
	foreignToken := func(token func(fsc.GrantHash) (int, string)) func(t *testing.T) answer {
		return func(t *testing.T) answer {
			f.beryl.behave(token, nil)
			return f.callOutway(t, f.agree(t, []*foreign{f.beryl}, f.ownGrant()))
		}
	}
	const outway = fsc.DomainOutway
	return []provocation{
		{fsc.CodeMissingLogRecordID, outway, 400, withID("")},
		{fsc.CodeInvalidLogRecordID, outway, 400, withID("0190a0b0-0000-4000-8000-000000000000")},
		{fsc.CodeAccessTokenUnavailable, outway, 502, foreignToken(refusing)},
		{fsc.CodeInwayUnreachable, outway, 502, foreignToken(f.issuing(t, func(c *fsc.Claims) { c.Audience = "https://localhost:1" }))},
		{fsc.CodeWrongGroupIDInToken, outway, 502, foreignToken(f.issuing(t, func(c *fsc.Claims) { c.GroupID = "elders" }))},
		{fsc.CodeUnknownGrantHashInHeader, outway, 400, func(t *testing.T) answer {
			return mustSend(t, f.application, http.MethodGet, f.consumer.outway+"/", http.Header{"Fsc-Grant-Hash": {"$1$3$x"}}, nil)
		}},
		{fsc.CodeMethodUnsupported, outway, 405, func(t *testing.T) answer {
			return mustSend(t, f.application, http.MethodConnect, f.consumer.outway, nil, nil)
		}},
		{fsc.CodeGrantAmbiguous, outway, 409, func(t *testing.T) answer {
			use := connection(consumerID, f.consumer.pair, providerID, service)
			f.callOutway(t, f.agree(t, nil, use))
			f.callOutway(t, f.agree(t, []*foreign{f.amber}, behalf(use, amberID)))
			host := http.Header{"Host": {service + "." + string(providerID) + ".fsc.localhost"}}
			return mustSend(t, f.application, http.MethodGet, f.consumer.outway+"/", host, nil)
		}},
	}
}

// diskErrors need a node whose disk fails.
func (f *federation) diskErrors(t *testing.T) []provocation {
	t.Helper()
	p := newFaulty(t, f)
	failing := func(call func(t *testing.T) answer) func(t *testing.T) answer {
		return func(t *testing.T) answer {
			p.refuseWrites(t, true)
			defer p.refuseWrites(t, false)
			return call(t)
		}
	}
	return []provocation{
		{fsc.CodeTransactionLogWriteError, fsc.DomainInway, 500, failing(p.callInway)},
		{fsc.CodeTransactionLogWriteError, fsc.DomainOutway, 500, failing(p.callOutway)},
		{fsc.CodeInternal, fsc.DomainManager, 500, failing(func(t *testing.T) answer {
			return f.amber.submit(t, p.peer, draft(t, nil, connection(amberID, f.amber.pair, faultyID, service)))
		})},
	}
}
