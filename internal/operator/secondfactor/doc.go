// SPDX-License-Identifier: EUPL-1.2

// Package secondfactor makes and checks the codes of an authenticator app, which
// people give beside their password: time-based one-time passwords (RFC 6238)
// with HMAC-SHA-1, six digits and steps of 30 seconds, as every such app has them.
// It also makes recovery codes, for who has lost the app.
//
// It owns the arithmetic: secrets, their two forms for people (base32 and the
// otpauth address), codes, and hashes of recovery codes. SHA-1 is safe here: what
// counts is HMAC, which doesn't need a hash without collisions.
//
// The package must not know accounts, stores, clocks or pages. Who keeps the
// secret also keeps the last step that was accepted, so that no code counts twice,
// and counts wrong codes.
//
// Start with [New] and [Secret.Match].
package secondfactor
