// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"errors"
	"io"
	"os"
	"syscall"
	"unsafe"
)

const (
	// blockBytes is what a direct write begins and ends at; no disk has larger blocks.
	blockBytes = 4 << 10
	// blocksKept is the size of the buffer for ordinary batches.
	blocksKept = 64 << 10
)

// directFile writes the end of a file past the system's cache. Such a write is
// durable when it is done (O_DSYNC), so a batch takes one request and not a copy
// into the cache, a search for what changed there, and a flush (ADR 0020). Only
// whole blocks can be written: the last one is kept, and written again together
// with what comes behind it.
type directFile struct {
	file  *os.File // nil where the file system doesn't allow it
	block []byte   // whole blocks, aligned in memory
	at    int64    // the offset of block in the file
	have  int      // bytes of block that stand in the file
}

// open leaves the file nil when it can't be opened in this way.
func (d *directFile) open(name string) {
	d.file, _ = os.OpenFile(name, os.O_RDWR|syscall.O_DIRECT|syscall.O_DSYNC, 0) //nolint:gosec // the name of the segment
}

func (d *directFile) close() error {
	if d.file == nil {
		return nil
	}
	return d.file.Close()
}

// appendDurably writes p at off, behind all that counts in the file, of which
// size bytes are there; not ok when nothing was written and another way is needed.
// The rest of the last block becomes zero.
func (f *dataFile) appendDurably(p []byte, off, size int64) (ok bool, err error) {
	d := &f.direct
	if d.file == nil || size%blockBytes != 0 {
		return false, nil
	}
	if d.block == nil || off != d.at+int64(d.have) {
		if err := d.begin(f, off); err != nil {
			return true, err
		}
	}
	end := d.have + len(p)
	whole := (end + blockBytes - 1) &^ (blockBytes - 1)
	if whole > len(d.block) {
		larger := alignedBlocks(whole)
		copy(larger, d.block[:d.have])
		d.block = larger
	}
	clear(d.block[copy(d.block[d.have:], p)+d.have : whole])
	n, err, ok := f.async.do(ioRequest{
		opcode: opWrite, file: uint32(d.file.Fd()), //nolint:gosec // a descriptor is small
		buffer: uint64(uintptr(unsafe.Pointer(&d.block[0]))), length: uint64(whole), offset: uint64(d.at), //nolint:gosec // d holds the memory until the outcome is there
	})
	if !ok || errors.Is(err, syscall.EINVAL) { // the file system wants something else: nothing was written
		return false, d.giveUp()
	}
	if err != nil {
		return true, os.NewSyscallError("write", err)
	}
	if n != int64(whole) {
		return true, io.ErrShortWrite
	}
	d.advance(end)
	return true, nil
}

// begin reads what stands before off in its block.
func (d *directFile) begin(f io.ReaderAt, off int64) error {
	d.block, d.at = alignedBlocks(blocksKept), off&^(blockBytes-1)
	d.have = int(off - d.at)
	_, err := f.ReadAt(d.block[:d.have], d.at)
	return err
}

// advance moves on to the block in which the first end bytes stop.
func (d *directFile) advance(end int) {
	full := end &^ (blockBytes - 1)
	d.have = copy(d.block, d.block[full:end])
	d.at += int64(full)
	if len(d.block) > keepBufferBytes {
		smaller := alignedBlocks(blocksKept)
		copy(smaller, d.block[:d.have])
		d.block = smaller
	}
}

// giveUp leaves the file to the other way for good.
func (d *directFile) giveUp() error {
	err := d.close()
	*d = directFile{}
	return err
}

func alignedBlocks(n int) []byte {
	b := make([]byte, n+blockBytes)
	skip := -int(uintptr(unsafe.Pointer(&b[0]))) & (blockBytes - 1) //nolint:gosec // an address is only looked at
	return b[skip : skip+n : skip+n]
}
