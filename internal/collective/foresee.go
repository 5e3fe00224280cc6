// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// Foresee tells what a deed would be if everybody who has to sign it accepted
// now, without a signature of anybody: what can't work is known before people
// are asked. The deed needn't be here yet; what it follows has to be. A call-off
// is signed in the answer, never allocated: that is up to the count.
func (d *Desk) Foresee(ctx context.Context, content *deed.Content) (status rule.Status, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		status, err = d.preview(ctx, tx, content, d.accepts(content))
		return err
	})
	return status, err
}

// accepts are those of everybody who has to sign, as if received now.
func (d *Desk) accepts(content *deed.Content) (all []signed) {
	for _, p := range content.Signatories() {
		s := deed.Statement{DeedHash: content.Hash(), Act: deed.Accept, Role: p.Role, SignedAt: d.now()}
		all = append(all, signed{
			signature: &deed.Signature{Statement: s},
			by:        deed.Signed{Statement: s, Signer: p.PeerID, KeyThumbprint: string(p.PeerID)},
		})
		if content.Rule.Kind == deed.RuleOne {
			break
		}
	}
	return all
}
