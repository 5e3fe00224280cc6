// SPDX-License-Identifier: EUPL-1.2

package operator

import "time"

// AccountID identifies an account: a UUID of version 7.
type AccountID string

// Account is a person of this organisation.
type Account struct {
	ID AccountID
	// Name is shown to others: in the audit trail and on requests.
	Name string
	// Email is what a person logs in with. It is unique, ignoring case.
	Email string
	Roles []Role
	// PasswordHash is an argon2id hash in PHC form; empty for who logs in elsewhere.
	PasswordHash string
	// Subject is the issuer and the subject at the identity provider, joined by a
	// space; empty for a local account.
	Subject string
	// BreakGlass marks the account for emergencies: it is never locked out by the
	// identity provider, and each use of it is told in the audit trail.
	BreakGlass bool
	Disabled   bool
	CreatedAt  time.Time
	LastLogin  time.Time // zero: never
	// Reset tells that the password is known to who gave it.
	Reset Reset
}

// Role is what a person is in the organisation. Names in the interface are Dutch.
type Role string

// The roles of people (collective design, section 3.3, and those of a node).
const (
	RoleAdministrator      Role = "administrator"       // beheerder
	RoleSigner             Role = "signer"              // contractondertekenaar
	RoleAuditor            Role = "auditor"             // auditor
	RoleReader             Role = "reader"              // lezer
	RoleInformationManager Role = "information_manager" // informatiemanager
	RoleDomainExpert       Role = "domain_expert"       // domeinexpert
	RoleProcurementOfficer Role = "procurement_officer" // inkoper
	RoleLegal              Role = "legal"               // jurist
	RoleSecurityOfficer    Role = "security_officer"    // CISO
	RoleAccountManager     Role = "account_manager"     // accountmanager
	RoleAssociationChair   Role = "association_chair"   // voorzitter
	RoleHost               Role = "host"                // beheerder van de host
)

// Permission is something a person may do.
type Permission string

// The permissions.
const (
	// PermissionRead: see contracts, services, the Directory, Peers and figures.
	PermissionRead Permission = "read"
	// PermissionReadLog: search and export the transaction log.
	PermissionReadLog Permission = "read_log"
	// PermissionReadAudit: see and export the audit trail.
	PermissionReadAudit Permission = "read_audit"
	// PermissionSign: propose, accept, reject and revoke contracts.
	PermissionSign Permission = "sign"
	// PermissionManage: services, routes, acceptance rules, settings.
	PermissionManage Permission = "manage"
	// PermissionPeople: accounts, roles, sessions of others.
	PermissionPeople Permission = "people"
	// PermissionCredentials: make accounts, give others a password, and say whose
	// account is for emergencies. It is apart from [PermissionPeople] so that a
	// program that keeps accounts up to date can't let somebody in.
	PermissionCredentials Permission = "credentials"
	// PermissionEvents: say which endpoints are told what happens to deeds, and see
	// what was sent. An address may hold a secret of its receiver.
	PermissionEvents Permission = "manage_events"
	// PermissionCalendar: read the calendar and nothing else. It is a part of
	// [PermissionRead] for tokens that stand in an address.
	PermissionCalendar Permission = "read_calendar"
)

// Actor is who does something now: a person in a session, or a program with a
// token of that person.
type Actor struct {
	Account AccountID
	Name    string
	// Permissions the actor has: those of its roles, cut to the scopes of a token.
	Permissions []Permission
	Roles       []Role
	// Session or Token says how it came in; one of the two is set, or neither for
	// the node itself and the command line of the machine.
	Session SessionID
	Token   TokenID
	// From is the network address it came from, without port.
	From string
	// Code is that of a second factor, as it came along with the request; empty:
	// none did. It is used up by [Operators.Release] and kept nowhere.
	Code string
	// PasswordReset tells that the account needs an own password before it may sign.
	PasswordReset bool
}
