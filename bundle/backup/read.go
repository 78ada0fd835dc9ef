package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"entente/internal/db"
)

// What a file that was made to harm may not exceed.
const (
	mostMember = 256 << 20 // a member that is held in memory
	mostLine   = 256 << 20 // a row
)

// sink takes what a backup holds, in its order. Nothing of it counts before read has returned
// without an error.
type sink interface {
	begin(ctx context.Context, h Header) error
	node(name string, data []byte) error
	rows(ctx context.Context, t db.Table, each func(fn func(row []any) error) error) error
	content(ctx context.Context, hash string, size int64, r io.Reader) error
}

// read reads a backup to its end, gives it to a sink, and compares every member with its hash and
// every count with the manifest. It returns a Damage where the file is not what was written.
func read(ctx context.Context, r io.Reader, to sink, tell Progress) (h Header, m Manifest, err error) {
	in := &reader{tar: tar.NewReader(r), to: to, counts: map[string]int64{}, tell: tell.every(tellEvery)}
	if err := in.all(ctx); err != nil {
		return in.header, in.manifest, told(err)
	}
	return in.header, in.manifest, nil
}

// told makes a Damage of what a broken file makes the readers below say.
func told(err error) error {
	var d Damage
	switch {
	case errors.As(err, &d):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return damaged("the file was cut off")
	case errors.Is(err, tar.ErrHeader), errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return damaged("the file was changed: %v", err)
	}
	return err
}

type reader struct {
	tar      *tar.Reader
	to       sink
	header   Header
	manifest Manifest
	members  []Member
	counts   map[string]int64
	files    int64
	bytes    int64
	total    int64
	last     string // hash of the content before this one
	tell     Progress
}

func (r *reader) all(ctx context.Context) error {
	for first := true; ; first = false {
		if err := ctx.Err(); err != nil {
			return err
		}
		head, err := r.tar.Next()
		if errors.Is(err, io.EOF) {
			return damaged("the file was cut off: it has no manifest")
		}
		if err != nil {
			return err
		}
		if head.Typeflag != tar.TypeReg {
			return damaged("the member %q is no plain file", head.Name)
		}
		if first != (head.Name == headerMember) {
			return damaged("the file is no backup of a node: it does not begin with %s", headerMember)
		}
		if head.Name == manifestMember {
			return r.end()
		}
		if err := r.member(ctx, head); err != nil {
			return err
		}
	}
}

func (r *reader) member(ctx context.Context, head *tar.Header) error {
	if hash, ok := content(head.Name); ok {
		if hash <= r.last {
			return damaged("the content %s stands twice or out of order", hash)
		}
		r.last = hash
		sum := sha256.New()
		n := &counting{r: io.TeeReader(r.tar, sum)}
		if err := r.to.content(ctx, hash, head.Size, n); err != nil {
			return err
		}
		if n.n != head.Size || hex.EncodeToString(sum.Sum(nil)) != hash {
			return damaged("the file %s was changed", hash)
		}
		r.files++
		r.bytes += n.n
		r.tell("  %d files are read", r.files)
		return nil
	}
	if head.Size > mostMember {
		return damaged("the member %s is larger than any that is written", head.Name)
	}
	data, err := io.ReadAll(r.tar)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	r.members = append(r.members, Member{head.Name, int64(len(data)), hex.EncodeToString(sum[:])})
	if head.Name == headerMember {
		if err := r.header.read(data); err != nil {
			return err
		}
		return r.to.begin(ctx, r.header)
	}
	if name, ok := strings.CutPrefix(head.Name, nodeFolder); ok && slices.Contains([]string{PublicMember, CheckpointMember, KeyMember}, name) {
		return r.to.node(name, data)
	}
	table, _, ok := chunk(head.Name)
	i := slices.IndexFunc(r.header.Tables, func(t db.Table) bool { return t.Name == table })
	if !ok || i < 0 {
		return damaged("the member %q does not belong in a backup", head.Name)
	}
	t := r.header.Tables[i]
	return r.to.rows(ctx, t, func(fn func([]any) error) error { return r.rows(head.Name, t, data, fn) })
}

// rows reads the rows of a member.
func (r *reader) rows(member string, t db.Table, data []byte, fn func([]any) error) error {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return damaged("the member %s was changed: %v", member, err)
	}
	in := bufio.NewReaderSize(zip, 1<<16)
	row := make([]any, len(t.Columns))
	for n := 1; ; n++ {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = readRow(line, t.Columns, row)
		}
		if err != nil {
			return damaged("the member %s was changed: line %d: %v", member, n, err)
		}
		if err := fn(row); err != nil {
			return err
		}
		r.counts[t.Name]++
		r.total++
		r.tell("  %d rows of the database are read", r.total)
	}
}

// readLine gives a line without its end.
func readLine(in *bufio.Reader) ([]byte, error) {
	var long []byte
	for {
		part, err := in.ReadSlice('\n')
		switch {
		case err == nil && long == nil:
			return part[:len(part)-1], nil
		case err == nil:
			return append(long, part[:len(part)-1]...), nil
		case errors.Is(err, io.EOF) && len(long)+len(part) > 0:
			return nil, errCut
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(long) > mostLine:
			return nil, errors.New("the line has no end")
		}
		long = append(long, part...)
	}
}

// end compares what was read with the manifest.
func (r *reader) end() error {
	data, err := io.ReadAll(io.LimitReader(r.tar, mostMember))
	if err != nil {
		return err
	}
	m := &r.manifest
	if err := json.Unmarshal(data, m); err != nil {
		return damaged("%s cannot be read: %v", manifestMember, err)
	}
	for i, got := range r.members {
		if i >= len(m.Members) || m.Members[i].Name != got.Name {
			return damaged("the member %s does not stand in the manifest", got.Name)
		}
		if m.Members[i] != got {
			return damaged("the member %s was changed", got.Name)
		}
	}
	if n := len(r.members); n < len(m.Members) {
		return damaged("the member %s is missing", m.Members[n].Name)
	}
	for _, t := range r.header.Tables {
		if r.counts[t.Name] != m.Rows[t.Name] {
			return damaged("the table %s has %d rows, and the manifest says %d", t.Name, r.counts[t.Name], m.Rows[t.Name])
		}
	}
	if r.files != m.Files || r.bytes != m.Bytes {
		return damaged("there are %d files, and the manifest says %d", r.files, m.Files)
	}
	// To the end, so that what encrypts the whole has seen that it is whole.
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		return damaged("something stands behind the manifest")
	}
	return nil
}

type counting struct {
	r io.Reader
	n int64
}

// Read reads and counts.
func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// When gives the time at which the backup was made.
func (h Header) When() time.Time {
	t, _ := db.ParseStamp(h.Time)
	return t
}
