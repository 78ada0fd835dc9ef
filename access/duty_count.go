package access

import (
	"context"
	"database/sql"

	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/when"
)

// Debts says of duties what their rows do not: it depends on who answers for institutions today, and
// so roster finds it at each reading (roster.Debts). The zero Debts is that all is as the rows say.
type Debts struct {
	Idle   []Debt   // what nobody can do
	Closed []ref.ID // duties besides, which nobody can do because what they are about is part of something that was closed
	Twice  []ref.ID // duties that one institution owes by another duty as well, for one that it succeeded
}

// Debt is what a principal owes about objects of one audience.
type Debt struct {
	Principal Principal
	Set       string
}

// idle gives the condition that nobody can do duty y.
func (d Debts) idle(a *db.Args) string {
	var keys []string
	for _, x := range d.Idle {
		keys = append(keys, string(x.Principal)+" "+x.Set)
	}
	return `y.principal || ' ' || y.aset in ` + db.In(a, keys)
}

// closed gives the condition that duty y is one of those.
func (d Debts) closed(a *db.Args) string { return `y.id in ` + db.In(a, d.Closed) }

// once gives the condition that an open duty is not owed by another one as well.
func (d Debts) once(a *db.Args) string {
	if len(d.Twice) == 0 {
		return `1 = 1`
	}
	return `y.id not in ` + db.In(a, d.Twice)
}

// DebtsFor gives, each once, which institutions owe something that waits for the actor or is the actor's to
// do, and to which audience its objects are open.
func DebtsFor(ctx context.Context, tx *db.Tx, who Actor, d ref.Dialogue) ([]Debt, error) {
	var a db.Args
	q := `select distinct y.principal, y.aset from duty_tally y where y.n > 0 and y.dialogue = ` + a.Add(d) + ` and y.principal >= 'institution:' and y.principal < 'institution;'`
	if !who.IsOperator() && !who.Holds(ProjectTeam) {
		own := db.In(&a, who.Principals())
		q += ` and (y.asker in ` + own + ` or y.principal in ` + own + `)`
	}
	return db.Collect(ctx, tx, func(r *sql.Rows) (x Debt, err error) {
		err = r.Scan(&x.Principal, &x.Set)
		return x, err
	}, q+` and `+readDuty(&a, who)+` order by y.principal, y.aset -- access.DebtsFor`, a.List()...)
}

// Sets gives the audiences of their names.
func Sets(ctx context.Context, tx *db.Tx, names ...string) (map[string]Audience, error) {
	var a db.Args
	type row struct {
		set string
		p   Principal
	}
	rows, err := db.Collect(ctx, tx, func(r *sql.Rows) (x row, err error) {
		err = r.Scan(&x.set, &x.p)
		return x, err
	}, `select m.aset, m.principal from aset_member m where m.aset in `+a.In(names)+` order by m.aset, m.principal -- access.Sets`, a.List()...)
	out := map[string]Audience{}
	for _, x := range rows {
		out[x.set] = append(out[x.set], x.p)
	}
	return out, err
}

// OwedTwice gives those open duties of some principals beside which the same is owed by another one of
// them, of which the first counts: all of them are one institution's to do.
func OwedTwice(ctx context.Context, tx *db.Tx, ps []Principal) ([]ref.ID, error) {
	var a db.Args
	own := db.In(&a, ps)
	return db.Collect(ctx, tx, db.One[ref.ID], `select y.id from duty y where y.done = '' and y.principal in `+own+`
		and exists (select 1 from duty z where z.object = y.object and z.kind = y.kind and z.detail = y.detail and z.done = '' and z.principal in `+own+`
			and z.principal < y.principal) order by y.id -- access.OwedTwice`, a.List()...)
}

// CountOpen counts the open duties of some principals that exist for the actor, each once where all of
// them are one institution's to do.
func CountOpen(ctx context.Context, tx *db.Tx, who Actor, ps []Principal) (n int, err error) {
	twice, err := OwedTwice(ctx, tx, ps)
	if err != nil {
		return 0, err
	}
	var a db.Args
	err = tx.QueryRow(ctx, `select count(*) from duty y where y.done = '' and y.principal in `+db.In(&a, ps)+` and `+Debts{Twice: twice}.once(&a)+`
		and `+seesDuty(&a, who)+` -- access.CountOpen`, a.List()...).Scan(&n)
	return n, err
}

// CountDuties counts the open duties that exist for the actor, in each view.
func (s *Objects) CountDuties(ctx context.Context, who Actor, d ref.Dialogue, today when.Date, debts Debts) (c DutyCounts, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := (countedRows{from: `duty_tally`}).count(ctx, tx, who, d, today, debts, &c); err != nil {
			return err
		}
		if err := uncount(ctx, tx, who, d, today, debts, &c); err != nil || len(debts.Twice) == 0 {
			return err
		}
		// What stands twice counts once: those few rows are counted by themselves, and taken off.
		var twice DutyCounts
		if err := singly(debts.Twice).count(ctx, tx, who, d, today, debts, &twice); err != nil {
			return err
		}
		c.Waiting, c.Mine, c.Institution, c.Overdue = c.Waiting-twice.Waiting, c.Mine-twice.Mine, c.Institution-twice.Institution, c.Overdue-twice.Overdue
		c.Awaited, c.AwaitedOverdue, c.Idle = c.Awaited-twice.Awaited, c.AwaitedOverdue-twice.AwaitedOverdue, c.Idle-twice.Idle
		return nil
	})
	return c, err
}

// uncount takes off what is closed: it waits for nobody, and who cannot read what it is about does not
// know of it.
func uncount(ctx context.Context, tx *db.Tx, who Actor, d ref.Dialogue, today when.Date, debts Debts, c *DutyCounts) error {
	if len(debts.Closed) == 0 {
		return nil
	}
	var closed DutyCounts
	if err := singly(debts.Closed).count(ctx, tx, who, d, today, debts, &closed); err != nil {
		return err
	}
	c.Waiting, c.Mine, c.Institution, c.Overdue = c.Waiting-closed.Waiting, c.Mine-closed.Mine, c.Institution-closed.Institution, c.Overdue-closed.Overdue
	c.Awaited, c.AwaitedOverdue, c.Idle = c.Awaited-closed.Awaited, c.AwaitedOverdue-closed.AwaitedOverdue, c.Idle+closed.Awaited
	return nil
}

// singly are single duties to be counted.
func singly(ids []ref.ID) countedRows {
	return countedRows{from: `(select z.principal, z.dialogue, z.asker, z.aset, z.due, 1 as n from duty z where z.done = '' and z.id in `, ids: ids}
}

// countedRows are rows to be counted: the tally, or single duties.
type countedRows struct {
	from string
	ids  []ref.ID
}

func (r countedRows) table(a *db.Args) string {
	if r.ids == nil {
		return r.from + ` y`
	}
	return r.from + db.In(a, r.ids) + `) y`
}

func (r countedRows) count(ctx context.Context, tx *db.Tx, who Actor, d ref.Dialogue, today when.Date, debts Debts, c *DutyCounts) error {
	own := who.Owing()
	team := who.Holds(ProjectTeam) && who.Dialogue == d
	var a db.Args
	mine := `y.principal in ` + db.In(&a, own)
	of := mine
	if team { // what others owe is among it
		of = `1 = 1`
	}
	var institutions []Principal
	for _, p := range own {
		if p.Kind() == "institution" {
			institutions = append(institutions, p)
		}
	}
	now := a.Add(today)
	sum := func(s string) string { return `, coalesce(sum(case when ` + s + ` then y.n else 0 end), 0)` }
	var all, late int
	if err := tx.QueryRow(ctx, `select coalesce(sum(y.n), 0)`+sum(`y.due < `+now)+sum(mine)+sum(mine+` and y.due < `+now)+sum(`y.principal in `+db.In(&a, institutions))+`
		from `+r.table(&a)+` where `+of+` and y.dialogue = `+a.Add(d)+` and `+readDuty(&a, who)+` -- access.CountDuties`,
		a.List()...).Scan(&all, &late, &c.Waiting, &c.Overdue, &c.Institution); err != nil {
		return err
	}
	c.Mine = c.Waiting - c.Institution
	if team && len(debts.Idle) == 0 {
		c.Awaited, c.AwaitedOverdue = all-c.Waiting, late-c.Overdue
		return nil
	}
	var b db.Args
	now = b.Add(today)
	idle := debts.idle(&b)
	where := `y.principal not in ` + db.In(&b, own) + ` and y.dialogue = ` + b.Add(d) + ` and ` + readDuty(&b, who)
	if !team {
		where += ` and y.asker in ` + db.In(&b, who.Principals())
	}
	return tx.QueryRow(ctx, `select count(*)`+sum(`not `+idle)+sum(`y.due < `+now+` and not `+idle)+sum(idle)+` from `+r.table(&b)+` where `+where+` -- access.CountDuties`,
		b.List()...).Scan(new(int), &c.Awaited, &c.AwaitedOverdue, &c.Idle)
}
