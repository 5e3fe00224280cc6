// SPDX-License-Identifier: EUPL-1.2

package fsc

import (
	"errors"
	"fmt"
)

// ErrorCode is a code of the standard's error tables, sent in the error body
// and in the header Fsc-Error-Code. Codes this project had to add are marked.
type ErrorCode string

// Codes of the Manager (Core, section Manager error codes).
const (
	CodeIncorrectGroupID                     ErrorCode = "ERROR_CODE_INCORRECT_GROUP_ID"
	CodeSubmittingPeerNotPartOfContract      ErrorCode = "ERROR_CODE_SUBMITTING_PEER_NOT_PART_OF_CONTRACT"
	CodeReceivingPeerNotPartOfContract       ErrorCode = "ERROR_CODE_RECEIVING_PEER_NOT_PART_OF_CONTRACT"
	CodePeerNotPartOfContract                ErrorCode = "ERROR_CODE_PEER_NOT_PART_OF_CONTRACT" // 1.x only
	CodeSignatureContractContentHashMismatch ErrorCode = "ERROR_CODE_SIGNATURE_CONTRACT_CONTENT_HASH_MISMATCH"
	CodePeerCertificateVerificationFailed    ErrorCode = "ERROR_CODE_PEER_CERTIFICATE_VERIFICATION_FAILED"
	CodePeerIDSignatureMismatch              ErrorCode = "ERROR_CODE_PEER_ID_SIGNATURE_MISMATCH"
	CodeSignatureVerificationFailed          ErrorCode = "ERROR_CODE_SIGNATURE_VERIFICATION_FAILED"
	CodeGrantCombinationNotAllowed           ErrorCode = "ERROR_CODE_GRANT_COMBINATION_NOT_ALLOWED"
	CodeURLPathContentHashMismatch           ErrorCode = "ERROR_CODE_URL_PATH_CONTENT_HASH_MISMATCH"
	CodeUnknownHashAlgorithmHash             ErrorCode = "ERROR_CODE_UNKNOWN_HASH_ALGORITHM_HASH"
	CodeUnknownAlgorithmSignature            ErrorCode = "ERROR_CODE_UNKNOWN_ALGORITHM_SIGNATURE"
	CodeIncorrectPublicKeyThumbprint         ErrorCode = "ERROR_CODE_INCORRECT_PUBLIC_KEY_THUMBPRINT"
	CodeUnknownFSCVersion                    ErrorCode = "ERROR_CODE_UNKNOWN_FSC_VERSION"
)

// Codes of Inway and Outway (Core; the last three of FSC Logging).
//
//nolint:gosec // G101: codes, not credentials
const (
	CodeAccessTokenMissing       ErrorCode = "ERROR_CODE_ACCESS_TOKEN_MISSING"
	CodeAccessTokenInvalid       ErrorCode = "ERROR_CODE_ACCESS_TOKEN_INVALID"
	CodeAccessTokenExpired       ErrorCode = "ERROR_CODE_ACCESS_TOKEN_EXPIRED"
	CodeWrongGroupIDInToken      ErrorCode = "ERROR_CODE_WRONG_GROUP_ID_IN_TOKEN"
	CodeServiceNotFound          ErrorCode = "ERROR_CODE_SERVICE_NOT_FOUND"
	CodeServiceUnreachable       ErrorCode = "ERROR_CODE_SERVICE_UNREACHABLE"
	CodeMethodUnsupported        ErrorCode = "ERROR_CODE_METHOD_UNSUPPORTED"
	CodeTransactionLogWriteError ErrorCode = "TRANSACTION_LOG_WRITE_ERROR"
	CodeInvalidLogRecordID       ErrorCode = "INVALID_LOG_RECORD_ID"
	CodeMissingLogRecordID       ErrorCode = "MISSING_LOG_RECORD_ID"
)

// Codes the standard has no word for; private to this project and named in
// docs/spec-notes.md. UNKNOWN_GRANT_HASH_IN_HEADER is OpenFSC's spelling.
//
//nolint:gosec // G101: codes, not credentials
const (
	CodeContractValidationFailed ErrorCode = "ERROR_CODE_CONTRACT_VALIDATION_FAILED"
	CodeInvalidRequest           ErrorCode = "ERROR_CODE_INVALID_REQUEST"
	CodeNotFound                 ErrorCode = "ERROR_CODE_NOT_FOUND"
	CodeRequestTooLarge          ErrorCode = "ERROR_CODE_REQUEST_TOO_LARGE"
	CodeTooManyRequests          ErrorCode = "ERROR_CODE_TOO_MANY_REQUESTS"
	CodeInternal                 ErrorCode = "ERROR_CODE_INTERNAL_ERROR"
	CodeUnknownGrantHashInHeader ErrorCode = "UNKNOWN_GRANT_HASH_IN_HEADER"
	CodeGrantAmbiguous           ErrorCode = "ERROR_CODE_GRANT_AMBIGUOUS"
	CodeAccessTokenUnavailable   ErrorCode = "ERROR_CODE_ACCESS_TOKEN_UNAVAILABLE"
	CodeInwayUnreachable         ErrorCode = "ERROR_CODE_INWAY_UNREACHABLE"
	CodeServiceTimeout           ErrorCode = "ERROR_CODE_SERVICE_TIMEOUT"
	CodeAccessDenied             ErrorCode = "ERROR_CODE_ACCESS_DENIED"
	CodePolicyUnavailable        ErrorCode = "ERROR_CODE_POLICY_UNAVAILABLE"
)

// ErrorDomain tells which component speaks (Core, schema error).
type ErrorDomain string

// The domains of the standard.
const (
	DomainManager ErrorDomain = "ERROR_DOMAIN_MANAGER"
	DomainInway   ErrorDomain = "ERROR_DOMAIN_INWAY"
	DomainOutway  ErrorDomain = "ERROR_DOMAIN_OUTWAY"
)

// Error is a failure that may be told to another organisation: Code and Detail
// are sent, Cause is only for our own log.
type Error struct {
	Code   ErrorCode
	Detail string
	Cause  error
}

// Error gives code, detail and cause; for logs, not for the wire.
func (e *Error) Error() string {
	s := string(e.Code)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Errorf makes an Error whose detail is safe to send to others.
func Errorf(code ErrorCode, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// WrapError makes an Error with a cause that stays inside this node.
func WrapError(code ErrorCode, cause error, detail string) *Error {
	return &Error{Code: code, Detail: detail, Cause: cause}
}

// CodeOf gives the code of the first [Error] in err's chain, or
// [CodeInternal] if there is none.
func CodeOf(err error) ErrorCode {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

var statusOfCode = map[ErrorCode]int{
	CodePeerCertificateVerificationFailed: 400,
	CodeInvalidRequest:                    400,
	CodeInvalidLogRecordID:                400,
	CodeMissingLogRecordID:                400,
	CodeUnknownGrantHashInHeader:          400,
	CodeAccessTokenMissing:                401,
	CodeAccessTokenInvalid:                401,
	CodeAccessTokenExpired:                401,
	CodeWrongGroupIDInToken:               403,
	CodeAccessDenied:                      403,
	CodeServiceNotFound:                   404,
	CodeNotFound:                          404,
	CodeMethodUnsupported:                 405,
	CodeGrantAmbiguous:                    409,
	CodeRequestTooLarge:                   413,
	CodeTooManyRequests:                   429,
	CodeInternal:                          500,
	CodeTransactionLogWriteError:          500,
	CodeServiceUnreachable:                502,
	CodeAccessTokenUnavailable:            502,
	CodeInwayUnreachable:                  502,
	CodePolicyUnavailable:                 503,
	CodeServiceTimeout:                    504,
}

// HTTPStatus gives the status that goes with the code. Every rule of a
// contract that is broken answers 422 (Core, Manager error codes).
func (c ErrorCode) HTTPStatus() int {
	if s, ok := statusOfCode[c]; ok {
		return s
	}
	return 422
}
