// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/controller"
)

// frameworkFile is a framework agreement as JSON, in the form that the management
// API and the command line take.
type frameworkFile struct {
	Name           string          `json:"name"`
	Published      time.Time       `json:"published"`
	NotBefore      time.Time       `json:"notBefore"`
	NotAfter       time.Time       `json:"notAfter"`
	ExtensionUntil time.Time       `json:"extensionUntil,omitzero"`
	TermRationale  string          `json:"termRationale,omitempty"`
	TailDays       int64           `json:"tailDays"`
	Eligible       []fsc.PeerID    `json:"eligible"`
	EntryWindows   []windowInFile  `json:"entryWindows"`
	Lots           []lotInFile     `json:"lots"`
	Keeper         fsc.PeerID      `json:"keeper,omitempty"`
	Source         *documentInFile `json:"source,omitempty"`
}

type windowInFile struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

type lotInFile struct {
	ID                string       `json:"id"`
	Name              string       `json:"name"`
	Unit              string       `json:"unit"`
	MaximumQuantity   int64        `json:"maximumQuantity"`
	MaximumValueCents int64        `json:"maximumValueCents"`
	Suppliers         []fsc.PeerID `json:"suppliers"`
	Services          []string     `json:"services"`
}

type documentInFile struct {
	Name      string    `json:"name"`
	MediaType string    `json:"mediaType"`
	Size      int64     `json:"size"`
	Hash      deed.Hash `json:"hash"`
}

// frameworkText writes a framework as such a file. A beginning that was left open
// is this moment.
func frameworkText(f controller.FrameworkForm) (string, error) {
	file := frameworkFile{
		Name: f.Name, Published: f.Published, NotBefore: f.NotBefore, NotAfter: f.NotAfter, ExtensionUntil: f.ExtensionUntil,
		TermRationale: f.TermRationale, TailDays: f.TailDays, Eligible: f.Eligible, Keeper: f.Keeper,
	}
	for _, w := range f.Windows {
		file.EntryWindows = append(file.EntryWindows, windowInFile(w))
	}
	for _, l := range f.Lots {
		file.Lots = append(file.Lots, lotInFile{
			ID: l.ID, Name: l.Name, Unit: l.Unit, MaximumQuantity: l.MaximumQuantity, MaximumValueCents: l.MaximumValue,
			Suppliers: l.Suppliers, Services: append([]string{}, l.Services...),
		})
	}
	if s := f.Source; s != nil {
		source := documentInFile(*s)
		file.Source = &source
	}
	text, err := json.MarshalIndent(file, "", "  ")
	return string(text), err
}

// form gives it as the controller takes it.
func (file *frameworkFile) form() controller.FrameworkForm {
	f := controller.FrameworkForm{
		Name: file.Name, Published: file.Published, NotBefore: file.NotBefore, NotAfter: file.NotAfter, ExtensionUntil: file.ExtensionUntil,
		TermRationale: file.TermRationale, TailDays: file.TailDays, Eligible: file.Eligible, Keeper: file.Keeper,
	}
	for _, w := range file.EntryWindows {
		f.Windows = append(f.Windows, controller.WindowForm(w))
	}
	for _, l := range file.Lots {
		f.Lots = append(f.Lots, dossier.Lot{
			ID: l.ID, Name: l.Name, Unit: l.Unit, MaximumQuantity: l.MaximumQuantity, MaximumValue: l.MaximumValueCents,
			Suppliers: l.Suppliers, Services: l.Services,
		})
	}
	if file.Source != nil {
		source := controller.DocumentForm(*file.Source)
		f.Source = &source
	}
	return f
}

// frameworkDraftOf are the fields of the pages for a form, to begin with.
func (q *request) frameworkDraftOf(f controller.FrameworkForm) *frameworkDraft {
	d := &frameworkDraft{values: url.Values{"lots": {strconv.Itoa(len(f.Lots))}, "windows": {strconv.Itoa(len(f.Windows))}}}
	d.set("name", f.Name)
	d.setDay("published", dayText(f.Published), f.Published)
	d.setDay("notBefore", dayText(f.NotBefore), f.NotBefore)
	d.setDay("notAfter", lastDayText(f.NotAfter), f.NotAfter)
	d.setDay("extensionUntil", lastDayText(f.ExtensionUntil), f.ExtensionUntil)
	d.set("termRationale", f.TermRationale)
	d.set("tailDays", decimal(f.TailDays))
	d.set("keeper", string(f.Keeper))
	d.set("eligible", onLines(f.Eligible))
	for i, w := range f.Windows {
		d.setDay(windowField(i, "from"), dayText(w.From), w.From)
		d.setDay(windowField(i, "until"), lastDayText(w.Until), w.Until)
	}
	for i, l := range f.Lots {
		d.set(lotField(i, "id"), l.ID)
		d.set(lotField(i, "name"), l.Name)
		d.set(lotField(i, "unit"), l.Unit)
		d.set(lotField(i, "quantity"), decimal(l.MaximumQuantity))
		d.set(lotField(i, "value"), strings.TrimPrefix(moneyText(q.Lang, l.MaximumValue), "€ "))
		d.set(lotField(i, "suppliers"), onLines(l.Suppliers))
		d.set(lotField(i, "services"), strings.Join(l.Services, "\n"))
	}
	if s := f.Source; s != nil {
		d.set("source.name", s.Name)
		d.set("source.mediaType", s.MediaType)
		d.set("source.size", decimal(s.Size))
		d.set("source.hash", string(s.Hash))
	}
	return d
}

func (d *frameworkDraft) set(name, text string) {
	if text != "" {
		d.values.Set(name, text)
	}
}

// setDay keeps the instant beside the day: a file may begin or end something at
// another hour than midnight.
func (d *frameworkDraft) setDay(name, day string, at time.Time) {
	d.set(name, day)
	if !at.IsZero() {
		d.set(exactName(name), at.UTC().Format(time.RFC3339))
	}
}

func onLines(peers []fsc.PeerID) string {
	var out strings.Builder
	for _, p := range peers {
		out.WriteString(string(p) + "\n")
	}
	return out.String()
}
