package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"entente/internal/db"
)

// discard takes everything.
type discard struct{}

func (discard) begin(context.Context, Header) error { return nil }
func (discard) node(string, []byte) error           { return nil }
func (discard) rows(_ context.Context, _ db.Table, each func(func([]any) error) error) error {
	return each(func([]any) error { return nil })
}

func (discard) content(_ context.Context, _ string, _ int64, r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

// small makes a backup by hand: members in the order in which they are given.
func small(t testing.TB, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := &writer{tar: tar.NewWriter(&b), manifest: Manifest{Rows: map[string]int64{}}, tell: Progress(nil).every(0)}
	for i := 0; i < len(members); i += 2 {
		if err := w.member(members[i], []byte(members[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.tar.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const smallHeader = `{"format":1,"program":"x","schema":3,"engine":"sqlite","time":"2026-11-23T12:00:00.000Z","tables":[{"name":"node","columns":[{"name":"name","type":"text"}]}]}`

// TestHostile: files that somebody made.
func TestHostile(t *testing.T) {
	const sum = `{"members":[]}`
	for _, c := range []struct {
		want    string
		members []string
	}{
		{"does not begin", []string{"manifest.json", sum}},
		{"does not stand in the manifest", []string{headerMember, smallHeader, "manifest.json", sum}},
		{"cannot be read", []string{headerMember, "{", "manifest.json", sum}},
		{"form 2", []string{headerMember, strings.Replace(smallHeader, `"format":1`, `"format":2`, 1)}},
		{"table", []string{headerMember, strings.Replace(smallHeader, `"name":"node"`, `"name":"node; drop table node"`, 1)}},
		{"column", []string{headerMember, strings.Replace(smallHeader, `"name":"name"`, `"name":"name\u0000"`, 1)}},
		{"does not belong", []string{headerMember, smallHeader, "tables/other/00001.jsonl.gz", ""}},
		{"does not belong", []string{headerMember, smallHeader, "../../etc/passwd", "x"}},
		{"does not belong", []string{headerMember, smallHeader, "node/other", "x"}},
		{"was changed", []string{headerMember, smallHeader, "files/ab/" + strings.Repeat("c", 62), "x"}},
		{"was changed", []string{headerMember, smallHeader, "tables/node/00001.jsonl.gz", "no gzip"}},
		{"no manifest", []string{headerMember, smallHeader}},
		{"does not begin", []string{headerMember, smallHeader, headerMember, smallHeader}},
	} {
		_, _, err := read(t.Context(), bytes.NewReader(small(t, c.members...)), discard{}, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.80q: %v", c.members, err)
		}
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := errors.Join(w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: headerMember, Linkname: "/etc/passwd"}), w.Close()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := read(t.Context(), &b, discard{}, nil); err == nil || !strings.Contains(err.Error(), "no plain file") {
		t.Errorf("a link: %v", err)
	}
}

// FuzzRead: whatever a file holds, it is read or refused.
func FuzzRead(f *testing.F) {
	f.Add(small(f, headerMember, smallHeader, "manifest.json", `{"members":[]}`))
	f.Add(small(f, headerMember, smallHeader, "tables/node/00001.jsonl.gz", "x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = read(t.Context(), bytes.NewReader(data), discard{}, nil)
	})
}
