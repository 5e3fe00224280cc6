// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"time"
)

const (
	defaultSegmentSize     = 64 << 20
	minSegmentSize         = 2 * MaxRecordBytes
	maxSegmentSize         = 1 << 30
	defaultMaxBatchBytes   = 1 << 20
	minMaxBatchBytes       = MaxRecordBytes + frameHeaderBytes
	defaultMaxBatchRecords = 4096
)

// Config says how a [Log] is kept. Only Dir is required.
type Config struct {
	// Dir holds the segments; made when missing. One Log at a time may have it.
	Dir string
	// SegmentSize is the size of a segment in bytes, 128 KiB to 1 GiB; 0 is
	// 64 MiB. Two segments are on disk at the least.
	SegmentSize int64
	// MaxBatchBytes and MaxBatchRecords bound what one flush makes durable;
	// 0 is 1 MiB and 4096. A batch never exceeds a segment.
	MaxBatchBytes   int
	MaxBatchRecords int
	// Logger hears of damage and of segments that cannot be made; nil is silence.
	Logger *slog.Logger
	// Now is the clock by which flushes are timed; nil is time.Now.
	Now func() time.Time
	// OpenFile opens a segment, or the directory in order to flush it; nil is
	// the file system. Tests put faults here.
	OpenFile func(name string, flag int, perm fs.FileMode) (File, error)
}

// File is what the log needs of an open file.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Sync returns when all that was written is on stable storage. After an
	// error it is never called again for the same file.
	Sync() error
}

func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		return c, errors.New("directory is empty")
	}
	if c.SegmentSize == 0 {
		c.SegmentSize = defaultSegmentSize
	}
	if c.SegmentSize < minSegmentSize || c.SegmentSize > maxSegmentSize {
		return c, fmt.Errorf("segment size must be %d to %d bytes", minSegmentSize, maxSegmentSize)
	}
	if c.MaxBatchBytes == 0 {
		c.MaxBatchBytes = defaultMaxBatchBytes
	}
	if c.MaxBatchBytes < minMaxBatchBytes {
		return c, fmt.Errorf("batch must hold at least %d bytes", minMaxBatchBytes)
	}
	c.MaxBatchBytes = int(min(int64(c.MaxBatchBytes), c.SegmentSize-firstFrame))
	if c.MaxBatchRecords == 0 {
		c.MaxBatchRecords = defaultMaxBatchRecords
	}
	if c.MaxBatchRecords < 1 {
		return c, errors.New("batch must hold at least 1 record")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.OpenFile == nil {
		c.OpenFile = openFile
	}
	return c, nil
}

// openFile opens a file for writing with the cheaper Sync. What is opened for
// reading only, a directory above all, is flushed with all its metadata.
func openFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(name, flag, perm) //nolint:gosec // the name comes from the node's own configuration
	if err != nil {
		return nil, err
	}
	if flag == os.O_RDONLY {
		return f, nil
	}
	data := &dataFile{File: f, fd: f.Fd()}
	data.open(name)
	return data, nil
}

// dataFile is a file whose Sync flushes data and only such metadata as is
// needed to read it back, where the platform can.
type dataFile struct {
	*os.File
	platform

	fd uintptr
}
