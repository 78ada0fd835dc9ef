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

// ContentsOf gives what an object holds: what stands under it, and the files attached to it and to that.
func ContentsOf(ctx context.Context, tx *db.Tx, who Actor, h Header) (Contents, error) {
	out := Contents{}
	top := h.ID
	if h.Kind == "plan" {
		top = h.Parent
	}
	var a db.Args
	held := ``
	in := `select f.id from object f where f.kind = 'file' and f.parent = ` + a.Add(h.ID)
	if kinds := under[h.Kind]; len(kinds) > 0 {
		of := a.In(kinds)
		held = `with recursive held(id) as (select o.id from object o where o.parent = ` + a.Add(top) + ` and o.kind in ` + of + `
			union select o.id from object o join held h on o.parent = h.id where o.kind in ` + of + `) `
		in += ` union all select id from held union all select f.id from held h join object w on w.id = h.id
			join object f on f.parent = w.id and f.kind = 'file' where ` + who.CanRead(&a, "w")
	}
	rows, err := tx.Query(ctx, held+`select o.id, o.rev from object o where o.id in (`+in+`) and `+who.CanRead(&a, "o")+` -- access.ContentsOf`, a.List()...)
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id ref.ID
		var rev int64
		err := r.Scan(&id, &rev)
		out[id] = rev
		return struct{}{}, err
	})
	return out, err
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
	ID  ref.ID
	Now int64 // its revision today
}

// Before gives an object, and the files attached to it, as they stood when a part was made that refers to
// it: as far as the actor reads them today.
func (s *Objects) Before(ctx context.Context, who Actor, part Header, of ref.ID) (out []Stood, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		rows, err := tx.Query(ctx, `select o.id, o.kind, o.rev, r.rev, e.body, r.body from revision m
			join object o on o.id = `+a.Add(of)+` or o.parent = `+a.Add(of)+` and o.kind = 'file'
			join revision r on r.object = o.id and r.rev = (select max(x.rev) from revision x where x.object = o.id and x.seq < m.seq)
			join entry e on e.seq = r.seq
			where m.object = `+a.Add(part.ID)+` and m.rev = 1 and `+who.CanRead(&a, "o")+` order by o.id -- access.Before`, a.List()...)
		out, err = db.Rows(rows, err, func(r *sql.Rows) (f Stood, err error) {
			var kind string
			var entry, body []byte
			if err := r.Scan(&f.ID, &kind, &f.Now, &f.Rev, &entry, &body); err != nil {
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
