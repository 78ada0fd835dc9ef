package bundle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/jobs"
	"entente/internal/ref"
	"entente/library"
	"entente/standard/tlp"
)

// The kinds of job that make archives and take them away.
const (
	ArchiveJob      = "archive"
	ArchiveCleanJob = "archive-clean"
)

// ArchiveLasts is how long an archive can be fetched after it was made.
const ArchiveLasts = 24 * time.Hour

// archivesListed is how many archives a person is shown.
const archivesListed = 5

// Archives are files with everything that a person may read: the objects in the text format, the
// files attached to them, and a list of both. A job makes one with the rights that the person has
// when it runs; only that person fetches it, for a day, and no longer than everything in it may
// still be read.
type Archives struct {
	db      *db.DB
	objects *access.Objects
	library *library.Service
	folder  string
}

// NewArchives gives the archives that lie in a folder. Several processes may share it.
func NewArchives(d *db.DB, objects *access.Objects, lib *library.Service, folder string) *Archives {
	return &Archives{d, objects, lib, folder}
}

// Archive is one archive as its person sees it.
type Archive struct {
	ID          string
	State       jobs.State
	Asked       string
	Done, Total int64  // of the work
	Until       string // it can be fetched; "" where it cannot, or no longer
	Stale       bool   // rights have changed since: it cannot be fetched any more
	Error       string // code of the last attempt
	Contents
}

// Contents is what an archive holds.
type Contents struct {
	Mark    tlp.Label `json:"mark"` // the strictest inside
	Objects int       `json:"objects"`
	Files   int       `json:"files"`
	Missing int       `json:"missing,omitempty"` // files whose content was not in the store
	Size    int64     `json:"size"`              // bytes
}

// made is what a job leaves to be found by. Principals is who the person was, as a hash.
type made struct {
	Contents
	File       string `json:"file"`
	Principals string `json:"principals"`
}

// principalsOf is the hash of everything that an actor counts as.
func principalsOf(who access.Actor) string {
	var all []string
	for _, p := range who.Principals() {
		all = append(all, string(p))
	}
	slices.Sort(all)
	h := sha256.Sum256([]byte(strings.Join(all, "\n")))
	return hex.EncodeToString(h[:16])
}

// Ask promises an archive of what the actor may read, unless one is on its way. It is a way of
// reading, and no act.
func (s *Archives) Ask(ctx context.Context, who access.Actor) error {
	if !who.SignedIn() {
		return fault.New(fault.Forbidden, "")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, _, err := jobs.Enqueue(ctx, tx, jobs.New{Kind: ArchiveJob, Key: string(who.Person), Person: who.Person})
		return err
	})
}

// Of gives the actor's own archives, the newest first.
func (s *Archives) Of(ctx context.Context, who access.Actor) (out []Archive, err error) {
	if !who.SignedIn() {
		return nil, fault.New(fault.Forbidden, "")
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		all, err := jobs.Of(ctx, tx, who.Person, ArchiveJob, archivesListed)
		for _, j := range all {
			a, m := archiveOf(j)
			if a.Until != "" {
				f, err := s.open(ctx, tx, who, a, m)
				switch fault.Of(err) {
				case fault.NotFound:
					a.Until = "" // its day is over, or a newer one took its place
				case fault.Conflict:
					a.Stale = true
				default:
					if err != nil {
						return err
					}
					_ = f.Close()
				}
			}
			out = append(out, a)
		}
		return err
	})
	return out, err
}

func archiveOf(j jobs.Job) (a Archive, m made) {
	a = Archive{ID: j.ID, State: j.State, Asked: j.Made, Done: j.Done, Total: j.Total, Error: j.Error}
	if j.State != jobs.Done || json.Unmarshal([]byte(j.Result), &m) != nil {
		return a, m
	}
	a.Contents = m.Contents
	if at, err := db.ParseStamp(j.At); err == nil {
		a.Until = db.Stamp(at.Add(ArchiveLasts))
	}
	return a, m
}

// path is where an archive lies; a stored name never leads out of the folder.
func (s *Archives) path(m made) string { return filepath.Join(s.folder, filepath.Base(m.File)) }

// Open gives an archive of the actor's own. Faults: NotFound where there is none, or no longer;
// Conflict where the actor is no longer who it was made for, or may not read something in it any
// more: then it is to be made anew.
func (s *Archives) Open(ctx context.Context, who access.Actor, id string) (f *os.File, a Archive, err error) {
	if !who.SignedIn() || !ref.Valid(id) {
		return nil, a, fault.New(fault.NotFound, "")
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		j, err := jobs.Get(ctx, tx, id)
		if err != nil {
			return err
		}
		var m made
		if a, m = archiveOf(j); j.Kind != ArchiveJob || j.Person != who.Person {
			return fault.New(fault.NotFound, "")
		}
		f, err = s.open(ctx, tx, who, a, m)
		return err
	})
	return f, a, err
}

// open opens the file of a person's archive while it may be fetched.
func (s *Archives) open(ctx context.Context, tx *db.Tx, who access.Actor, a Archive, m made) (*os.File, error) {
	if a.Until <= db.Stamp(tx.Now()) {
		return nil, fault.New(fault.NotFound, "")
	}
	if m.Principals != principalsOf(who) {
		return nil, fault.New(fault.Conflict, "fault.archive-stale")
	}
	f, err := os.Open(s.path(m))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "")
	}
	if err != nil {
		return nil, fault.Because(fault.Unavailable, err)
	}
	same, err := readable(ctx, tx, who, f, a.Size)
	if err == nil && !same {
		err = fault.New(fault.Conflict, "fault.archive-stale")
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// readable says whether the actor may still read everything in an archive.
func readable(ctx context.Context, tx *db.Tx, who access.Actor, f *os.File, size int64) (bool, error) {
	ids, err := listed(f, size)
	if err != nil {
		return false, err
	}
	now, _, err := access.Standing(ctx, tx, who, ids...)
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		if !now[id] {
			return false, nil
		}
	}
	return true, nil
}

// Marks counts what the actor may read by mark, the strictest first: what an archive would hold.
func (s *Archives) Marks(ctx context.Context, who access.Actor) (out []MarkCount, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		var kinds []string
		for _, k := range s.objects.Kinds() {
			if !k.IsPart() || k.KindName() == library.Files.Name {
				kinds = append(kinds, k.KindName())
			}
		}
		q := `select o.mark, count(*) from object o where o.kind in ` + a.In(kinds) + ` and ` + who.CanRead(&a, "o") + ` group by o.mark -- bundle.Marks`
		out, err = db.Collect(ctx, tx, scanMark, q, a.List()...)
		slices.SortFunc(out, func(x, y MarkCount) int { return y.Mark.Compare(x.Mark) })
		return err
	})
	return out, err
}

// MarkCount is how many objects stand under a mark.
type MarkCount struct {
	Mark tlp.Label
	N    int64
}
