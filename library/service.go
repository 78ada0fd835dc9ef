package library

import (
	"context"
	"io"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/files"
	"entente/internal/ref"
	"entente/standard/tlp"
)

// mostFiles bounds the files of one object that are listed; more would be a mistake.
const mostFiles = 500

// Service is the door to files.
type Service struct {
	db      *db.DB
	store   files.Store
	scanner files.Scanner

	Quota Quota // set before the service is used
}

// New gives the service over a database and the store that holds the contents.
func New(d *db.DB, store files.Store, scanner files.Scanner) *Service {
	return &Service{db: d, store: store, scanner: scanner}
}

// Upload is a content on its way in, and what the sender calls it.
type Upload struct {
	Name string
	Data io.Reader
}

// Received is an upload that came in whole and that nothing points at yet.
type Received struct {
	content *files.Incoming
	name    string
	media   string
}

// Name gives the cleaned name.
func (r Received) Name() string { return r.name }

// Drop forgets an upload that no act took. It may be called at any time.
func (r Received) Drop() { r.content.Drop() }

// MayAdd gives nil when the actor may attach a file to the object, and the object's header: it is
// asked before an upload is read.
func (s *Service) MayAdd(ctx context.Context, who access.Actor, to ref.ID) (h access.Header, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if h, err = access.Find(ctx, tx, who, to); err != nil {
			return err
		}
		return mayAdd(who, h)
	})
	return h, err
}

// mayAdd says whether the actor may attach a file to an object. A file has no files; to what an
// institution says, its own people alone add something. To an entry on its behalf that it has not spoken
// to yet others do: it speaks to that with what is attached.
func mayAdd(who access.Actor, to access.Header) error {
	if to.Kind == Files.Name {
		return fault.New(fault.NotFound, "")
	}
	if to.IsSaid() && to.State != access.Waiting && !who.Owns(to) && !who.IsOperator() {
		return refusal(to)
	}
	return access.May(who, "file.create", access.Header{Kind: Files.Name, Dialogue: to.Dialogue, Parent: to.ID, Owner: to.Owner})
}

// Receive takes a content in, finds out what it is, and has the scanner look at it. It is kept by
// the act that names it, in that act's transaction, and until then forgotten by Drop: what is
// refused leaves nothing on the disk.
func (s *Service) Receive(ctx context.Context, up Upload) (r Received, err error) {
	r.name = CleanName(up.Name)
	if r.content, err = s.store.Take(ctx, up.Data); err != nil {
		return r, err
	}
	if r.media, err = sniff(r.content, r.name); err == nil {
		err = s.scanner.Scan(ctx, r.content.Path)
	}
	if err != nil {
		r.Drop()
	}
	return r, err
}

// Add attaches a file to an object: the act "file.create". f says title, language and note; an
// empty mark and audience take the object's own, others must lie within them.
func (s *Service) Add(ctx context.Context, who access.Actor, to ref.ID, f File, in Received, mark tlp.Label, audience access.Audience) (o access.Object[File], err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := access.Find(ctx, tx, who, to)
		if err != nil {
			return err
		}
		if err := mayAdd(who, p); err != nil {
			return err
		}
		if audience == nil {
			mark, audience = p.Mark, p.Audience
		}
		o = access.Object[File]{Header: access.Header{Dialogue: p.Dialogue, Mark: mark, Audience: audience}, Value: f}
		if p.Kind == "dialogue" {
			o.Dialogue = ref.Dialogue(p.ID)
		}
		o.Value.Of, o.Value.Version = to, 1
		o.Value.take(in)
		return s.save(ctx, tx, who, "file.create", &o, in)
	})
	return o, err
}

// Replace gives a file its next version; the earlier ones stay: the act "file.version". rev is
// the revision that was read.
func (s *Service) Replace(ctx context.Context, who access.Actor, id ref.ID, rev int64, in Received) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err := load(ctx, tx, who, id)
		if err != nil {
			return err
		}
		o.Rev = rev
		o.Value.Version++
		o.Value.take(in)
		return s.save(ctx, tx, who, actVersion, &o, in)
	})
}

// MayReplace gives nil when the actor may give a file its next version.
func (s *Service) MayReplace(ctx context.Context, who access.Actor, o access.Object[File]) error {
	return s.May(ctx, who, actVersion, o.Header)
}

// May gives nil when the actor may do an act on a file: when policy lets it, and the file is not
// another institution's words, or part of what one confirmed.
func (s *Service) May(ctx context.Context, who access.Actor, act string, h access.Header) error {
	if err := access.May(who, act, h); err != nil || who.IsOperator() {
		return err
	}
	return s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error { return untaken(ctx, tx, who, act, h) })
}

func (f *File) take(r Received) {
	f.Name, f.Type, f.Size, f.Hash = r.name, r.media, r.content.Size, r.content.Hash
}

// save writes the act and keeps the content that it names, in one transaction.
func (s *Service) save(ctx context.Context, tx *db.Tx, who access.Actor, act string, o *access.Object[File], in Received) error {
	if err := Files.Save(ctx, tx, who, act, o, ""); err != nil {
		return err
	}
	if err := s.Quota.holds(ctx, tx, who); err != nil {
		return err
	}
	return in.content.Keep()
}

// load gives a file that the actor may read, with the object it is attached to: both, or NotFound. Who
// added it keeps it without the object.
func load(ctx context.Context, tx *db.Tx, who access.Actor, id ref.ID) (access.Object[File], error) {
	o, err := Files.Load(ctx, tx, who, id)
	if err != nil {
		return o, err
	}
	_, _, err = access.WholeOf(ctx, tx, who, o.Header)
	return o, err
}

// Get gives a file, or NotFound to who may not read it or what it is attached to.
func (s *Service) Get(ctx context.Context, who access.Actor, id ref.ID) (o access.Object[File], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err = load(ctx, tx, who, id)
		return err
	})
	return o, err
}

// Of gives the files of an object that the actor may read, in the order in which they came.
func (s *Service) Of(ctx context.Context, who access.Actor, parent ref.ID) (out []access.Object[File], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := access.FindWhole(ctx, tx, who, parent); err != nil {
			return err
		}
		var a db.Args
		out, err = Files.List(ctx, tx, who, access.Select{
			Args: &a, Where: `t.parent = ` + a.Add(parent), Order: `o.id`, Limit: mostFiles,
		})
		return err
	})
	return out, err
}

// pageOfAll is how many files All reads at a time.
const pageOfAll = 200

// All gives all files that the actor may read, with what they are attached to or as the own
// institution's, to fn one by one.
func (s *Service) All(ctx context.Context, who access.Actor, fn func(access.Object[File]) error) error {
	return s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		for after := ""; ; {
			var a db.Args
			page, err := Files.List(ctx, tx, who, access.Select{
				Args: &a, Join: `join object p on p.id = t.parent and (o.owner in ` + a.In(who.Institutions()) + ` or ` + who.CanFind(&a, "p") + `)`,
				Where: `o.id > ` + a.Add(after), Order: `o.id`, Limit: pageOfAll,
			})
			if err != nil {
				return err
			}
			for _, o := range page {
				if err := fn(o); err != nil {
					return err
				}
				after = o.ID
			}
			if len(page) < pageOfAll {
				return nil
			}
		}
	})
}

// Open gives the content of a file as it stands in a value that Get, Of or the file's history gave.
func (s *Service) Open(f File) (io.ReadSeekCloser, error) {
	r, err := s.store.Open(f.Hash)
	if fault.Is(err, fault.NotFound) { // the file is there, and its bytes are to be: a disk is missing
		err = fault.Because(fault.Unavailable, err)
	}
	return r, err
}

// within keeps a file inside what it is attached to.
func within(ctx context.Context, tx *db.Tx, who access.Actor, o *access.Object[File]) error {
	return access.Within(ctx, tx, who, o.Header, nil)
}
