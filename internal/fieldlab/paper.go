// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
)

// paperName is the framework that the organisations of the tale had on paper.
const paperName = "Drukwerk formulieren"

// paper is the document of that framework.
func paper() []byte {
	return []byte("Raamovereenkomst " + paperName + ", verzonnen voor het fieldlab.\n")
}

// takenOver: the purchasing body takes over a framework that was concluded on
// paper. Nobody can join it until its supplier and a municipality confirm it.
func (f *federation) takenOver(ctx context.Context, c *chapter) error {
	h, there, err := f.named(ctx, f.directory, paperName, collective.WordLive)
	if err == nil && !there {
		h, err = f.takeOver(ctx)
	}
	if err != nil {
		return err
	}
	c.add("paper", string(h))
	f.out.step("%s took over the framework %q from paper; %s and %s confirmed it, and now it is live", f.directory.name, paperName, f.supplier.name, f.duinwijk.name)
	return nil
}

func (f *federation) takeOver(ctx context.Context) (deed.Hash, error) {
	h, there, err := f.named(ctx, f.directory, paperName, collective.WordAsserted) // a run may have stopped halfway
	if err == nil && !there {
		h, err = f.importPaper(ctx)
	}
	if err != nil {
		return "", err
	}
	for _, m := range []*member{f.supplier, f.duinwijk} {
		if err := awaitDeed(ctx, m, h, collective.FrameworkState, collective.WordAsserted); err != nil {
			return "", err
		}
	}
	confirmation, err := f.supplier.desk().Propose(ctx, deed.Draft{
		Type: dossier.TypeConfirmation, Parents: []deed.Hash{h}, Rule: deed.Rule{Kind: deed.RuleAll}, Body: []byte("{}"),
		Parties: []deed.Party{{PeerID: f.duinwijk.id, Role: dossier.RoleBuyer}, {PeerID: f.supplier.id, Role: dossier.RoleSupplier}},
	}, accepting(dossier.RoleSupplier))
	if err != nil {
		return "", fmt.Errorf("%s confirms: %w", f.supplier.name, err)
	}
	if err := f.signAfter(ctx, f.duinwijk, confirmation, dossier.RoleBuyer); err != nil {
		return "", err
	}
	for _, m := range []*member{f.directory, f.supplier, f.duinwijk} {
		if err := awaitDeed(ctx, m, h, collective.FrameworkState, collective.WordLive); err != nil {
			return "", err
		}
	}
	return h, nil
}

// importPaper has the purchasing body alone sign what the paper says.
func (f *federation) importPaper(ctx context.Context) (deed.Hash, error) {
	now, document := f.now(), paper()
	source := deed.Annex{Hash: deed.AnnexHash(document), Name: "drukwerk.txt", MediaType: "text/plain", Size: int64(len(document)), Owner: f.directory.id}
	body, err := json.Marshal(dossier.Framework{
		Name: paperName, Published: now.Add(-500 * day).Unix(), TailDays: 30, Eligible: []fsc.PeerID{f.duinwijk.id, f.veenhoven.id}, Source: source.Hash,
		Windows: []dossier.Window{{From: now.Add(-300 * day).Unix(), Until: now.Add(100 * day).Unix()}},
		Lots: []dossier.Lot{{
			ID: "1", Name: "Drukwerk", Unit: "formulieren", MaximumQuantity: 100_000, MaximumValue: 1_000_000, Suppliers: []fsc.PeerID{f.supplier.id},
		}},
	})
	if err != nil {
		return "", err
	}
	h, err := f.directory.desk().Propose(ctx, deed.Draft{
		Type: dossier.TypeFramework, NotBefore: now.Add(-300 * day).Unix(), NotAfter: now.Add(year).Unix(), Body: body,
		Rule: deed.Rule{Kind: deed.RuleAllOfRole, Role: dossier.RolePurchasingBody}, Annexes: []deed.Annex{source},
		Parties: []deed.Party{
			{PeerID: f.directory.id, Role: deed.Secretariat},
			{PeerID: f.directory.id, Role: dossier.RolePurchasingBody},
			{PeerID: f.supplier.id, Role: dossier.RoleSupplier},
		},
	}, accepting(dossier.RolePurchasingBody))
	if err != nil {
		return "", fmt.Errorf("%s takes over a framework: %w", f.directory.name, err)
	}
	return h, nil
}
