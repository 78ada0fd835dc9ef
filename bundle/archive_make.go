package bundle

import (
	"archive/zip"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/jobs"
	"entente/internal/ref"
	"entente/library"
	"entente/roster"
	"entente/standard/tlp"
)

// What lies in an archive, beside the files.
const (
	archiveText = "entente.yaml"
	archiveList = "contents.csv"
)

// bytesOfUnit is how many bytes of a file are as much work as one object.
const bytesOfUnit = 200_000

// Make is the handler of ArchiveJob: it makes an archive with the rights that the person has now.
func (s *Archives) Make(ctx context.Context, run *jobs.Run) error {
	who, err := roster.New(s.db).Actor(ctx, run.Person)
	if err != nil {
		return err // one who was removed gets none
	}
	if len(who.Functions) == 0 { // nor one whose last function ended
		return fault.New(fault.NotFound, "")
	}
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return jobs.Problem("folder", err)
	}
	m := made{File: run.ID + "." + strconv.Itoa(run.Attempts) + ".zip", Principals: principalsOf(who)}
	err = s.write(ctx, who, run, &m)
	if err == nil {
		err = s.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error { return run.Finish(ctx, tx, m) })
	}
	if err != nil {
		_ = os.Remove(s.path(m))
		if errors.Is(err, syscall.ENOSPC) {
			return jobs.Problem("disk-full", err)
		}
		return err
	}
	return s.replace(ctx, run.Person, m.File)
}

// write makes the file. What is readable is decided at one moment; contents of files, which never
// change, are copied after it.
func (s *Archives) write(ctx context.Context, who access.Actor, run *jobs.Run, m *made) (err error) {
	out, err := os.OpenFile(s.path(*m), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	p := packer{s: s, ctx: ctx, run: run, made: m, zip: zip.NewWriter(out), taken: map[string]bool{}, now: s.db.Now()}
	m.Mark = tlp.CLEAR
	var files []access.Object[library.File]
	if err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		marks, err := s.Marks(ctx, who)
		for _, k := range marks {
			p.total += k.N
		}
		if err != nil {
			return err
		}
		if err := s.library.All(ctx, who, func(o access.Object[library.File]) error {
			files = append(files, o)
			p.total += o.Value.Size / bytesOfUnit
			return nil
		}); err != nil {
			return err
		}
		w, err := p.create(archiveText, zip.Deflate, p.now)
		if err != nil {
			return err
		}
		return export(ctx, s.db, s.objects, who, w, p.object)
	}); err != nil {
		return err
	}
	for _, o := range files {
		if err := p.file(o); err != nil {
			return err
		}
	}
	if err := p.list(); err != nil {
		return err
	}
	if err := errors.Join(p.zip.Close(), out.Sync()); err != nil {
		return err
	}
	i, err := out.Stat()
	if err == nil {
		m.Size = i.Size()
	}
	return err
}

// packer fills one archive.
type packer struct {
	s     *Archives
	ctx   context.Context
	run   *jobs.Run
	made  *made
	zip   *zip.Writer
	taken map[string]bool // names, in lower case
	rows  [][]string      // of the list
	now   time.Time

	done, total int64
}

func (p *packer) create(name string, method uint16, changed time.Time) (io.Writer, error) {
	return p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: changed})
}

// step counts work that is done.
func (p *packer) step(n int64) {
	p.done += n
	p.run.Progress(p.done, max(p.total, p.done))
}

func (p *packer) note(h access.Header, place string) {
	p.made.Mark = tlp.Strictest(p.made.Mark, h.Mark)
	p.rows = append(p.rows, []string{h.ID, h.Kind, h.Key, string(h.Mark), h.ChangedAt, place})
	p.step(1)
}

func (p *packer) object(h access.Header) {
	p.made.Objects++
	p.note(h, archiveText)
}

// file copies the content of a file, under a name that no other has.
func (p *packer) file(o access.Object[library.File]) error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	b, err := p.s.library.Open(o.Value)
	if fault.Is(err, fault.NotFound) { // the operator's matter; the rest is worth having
		p.made.Missing++
		p.note(o.Header, "missing")
		return nil
	}
	if err != nil {
		return err
	}
	defer b.Close()
	name := "files/" + library.MarkedName(o.Mark, o.National, o.Value.Name)
	for n, plain := 2, name; p.taken[strings.ToLower(name)]; n++ {
		ext := path.Ext(plain)
		name = strings.TrimSuffix(plain, ext) + " (" + strconv.Itoa(n) + ")" + ext
	}
	p.taken[strings.ToLower(name)] = true
	changed, err := db.ParseStamp(o.ChangedAt)
	if err != nil {
		changed = p.now
	}
	w, err := p.create(name, zip.Store, changed) // most are compressed already
	if err != nil {
		return err
	}
	if err := p.copy(w, b); err != nil {
		return err
	}
	p.made.Files++
	p.note(o.Header, name)
	return nil
}

// copy copies a content piece by piece: it tells how far it is, and ends with the context.
func (p *packer) copy(w io.Writer, r io.Reader) error {
	for {
		n, err := io.CopyN(w, r, bytesOfUnit)
		if n == bytesOfUnit {
			p.step(1)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err = errors.Join(err, p.ctx.Err()); err != nil {
			return err
		}
	}
}

// list writes what the archive holds, for its reader and for the check when it is fetched.
func (p *packer) list() error {
	w, err := p.create(archiveList, zip.Deflate, p.now)
	if err != nil {
		return err
	}
	c := csv.NewWriter(w)
	if err := c.Write([]string{"id", "kind", "key", "mark", "changed", "place"}); err != nil {
		return err
	}
	return c.WriteAll(p.rows)
}

// listed gives the ids of the objects in an archive.
func listed(f *os.File, size int64) (ids []ref.ID, err error) {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return nil, fmt.Errorf("bundle: an archive: %w", err)
	}
	r, err := z.Open(archiveList)
	if err != nil {
		return nil, fmt.Errorf("bundle: an archive: %w", err)
	}
	defer r.Close()
	rows, err := csv.NewReader(r).ReadAll()
	for _, row := range rows[min(1, len(rows)):] {
		ids = append(ids, row[0])
	}
	return ids, err
}

// replace takes a person's older archives away: one at a time is enough.
func (s *Archives) replace(ctx context.Context, person ref.Person, keep string) error {
	return s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		all, err := jobs.Of(ctx, tx, person, ArchiveJob, archivesListed)
		for _, j := range all {
			if _, m := archiveOf(j); m.File != "" && m.File != keep {
				_ = os.Remove(s.path(m))
			}
		}
		return err
	})
}

// Clean is the handler of ArchiveCleanJob: it takes away archives whose day is over, and halves
// that a process left when it died.
func (s *Archives) Clean(ctx context.Context, run *jobs.Run) error {
	entries, err := os.ReadDir(s.folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return jobs.Problem("folder", err)
	}
	for _, e := range entries {
		i, err := e.Info()
		if err != nil {
			continue // gone meanwhile
		}
		if s.db.Now().Sub(i.ModTime()) > ArchiveLasts+time.Hour {
			err = os.Remove(filepath.Join(s.folder, e.Name()))
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return jobs.Problem("folder", err)
		}
	}
	return nil
}

func scanMark(r *sql.Rows) (k MarkCount, err error) {
	err = r.Scan(&k.Mark, &k.N)
	return k, err
}
