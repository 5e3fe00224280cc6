// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"slices"
	"strings"

	"github.com/samenspel/samenspel/internal/operator"
)

// navGroup is a heading in the navigation with the pages below it.
type navGroup struct {
	Key   string // of its text; empty: no heading
	Items []navItem
}

// navItem leads to a page; Key is that of its text.
type navItem struct {
	Key, Path, Icon string
	Need            operator.Permission
	Current         bool
}

// navigation is the order of the pages on the left.
func navigation() []navGroup {
	return []navGroup{
		{"", []navItem{{"nav.overview", "/", "layout-dashboard", operator.PermissionRead, false}}},
		{"nav.exchange", []navItem{
			{"nav.directory", "/directory", "building", operator.PermissionRead, false},
			{"nav.contracts", "/contracts", "file-text", operator.PermissionRead, false},
			{"nav.services", "/services", "plug-connected", operator.PermissionRead, false},
			{"nav.applications", "/applications", "apps", operator.PermissionRead, false},
			{"nav.peers", "/peers", "users", operator.PermissionRead, false},
		}},
		{"nav.account_for", []navItem{
			{"nav.log", "/log", "history", operator.PermissionReadLog, false},
			{"nav.audit", "/audit", "shield-check", operator.PermissionReadAudit, false},
		}},
		{"nav.manage", []navItem{
			{"nav.requests", "/requests", "user-check", operator.PermissionRead, false},
			{"nav.policy", "/policy", "gavel", operator.PermissionRead, false},
			{"nav.people", "/people", "user-cog", operator.PermissionPeople, false},
			{"nav.certificates", "/certificates", "certificate", operator.PermissionRead, false},
			{"nav.settings", "/settings", "settings", operator.PermissionRead, false},
		}},
		{"nav.help", []navItem{{"nav.explain", "/explain", "help", operator.PermissionRead, false}}},
	}
}

// nav gives the pages that the person may see, with the current one marked.
func (q *request) nav() []navGroup {
	var out []navGroup
	groups := navigation()
	if c := q.s.cfg.Controller; c != nil && c.Joint() {
		groups = slices.Insert(groups, 2, collectiveNavigation())
	}
	at := q.r.URL.Path
	if strings.HasPrefix(at, "/accessions/") {
		at = "/frameworks" // from which one gets there
	}
	for _, g := range groups {
		g.Items = slices.DeleteFunc(g.Items, func(i navItem) bool { return !q.can(i.Need) })
		for i := range g.Items {
			p := g.Items[i].Path
			g.Items[i].Current = at == p || p != "/" && strings.HasPrefix(at, p+"/")
		}
		if len(g.Items) > 0 {
			out = append(out, g)
		}
	}
	return out
}
