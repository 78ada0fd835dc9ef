package files

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"

	"entente/internal/fault"
)

// incoming begins the name of what lies in the folder and is no content yet.
const incoming = "incoming-"

// lookEvery is after how many bytes of one content the room on the disk is asked for again.
const lookEvery = 4 << 20

// Incoming is a content that came in and is not kept yet.
type Incoming struct {
	Content
	Path string // of the file that holds it, for a program that looks at it
	Data io.ReaderAt

	in   *Folder
	root *os.Root
	file *os.File
	name string // "" once it was kept or dropped
}

// Take reads a content to its end; see Store. Memory stays flat whatever its size. It gives
// TooLarge above the limit, and Unavailable where the folder is not there or its disk is full.
func (f *Folder) Take(ctx context.Context, r io.Reader) (_ *Incoming, err error) {
	defer func() { err = lost(err) }()
	root, err := f.at()
	if err != nil {
		return nil, err
	}
	in := &Incoming{in: f, root: root, name: incoming + rand.Text()}
	in.Path = filepath.Join(f.path, in.name)
	if in.file, err = root.OpenFile(in.name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return nil, err
	}
	in.Data = in.file
	defer func() {
		if err != nil {
			in.Drop()
		}
	}()
	sum := sha256.New()
	to, from := io.MultiWriter(in.file, sum), io.LimitReader(r, f.limit+1)
	for {
		if free, known := f.Free(); known && free < 0 {
			return nil, fault.New(fault.Unavailable, "fault.file-room")
		}
		n, err := io.CopyN(to, from, lookEvery)
		in.Size += n
		f.taken.Add(n)
		switch {
		case err == io.EOF:
			if in.Size > f.limit {
				return nil, fault.New(fault.TooLarge, "")
			}
			in.Hash = hex.EncodeToString(sum.Sum(nil))
			return in, in.file.Sync()
		case err != nil:
			return nil, err
		case ctx.Err() != nil:
			return nil, ctx.Err()
		}
	}
}

// Keep makes a content of what came in. When it has returned without an error the content survives
// a crash of the machine: it is called inside the transaction that names the content, so that Sweep,
// which asks under the same lock, finds either both or neither.
func (in *Incoming) Keep() error {
	if in.name == "" {
		return nil // the transaction runs once more
	}
	if err := in.in.put(in.root, in.name, in.Hash); err != nil {
		return lost(err)
	}
	in.name = ""
	return in.file.Close()
}

// Drop forgets what came in, unless it was kept. It may be called at any time and twice.
func (in *Incoming) Drop() {
	if in == nil || in.name == "" {
		return
	}
	_ = in.file.Close()
	_ = in.root.Remove(in.name) // what stays is swept
	in.name = ""
}
