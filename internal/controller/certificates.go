// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// UseAnchor marks a [Certificate] in [Config.Certificates] that is a trust
// anchor of the Group and no key pair of this Peer.
const UseAnchor = "anchor"

// Urgency says how near the end of something is.
type Urgency string

// The urgencies: more than 60 days left, at most 60, 30, 14 and 7 days left, and
// ended.
const (
	UrgencyNone   Urgency = ""
	UrgencyNotice Urgency = "60_days"
	UrgencySoon   Urgency = "30_days"
	UrgencyNear   Urgency = "14_days"
	UrgencyUrgent Urgency = "7_days"
	UrgencyEnded  Urgency = "ended"
)

// noticeDays is how long before its end something is shown as ending.
const noticeDays = 60

// Remaining gives the whole days from now until the end, rounded down, and how
// urgent that is.
func Remaining(now, end time.Time) (days int, u Urgency) {
	const day = 24 * time.Hour
	left := end.Sub(now)
	if left <= 0 {
		return 0, UrgencyEnded
	}
	days = int(left / day)
	switch {
	case left <= 7*day:
		return days, UrgencyUrgent
	case left <= 14*day:
		return days, UrgencyNear
	case left <= 30*day:
		return days, UrgencySoon
	case left <= noticeDays*day:
		return days, UrgencyNotice
	}
	return days, UrgencyNone
}

// CertificateView is a key pair in use, or a trust anchor, as people see it.
type CertificateView struct {
	Certificate
	// Uses are all uses of this one pair; several uses may share one.
	Uses     []string
	DaysLeft int
	Urgency  Urgency
	// NotYet tells that NotBefore lies ahead.
	NotYet bool
	// Grants are those that name this key as the Outway's: they stop working when
	// the key is replaced. More tells that there may be others, in older contracts.
	Grants []KeyUse
	More   bool
}

// KeyUse is a grant that names a key of ours.
type KeyUse struct {
	ContentHash fsc.ContentHash
	GrantHash   fsc.GrantHash
	Service     string
	Provider    fsc.Peer
	NotAfter    time.Time
	// Usable tells that the contract is VALID or begins later.
	Usable bool
}

// CertificatesView lists key pairs in use, the first to end first, and the
// anchors that the Group trusts.
type CertificatesView struct {
	Now     time.Time
	Own     []CertificateView
	Anchors []CertificateView
}

// CertificatesOf lists the key pairs of this Peer with what depends on them.
func (c *Controller) CertificatesOf(ctx context.Context, a operator.Actor) (*CertificatesView, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	v := c.certificates()
	for i := range v.Own {
		if !slices.Contains(v.Own[i].Uses, "outway") {
			continue
		}
		if err := c.addGrants(ctx, &v.Own[i]); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// certificates merges uses of the same certificate.
func (c *Controller) certificates() *CertificatesView {
	v := &CertificatesView{Now: c.cfg.Now()}
	for _, cert := range c.cfg.Certificates() {
		list := &v.Own
		if cert.Use == UseAnchor {
			list = &v.Anchors
		}
		same := func(have CertificateView) bool {
			return have.Thumbprint == cert.Thumbprint && have.File == cert.File
		}
		if i := slices.IndexFunc(*list, same); i >= 0 {
			(*list)[i].Uses = append((*list)[i].Uses, cert.Use)
			continue
		}
		days, urgency := Remaining(v.Now, cert.NotAfter)
		*list = append(*list, CertificateView{
			Certificate: cert, Uses: []string{cert.Use}, DaysLeft: days, Urgency: urgency, NotYet: v.Now.Before(cert.NotBefore),
		})
	}
	firstToEnd := func(x, y CertificateView) int {
		return cmp.Or(x.NotAfter.Compare(y.NotAfter), cmp.Compare(x.Thumbprint, y.Thumbprint))
	}
	slices.SortFunc(v.Own, firstToEnd)
	slices.SortFunc(v.Anchors, firstToEnd)
	return v
}

// maxKeyUses is how many contracts are looked at for grants that name a key.
const maxKeyUses = 200

// addGrants lists the grants of the newest contracts that name the key.
func (c *Controller) addGrants(ctx context.Context, v *CertificateView) error {
	now, self := c.cfg.Now(), c.Self().ID
	contracts, err := c.cfg.Manager.ListContracts(ctx, manager.ContractFilter{ConnectionsOf: self, EndsAfter: now, Limit: maxKeyUses})
	if err != nil {
		return err
	}
	v.More = len(contracts) == maxKeyUses
	var providers []fsc.PeerID
	for _, contract := range contracts {
		state := contract.State(now)
		for i := range contract.Content.Grants {
			g := &contract.Content.Grants[i]
			if !g.Type.IsConnection() || g.Outway.PeerID != self || g.Outway.PublicKeyThumbprint == "" || !fsc.EqualThumbprints(g.Outway.PublicKeyThumbprint, v.PublicKeyThumbprint) {
				continue
			}
			v.Grants = append(v.Grants, KeyUse{
				ContentHash: contract.Content.Hash(), GrantHash: g.Hash, Service: g.Service.Name, Provider: fsc.Peer{ID: g.Service.PeerID},
				NotAfter: time.Unix(contract.Content.Validity.NotAfter, 0).UTC(), Usable: state == fsc.StateValid || state == fsc.StateNotYetValid,
			})
			providers = append(providers, g.Service.PeerID)
		}
	}
	known, err := c.lookUp(ctx, providers...)
	if err != nil {
		return err
	}
	for i := range v.Grants {
		v.Grants[i].Provider = known.peer(v.Grants[i].Provider.ID)
	}
	return nil
}
