// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/samenspel/samenspel/internal/collective"
	deedevent "github.com/samenspel/samenspel/internal/collective/event"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

// Log is an index of the transaction log that can be queried.
type Log interface {
	txlog.Index
	txlog.Reader
	usage.Log
	reconcile.Log
	Search(context.Context, txlog.Search) ([]txlog.Record, error)
	Traffic(context.Context, txlog.TrafficQuery) ([]txlog.Traffic, error)
}

// Stores are the stores of one node, all on the same data.
type Stores struct {
	Manager    manager.Store
	Directory  directory.Store
	History    directory.History
	Log        Log
	People     operator.Store
	Collective collective.Store
	Events     deedevent.Store
	// Reopen closes the stores and opens them again on the same data.
	Reopen func() Stores
}

// check is one test at work. It carries t so that a failure is reported with
// its own line, which a helper wouldn't be.
type check struct {
	t      *testing.T
	stores Stores
}

// part is one test of the suite with what it shows.
type part struct {
	name string
	test func(check)
}

// Run runs the suite. open gives empty stores, which it closes at the end of
// the test.
func Run(t *testing.T, open func(t *testing.T) Stores) {
	t.Helper()
	for _, part := range slices.Concat(contractParts(), peerParts(), logParts(), peopleParts(), deedParts(), eventParts()) {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.test(check{t, open(t)})
		})
	}
}

// contractParts are about contracts, rules and routes.
func contractParts() []part {
	return []part{
		{"a contract comes back as it was put", contractComesBack},
		{"what is not stored is not found", nothingIsFound},
		{"putting a contract again changes nothing", putAgain},
		{"an iv belongs to one contract", ivInUse},
		{"a signature is replaced by a later one only", laterSignature},
		{"a function that fails leaves nothing", rollback},
		{"a view can not write", viewCanNotWrite},
		{"writers at the same time lose nothing", concurrentWriters},
		{"contracts are filtered", contractFilters},
		{"contracts are filtered by state", stateFilters},
		{"valid in a listing is valid by the standard", validAsTheStandard},
		{"pages of contracts have no gaps and no doubles", contractPages},
		{"contracts are found by what people look for", contractsAreFound},
		{"states in a search are those of the standard", foundAsTheStandard},
		{"pages of a search lead forth and back", searchPages},
		{"rules are kept", rulesAreKept},
		{"routes are kept", routesAreKept},
		{"signing chains are those of running contracts", signingChains},
	}
}

// peerParts are about Peers, services, deliveries and listings.
func peerParts() []part {
	return []part{
		{"peers are kept", peers},
		{"peers are listed", peerList},
		{"names are found whatever their case", peerNames},
		{"services are kept", services},
		{"changes of services are told in their order", serviceChanges},
		{"limits of services are kept", serviceLimits},
		{"which services require an agreement is kept", agreementRequired},
		{"contracts are found by the call-off they name", contractsOfCallOff},
		{"deliveries are kept", deliveries},
		{"a delivery is leased to one at a time", leases},
		{"the newest valid publication is listed", newestListing},
		{"listings name the peers", listingPeers},
		{"listings are filtered", listingFilters},
		{"listings are paged", listingPages},
		{"what was seen in a Directory is kept", observationsAreKept},
	}
}

// logParts are about the transaction log and usage.
func logParts() []part {
	return []part{
		{"log records come back as they were put", recordsComeBack},
		{"indexing again changes nothing", indexAgain},
		{"nothing is remembered of a batch that failed", afterAFailure},
		{"a reader sees its own records only", readingRule},
		{"a record with a key in use opens nothing", stolenKey},
		{"log queries mean what they say", recordQueries},
		{"pages of log records have no gaps and no doubles", recordPages},
		{"too many transaction ids are refused", tooManyIDs},
		{"log records are searched", recordSearches},
		{"log records of many kinds are searched", searchesOfManyKinds},
		{"a search for what can't be an id is refused", searchForNoID},
		{"calls are counted once", trafficIsCountedOnce},
		{"counted calls are selected and grouped", trafficQueries},
		{"calls of a month are those of its grants", callsOfGrants},
		{"a month of many pages has all its calls", manyCalls},
		{"what comparisons of usage came to is kept", usageReports},
		{"calls with a peer are those of which both have a record", callsWithAPeer},
	}
}

// peopleParts are about people, sessions and the audit trail.
func peopleParts() []part {
	return []part{
		{"accounts are kept", accounts},
		{"accounts don't share what tells them apart", accountsAreTold},
		{"sessions are kept until they end", sessions},
		{"tokens are kept", tokens},
		{"requests are kept", requests},
		{"second factors are kept", factors},
		{"events are found", events},
		{"events are never replaced", eventsAreKept},
	}
}

// deedParts are about deeds, dossiers and feeds.
func deedParts() []part {
	return []part{
		{"deeds are kept as they are", deedsAreKept},
		{"a deed is found by its annexes", deedsNameAnnexes},
		{"a deed under another hash is refused", deedsOfOtherBytes},
		{"signatures on deeds are kept", deedSignatures},
		{"dossiers are kept", dossiers},
		{"dossiers are due when they are behind or the clock says so", dueDossiers},
		{"entries follow each other", entries},
		{"entries get numbers that only rise", entryNumbers},
		{"writers of one feed leave no gap and no double", feedWriters},
		{"lines are those of a keeper", feedLines},
		{"checkpoints are kept", checkpoints},
		{"alarms and cursors are kept", alarmsAndCursors},
		{"projections are replaced", projectionsAreReplaced},
		{"projections are filtered and counted", projectionFilters},
		{"pages of projections have no gaps and no doubles", projectionPages},
		{"projections of many unknown types are listed", projectionsOfManyTypes},
		{"transitions are numbered", transitions},
		{"deliveries of deeds are kept", deedDeliveries},
		{"deliveries of deeds are leased to one at a time", deedLeases},
		{"a change of deeds that fails leaves nothing", deedRollback},
	}
}

// eventParts are about events of deeds, and all after a restart.
func eventParts() []part {
	return []part{
		{"events of deeds are kept once", deedEvents},
		{"what was told of a deed is kept", deedWatches},
		{"subscriptions to events are kept", eventSubscriptions},
		{"a delivery of an event is leased to one at a time", eventLeases},
		{"deliveries of events are listed, put off and given up", eventDeliveries},
		{"old events are forgotten, but not what waits", eventPruning},
		{"everything is there after reopening", reopen},
	}
}
