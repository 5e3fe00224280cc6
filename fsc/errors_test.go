// SPDX-License-Identifier: EUPL-1.2

package fsc_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/samenspel/samenspel/fsc"
)

func TestErrorTellsCodeDetailAndCause(t *testing.T) {
	for want, err := range map[string]*fsc.Error{
		"ERROR_CODE_NOT_FOUND":            {Code: fsc.CodeNotFound},
		"ERROR_CODE_NOT_FOUND: peer 7":    fsc.Errorf(fsc.CodeNotFound, "peer %d", 7),
		"ERROR_CODE_NOT_FOUND: peer: EOF": fsc.WrapError(fsc.CodeNotFound, io.EOF, "peer"),
		"ERROR_CODE_NOT_FOUND: EOF":       fsc.WrapError(fsc.CodeNotFound, io.EOF, ""),
	} {
		if err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	}
	if !errors.Is(fsc.WrapError(fsc.CodeNotFound, io.EOF, "x"), io.EOF) {
		t.Error("the cause is lost")
	}
}

func TestCodeOfTakesTheOutermostError(t *testing.T) {
	inner := fsc.Errorf(fsc.CodeUnknownAlgorithmSignature, "x")
	outer := fsc.WrapError(fsc.CodeAccessTokenInvalid, inner, "y")
	for want, err := range map[fsc.ErrorCode]error{
		fsc.CodeUnknownAlgorithmSignature: fmt.Errorf("verify: %w", inner),
		fsc.CodeAccessTokenInvalid:        fmt.Errorf("verify: %w", outer),
		fsc.CodeInternal:                  io.EOF,
	} {
		if got := fsc.CodeOf(err); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestStatusOfCodes(t *testing.T) {
	for status, codes := range map[int][]fsc.ErrorCode{
		400: {fsc.CodePeerCertificateVerificationFailed, fsc.CodeInvalidRequest, fsc.CodeInvalidLogRecordID, fsc.CodeMissingLogRecordID, fsc.CodeUnknownGrantHashInHeader},
		401: {fsc.CodeAccessTokenMissing, fsc.CodeAccessTokenInvalid, fsc.CodeAccessTokenExpired},
		403: {fsc.CodeWrongGroupIDInToken},
		404: {fsc.CodeServiceNotFound, fsc.CodeNotFound},
		405: {fsc.CodeMethodUnsupported},
		409: {fsc.CodeGrantAmbiguous},
		413: {fsc.CodeRequestTooLarge},
		422: {
			fsc.CodeIncorrectGroupID, fsc.CodeSubmittingPeerNotPartOfContract, fsc.CodeReceivingPeerNotPartOfContract,
			fsc.CodePeerNotPartOfContract, fsc.CodeSignatureContractContentHashMismatch, fsc.CodePeerIDSignatureMismatch,
			fsc.CodeSignatureVerificationFailed, fsc.CodeGrantCombinationNotAllowed, fsc.CodeURLPathContentHashMismatch,
			fsc.CodeUnknownHashAlgorithmHash, fsc.CodeUnknownAlgorithmSignature, fsc.CodeIncorrectPublicKeyThumbprint,
			fsc.CodeUnknownFSCVersion, fsc.CodeContractValidationFailed,
		},
		429: {fsc.CodeTooManyRequests},
		500: {fsc.CodeInternal, fsc.CodeTransactionLogWriteError},
		502: {fsc.CodeServiceUnreachable, fsc.CodeAccessTokenUnavailable, fsc.CodeInwayUnreachable},
	} {
		for _, c := range codes {
			if got := c.HTTPStatus(); got != status {
				t.Errorf("%s: got %d, want %d", c, got, status)
			}
		}
	}
}
