// Package backup makes one file of a whole node while the node works, looks whether such a file is
// sound, makes a node of it again, and moves a database from one engine to the other. All of that
// is one stream of rows (internal/db), read from one snapshot.
//
// The file is a tar, so that it can be read without this program for as long as there are
// computers: a header, the rows of every table as lines of JSON, the contents of files under their
// hashes, and a manifest with the hash of each member. It may be encrypted with age as a whole.
// This package must never put a key into the file that it was not told to, nor bring into use what
// it has not verified.
package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"entente/internal/db"
)

// format is the version of the file's form.
const format = 1

// The members of the file, in their order. The rows of a table are cut into several members,
// tables/NAME/00001.jsonl.gz and on: a line each, a JSON array of the columns that the header
// lists; bytes are written in base64.
const (
	headerMember   = "entente-backup.json"
	tablesFolder   = "tables/"
	nodeFolder     = "node/"
	filesFolder    = "files/"
	manifestMember = "manifest.json"
)

// The members of the node's own folder that a file may hold.
const (
	KeyMember        = "node.key"   // only when asked for
	PublicMember     = "node.pub"   // the public key
	CheckpointMember = "checkpoint" // the newest that was published when the backup began
)

// leftOut are the tables that no backup holds: whoever could read it would be signed in, and a
// link that was withdrawn since would work again.
var leftOut = []string{"session", "onetime"}

// Header is the first member: what the rest is of.
type Header struct {
	Format  int        `json:"format"`
	Program string     `json:"program"` // version of the program that wrote it
	Schema  int64      `json:"schema"`  // version of the tables
	Engine  db.Engine  `json:"engine"`
	Time    string     `json:"time"`
	Entries int64      `json:"entries"`              // of the log
	Root    string     `json:"root,omitempty"`       // of its tree, in base64
	Signed  string     `json:"checkpoint,omitempty"` // the newest checkpoint in the database
	Public  string     `json:"public_key,omitempty"`
	Tables  []db.Table `json:"tables"`
	LeftOut []string   `json:"left_out"`
	Files   bool       `json:"files"` // the contents of files are in it
	Key     bool       `json:"key"`   // the node's secret key is in it
}

// Member is a member of the tar and its hash. The contents of files are not listed: their names
// are their hashes.
type Member struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Manifest is the last member. Where it is missing the file was cut off.
type Manifest struct {
	Members []Member         `json:"members"`
	Rows    map[string]int64 `json:"rows"` // by table
	Files   int64            `json:"files"`
	Bytes   int64            `json:"bytes"`             // of the contents of files
	Missing []string         `json:"missing,omitempty"` // contents that the database names and that were not there, or not sound
}

// Damage is what is wrong with a file: it is not what was written. Any other error means that it
// could not be looked at.
type Damage struct{ what string }

// Error says what is wrong.
func (d Damage) Error() string { return d.what }

func damaged(what string, args ...any) error { return Damage{fmt.Sprintf(what, args...)} }

// read reads the header and refuses one that this program does not understand.
func (h *Header) read(data []byte) error {
	if err := json.Unmarshal(data, h); err != nil {
		return damaged("%s cannot be read: %v", headerMember, err)
	}
	if h.Format != format {
		return fmt.Errorf("the backup has the form %d and this program knows form %d: use the program that wrote it (%s) or a newer one", h.Format, format, h.Program)
	}
	if _, err := db.ParseStamp(h.Time); err != nil {
		return damaged("%s: time: %v", headerMember, err)
	}
	seen := map[string]bool{}
	for _, t := range h.Tables {
		if seen[t.Name] || !plainName(t.Name) || len(t.Columns) == 0 {
			return damaged("%s: table %q", headerMember, t.Name)
		}
		seen[t.Name] = true
		for _, c := range t.Columns {
			if !plainName(c.Name) {
				return damaged("%s: column %q of %s", headerMember, c.Name, t.Name)
			}
		}
	}
	return nil
}

// plainName says whether a name is one as tables and columns have: it becomes part of a path.
func plainName(s string) bool {
	return s != "" && len(s) < 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_0123456789") == ""
}

// chunk gives the table and the number in the name of a member with rows.
func chunk(member string) (table string, n int, ok bool) {
	rest, ok := strings.CutPrefix(member, tablesFolder)
	table, rest, ok2 := strings.Cut(rest, "/")
	rest, ok3 := strings.CutSuffix(rest, ".jsonl.gz")
	n, err := strconv.Atoi(rest)
	return table, n, ok && ok2 && ok3 && err == nil && n > 0 && member == chunkName(table, n)
}

func chunkName(table string, n int) string {
	return fmt.Sprintf("%s%s/%05d.jsonl.gz", tablesFolder, table, n)
}

// content gives the hash in the name of a member with a file's content.
func content(member string) (hash string, ok bool) {
	rest, ok := strings.CutPrefix(member, filesFolder)
	hash = strings.Replace(rest, "/", "", 1)
	return hash, ok && len(hash) == 64 && strings.Trim(hash, "0123456789abcdef") == "" && member == contentName(hash)
}

func contentName(hash string) string { return filesFolder + hash[:2] + "/" + hash[2:] }

// Progress is told now and then how far something is: a line for whoever waits.
type Progress func(format string, args ...any)

// every lets a line through every few seconds.
func (p Progress) every(d time.Duration) Progress {
	last := time.Now()
	return func(format string, args ...any) {
		if p != nil && time.Since(last) >= d {
			last = time.Now()
			p(format, args...)
		}
	}
}

const tellEvery = 5 * time.Second

var errCut = errors.New("it is cut off")
