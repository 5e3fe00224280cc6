// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"slices"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/operator"
)

// SettingsView is the configuration as people may see it: without secrets, and
// without a way to change it, since the file is the one place where it stands.
type SettingsView struct {
	Self      fsc.Peer
	GroupID   fsc.GroupID
	GroupType string
	Sections  []SettingSection
	// Directories and Anchors are those of the Group.
	Directories []fsc.Peer
	Anchors     []CertificateView
}

// SettingSection holds the lines whose keys begin with Name, in the order of the
// file.
type SettingSection struct {
	// Name is the first part of the keys, such as group or manager; general for
	// keys of one part.
	Name  string
	Lines []SettingLine
}

// SettingLine is a line of the configuration.
type SettingLine struct {
	// Key is the whole key, with list indexes: group.directories[0].peer_id.
	Key string
	// Meaning is the key without indexes, under which its explanation stands.
	Meaning string
	Value   string
	// Hidden tells that there is a value but that it isn't shown.
	Hidden bool
}

// generalSection is for keys that stand at the top of the file.
const generalSection = "general"

// Settings gives the configuration by section.
func (c *Controller) Settings(ctx context.Context, a operator.Actor) (*SettingsView, error) {
	directories, err := c.Directories(ctx, a)
	if err != nil {
		return nil, err
	}
	return &SettingsView{
		Self: c.Self(), GroupID: c.cfg.GroupID, GroupType: c.cfg.GroupType,
		Sections: sections(c.cfg.Settings), Directories: directories, Anchors: c.certificates().Anchors,
	}, nil
}

// sections groups the lines by the first part of their keys.
func sections(settings []Setting) []SettingSection {
	var out []SettingSection
	for _, s := range settings {
		name, _, found := strings.Cut(s.Key, ".")
		if !found {
			name = generalSection
		}
		name, _, _ = strings.Cut(name, "[")
		line := SettingLine{Key: s.Key, Meaning: withoutIndexes(s.Key), Value: s.Value}
		if isSecret(line.Meaning) && s.Value != "" {
			line.Value, line.Hidden = "", true
		}
		i := slices.IndexFunc(out, func(have SettingSection) bool { return have.Name == name })
		if i < 0 {
			out = append(out, SettingSection{Name: name})
			i = len(out) - 1
		}
		out[i].Lines = append(out[i].Lines, line)
	}
	return out
}

// isSecret is a second lock: secrets shouldn't be in the settings at all.
func isSecret(key string) bool {
	last := strings.ToLower(key[strings.LastIndexByte(key, '.')+1:])
	for _, word := range []string{"secret", "password", "passphrase", "token_value", "credential"} {
		if strings.Contains(last, word) && !strings.HasSuffix(last, "_file") {
			return true
		}
	}
	return false
}

func withoutIndexes(key string) string {
	var b strings.Builder
	depth := 0
	for _, r := range key {
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}
