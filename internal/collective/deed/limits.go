// SPDX-License-Identifier: EUPL-1.2

package deed

// Limits on what comes from outside. They are part of the format: a deed over a
// limit is refused by every node, so they can't differ between nodes.
const (
	MaxContentBytes  = 512 << 10 // canonical content, body included
	MaxBodyBytes     = 256 << 10 // canonical body
	MaxDecisionBytes = 128 << 10 // canonical decision rule: some 1,000 voters
	MaxDepth         = 24        // levels of objects and lists in content
	MaxParents       = 64
	MaxParties       = 512
	MaxAnnexes       = 100
	MaxAnnexBytes    = 1 << 30 // size an annex may say it has
	MaxName          = 200     // characters of the name of an annex
	MaxSignature     = 4 << 10 // bytes of one signature or checkpoint
	MaxSignatures    = 2048    // per deed
	MaxPerSigner     = 16      // signatures of one certificate per deed
	MaxChain         = 8       // certificates in a chain
	MaxCertificate   = 16 << 10
	MaxInstant       = 253402300799 // 31 December 9999; later is a mistake
)

// Limits on one dossier in a file.
const (
	MaxDossierBytes  = 64 << 20
	MaxDossierDeeds  = 20_000
	MaxDossierActs   = 100_000 // signatures
	MaxDossierChains = 4_000
	MaxCheckpoints   = 1_000
	MaxEntries       = MaxDossierDeeds + MaxDossierActs
)
