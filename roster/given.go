package roster

import (
	"context"
	"database/sql"
	"encoding/json"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/ledger"
)

// Gift says in which act a person was first given a function: when, and by whom. The zero Gift is
// an act that the reader may not know of, or one whose record was erased.
type Gift struct {
	When string
	By   ledger.By
}

// Gifts gives, for people whom the actor may read, how they came by the functions they hold or
// held, in the order of Person.Functions. It is read off the revisions, so that it is true also of
// functions given before anybody asked, and nobody can write it.
func (s *Service) Gifts(ctx context.Context, who access.Actor, people ...ref.Person) (map[ref.Person][]Gift, error) {
	out := map[ref.Person][]Gift{}
	if len(people) == 0 {
		return out, nil
	}
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		rows, err := tx.Query(ctx, `select o.id, e.body, r.body from object o
			join revision r on r.object = o.id join entry e on e.seq = r.seq
			where o.kind = 'person' and o.id in `+db.In(&a, people)+` and `+who.CanRead(&a, "o")+`
			order by o.id, r.rev -- roster.Gifts`, a.List()...)
		all := tally{out: out}
		_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
			var id ref.Person
			var entry, body []byte
			if err := r.Scan(&id, &entry, &body); err != nil {
				return struct{}{}, err
			}
			return struct{}{}, all.revision(who, id, entry, body)
		})
		all.flush()
		return err
	})
	return out, err
}

// tally follows one person's functions through the revisions. The nth holding of a function is
// the same one in every revision, also after its dates were corrected.
type tally struct {
	person ref.Person
	first  map[access.Function][]Gift
	now    []Held
	out    map[ref.Person][]Gift
}

func (t *tally) revision(who access.Actor, id ref.Person, entry, body []byte) error {
	if id != t.person {
		t.flush()
		*t = tally{person: id, first: map[access.Function][]Gift{}, out: t.out}
	}
	if body == nil { // erased: what came with it, nobody can say any more
		t.first, t.now = nil, nil
		return nil
	}
	h, value, err := People.Decode(body)
	if err != nil {
		return err
	}
	var g Gift
	if entry != nil && who.Reads(access.Header{Audience: h.Audience}) {
		var e ledger.Entry
		if err := json.Unmarshal(entry, &e); err != nil {
			return err
		}
		g = Gift{e.When, e.By}
	}
	if t.first == nil { // after an erasure
		t.first, g = map[access.Function][]Gift{}, Gift{}
	}
	t.now = value.(*Person).Functions
	n := map[access.Function]int{}
	for _, f := range t.now {
		if n[f.Function]++; n[f.Function] > len(t.first[f.Function]) {
			t.first[f.Function] = append(t.first[f.Function], g)
		}
	}
	return nil
}

// flush gives what was learnt of the person followed so far.
func (t *tally) flush() {
	n := map[access.Function]int{}
	for _, f := range t.now {
		t.out[t.person] = append(t.out[t.person], t.first[f.Function][n[f.Function]])
		n[f.Function]++
	}
}

// Successors gives the people who took over a function from one, as far as the actor may read them.
func (s *Service) Successors(ctx context.Context, who access.Actor, id ref.Person) (out []access.Object[Person], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		out, err = People.List(ctx, tx, who, access.Select{
			Args: &a, Where: `o.id in (select from_id from link where to_id = ` + a.Add(id) + ` and rel = 'functions.predecessor')`, Order: `o.id`,
		})
		return err
	})
	return out, err
}
