// SPDX-License-Identifier: EUPL-1.2

package evidence

import (
	"bufio"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
)

// columns are the names of [Line] and what is in it. The first says which line it is:
// log, checkpoint, record or removed.
const columns = "line,sequence,link,created_at,direction,transaction_id,service_name,outway_peer_id,source_delegator_peer_id,service_peer_id," +
	"destination_delegator_peer_id,grant_hash,group_id,trace_id,span_id,additional_data,content,checkpoint,reason,number,jws,certificates," +
	"format,peer_id,started_at,unlinked,last,head,outside"

// row is one line by the names of its columns.
type row map[string]string

// WriteCSV writes the lines of a log as a table that [Open] reads as well. Where a
// spreadsheet could take a part of a cell for a formula, an apostrophe stands in front
// of it; reading takes it off.
func WriteCSV(w io.Writer, lines iter.Seq2[Line, error]) error {
	out, names := csv.NewWriter(w), strings.Split(columns, ",")
	if err := out.Write(names); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	for l, err := range lines {
		if err != nil {
			return err
		}
		cells, r := make([]string, len(names)), l.row()
		for i, name := range names {
			cells[i] = guard(r[name], true)
		}
		if err := out.Write(cells); err != nil {
			return fmt.Errorf("write csv: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func (l *Line) row() row {
	switch {
	case l.Head != nil:
		h := l.Head
		return row{
			"line": "log", "format": h.Format, "peer_id": string(h.PeerID), "group_id": string(h.GroupID), "started_at": decimal(h.StartedAt),
			"unlinked": decimal(h.Unlinked), "last": decimal(h.Last), "head": h.Head, "outside": decimal(h.Outside),
		}
	case l.Checkpoint != nil:
		var certificates []string
		for _, c := range l.Checkpoint.Certificates {
			certificates = append(certificates, base64.StdEncoding.EncodeToString(c))
		}
		return row{"line": "checkpoint", "number": decimal(l.Checkpoint.Number), "jws": l.Checkpoint.JWS, "certificates": strings.Join(certificates, " ")}
	case l.Removed != nil:
		x := l.Removed
		return row{
			"line": "removed", "sequence": decimal(x.Sequence), "link": x.Link, "content": x.Content,
			"checkpoint": decimal(x.Checkpoint), "reason": strconv.Itoa(x.Reason),
		}
	}
	r := l.Record
	return row{
		"line": "record", "sequence": decimal(r.Sequence), "link": r.Link, "created_at": r.CreatedAt.UTC().Format(time.RFC3339Nano), "direction": string(r.Direction),
		"transaction_id": r.TransactionID, "service_name": r.ServiceName, "outway_peer_id": string(r.OutwayPeerID),
		"source_delegator_peer_id": string(r.SourceDelegator), "service_peer_id": string(r.ServicePeerID),
		"destination_delegator_peer_id": string(r.DestinationDelegator), "grant_hash": r.GrantHash, "group_id": string(r.GroupID),
		"trace_id": r.TraceID, "span_id": r.SpanID, "additional_data": r.AdditionalData,
	}
}

// tableReader reads what [WriteCSV] wrote.
type tableReader struct {
	in    *csv.Reader
	names []string
	errs  []error // of one row
}

// asTable gives a reader when the input begins like a table.
func asTable(in *bufio.Reader) (*tableReader, error) {
	start, err := in.Peek(len("line,"))
	if err != nil || string(start) != "line," {
		return nil, nil //nolint:nilnil,nilerr // it isn't one, and something else reads it
	}
	t := &tableReader{in: csv.NewReader(in), names: strings.Split(columns, ",")}
	names, err := t.in.Read()
	if err != nil || !slices.Equal(names, t.names) {
		return nil, fmt.Errorf("%w: the columns aren't those of samenspel log export --evidence --csv", ErrFile)
	}
	return t, nil
}

// next gives a line, or io.EOF.
func (t *tableReader) next() (*Line, error) {
	cells, err := t.in.Read()
	if err != nil {
		return nil, err
	}
	r := row{}
	for i, name := range t.names {
		r[name] = guard(cells[i], false)
	}
	t.errs = nil
	l := t.line(r)
	for name, v := range l.row() {
		if r[name] != v {
			t.errs = append(t.errs, fmt.Errorf("%s isn't in its only form", name))
		}
		delete(r, name)
	}
	for name, v := range r {
		if v != "" {
			t.errs = append(t.errs, fmt.Errorf("%s doesn't belong there", name))
		}
	}
	return l, errors.Join(t.errs...)
}

func (t *tableReader) line(r row) *Line {
	switch r["line"] {
	case "log":
		return &Line{Head: &HeadLine{
			Format: r["format"], PeerID: fsc.PeerID(r["peer_id"]), GroupID: fsc.GroupID(r["group_id"]), StartedAt: t.number(r, "started_at"),
			Unlinked: t.number(r, "unlinked"), Last: t.number(r, "last"), Head: r["head"], Outside: t.number(r, "outside"),
		}}
	case "checkpoint":
		c := &CheckpointLine{Number: t.number(r, "number"), JWS: r["jws"]}
		for text := range strings.FieldsSeq(r["certificates"]) {
			der, err := base64.StdEncoding.Strict().DecodeString(text)
			if err != nil {
				t.errs = append(t.errs, errors.New("certificates must be base64"))
			}
			c.Certificates = append(c.Certificates, der)
		}
		return &Line{Checkpoint: c}
	case "removed":
		return &Line{Removed: &RemovedLine{
			Sequence: t.number(r, "sequence"), Link: r["link"], Content: r["content"], Checkpoint: t.number(r, "checkpoint"), Reason: int(t.number(r, "reason")),
		}}
	}
	at, err := time.Parse(time.RFC3339Nano, r["created_at"])
	if err != nil {
		t.errs = append(t.errs, errors.New("created_at must be a time like 2027-01-31T12:00:00Z"))
	}
	return &Line{Record: &RecordLine{
		Sequence: t.number(r, "sequence"), Link: r["link"], TransactionID: r["transaction_id"], Direction: txlog.Direction(r["direction"]), CreatedAt: at,
		GroupID: fsc.GroupID(r["group_id"]), GrantHash: r["grant_hash"], ServiceName: r["service_name"], OutwayPeerID: fsc.PeerID(r["outway_peer_id"]),
		SourceDelegator: fsc.PeerID(r["source_delegator_peer_id"]), ServicePeerID: fsc.PeerID(r["service_peer_id"]),
		DestinationDelegator: fsc.PeerID(r["destination_delegator_peer_id"]), TraceID: r["trace_id"], SpanID: r["span_id"], AdditionalData: r["additional_data"],
	}}
}

func (t *tableReader) number(r row, name string) int64 {
	n, err := strconv.ParseInt(r[name], 10, 64)
	if err != nil {
		t.errs = append(t.errs, fmt.Errorf("%s must be a number", name))
	}
	return n
}

// guard puts an apostrophe where a spreadsheet could begin to read a formula, also
// behind a semicolon, which some take for the next cell; or, with put false, takes it
// off. An apostrophe that stands there already gets one as well, so that each text
// comes back as it was.
func guard(cell string, put bool) string {
	var out strings.Builder
	begins, literal := true, false
	for _, c := range []byte(cell) {
		if begins && !literal && strings.IndexByte("=+-@'\t\r\xef", c) >= 0 {
			if literal = true; put {
				out.WriteByte('\'')
			} else if c == '\'' {
				continue // what comes is as it was
			}
		}
		literal = false
		switch c {
		case ';', '\n', '\t', '\r':
			begins = true
		case ' ', '"':
		default:
			begins = false
		}
		out.WriteByte(c)
	}
	return out.String()
}
