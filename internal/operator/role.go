// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"slices"
	"strings"
)

// Roles gives every role, in the order in which pages list them.
func Roles() []Role {
	return []Role{
		RoleAdministrator, RoleSigner, RoleAuditor, RoleReader, RoleInformationManager, RoleDomainExpert,
		RoleProcurementOfficer, RoleLegal, RoleSecurityOfficer, RoleAccountManager, RoleAssociationChair, RoleHost,
	}
}

// Permissions gives every permission, in the order in which pages list them.
func Permissions() []Permission {
	return []Permission{
		PermissionRead, PermissionReadLog, PermissionReadAudit, PermissionSign, PermissionManage, PermissionPeople, PermissionCredentials,
		PermissionEvents, PermissionCalendar,
	}
}

// Valid tells whether the role exists.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Permissions gives what the role may do; nothing for a role that doesn't
// exist. An administrator doesn't sign: who keeps the node running doesn't
// thereby speak for the organisation. Who works for the host of a node looks after
// it, and releases no signature of the organisation, whatever other roles it has.
func (r Role) Permissions() []Permission {
	switch r {
	case RoleAdministrator:
		return []Permission{
			PermissionRead, PermissionReadLog, PermissionReadAudit, PermissionManage, PermissionPeople, PermissionCredentials,
			PermissionEvents,
		}
	case RoleHost:
		return []Permission{PermissionRead, PermissionManage}
	case RoleSigner:
		return []Permission{PermissionRead, PermissionSign}
	case RoleAuditor:
		return []Permission{PermissionRead, PermissionReadLog, PermissionReadAudit}
	case RoleReader, RoleInformationManager, RoleDomainExpert, RoleProcurementOfficer, RoleLegal,
		RoleSecurityOfficer, RoleAccountManager, RoleAssociationChair:
		return []Permission{PermissionRead}
	default:
		return nil
	}
}

// within tells whether who has these permissions also has p: a calendar is a part
// of what [PermissionRead] gives, so no role names it.
func (p Permission) within(have []Permission) bool {
	return slices.Contains(have, p) || p == PermissionCalendar && slices.Contains(have, PermissionRead)
}

// permissionsOf gives what the roles may do together, in the order of [Permissions].
func permissionsOf(roles []Role) []Permission {
	var out []Permission
	for _, p := range Permissions() {
		if slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(r.Permissions(), p) }) {
			out = append(out, p)
		}
	}
	return out
}

// SecondPersonActs are the acts that may be made to wait for a second person.
func SecondPersonActs() []string {
	return []string{
		"contract.propose", "contract.accept", "contract.reject", "contract.revoke", "rule.put", "rule.delete",
		"framework.sign", "price.sign", "accession.seal", "accession.end", "calloff.sign", "calloff.end",
	}
}

// PermissionFor tells which permission an act needs that may be made to wait
// for a second person, one of [SecondPersonActs]; false for an act that can't.
func PermissionFor(act string) (Permission, bool) {
	switch {
	case !slices.Contains(SecondPersonActs(), act):
		return "", false
	case strings.HasPrefix(act, "rule."):
		return PermissionManage, true
	default:
		return PermissionSign, true
	}
}

// cleanRoles refuses unknown roles and gives the others in a fixed order, once each.
func cleanRoles(roles []Role) ([]Role, error) {
	for _, r := range roles {
		if !r.Valid() {
			return nil, invalid("roles", "there is no role with this name")
		}
	}
	out := []Role{}
	for _, r := range Roles() {
		if slices.Contains(roles, r) {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return nil, invalid("roles", "an account needs at least one role")
	}
	return out, nil
}

func joinRoles(roles []Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}
