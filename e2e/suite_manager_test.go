// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
)

// get reads JSON from the provider's Manager.
func (s *suite) get(t *testing.T, by *foreign, path string, v any) {
	t.Helper()
	a := by.api(t, s.provider.peer, http.MethodGet, path, nil)
	if err := json.Unmarshal(a.body, v); err != nil || a.status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, a.status, a.body)
	}
}

func (s *suite) managerInfo(t *testing.T) {
	t.Helper()
	s.run(t, "Manager-PeerInfo-1", func(t *testing.T) {
		var p struct {
			ID         string            `json:"peer_id"`
			Name       string            `json:"peer_name"`
			Version    string            `json:"fsc_version"`
			Extensions map[string]string `json:"enabled_extensions"`
		}
		s.get(t, s.outsider, "/peer", &p)
		if p.ID != string(providerID) || p.Name != s.provider.peer.Name || p.Version != "1.0.0" || p.Extensions["EXTENSION_TRANSACTION_LOGGING"] != "1.0.0" {
			t.Errorf("%+v", p)
		}
	})
	s.run(t, "Manager-Peers-1", func(t *testing.T) {
		var before, after struct {
			Peers []struct {
				ID      string `json:"id"`
				Name    string `json:"name"`
				Address string `json:"manager_address"`
			} `json:"peers"`
		}
		s.get(t, s.amber, "/peers?peer_id="+string(outsiderID), &before)
		if len(before.Peers) != 0 {
			t.Errorf("a Peer that never announced itself is listed: %+v", before.Peers)
		}
		if a := s.outsider.api(t, s.provider.peer, http.MethodPut, "/announce", nil); a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		s.get(t, s.amber, "/peers?peer_name=4000&limit=10", &after)
		s.get(t, s.amber, "/peers?peer_id="+string(outsiderID), &after)
		if len(after.Peers) != 1 || after.Peers[0].Address != s.outsider.peer.ManagerAddress || after.Peers[0].Name != s.outsider.peer.Name {
			t.Errorf("%+v", after.Peers)
		}
	})
}

func (s *suite) managerLists(t *testing.T) {
	t.Helper()
	s.run(t, "Manager-TransactionLogRecord-1", func(t *testing.T) {
		token, id := s.inwayToken(t), newTransactionID(t)
		s.callInway(t, token, id)
		record(t, s.provider.door, id)
		var v struct {
			Records []struct {
				ID     string `json:"transaction_id"`
				Source struct {
					Type   string `json:"type"`
					PeerID string `json:"outway_peer_id"`
				} `json:"source"`
				Destination struct {
					PeerID string `json:"service_peer_id"`
				} `json:"destination"`
			} `json:"records"`
		}
		s.get(t, s.amber, "/logs?transaction_ids="+id, &v)
		if len(v.Records) != 1 || v.Records[0].ID != id || v.Records[0].Source.PeerID != string(amberID) || v.Records[0].Destination.PeerID != string(providerID) {
			t.Errorf("%+v", v)
		}
		for _, path := range []string{"/logs?transaction_ids=" + id, "/logs?limit=1000"} {
			s.get(t, s.outsider, path, &v)
			if len(v.Records) != 0 {
				t.Errorf("%s shows records of others: %+v", path, v)
			}
		}
	})
	s.run(t, "Manager-JSONWebKeySet-1", func(t *testing.T) {
		for _, base := range []string{s.provider.peer.ManagerAddress + "/v1", s.provider.peer.ManagerAddress} {
			a := mustSend(t, s.outsider.client, http.MethodGet, base+"/.well-known/jwks.json", nil, nil)
			var v struct {
				Keys []jwk `json:"keys"`
			}
			if err := json.Unmarshal(a.body, &v); err != nil || a.status != http.StatusOK {
				t.Fatalf("%d %s", a.status, a.body)
			}
			want := newJWK(s.provider.pair)
			same := func(k jwk) bool {
				return k.Type == want.Type && k.X == want.X && k.Y == want.Y && slices.Equal(k.Chain, want.Chain)
			}
			if !slices.ContainsFunc(v.Keys, same) {
				t.Errorf("the key set lacks the key that signs contracts and tokens: %s", a.body)
			}
		}
	})
}
