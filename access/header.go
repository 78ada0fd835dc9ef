package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/standard/tlp"
)

// Header is what every readable thing has, whatever its subject.
type Header struct {
	ID        ref.ID       `json:"-"`
	Rev       int64        `json:"-"`
	Kind      string       `json:"kind"`
	Key       string       `json:"key,omitempty"` // human-writable, unique among the dialogue's objects of the kind; may be empty
	Dialogue  ref.Dialogue `json:"dialogue,omitempty"`
	Owner     ref.ID       `json:"owner,omitempty"` // institution that entered it
	Parent    ref.ID       `json:"parent,omitempty"`
	State     string       `json:"state,omitempty"` // the subject's word for where it stands
	Mark      tlp.Label    `json:"mark"`
	National  string       `json:"national,omitempty"` // a mark of a national system beside it, as plain text; it decides nothing
	Audience  Audience     `json:"audience"`
	SortTime  string       `json:"sort_time,omitempty"`
	ChangedAt string       `json:"changed_at"`
	ChangedBy ref.ID       `json:"changed_by,omitempty"`
	Tombstone string       `json:"tombstone,omitempty"` // reason of removal; empty: it stands
	Room      ref.Side     `json:"-"`                   // in whose inner room it stands; empty: in none

	keeps Audience // of a part that is being written: those of its readers who said it
}

// IsRoot says whether the object is the dialogue in which everything else lives.
func (h Header) IsRoot() bool { return h.ID == ref.ID(h.Dialogue) }

// columns are those of the object table in the order that scan takes.
const columns = `o.id, o.rev, o.kind, o.dialogue, o.owner, o.parent, o.state, o.mark, o.national, o.aset,
	o.sort_time, o.changed_at, o.changed_by, o.tombstone, o.room`

func (h *Header) fields(aset *string) []any {
	return []any{
		&h.ID, &h.Rev, &h.Kind, &h.Dialogue, &h.Owner, &h.Parent, &h.State, &h.Mark, &h.National, aset,
		&h.SortTime, &h.ChangedAt, &h.ChangedBy, &h.Tombstone, &h.Room,
	}
}

// Find gives the header of an object that the actor may read, whatever its kind, or NotFound.
func Find(ctx context.Context, tx *db.Tx, who Actor, id ref.ID) (Header, error) {
	var a db.Args
	var h Header
	var aset string
	var key sql.NullString
	q := `select ` + columns + `, k.text from object o
		left join label k on k.object = o.id and k.field = 'key' and k.lang = ''
		where o.id = ` + a.Add(id) + ` and ` + who.CanRead(&a, "o") + ` -- access.Find`
	err := tx.QueryRow(ctx, q, a.List()...).Scan(append(h.fields(&aset), &key)...)
	if errors.Is(err, sql.ErrNoRows) {
		return h, fault.New(fault.NotFound, "")
	}
	if err != nil {
		return h, err
	}
	h.Key = key.String
	h.Audience, err = members(ctx, tx, aset)
	return h, err
}

// Headers gives the headers of those among ids that the actor may read, whatever their kind.
func Headers(ctx context.Context, tx *db.Tx, who Actor, ids ...ref.ID) (map[ref.ID]Header, error) {
	out := map[ref.ID]Header{}
	for chunk := range slices.Chunk(ids, 500) {
		var a db.Args
		rows, err := tx.Query(ctx, `select `+columns+`, coalesce(k.text, '') from object o
			left join label k on k.object = o.id and k.field = 'key' and k.lang = ''
			where o.id in `+a.In(chunk)+` and `+who.CanRead(&a, "o")+` -- access.Headers`, a.List()...)
		if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
			var h Header
			var set string
			err := r.Scan(append(h.fields(&set), &h.Key)...)
			out[h.ID] = h
			return struct{}{}, err
		}); err != nil {
			return nil, err
		}
	}
	readers, err := Audiences(ctx, tx, who, ids...)
	for id, h := range out {
		h.Audience = readers[id]
		out[id] = h
	}
	return out, err
}

// InRooms gives those of some objects that stand in a side's inner room, also what was removed there.
// It stands outside access: who may not read them is not to be told that there are any.
func InRooms(ctx context.Context, tx *db.Tx, ids ...ref.ID) (map[ref.ID]bool, error) {
	out := map[ref.ID]bool{}
	for chunk := range slices.Chunk(ids, 500) {
		var a db.Args
		found, err := db.Collect(ctx, tx, db.One[ref.ID], `select id from object where room <> '' and id in `+a.In(chunk)+` -- access.InRooms`, a.List()...)
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			out[id] = true
		}
	}
	return out, nil
}

// members gives the principals of an interned audience.
func members(ctx context.Context, tx *db.Tx, aset string) (Audience, error) {
	rows, err := tx.Query(ctx, `select principal from aset_member where aset = $1 order by principal -- access.members`, aset)
	return db.Rows(rows, err, func(r *sql.Rows) (p Principal, err error) {
		err = r.Scan(&p)
		return p, err
	})
}

// intern gives the audience's name, storing its members once.
func intern(ctx context.Context, tx *db.Tx, a Audience) (string, error) {
	set := a.set()
	var have string
	err := tx.QueryRow(ctx, `select id from aset where id = $1 -- access.intern`, set).Scan(&have)
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return set, err
	}
	if _, err := tx.Exec(ctx, `insert into aset (id) values ($1) -- access.intern`, set); err != nil {
		return "", err
	}
	for _, p := range a {
		if _, err := tx.Exec(ctx, `insert into aset_member (principal, aset) values ($1, $2) -- access.intern`, p, set); err != nil {
			return "", err
		}
	}
	return set, nil
}

// put writes the header row and moves rev by compare-and-swap. h.Rev is the new revision; the
// row must stand at the one before, or Conflict.
func put(ctx context.Context, tx *db.Tx, h Header) error {
	set, err := intern(ctx, tx, h.Audience)
	if err != nil {
		return err
	}
	vals := []any{
		h.ID, h.Rev, h.Kind, h.Dialogue, h.Owner, h.Parent, h.State, string(h.Mark), set,
		h.SortTime, h.ChangedAt, h.ChangedBy, h.Tombstone, h.National,
	}
	if h.Rev == 1 {
		_, err = tx.Exec(ctx, `insert into object (id, rev, kind, dialogue, owner, parent, state, mark, aset,
				sort_time, changed_at, changed_by, tombstone, national, room)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) -- access.put`, append(vals, h.Room)...)
		return err
	}
	res, err := tx.Exec(ctx, `update object set rev = $2, kind = $3, dialogue = $4, owner = $5, parent = $6, state = $7,
			mark = $8, aset = $9, sort_time = $10, changed_at = $11, changed_by = $12, tombstone = $13, national = $14
		where id = $1 and rev = $2 - 1 -- access.put`, vals...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return fault.Because(fault.Conflict, fmt.Errorf("object %s is not at revision %d (%v)", h.ID, h.Rev-1, err))
	}
	return followHeader(ctx, tx, h, set)
}

// widest is the widest principal that a mark may go to, by its kind.
var widest = map[tlp.Label]Principal{
	tlp.CLEAR: Anyone, tlp.GREEN: "dialogue:", tlp.AMBER: "side:", tlp.AMBERSTRICT: "team:", tlp.RED: "person:",
}

// Fits says whether something with the mark may be read by the principal (design, section 6): CLEAR
// by anyone; GREEN within the dialogue; AMBER no wider than by a side; AMBER+STRICT by named
// institutions and the project team; RED by named persons.
func Fits(mark tlp.Label, p Principal) bool {
	limit, ok := widest[mark]
	return ok && p.rank() >= limit.rank()
}

// Agree says whether mark and audience go together. It gives the fault of the field "audience",
// naming the first principal that is too wide.
func Agree(mark tlp.Label, a Audience) fault.Fields {
	var f fault.Fields
	if len(a) == 0 {
		f.Add("audience", "", "fault.audience-empty")
		return f
	}
	if _, ok := widest[mark]; !ok {
		f.Add("mark", string(mark), "fault.mark")
		return f
	}
	if i := slices.IndexFunc(a, func(p Principal) bool { return !Fits(mark, p) }); i >= 0 {
		f.Add("audience", string(a[i]), "fault.audience-wide", "mark", string(mark))
	}
	return f
}
