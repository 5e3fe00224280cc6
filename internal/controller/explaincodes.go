// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"slices"

	"github.com/samenspel/samenspel/fsc"
)

// CodeInfo says where an error code comes from and who can usually mend it. What
// it means in words stands in the pages' catalogue.
type CodeInfo struct {
	Code fsc.ErrorCode
	// From is who gives it: manager, inway, outway or any.
	From CodeSource
	// Mender is who usually has to do something.
	Mender CodeMender
	// Status is the HTTP status that goes with it.
	Status int
}

// CodeSource is the component that gives a code.
type CodeSource string

// The sources of codes.
const (
	FromManager CodeSource = "manager"
	FromInway   CodeSource = "inway"
	FromOutway  CodeSource = "outway"
	FromAny     CodeSource = "any"
)

// CodeMender is who can usually solve the problem behind a code.
type CodeMender string

// The menders.
const (
	MenderApplication CodeMender = "application" // who builds or runs the calling application
	MenderConsumer    CodeMender = "consumer"    // the operator of the Peer that calls
	MenderProvider    CodeMender = "provider"    // the operator of the Peer that offers the service
	MenderSender      CodeMender = "sender"      // the Peer that sent a contract or signature
	MenderOwner       CodeMender = "owner"       // the operator of the node that gave the code
)

// Codes lists every error code that can be explained, Outway first: that is what
// applications see.
func Codes() []CodeInfo {
	return slices.Concat(
		infos(FromOutway, MenderApplication, fsc.CodeUnknownGrantHashInHeader, fsc.CodeGrantAmbiguous, fsc.CodeMethodUnsupported),
		infos(FromOutway, MenderConsumer, fsc.CodeAccessTokenUnavailable),
		infos(FromOutway, MenderProvider, fsc.CodeInwayUnreachable),
		infos(FromInway, MenderConsumer, fsc.CodeAccessTokenMissing, fsc.CodeAccessTokenInvalid, fsc.CodeAccessTokenExpired,
			fsc.CodeWrongGroupIDInToken, fsc.CodeMissingLogRecordID, fsc.CodeInvalidLogRecordID),
		infos(FromInway, MenderProvider, fsc.CodeServiceNotFound, fsc.CodeServiceUnreachable, fsc.CodeServiceTimeout),
		infos(FromAny, MenderOwner, fsc.CodeAccessDenied, fsc.CodePolicyUnavailable),
		infos(FromAny, MenderOwner, fsc.CodeTransactionLogWriteError, fsc.CodeInternal),
		infos(FromAny, MenderSender, fsc.CodeInvalidRequest, fsc.CodeNotFound, fsc.CodeRequestTooLarge, fsc.CodeTooManyRequests),
		infos(FromManager, MenderSender,
			fsc.CodeIncorrectGroupID, fsc.CodeSubmittingPeerNotPartOfContract, fsc.CodeReceivingPeerNotPartOfContract,
			fsc.CodePeerNotPartOfContract, fsc.CodeSignatureContractContentHashMismatch, fsc.CodePeerCertificateVerificationFailed,
			fsc.CodePeerIDSignatureMismatch, fsc.CodeSignatureVerificationFailed, fsc.CodeGrantCombinationNotAllowed,
			fsc.CodeURLPathContentHashMismatch, fsc.CodeUnknownHashAlgorithmHash, fsc.CodeUnknownAlgorithmSignature,
			fsc.CodeIncorrectPublicKeyThumbprint, fsc.CodeUnknownFSCVersion, fsc.CodeContractValidationFailed),
	)
}

func infos(from CodeSource, mender CodeMender, codes ...fsc.ErrorCode) []CodeInfo {
	list := make([]CodeInfo, 0, len(codes))
	for _, c := range codes {
		list = append(list, CodeInfo{Code: c, From: from, Mender: mender, Status: c.HTTPStatus()})
	}
	return list
}

// FindCode gives what is known of a code.
func FindCode(code fsc.ErrorCode) (CodeInfo, bool) {
	all := Codes()
	i := slices.IndexFunc(all, func(c CodeInfo) bool { return c.Code == code })
	if i < 0 {
		return CodeInfo{}, false
	}
	return all[i], true
}
