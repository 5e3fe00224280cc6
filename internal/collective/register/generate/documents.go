// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/internal/collective/register"
)

// arrangement is one line of regional-groups.jsonl.
type arrangement struct {
	ROO          string   `json:"roo_id"`
	Name         string   `json:"name"`
	ValidFrom    string   `json:"valid_from"`
	Form         string   `json:"form"`
	Body         *string  `json:"body"`
	BodyOIN      *string  `json:"body_oin"`
	PolicyAreas  []string `json:"policy_areas"`
	Participants []struct {
		Name   string `json:"name"`
		TOOI   string `json:"tooi"`
		Joined string `json:"joined"`
		Left   string `json:"left"`
	} `json:"participants"`
}

func readArrangements(dir string, data *register.Data) error {
	raw, err := os.ReadFile(filepath.Join(dir, "regional-groups.jsonl")) //nolint:gosec // the folder is the operator's own
	if err != nil {
		return err
	}
	parties := map[register.Code]string{}
	for line := range bytes.Lines(raw) {
		var a arrangement
		if err := decode(line, &a); err != nil {
			return fmt.Errorf("parse arrangement: %w", err)
		}
		one, err := convert(a, parties)
		if err != nil {
			return fmt.Errorf("arrangement %s: %w", a.ROO, err)
		}
		data.Arrangements = append(data.Arrangements, one)
	}
	for _, code := range slices.Sorted(maps.Keys(parties)) {
		data.Parties = append(data.Parties, register.Party{Code: code, Name: parties[code]})
	}
	return nil
}

// convert carries one arrangement over and notes its parties. Names of
// municipalities are left out: the register has them.
func convert(a arrangement, parties map[register.Code]string) (register.Arrangement, error) {
	out := register.Arrangement{
		ROO: a.ROO, Name: tidy(a.Name), Form: strings.Trim(tidy(a.Form), "'"), Since: register.Date(a.ValidFrom),
		Body: tidy(deref(a.Body)), BodyOIN: oin(deref(a.BodyOIN)), Areas: a.PolicyAreas,
	}
	for _, p := range a.Participants {
		if p.Left != "" {
			return out, fmt.Errorf("%s left: the form has no place for that yet", p.Name)
		}
		m := register.Participation{Joined: register.Date(p.Joined)}
		switch code, municipal := strings.CutPrefix(p.TOOI, "gm"); {
		case p.TOOI == "":
			m.Name = tidy(p.Name)
		case municipal:
			m.Code = register.Code("GM" + code)
		default:
			m.Code = register.Code(p.TOOI)
			parties[m.Code] = tidy(p.Name)
		}
		out.Members = append(out.Members, m)
	}
	return out, nil
}

// tidy takes out invisible characters and double spaces that crept into names.
func tidy(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u200b", "")), " ")
}

// oin leaves out what isn't twenty digits. Two arrangements have a number that
// begins with a letter; guessing what was meant would be making an identity.
func oin(s string) string {
	if len(s) != 20 || strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return s
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func readProcesses(dir string, data *register.Data) error {
	raw, err := os.ReadFile(filepath.Join(dir, "processes-30.json")) //nolint:gosec // the folder is the operator's own
	if err != nil {
		return err
	}
	var file struct {
		Source    string `json:"source"`
		Note      string `json:"note"`
		Processes []struct {
			Code   string `json:"code"`
			Title  string `json:"title"`
			InSeed bool   `json:"in_seed"`
			Login  string `json:"login"`
			Fields []struct {
				Name     string `json:"name"`
				Type     string `json:"type"`
				Required bool   `json:"required"`
			} `json:"fields"`
		} `json:"processes"`
	}
	if err := decode(raw, &file); err != nil {
		return fmt.Errorf("parse processes: %w", err)
	}
	for _, p := range file.Processes {
		one := register.Process{Code: p.Code, Title: p.Title, Login: p.Login}
		for _, f := range p.Fields {
			one.Fields = append(one.Fields, register.Field{Name: f.Name, Required: f.Required, Type: f.Type})
		}
		data.Processes = append(data.Processes, one)
	}
	return nil
}

// readFrameworks carries the facts over as keys and values, sorted by key. The
// member "seed" is a reference to the notes the facts were collected in, so it
// stays behind, and so do sources that aren't public addresses.
func readFrameworks(dir string, data *register.Data) error {
	raw, err := os.ReadFile(filepath.Join(dir, "real-frameworks.json")) //nolint:gosec // the folder is the operator's own
	if err != nil {
		return err
	}
	var all []map[string]any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		return fmt.Errorf("parse frameworks: %w", err)
	}
	for _, one := range all {
		name, _ := one["name"].(string)
		f := register.Framework{ID: slug(name), Name: name}
		for _, key := range slices.Sorted(maps.Keys(one)) {
			if key == "name" || key == "seed" {
				continue
			}
			values, isList := one[key].([]any)
			if !isList {
				values = []any{one[key]}
			}
			for _, v := range values {
				if fact, ok := newFact(key, fmt.Sprint(v)); ok {
					f.Facts = append(f.Facts, fact)
				}
			}
		}
		data.Frameworks = append(data.Frameworks, f)
	}
	return nil
}

func newFact(key, value string) (register.Fact, bool) {
	key = strings.TrimSuffix(key, "_seed")
	if key == "source" || key == "sources" {
		if !strings.HasPrefix(value, "https://") {
			return register.Fact{}, false
		}
		key = "source"
	}
	return register.Fact{Key: key, Value: value}, true
}

// slug makes an identifier of a name: lower case words with dashes.
func slug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}
