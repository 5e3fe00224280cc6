// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// MaxRecordBytes is the size limit of one encoded record.
const MaxRecordBytes = 64 << 10

// The encoding of a record, little endian:
//
//	version 1 | flags 1 | transaction id 16 | created at 8 (Unix µs)
//	[trace id 16] [span id 8]
//	length 2 + bytes: grant hash, group, service, outway, service peer,
//	[source delegator] [destination delegator]
//	[additional data: the rest]
//
// Each record has exactly one encoding, and what does not fit it is refused.
const recordVersion = 1

const (
	flagOutgoing = 1 << iota
	flagTrace
	flagSpan
	flagSourceDelegator
	flagDestinationDelegator
	flagAdditional
	flagsUnknown = 0xff &^ (1<<iota - 1)
)

// fixedBytes is the size of the part that every record has.
const fixedBytes = 1 + 1 + 16 + 8

// appendRecord validates r and appends its encoding to dst.
func appendRecord(dst []byte, r *Record) ([]byte, error) {
	if err := r.Validate(); err != nil {
		return dst, err
	}
	start := len(dst)
	id, _ := parseTransactionID(r.TransactionID)
	dst = append(dst, recordVersion, flagsOf(r))
	dst = append(dst, id[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(r.CreatedAt.UnixMicro())) // Validate made sure it is not negative
	dst = appendHex(dst, r.TraceID)
	dst = appendHex(dst, r.SpanID)
	dst = appendText(dst, r.GrantHash)
	dst = appendText(dst, string(r.GroupID))
	dst = appendText(dst, r.ServiceName)
	dst = appendText(dst, string(r.OutwayPeerID))
	dst = appendText(dst, string(r.ServicePeerID))
	if r.SourceDelegator != "" {
		dst = appendText(dst, string(r.SourceDelegator))
	}
	if r.DestinationDelegator != "" {
		dst = appendText(dst, string(r.DestinationDelegator))
	}
	dst = append(dst, r.AdditionalData...)
	if len(dst)-start > MaxRecordBytes {
		return dst, ErrRecordTooLarge
	}
	return dst, nil
}

func flagsOf(r *Record) byte {
	var f byte
	set := func(on bool, flag byte) {
		if on {
			f |= flag
		}
	}
	set(r.Direction == DirectionOutgoing, flagOutgoing)
	set(r.TraceID != "", flagTrace)
	set(r.SpanID != "", flagSpan)
	set(r.SourceDelegator != "", flagSourceDelegator)
	set(r.DestinationDelegator != "", flagDestinationDelegator)
	set(len(r.AdditionalData) > 0, flagAdditional)
	return f
}

// appendText writes a text of at most 1020 bytes, the longest PeerID.
func appendText(dst []byte, s string) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(s))) //nolint:gosec // Validate bounds every text
	return append(dst, s...)
}

// appendHex writes the bytes of validated hexadecimal digits.
func appendHex(dst []byte, s string) []byte {
	for i := 0; i+1 < len(s); i += 2 {
		high, _ := hexDigit(s[i])
		low, _ := hexDigit(s[i+1])
		dst = append(dst, high<<4|low)
	}
	return dst
}

// decodeRecord is the strict inverse of appendRecord. The record shares no
// memory with b.
func decodeRecord(b []byte) (Record, error) {
	if len(b) < fixedBytes || len(b) > MaxRecordBytes {
		return Record{}, fmt.Errorf("%w: length", ErrInvalidRecord)
	}
	if b[0] != recordVersion {
		return Record{}, fmt.Errorf("%w: version %d", ErrInvalidRecord, b[0])
	}
	flags := b[1]
	if flags&flagsUnknown != 0 {
		return Record{}, fmt.Errorf("%w: flags", ErrInvalidRecord)
	}
	r := Record{
		TransactionID: formatTransactionID([16]byte(b[2:18])),
		Direction:     DirectionIncoming,
		CreatedAt:     time.UnixMicro(int64(binary.LittleEndian.Uint64(b[18:26]))).UTC(), //nolint:gosec // Validate refuses what turns negative
	}
	if flags&flagOutgoing != 0 {
		r.Direction = DirectionOutgoing
	}
	d := decoder{rest: b[fixedBytes:], ok: true}
	d.readTail(&r, flags)
	if !d.ok {
		return Record{}, fmt.Errorf("%w: truncated", ErrInvalidRecord)
	}
	if err := r.Validate(); err != nil {
		return Record{}, err
	}
	return r, nil
}

// decoder takes pieces off the front of rest; ok turns false at the first
// piece that is not there.
type decoder struct {
	rest []byte
	text string
	ok   bool
}

func (d *decoder) readTail(r *Record, flags byte) {
	if flags&flagTrace != 0 {
		r.TraceID = hex.EncodeToString(d.take(16))
	}
	if flags&flagSpan != 0 {
		r.SpanID = hex.EncodeToString(d.take(8))
	}
	// One string for all texts: one allocation instead of seven.
	d.text = string(d.rest)
	r.GrantHash = d.takeText()
	r.GroupID = fsc.GroupID(d.takeText())
	r.ServiceName = d.takeText()
	r.OutwayPeerID = fsc.PeerID(d.takeText())
	r.ServicePeerID = fsc.PeerID(d.takeText())
	if flags&flagSourceDelegator != 0 {
		r.SourceDelegator = fsc.PeerID(d.takeText())
		d.ok = d.ok && r.SourceDelegator != ""
	}
	if flags&flagDestinationDelegator != 0 {
		r.DestinationDelegator = fsc.PeerID(d.takeText())
		d.ok = d.ok && r.DestinationDelegator != ""
	}
	if hasRest := len(d.text) > 0; hasRest != (flags&flagAdditional != 0) {
		d.ok = false
	} else if hasRest {
		r.AdditionalData = []byte(d.text)
	}
}

func (d *decoder) take(n int) []byte {
	if len(d.rest) < n {
		d.ok = false
		return nil
	}
	piece := d.rest[:n]
	d.rest = d.rest[n:]
	return piece
}

func (d *decoder) takeText() string {
	if len(d.text) < 2 {
		d.ok = false
		return ""
	}
	n := 2 + int(d.text[0]) + int(d.text[1])<<8
	if len(d.text) < n {
		d.ok = false
		return ""
	}
	piece := d.text[2:n]
	d.text = d.text[n:]
	return piece
}
