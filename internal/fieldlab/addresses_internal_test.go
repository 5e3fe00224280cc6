// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"net"
	"testing"
	"time"
)

// TestADoorThatSomebodyElseHolds is held up by a program that tries out ports, as
// each fieldlab on the machine does when it starts.
func TestADoorThatSomebodyElseHolds(t *testing.T) {
	other, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var l net.Listener
	wish, moved := other.Addr().String(), 0
	open := func() (err error) {
		l, err = net.Listen("tcp", wish)
		return err
	}
	elsewhere := func() {
		if moved++; moved > 2 { // others may be quicker more than once
			wish = anyPort
		}
	}
	if err := untilFree(t.Context(), open, elsewhere); err != nil || l.Close() != nil || moved != 3 {
		t.Errorf("a node that may stand elsewhere: %v after %d moves", err, moved)
	}
	wish = other.Addr().String()
	time.AfterFunc(300*time.Millisecond, func() { _ = other.Close() })
	if err := untilFree(t.Context(), open, nil); err != nil || l.Close() != nil {
		t.Errorf("a node that others know by its address: %v", err)
	}
}

// TestASourceWithoutAPortOfItsOwnKeepsTheOneItGot is what happens when no port could
// be chosen beforehand.
func TestASourceWithoutAPortOfItsOwnKeepsTheOneItGot(t *testing.T) {
	r := &register{address: anyPort}
	for range 2 {
		before := r.address
		if err := r.open(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.close(); err != nil || r.address == anyPort || before != anyPort && before != r.address {
			t.Errorf("it was at %s and then at %s: %v", before, r.address, err)
		}
	}
}
