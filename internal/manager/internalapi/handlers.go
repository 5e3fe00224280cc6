// SPDX-License-Identifier: EUPL-1.2

package internalapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/txlog"
)

const (
	defaultLimit = 100
	maxLimit     = 1000
)

func (s *server) self(*http.Request) (any, error) {
	p := s.Manager.Self()
	return Self{PeerID: p.ID, Name: p.Name, ManagerAddress: p.ManagerAddress, GroupID: s.GroupID}, nil
}

func (s *server) listContracts(r *http.Request) (any, error) {
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	f := manager.ContractFilter{Limit: limit, GrantType: fsc.GrantType(r.FormValue("grant_type"))}
	if h := r.FormValue("grant_hash"); h != "" {
		f.GrantHashes = []fsc.GrantHash{fsc.GrantHash(h)}
	}
	if f.After, err = contractKey(r.FormValue("after")); err != nil {
		return nil, err
	}
	contracts, err := s.Manager.ListContracts(r.Context(), f)
	if err != nil {
		return nil, err
	}
	out := make([]Contract, 0, len(contracts))
	for _, c := range contracts {
		out = append(out, wireContract(c, s.Now()))
	}
	return out, nil
}

// contractKey reads created_at and content hash, joined by a comma.
func contractKey(v string) (*manager.ContractKey, error) {
	if v == "" {
		return nil, nil
	}
	at, hash, _ := strings.Cut(v, ",")
	created, err := strconv.ParseInt(at, 10, 64)
	if err != nil || fsc.ContentHash(hash).Validate() != nil {
		return nil, fsc.Errorf(fsc.CodeInvalidRequest, "after must be the created_at and the content hash of a contract, joined by a comma")
	}
	return &manager.ContractKey{CreatedAt: created, ContentHash: fsc.ContentHash(hash)}, nil
}

func (s *server) createContract(r *http.Request) (any, error) {
	var p Proposal
	if err := read(r, &p); err != nil {
		return nil, err
	}
	proposal, err := p.proposal()
	if err != nil {
		return nil, err
	}
	var c *manager.Contract
	err = s.Act(r.Context(), "contract.propose", "", func(ctx context.Context) (err error) {
		c, err = s.Manager.Create(ctx, proposal)
		return err
	})
	if err != nil {
		return nil, err
	}
	return wireContract(c, s.Now()), nil
}

func (s *server) showContract(r *http.Request) (any, error) {
	h := fsc.ContentHash(r.PathValue("hash"))
	if err := h.Validate(); err != nil {
		return nil, err
	}
	c, err := s.Manager.FindContract(r.Context(), h)
	if err != nil {
		return nil, err
	}
	w := wireContract(c, s.Now())
	ds, err := s.Manager.ListDeliveries(r.Context(), manager.DeliveryFilter{ContentHash: h})
	if err != nil {
		return nil, err
	}
	for _, d := range ds {
		w.Deliveries = append(w.Deliveries, wireDelivery(d))
	}
	return w, nil
}

func (s *server) signContract(r *http.Request) (any, error) {
	h, t := fsc.ContentHash(r.PathValue("hash")), fsc.SignatureType(r.PathValue("type"))
	if err := h.Validate(); err != nil {
		return nil, err
	}
	if !t.Valid() {
		return nil, fsc.Errorf(fsc.CodeNotFound, "a contract can be accepted, rejected or revoked")
	}
	var c *manager.Contract
	err := s.Act(r.Context(), "contract."+string(t), string(h), func(ctx context.Context) (err error) {
		c, err = s.Manager.Sign(ctx, h, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	return wireContract(c, s.Now()), nil
}

func (s *server) listServices(r *http.Request) (any, error) {
	services, err := s.Manager.ListServices(r.Context())
	if err != nil {
		return nil, err
	}
	out := make([]Service, 0, len(services))
	for _, sv := range services {
		out = append(out, Service{
			Name: sv.Name, Upstream: sv.Upstream, InwayAddress: sv.InwayAddress, RequiresAgreement: sv.RequiresAgreement,
			MoreUpstreams: sv.Upstreams()[1:],
		})
	}
	return out, nil
}

func (s *server) putService(r *http.Request) (any, error) {
	var sv Service
	if err := read(r, &sv); err != nil {
		return nil, err
	}
	if sv.Name != r.PathValue("name") {
		return nil, fsc.Errorf(fsc.CodeInvalidRequest, "name in the body must be the name in the path")
	}
	return nil, s.Act(r.Context(), "service.put", sv.Name, func(ctx context.Context) error {
		err := s.Manager.PutService(ctx, manager.Service{
			Name: sv.Name, Upstream: sv.Upstream, InwayAddress: sv.InwayAddress, RequiresAgreement: sv.RequiresAgreement,
			MoreUpstreams: strings.Join(sv.MoreUpstreams, " "),
		})
		if err == nil && sv.RequiresAgreement {
			err = s.Manager.RequireAgreement(ctx, sv.Name, true)
		}
		return err
	})
}

func (s *server) deleteService(r *http.Request) (any, error) {
	name := r.PathValue("name")
	return nil, s.Act(r.Context(), "service.delete", name, func(ctx context.Context) error { return s.Manager.DeleteService(ctx, name) })
}

func (s *server) listListings(r *http.Request) (any, error) {
	return s.Directory(r.Context())
}

func (s *server) listPeers(r *http.Request) (any, error) {
	peers, err := s.Manager.ListPeers(r.Context(), manager.PeerFilter{})
	if err != nil {
		return nil, err
	}
	out := make([]Peer, 0, len(peers))
	for _, p := range peers {
		out = append(out, Peer{ID: p.ID, Name: p.Name, ManagerAddress: p.ManagerAddress})
	}
	return out, nil
}

// ReconcileResult tells what a reconciliation with a Peer changed.
type ReconcileResult struct {
	Compared   int `json:"compared"`
	Imported   int `json:"imported"`
	Signatures int `json:"signatures"`
	Resent     int `json:"resent"`
}

func (s *server) reconcile(r *http.Request) (any, error) {
	res, err := s.Manager.Reconcile(r.Context(), fsc.PeerID(r.PathValue("id")))
	if err != nil {
		return nil, fsc.WrapError(fsc.CodeInternal, err, "the Peer's Manager can't be asked now: "+err.Error())
	}
	return ReconcileResult(res), nil
}

func (s *server) retry(r *http.Request) (any, error) {
	n, err := s.Manager.Retry(r.Context(), fsc.PeerID(r.PathValue("id")))
	if err != nil {
		return nil, err
	}
	return map[string]int{"queued": n}, nil
}

func (s *server) listDeliveries(r *http.Request) (any, error) {
	ds, err := s.Manager.ListDeliveries(r.Context(), manager.DeliveryFilter{
		Target: fsc.PeerID(r.FormValue("peer_id")), Undelivered: r.FormValue("all") == "", Limit: maxLimit,
	})
	if err != nil {
		return nil, err
	}
	out := make([]Delivery, 0, len(ds))
	for _, d := range ds {
		out = append(out, wireDelivery(d))
	}
	return out, nil
}

func (s *server) listRecords(r *http.Request) (any, error) {
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	q := txlog.Query{Descending: true, Limit: limit}
	if id := r.FormValue("transaction_id"); id != "" {
		q.TransactionIDs = strings.Split(id, ",")
	}
	if n := r.FormValue("service_name"); n != "" {
		q.ServiceNames = []string{n}
	}
	if h := r.FormValue("grant_hash"); h != "" {
		q.GrantHashes = []string{h}
	}
	records, err := s.Log.Records(r.Context(), q)
	if err != nil {
		return nil, err
	}
	out := make([]Record, 0, len(records))
	for _, rec := range records {
		out = append(out, wireRecord(rec))
	}
	return out, nil
}

func limitOf(r *http.Request) (int, error) {
	v := r.FormValue("limit")
	if v == "" {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > maxLimit {
		return 0, fsc.Errorf(fsc.CodeInvalidRequest, "limit must be a number from 1 to %d", maxLimit)
	}
	return n, nil
}
