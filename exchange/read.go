package exchange

import (
	"context"
	"database/sql"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
)

// View is a statement as a reader finds it.
type View struct {
	access.Object[Statement]
	Newer ref.Statement     // the one that replaced it, where the reader may read that one
	For   []ref.Institution // of one statement's own page: those asked in whose place the institution answered, as their successor
}

// Offer is what a reader may do about an object.
type Offer struct {
	State        bool  // say something for the own institution
	Enter        bool  // enter what an institution said
	Acknowledged bool  // the own institution has acknowledged this revision
	Ask          bool  // ask institutions for something
	Own          bool  // what is said may be kept to the institution and the project team
	Refused      error // why it may say nothing, or enter nothing; one that is allowed has none
}

// May tells what the reader may do about an object.
func (s *Service) May(ctx context.Context, who access.Actor, of ref.ID) (o Offer, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := about(ctx, tx, who, of)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		h := access.Header{Kind: Statements.Name, Dialogue: p.Dialogue, Owner: ref.ID(who.Institution)}
		o.Refused = access.May(who, "statement.create", h)
		o.State = o.Refused == nil
		o.Enter = access.May(who, "statement.on-behalf", h) == nil
		o.Ask = access.May(who, "call.create", access.Header{Kind: Calls.Name, Dialogue: p.Dialogue}) == nil
		if whole := Readers(p).Audience; whole.Covers(access.Audience{access.TeamOf(p.Dialogue)}, p.Dialogue) && who.Institution != "" {
			o.Own = !slices.Equal(whole, Own(p.Dialogue, who.Institution))
			if !who.Holds(access.ProjectTeam) && o.Own {
				if _, err := sideOfReader(ctx, tx, p, who.Institution); err != nil {
					o.Own = false // by name alone, and not as an institution
				}
			}
		}
		if o.State {
			o.Acknowledged, err = acknowledged(ctx, tx, who, p)
		}
		return err
	})
	return o, err
}

// acknowledged says whether the actor's institution has acknowledged receipt of the object as it stands.
func acknowledged(ctx context.Context, tx *db.Tx, who access.Actor, p access.Header) (bool, error) {
	var a db.Args
	var n int
	err := tx.QueryRow(ctx, `select count(*) from exchange_statement t join object o on o.id = t.id
		where t.parent = `+a.Add(p.ID)+` and t.sort = 'receipt' and t.revision = `+a.Add(p.Rev)+`
		and t.institution = `+a.Add(who.Institution)+` and o.state <> 'withdrawn' and `+who.CanRead(&a, "o")+` -- exchange.acknowledged`,
		a.List()...).Scan(&n)
	return n > 0, err
}

// load gives a statement that the actor may read, with the object it is about: both, or NotFound. Who
// said it keeps it without the object.
func load(ctx context.Context, tx *db.Tx, who access.Actor, id ref.Statement) (access.Object[Statement], error) {
	o, err := Statements.Load(ctx, tx, who, ref.ID(id))
	if err != nil {
		return o, err
	}
	_, _, err = access.WholeOf(ctx, tx, who, o.Header)
	return o, err
}

// Able is what a reader may do with a statement.
type Able struct{ Accept, Contest, Withdraw, Replace, Translate bool }

// Statement gives one with what the reader may do with it, or NotFound to who may not read it or
// what it is about.
func (s *Service) Statement(ctx context.Context, who access.Actor, id ref.Statement) (v View, can Able, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if v.Object, err = load(ctx, tx, who, id); err != nil {
			return err
		}
		ns, err := newer(ctx, tx, who, v.ID)
		if err != nil {
			return err
		}
		v.Newer = ns[v.ID]
		if v.For, err = inPlaceOf(ctx, tx, who, &v.Value); err != nil {
			return err
		}
		can = Able{
			Accept:   may(ctx, tx, who, "statement.accept", v.Object) == nil,
			Contest:  may(ctx, tx, who, "statement.contest", v.Object) == nil,
			Withdraw: may(ctx, tx, who, "statement.withdraw", v.Object) == nil,
		}
		can.Translate = access.May(who, "statement.edit", v.Header) == nil
		act, entry := "statement.create", v.Value.OnBehalf() && who.Holds(access.ProjectTeam)
		if entry {
			act = "statement.on-behalf"
		}
		can.Replace = v.Newer == "" && v.Value.yields(entry) && v.Value.Sort != Receipt && access.May(who, act, v.Header) == nil
		return nil
	})
	return v, can, err
}

// inPlaceOf gives those that a statement's call asked and its institution had succeeded.
func inPlaceOf(ctx context.Context, tx *db.Tx, who access.Actor, v *Statement) ([]ref.Institution, error) {
	if v.Call == "" {
		return nil, nil
	}
	o, err := Calls.Load(ctx, tx, who, ref.ID(v.Call))
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	is, err := asked(ctx, tx, &o.Value, v.Institution, v.Made)
	return others(is, v.Institution), err
}

// Which chooses among the statements about an object.
type Which string

// The choices.
const (
	All      Which = ""
	Receipts Which = "receipts"
	Words    Which = "words" // all but receipts
)

// Query chooses a part of a list: at most Limit rows after the first After.
type Query struct {
	Which        Which
	Limit, After int
}

// Of gives what institutions said about an object, as far as the reader may read it, the newest
// first, and how much that is in all.
func (s *Service) Of(ctx context.Context, who access.Actor, of ref.ID, q Query) (out []View, total int, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := access.Find(ctx, tx, who, of); err != nil {
			return err
		}
		where := func(a *db.Args) string {
			w := `t.parent = ` + a.Add(of)
			switch q.Which {
			case Receipts:
				w += ` and t.sort = 'receipt'`
			case Words:
				w += ` and t.sort <> 'receipt'`
			}
			return w
		}
		var a, b db.Args
		if err := tx.QueryRow(ctx, `select count(*) from exchange_statement t join object o on o.id = t.id
			where `+where(&a)+` and `+who.CanRead(&a, "o")+` -- exchange.Of`, a.List()...).Scan(&total); err != nil || total == 0 {
			return err
		}
		out, err = views(ctx, tx, who, access.Select{Args: &b, Where: where(&b), Order: `o.id desc`, Limit: q.Limit, After: q.After})
		return err
	})
	return out, total, err
}

// Waiting gives what was entered on behalf of the reader's institution by others, and is neither
// accepted nor contested, the oldest first, at most limit.
func (s *Service) Waiting(ctx context.Context, who access.Actor, d ref.Dialogue, limit int) (out []View, err error) {
	if who.Institution == "" || who.Ended.Day != "" {
		return nil, nil
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		out, err = views(ctx, tx, who, access.Select{
			Args: &a, Where: `o.dialogue = ` + a.Add(d) + ` and o.state = 'entered' and t.institution = ` + a.Add(who.Institution) + `
				and not (o.rev = 1 and o.changed_by = ` + a.Add(who.Person) + `)`,
			Order: `o.id`, Limit: limit,
		})
		return err
	})
	return out, err
}

// Some gives those among ids that are statements which the reader may read.
func (s *Service) Some(ctx context.Context, who access.Actor, ids ...ref.ID) (map[ref.ID]View, error) {
	out := map[ref.ID]View{}
	if len(ids) == 0 {
		return out, nil
	}
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		vs, err := views(ctx, tx, who, access.Select{Args: &a, Where: `o.id in ` + a.In(ids)})
		for _, v := range vs {
			out[v.ID] = v
		}
		return err
	})
	return out, err
}

func views(ctx context.Context, tx *db.Tx, who access.Actor, sel access.Select) (out []View, err error) {
	list, err := Statements.List(ctx, tx, who, sel)
	if err != nil {
		return nil, err
	}
	var ids []ref.ID
	for _, o := range list {
		ids = append(ids, o.ID)
	}
	ns, err := newer(ctx, tx, who, ids...)
	for _, o := range list {
		out = append(out, View{Object: o, Newer: ns[o.ID]})
	}
	return out, err
}

// newer gives for those of the statements that were replaced the ones that replaced them, as far
// as the actor may read these and they count: what the institution said or confirmed does, and an entry
// that waits for its word only against another one that does.
func newer(ctx context.Context, tx *db.Tx, who access.Actor, ids ...ref.ID) (map[ref.ID]ref.Statement, error) {
	out := map[ref.ID]ref.Statement{}
	if len(ids) == 0 {
		return out, nil
	}
	var a db.Args
	rows, err := tx.Query(ctx, `select t.replaces, t.id from exchange_statement t join object o on o.id = t.id join object old on old.id = t.replaces
		where t.replaces in `+a.In(ids)+` and (o.state in ('stands', 'accepted') or o.state = 'entered' and old.state = 'entered') and `+who.CanRead(&a, "o")+`
		order by t.id -- exchange.newer`, a.List()...)
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var old ref.ID
		var by ref.Statement
		err := r.Scan(&old, &by)
		out[old] = by
		return struct{}{}, err
	})
	return out, err
}
