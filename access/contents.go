package access

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"

	"entente/internal/db"
	"entente/internal/ref"
)

// What an institution says of an object it says of what the object holds too: of a work plan with its
// activities and what is attached to them, of a meeting with its papers, of what was entered on its behalf with the scan. These are
// objects with revisions of their own, so that the revision of the whole alone does not say what
// somebody had seen. A form carries all of them.

// Contents are the objects that one holds, with their revisions, as far as somebody reads them.
type Contents map[ref.ID]int64

// under says which kinds of objects stand under those of a kind, however deep, and are read with it.
var under = map[string][]string{
	"project": {"phase", "result", "indicator", "activity"},
	"phase":   {"result", "indicator", "activity"},
	"plan":    {"activity"}, // of its phase
	"result":  {"result", "indicator"},
	"roadmap": {"milestone"},
}

// focused are the kinds whose pages print the focus areas of a phase, which name their phases and stand
// under none of them.
var focused = []string{"project", "phase"}

// contents gives the SQL of what an object holds: what stands before the query, and the query of the ids.
// reads is the predicate of what those hold whose files count.
func (h Header) contents(a *db.Args, reads func(*db.Args, string) string) (with, in string) {
	top := h.ID
	if h.Kind == "plan" {
		top = h.Parent
	}
	in = `select f.id from object f where f.kind = 'file' and f.parent = ` + a.Add(h.ID)
	kinds := under[h.Kind]
	if len(kinds) == 0 {
		return "", in
	}
	of, whole := a.In(kinds), "held"
	with = `with recursive held(id) as (select o.id from object o where o.parent = ` + a.Add(top) + ` and o.kind in ` + of + `
			union select o.id from object o join held h on o.parent = h.id where o.kind in ` + of + `)`
	if slices.Contains(focused, h.Kind) {
		whole = "beside"
		with += `, beside(id) as (select id from held union select o.id from link l join object o on o.id = l.from_id
			where o.kind = 'focus-area' and l.rel = 'phases' and (l.to_id = ` + a.Add(h.ID) + ` or l.to_id in (select id from held)))`
	}
	in += ` union all select id from ` + whole + ` union all select f.id from ` + whole + ` h join object w on w.id = h.id
			join object f on f.parent = w.id and f.kind = 'file' where ` + reads(a, "w")
	return with + " ", in
}

// ContentsOf gives what an object holds: what stands under it, and the files attached to it and to that.
func ContentsOf(ctx context.Context, tx *db.Tx, who Actor, h Header) (Contents, error) {
	out := Contents{}
	var a db.Args
	held, in := h.contents(&a, who.CanRead)
	rows, err := tx.Query(ctx, held+`select o.id, o.rev from object o where o.id in (`+in+`) and `+who.CanRead(&a, "o")+` -- access.ContentsOf`, a.List()...)
	return out, out.read(rows, err)
}

// String writes contents as a form carries them.
func (c Contents) String() string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(c)) {
		b.WriteString(id + ":" + strconv.FormatInt(c[id], 10) + " ")
	}
	return strings.TrimSuffix(b.String(), " ")
}

// ReadContents reads what String wrote. What is none of it is in no object: it differs from everything.
func ReadContents(s string) Contents {
	out := Contents{}
	for w := range strings.FieldsSeq(s) {
		id, rev, _ := strings.Cut(w, ":")
		out[id], _ = strconv.ParseInt(rev, 10, 64)
	}
	return out
}

// Hold says whether an object holds now what somebody saw of it.
func (c Contents) Hold(ctx context.Context, tx *db.Tx, who Actor, h Header) (bool, error) {
	now, err := ContentsOf(ctx, tx, who, h)
	return maps.Equal(now, c), err
}

// Contents gives what an object holds that the actor may read.
func (s *Objects) Contents(ctx context.Context, who Actor, h Header) (c Contents, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err = ContentsOf(ctx, tx, who, h)
		return err
	})
	return c, err
}

// Stood is an object as it stood once. Value is nil where the reader could not read it then, or it was erased.
type Stood struct {
	Version
	ID ref.ID
}

// Before gives an object, and the files attached to it, as they stood when a part was made that refers to
// it: as far as the actor reads them today.
func (s *Objects) Before(ctx context.Context, who Actor, part Header, of ref.ID) (out []Stood, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		rows, err := tx.Query(ctx, `select o.id, o.kind, r.rev, e.body, r.body from revision m
			join object o on o.id = `+a.Add(of)+` or o.parent = `+a.Add(of)+` and o.kind = 'file'
			join revision r on r.object = o.id and r.rev = (select max(x.rev) from revision x where x.object = o.id and x.seq < m.seq)
			join entry e on e.seq = r.seq
			where m.object = `+a.Add(part.ID)+` and m.rev = 1 and `+who.CanRead(&a, "o")+` order by o.id -- access.Before`, a.List()...)
		out, err = db.Rows(rows, err, func(r *sql.Rows) (f Stood, err error) {
			var kind string
			var entry, body []byte
			if err := r.Scan(&f.ID, &kind, &f.Rev, &entry, &body); err != nil {
				return f, err
			}
			k := s.kinds[kind]
			if k == nil {
				return f, nil
			}
			if err := f.read(k, entry, body); err != nil {
				return f, err
			}
			if f.Value != nil && !who.Reads(f.Header) {
				f.Value, f.Former, f.Header = nil, nil, Header{}
			}
			return f, nil
		})
		return err
	})
	return out, err
}

// Since is what became of an object since a part of it was made, or one that points at it: a statement, of
// its whole and of the call that it answers.
type Since struct {
	Rev  int64 // that stood when the part was made; 0: none did
	Held bool  // something that the object holds was changed, added or removed since, as far as the actor read it
}

// Since tells it from the log, whose order says what stood then. So it is told of what was said before
// forms carried it as well, and nobody learns from the part what stood there that is not for them.
func (s *Objects) Since(ctx context.Context, who Actor, part ref.ID, h Header) (out Since, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		if err := tx.QueryRow(ctx, `select coalesce(max(r.rev), 0) from object o join revision r on r.object = o.id join revision m on m.object = `+a.Add(part)+`
			and m.rev = 1 and r.seq < m.seq where o.id = `+a.Add(h.ID)+` and `+who.CanRead(&a, "o")+` -- access.Since`, a.List()...).Scan(&out.Rev); err != nil {
			return err
		}
		var b db.Args
		reads := who.named // also of what was removed since
		if who.IsOperator() {
			reads = who.CanRead
		}
		held, in := h.contents(&b, reads)
		var n int
		err := tx.QueryRow(ctx, held+`select count(*) from object o join revision r on r.object = o.id join revision m on m.object = `+b.Add(part)+`
			and m.rev = 1 and r.seq > m.seq where o.id in (`+in+`) and `+reads(&b, "o")+` -- access.Since: CanRead, and what was removed`, b.List()...).Scan(&n)
		out.Held = n > 0
		return err
	})
	return out, err
}

// AttachedTo gives the files of some objects, as far as the actor reads them.
func AttachedTo(ctx context.Context, tx *db.Tx, who Actor, ids ...ref.ID) (Contents, error) {
	out := Contents{}
	if len(ids) == 0 {
		return out, nil
	}
	var a db.Args
	rows, err := tx.Query(ctx, `select o.id, o.rev from object o where o.kind = 'file' and o.parent in `+a.In(ids)+` and `+who.CanRead(&a, "o")+` -- access.AttachedTo`, a.List()...)
	return out, out.read(rows, err)
}

func (c Contents) read(rows *sql.Rows, err error) error {
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id ref.ID
		var rev int64
		err := r.Scan(&id, &rev)
		c[id] = rev
		return struct{}{}, err
	})
	return err
}
