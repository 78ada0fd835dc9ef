// Package release keeps one small backup of every release, made by that release's own program, and
// the means to make the next one. What a release wrote must open for ever: the stories open these
// files with today's program. README.md beside this file says how a release is made.
//
// This reader of the backup's form (docs/backup.md) is a second one, apart from the program's: it
// proves nothing about the program, but it does not change with it either.
package release

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"entente/internal/db"
)

// How everybody in a release's file signs in: with the key of the person and this password. One has
// a second factor as well, whose key stands beside the file.
const (
	Password     = "seven cranes over the lake"
	SecondFactor = "nia"
)

// Backup is the file of a release, read whole: it is small.
type Backup struct {
	Program string     `json:"program"`
	Schema  int64      `json:"schema"`
	Root    string     `json:"root"`
	Tables  []db.Table `json:"tables"`

	members []member
}

type member struct {
	name string
	data []byte
}

// Open reads a file.
func Open(path string) (*Backup, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := &Backup{}
	for in := tar.NewReader(f); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if h.Name == "entente-backup.json" {
			if err := json.Unmarshal(data, b); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
		b.members = append(b.members, member{h.Name, data})
	}
}

// rows gives the rows of a table to fn.
func (b *Backup) rows(t db.Table, fn func(row []any) error) error {
	for _, m := range b.members {
		if !strings.HasPrefix(m.name, "tables/"+t.Name+"/") {
			continue
		}
		z, err := gzip.NewReader(bytes.NewReader(m.data))
		if err != nil {
			return err
		}
		in := json.NewDecoder(z)
		in.UseNumber()
		for in.More() {
			var row []any
			if err := in.Decode(&row); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			if err := values(t, row); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			if err := fn(row); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
		}
	}
	return nil
}

// values makes of what JSON knows what a column holds, in place.
func values(t db.Table, row []any) (err error) {
	if len(row) != len(t.Columns) {
		return fmt.Errorf("%d values, not %d", len(row), len(t.Columns))
	}
	for i, c := range t.Columns {
		switch v := row[i].(type) {
		case json.Number:
			row[i], err = v.Int64()
		case string:
			if c.Type == "bytea" {
				row[i], err = base64.StdEncoding.DecodeString(v)
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return nil
}

// Revision is a revision of an object, as it is stored. Of one that was erased there is no body, and
// nothing else that the body says.
type Revision struct {
	Object  string
	Rev     int64
	Kind    string
	Key     string
	Removed bool
	Body    []byte
}

// Revisions gives all revisions in the order of objects and revisions; ids begin with the time, so
// the order is that in which the objects were made.
func (b *Backup) Revisions() (all []Revision, err error) {
	for _, t := range b.Tables {
		if t.Name != "revision" {
			continue
		}
		err = b.rows(t, func(row []any) error {
			named := map[string]any{}
			for i, c := range t.Columns {
				named[c.Name] = row[i]
			}
			var r Revision
			r.Object, _ = named["object"].(string)
			r.Rev, _ = named["rev"].(int64)
			r.Body, _ = named["body"].([]byte)
			if r.Body != nil {
				var head struct {
					Object struct{ Kind, Key, Tombstone string }
				}
				if err := json.Unmarshal(r.Body, &head); err != nil {
					return err
				}
				r.Kind, r.Key, r.Removed = head.Object.Kind, head.Object.Key, head.Object.Tombstone != ""
			}
			all = append(all, r)
			return nil
		})
	}
	return all, err
}

// Newest gives the newest revision of every object that was not removed.
func (b *Backup) Newest() (list []Revision, err error) {
	all, err := b.Revisions()
	for i, r := range all {
		if !r.Removed && (i == len(all)-1 || all[i+1].Object != r.Object) {
			list = append(list, r)
		}
	}
	return list, err
}

// Node makes of the file the node as it stood when the file was made: its folder, and the database
// at its own version of the tables, which today's program has not touched. Who was signed in and
// the search index, which no backup holds, are missing.
func (b *Backup) Node(ctx context.Context, folder, address string) (err error) {
	d, err := db.Open(ctx, address, db.Options{Volatile: true, Target: b.Schema})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	v, err := d.Version(ctx)
	if err == nil && v != b.Schema {
		err = fmt.Errorf("the tables have version %d, not %d", v, b.Schema)
	}
	if err != nil {
		return err
	}
	err = d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, t := range b.Tables {
			f := t.Fill(tx)
			if err := b.rows(t, func(row []any) error { return f.Add(ctx, row) }); err != nil {
				return err
			}
			if err := f.Flush(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	for _, m := range b.members {
		name, beside := strings.CutPrefix(m.name, "node/")
		if !beside && !strings.HasPrefix(name, "files/") {
			continue
		}
		path := filepath.Join(folder, filepath.FromSlash(name))
		err = errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, m.data, 0o600))
	}
	return err
}
