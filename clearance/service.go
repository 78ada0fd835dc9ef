package clearance

import (
	"context"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/roster"
	"entente/standard/tlp"
)

// mostNotes bounds the notes of one object that are listed; more would be a mistake.
const mostNotes = 500

// Service is the door to the inner rooms. A note that stands is changed, narrowed, widened and
// removed as every object is (access.Objects); the rule holds there too.
type Service struct{ db *db.DB }

// New gives the service over a database.
func New(d *db.DB) *Service { return &Service{d} }

// Room is the inner room of the actor's side at an object.
type Room struct {
	Object       access.Header
	Side         access.Title
	Notes        []access.Object[Note] // that the actor may read, in the order in which they came, with their audiences
	Files        map[ref.ID]int        // how many files of each the actor may read
	MayWrite     bool
	Institutions []access.Object[roster.Institution] // of the side, that may read the object: those who can be let in
	People       []access.Object[roster.Person]      // of the side, that may read the object
}

// Room gives the inner room of the actor's side at an object. NotFound to who may not read the
// object, and to who is on no side.
func (s *Service) Room(ctx context.Context, who access.Actor, of ref.ID, lang text.Lang) (r Room, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if r.Object, err = access.Find(ctx, tx, who, of); err != nil {
			return err
		}
		if !who.Inside() || r.Object.Kind == Notes.Name {
			return fault.New(fault.NotFound, "")
		}
		ts, err := access.Titles(ctx, tx, who, lang, ref.ID(who.Side))
		if err != nil {
			return err
		}
		r.Side = ts[ref.ID(who.Side)]
		var a db.Args
		if r.Notes, err = Notes.List(ctx, tx, who, access.Select{Args: &a, Where: `t.parent = ` + a.Add(of), Order: `o.id`, Limit: mostNotes}); err != nil {
			return err
		}
		if err := r.complete(ctx, tx, who); err != nil {
			return err
		}
		r.MayWrite = access.May(who, "note.create", access.Header{Kind: Notes.Name, Dialogue: r.Object.Dialogue}) == nil
		if !r.MayWrite {
			return nil
		}
		r.Institutions, r.People, err = choices(ctx, tx, who, r.Object, nil, lang)
		return err
	})
	return r, err
}

// complete reads what a list of notes leaves out.
func (r *Room) complete(ctx context.Context, tx *db.Tx, who access.Actor) error {
	var ids []ref.ID
	for _, n := range r.Notes {
		ids = append(ids, n.ID)
	}
	audiences, err := access.Audiences(ctx, tx, who, ids...)
	if err != nil {
		return err
	}
	for i := range r.Notes {
		r.Notes[i].Audience = audiences[r.Notes[i].ID]
	}
	r.Files, err = access.CountParts(ctx, tx, who, "file", ids...)
	return err
}

// Choices gives the institutions and people whom a note's owner may let in: those of the side that
// may read what the note is about, and the note that it answers.
func (s *Service) Choices(ctx context.Context, who access.Actor, id ref.Note, lang text.Lang) (is []access.Object[roster.Institution], ps []access.Object[roster.Person], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := Notes.Load(ctx, tx, who, ref.ID(id))
		if err != nil {
			return err
		}
		a, err := aboutOf(ctx, tx, who, &n)
		if err != nil {
			return err
		}
		if a.object == nil {
			return nil
		}
		is, ps, err = choices(ctx, tx, who, *a.object, a.note, lang)
		return err
	})
	return is, ps, err
}

// choices gives those of the actor's side who may read the object, and the note that is answered.
func choices(ctx context.Context, tx *db.Tx, who access.Actor, object access.Header, re *access.Header, lang text.Lang) ([]access.Object[roster.Institution], []access.Object[roster.Person], error) {
	is, ps, err := roster.OfSide(ctx, tx, who, object.Dialogue, who.Side, lang)
	if err != nil {
		return nil, nil, err
	}
	a := about{&object, re}
	// What is for a whole side, or wider, needs no asking about each of its institutions.
	if re == nil && slices.ContainsFunc([]access.Principal{access.Anyone, access.DialogueOf(object.Dialogue), access.SideOf(who.Side)}, object.Audience.Has) {
		return is, ps, nil
	}
	keep := func(p access.Principal) (bool, error) {
		reader, err := somebody(ctx, tx, object.Dialogue, p)
		return reader.Inside() && a.readBy(reader) && a.answeredBy(reader), err
	}
	is, err = filter(is, func(i access.Object[roster.Institution]) (bool, error) {
		return keep(access.InsideOf(ref.Institution(i.ID)))
	})
	if err != nil {
		return nil, nil, err
	}
	ps, err = filter(ps, func(p access.Object[roster.Person]) (bool, error) { return keep(access.PersonOf(ref.Person(p.ID))) })
	return is, ps, err
}

func filter[T any](list []T, keep func(T) (bool, error)) (out []T, err error) {
	for _, v := range list {
		ok, err := keep(v)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, v)
		}
	}
	return out, nil
}

// Open writes a note about an object in the inner room of the actor's side: the act "note.create".
// n says title, sort, text and the note it answers. The audience is of institutions of the side, the
// actor's own among them; under RED of persons. Faults: NotFound, also to who is on no side, Forbidden
// to who does not write for an institution on it, Invalid with fields.
func (s *Service) Open(ctx context.Context, who access.Actor, of ref.ID, n Note, mark tlp.Label, audience access.Audience) (o access.Object[Note], err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		h, err := access.Find(ctx, tx, who, of)
		if err != nil {
			return err
		}
		if !who.Inside() {
			return fault.New(fault.NotFound, "") // as for who looks for the room
		}
		n.Of, n.Side = of, who.Side
		o = access.Object[Note]{Header: access.Header{Dialogue: h.Dialogue, Mark: mark, Audience: access.NewAudience(audience...)}, Value: n}
		return Notes.Save(ctx, tx, who, "note.create", &o, "")
	})
	return o, err
}

// Get gives a note that the actor may read, or NotFound.
func (s *Service) Get(ctx context.Context, who access.Actor, id ref.Note) (n access.Object[Note], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err = Notes.Load(ctx, tx, who, ref.ID(id))
		return err
	})
	return n, err
}

// Counts gives how many notes there are at each of some objects that the actor may read.
func (s *Service) Counts(ctx context.Context, who access.Actor, of ...ref.ID) (n map[ref.ID]int, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err = access.CountParts(ctx, tx, who, Notes.Name, of...)
		return err
	})
	return n, err
}

// Opens gives how many notes stand open to an institution: what letting somebody in there opens. It
// says no more than that to who may let in.
func (s *Service) Opens(ctx context.Context, d ref.Dialogue, i ref.Institution) (n int, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		who, err := roster.MemberOf(ctx, tx, d, i)
		if err != nil {
			return err
		}
		var a db.Args
		return tx.QueryRow(ctx, `select count(*) from object o where o.kind = 'note' and `+who.CanRead(&a, "o")+` -- clearance.Opens`, a.List()...).Scan(&n)
	})
	return n, err
}
