package exchange

import (
	"context"
	"database/sql"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/roster"
)

// answered is what the log says of one call: when it and what was said to it changed, which days it
// had, and what was said.
type answered struct {
	at         []string
	dues       []when.Date
	statements map[ref.ID]access.Object[Statement] // as they stand
	said       map[ref.ID][]string                 // when each changed; "" where that is erased
}

// owed says what is owed to calls by the acts on them and on the statements that answer them, for
// verification: Ask, Extend, Close and settle do the same one act at a time.
func owed(ctx context.Context, tx *db.Tx, k *access.Kind[Call], calls []access.Object[Call]) (out []access.Claim, err error) {
	var ids []ref.ID
	for _, o := range calls {
		ids = append(ids, o.ID)
	}
	log, err := answeredOf(ctx, tx, k, ids)
	if err != nil {
		return nil, err
	}
	zone, err := access.Zone(ctx, tx)
	if err != nil {
		return nil, err
	}
	var line roster.Successions // read where somebody else may have answered
	for _, o := range calls {
		x := log[o.ID]
		said, unclear := map[ref.Institution]bool{}, map[ref.Institution]bool{}
		done := map[ref.Institution][]string{}
		for id, times := range x.said {
			s, known := x.statements[id]
			counts := known && string(s.Value.Sort) == string(o.Value.For) && s.Value.Counts()
			for _, i := range o.Value.To {
				if !known || i == s.Value.Institution { // all that is known of who said it is erased, or it is itself
					done[i] = append(done[i], times...)
					said[i] = said[i] || counts && s.Tombstone == ""
					unclear[i] = unclear[i] || counts && s.Tombstone != ""
					continue
				}
				if line == nil {
					if line, err = roster.AllSuccessions(ctx, tx); err != nil {
						return nil, err
					}
				}
				last := true
				for _, t := range times { // when it may have counted as this one, and so settled what this one owed
					if last = line.Counted(s.Value.Institution, i, t, dayIn(zone, s.Value.Made)); last {
						done[i] = append(done[i], t)
					}
				}
				unclear[i] = unclear[i] || !last && done[i] != nil // taken back when it counted as this one no more
				for _, t := range x.at {                           // any later answer settles anew
					unclear[i] = unclear[i] || counts && line.Counted(s.Value.Institution, i, t, dayIn(zone, s.Value.Made))
				}
			}
		}
		for _, i := range o.Value.To {
			c := access.Claim{
				Object: o.ID, Principal: access.InstitutionOf(i), Asker: access.TeamOf(o.Dialogue), Kind: o.Value.For.duty(), At: x.at,
				Due: func(_ when.Date, open bool) []when.Date {
					if open {
						return []when.Date{o.Value.Due}
					}
					return x.dues
				},
			}
			c.Done = append([]string{}, done[i]...) // none: it cannot have been done
			c.Settled = said[i]
			c.Shut = said[i] || o.Value.State == Closed // what was done before stays, the rest fell away
			c.Open = !c.Shut && !unclear[i]
			out = append(out, c)
		}
	}
	return out, nil
}

func answeredOf(ctx context.Context, tx *db.Tx, calls *access.Kind[Call], ids []ref.ID) (map[ref.ID]*answered, error) {
	out := map[ref.ID]*answered{}
	for _, id := range ids {
		out[id] = &answered{statements: map[ref.ID]access.Object[Statement]{}, said: map[ref.ID][]string{}}
	}
	var a db.Args
	in := a.In(ids)
	rows, err := tx.Query(ctx, `select c.id, '', r.rev, r.body from exchange_call c join revision r on r.object = c.id where c.id in `+in+`
		union all select s.call, s.id, r.rev, r.body from exchange_statement s join revision r on r.object = s.id where s.call in `+in+`
		order by 2, 1, 3 -- exchange.answeredOf`, a.List()...)
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var call, statement ref.ID
		var rev int64
		var body []byte
		err := r.Scan(&call, &statement, &rev, &body)
		k := access.AnyKind(calls)
		if statement != "" {
			k = Statements
		}
		if x := out[call]; err == nil && x != nil {
			err = x.add(k, statement, body)
		}
		return struct{}{}, err
	})
	return out, err
}

// add takes a revision of the call, or of a statement.
func (x *answered) add(k access.AnyKind, statement ref.ID, body []byte) error {
	if body == nil { // erased: it may have been at any time
		x.change(statement, "")
		return nil
	}
	h, v, err := k.Decode(body)
	x.change(statement, h.ChangedAt)
	switch v := v.(type) {
	case *Call:
		x.dues = append(x.dues, v.Due)
	case *Statement:
		x.statements[statement] = access.Object[Statement]{Header: h, Value: *v}
	}
	return err
}

// change notes when the call, or a statement, changed.
func (x *answered) change(statement ref.ID, at string) {
	x.at = append(x.at, at)
	if statement != "" {
		x.said[statement] = append(x.said[statement], at)
	}
}
