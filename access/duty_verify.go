package access

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/internal/workday"
	"entente/ledger"
)

// Claim is what the acts about an object leave of one duty: who owes what, by when, and whether it
// is done. It is the one place where duties are derived again; what an act does to duties
// (Owe, Settle, Drop) and what a Claim says of it change together.
type Claim struct {
	Object    ref.ID
	Principal Principal
	Asker     Principal
	Kind      string
	Detail    string
	Open      bool // it is owed
	Shut      bool // it is owed no more
	Settled   bool // it was done; none of the three: what it depends on cannot be told from today
	// Due gives the days that it can be due on, without an extension of its own.
	Due func(since when.Date, open bool) []when.Date
	// At are the times at which it can have been asked and done; nil: the acts on the object itself.
	At []string
	// Done are the times at which who owes it can have done it, each once; nil: those of At.
	Done []string
}

// Owes gives the claims on objects of a kind, as their acts and those that answer them leave them.
type Owes[T any] func(context.Context, *db.Tx, *Kind[T], []Object[T]) ([]Claim, error)

// dutyRow is a duty with what stands beside it.
type dutyRow struct {
	Duty
	objectKind string
	dialogue   ref.Dialogue
	set        string
}

// String says what is owed, for an operator.
func (d Duty) String() string {
	return strings.TrimSpace(fmt.Sprintf("what %s owes, %s %s", d.Principal, d.Kind, d.Detail))
}

// before says whether a duty stood before duties had addresses: its deadline was set when those came,
// and no act says it. Such a one has the id that the upgrade made of its object's; the day on which its
// object had changed last, and no later than the upgrade, which the log tells by what was derived anew
// then; and it is owed to the project team.
func (c *dutyCheck) before(d Duty) bool {
	id, o := d.ID, string(d.Object)
	return len(id) == 36 && len(o) == 36 && id[:35] == o[:14]+"8"+o[15:35] && strings.ContainsRune("0123456789abcdef", rune(id[35])) &&
		c.acts.upgraded != "" && d.Since <= c.acts.upgraded && d.Asker == TeamOf(c.e.Dialogue) && c.on(c.times, d.Since, d.Kind)
}

// dutyActs is what the log says that is no revision of the object a duty is about.
type dutyActs struct {
	objects    *Objects
	extensions map[ref.ID][]ledger.Entry // by object
	derived    []string                  // times at which a program had derived duties
	upgraded   when.Date                 // the day of the first of them, "" for none
	dialogues  map[ref.Dialogue]*dutyDays
	zones      []*time.Location // by which days were told
}

// daysOf gives the days on which a time may have been written down.
func (a *dutyActs) daysOf(stamp string) (days []when.Date) {
	days = []when.Date{dayOf(stamp)}
	if t, err := db.ParseStamp(stamp); err == nil {
		for _, z := range a.zones {
			days = append(days, when.DateOf(t.In(z)))
		}
	}
	return days
}

// dutyDays is what the duties of one dialogue are counted by.
type dutyDays struct {
	languages []string // times at which its own object changed, which changes what is to be translated
	states    []calendarState
	counted   map[when.Date][]when.Date
}

// calendarState is the calendars from one change of them to the next.
type calendarState struct {
	from, until when.Date // until is empty for the last
	days        workday.Calendars
}

// loadActs reads the acts that move deadlines, and those of programs that derived anew.
func (s *Objects) loadActs(ctx context.Context, tx *db.Tx) (*dutyActs, error) {
	zones, err := dayZones(ctx, tx)
	if err != nil {
		return nil, err
	}
	a := &dutyActs{s, map[ref.ID][]ledger.Entry{}, nil, "", map[ref.Dialogue]*dutyDays{}, zones}
	return a, ledger.Each(ctx, tx, []string{extendAct, DeriveAct}, func(e ledger.Entry) error {
		if e.Act == extendAct {
			a.extensions[e.Object] = append(a.extensions[e.Object], e)
			return nil
		}
		if a.upgraded == "" {
			a.upgraded = dayOf(e.When)
		}
		a.derived = append(a.derived, e.When)
		return nil
	})
}

func dayOf(stamp string) when.Date { return when.Date(stamp[:min(len(stamp), len("2006-01-02"))]) }

// of gives what the duties of a dialogue are counted by.
func (a *dutyActs) of(ctx context.Context, tx *db.Tx, d ref.Dialogue) (*dutyDays, error) {
	if x := a.dialogues[d]; x != nil {
		return x, nil
	}
	x := &dutyDays{counted: map[when.Date][]when.Date{}}
	a.dialogues[d] = x
	times, err := timesOf(ctx, tx, []ref.ID{ref.ID(d)})
	if err != nil {
		return nil, err
	}
	x.languages = times[ref.ID(d)]
	bodies, err := db.Collect(ctx, tx, scanCurrent, `select r.object, r.rev, o.kind, r.body from revision r join object o on o.id = r.object
		where o.kind = 'calendar' and o.dialogue = $1 and r.body is not null order by r.seq -- access.dutyActs`, d)
	if err != nil {
		return nil, err
	}
	stands := map[ref.ID]workday.Calendar{}
	x.states = []calendarState{{}}
	for _, c := range bodies {
		k := a.objects.kinds[c.kind]
		if k == nil {
			return nil, fmt.Errorf("the kind %s is not known", c.kind)
		}
		h, tables, err := k.rowsIn(c.body)
		if err != nil {
			return nil, fmt.Errorf("revision %d of %s: %w", c.rev, c.id, err)
		}
		delete(stands, c.id)
		for _, t := range tables {
			for _, row := range t.rows {
				if t.table != "calendar_day" || h.Tombstone != "" {
					continue
				}
				if _, ok := stands[c.id]; !ok {
					stands[c.id] = workday.New(fmt.Sprint(row[3]))
				}
				stands[c.id].Set(when.Date(fmt.Sprint(row[1])), fmt.Sprint(row[2]) != "0")
			}
		}
		on := a.daysOf(h.ChangedAt)
		x.states[len(x.states)-1].until = slices.Max(on)
		x.states = append(x.states, calendarState{from: slices.Min(on), days: slices.Collect(maps.Values(stands))})
	}
	return x, nil
}

// due gives the deadlines that a duty asked on a day can have been given, by the calendars as they
// stood on that day: more than one only where they changed on it.
func (x *dutyDays) due(since when.Date, _ bool) []when.Date {
	if out, ok := x.counted[since]; ok {
		return out
	}
	var out []when.Date
	for _, s := range x.states {
		from, until := s.from, s.until
		if until != "" && from > until { // the clock went back
			from, until = until, from
		}
		if (from == "" || from <= since) && (until == "" || since <= until) {
			if due := s.days.Add(since, DutyTerm); !slices.Contains(out, due) {
				out = append(out, due)
			}
		}
	}
	x.counted[since] = out
	return out
}

// timesOf gives when each revision of some objects was made, by the log.
func timesOf(ctx context.Context, tx *db.Tx, ids []ref.ID) (map[ref.ID][]string, error) {
	var a db.Args
	out := map[ref.ID][]string{}
	rows, err := tx.Query(ctx, `select r.object, e.body from revision r join entry e on e.seq = r.seq
		where r.object in `+a.In(ids)+` order by r.object, r.rev -- access.timesOf`, a.List()...)
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id ref.ID
		var v Version
		var body []byte
		err := r.Scan(&id, &body)
		if err == nil {
			err = v.read(nil, body, nil)
		}
		out[id] = append(out[id], v.When) // "" where the entry is erased
		return struct{}{}, err
	})
	return out, err
}

// owes gives the claims of a kind's own on objects of it.
func (k *Kind[T]) owes(ctx context.Context, tx *db.Tx, page []expected) ([]Claim, error) {
	if k.Owes == nil {
		return nil, nil
	}
	var objects []Object[T]
	for _, e := range page {
		if o, ok := e.value.(*Object[T]); ok && e.Tombstone == "" {
			objects = append(objects, *o)
		}
	}
	if len(objects) == 0 {
		return nil, nil
	}
	return k.Owes(ctx, tx, k, objects)
}

// rowsIn gives the header and the rows of a revision.
func (k *Kind[T]) rowsIn(body []byte) (Header, []tableRows, error) {
	s, err := k.decode(body)
	if err != nil {
		return s.Object, nil, err
	}
	rows, err := k.rows(&Object[T]{s.Object, s.Value})
	return s.Object, rows, err
}

// compareDuties compares the duties about a page of objects with what their acts leave.
func (s *Objects) compareDuties(ctx context.Context, tx *db.Tx, f *Findings, page []expected, acts *dutyActs) error {
	if len(page) == 0 {
		return nil
	}
	var ids []ref.ID
	kinds := map[string][]expected{}
	for _, e := range page {
		ids = append(ids, e.ID)
		kinds[e.Kind] = append(kinds[e.Kind], e)
	}
	claims := map[ref.ID][]Claim{}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		cs, err := s.kinds[kind].owes(ctx, tx, kinds[kind])
		if err != nil {
			return err
		}
		for _, c := range cs {
			claims[c.Object] = append(claims[c.Object], c)
		}
	}
	times, err := timesOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	var a db.Args
	list, err := db.Collect(ctx, tx, func(r *sql.Rows) (d dutyRow, err error) {
		err = r.Scan(append(d.fields(), &d.objectKind, &d.dialogue, &d.set)...)
		return d, err
	}, `select `+dutyColumns+`, y.object_kind, y.dialogue, y.aset from duty y where y.object in `+a.In(ids)+` order by y.object, y.id -- access.compareDuties`, a.List()...)
	if err != nil {
		return err
	}
	rows := map[ref.ID][]dutyRow{}
	for _, d := range list {
		rows[d.Object] = append(rows[d.Object], d)
	}
	for _, e := range page {
		days, err := acts.of(ctx, tx, e.Dialogue)
		if err != nil {
			return err
		}
		c := dutyCheck{f: f, e: e, rows: rows[e.ID], claims: claims[e.ID], acts: acts, days: days, times: times[e.ID]}
		for _, d := range e.owed {
			c.claims = append(c.claims, Claim{Object: e.ID, Principal: d.Principal, Asker: d.Asker, Kind: d.Kind, Detail: d.Detail, Open: true, Due: days.due})
		}
		c.run()
	}
	return nil
}

// dutyCheck compares the duties about one object.
type dutyCheck struct {
	f      *Findings
	e      expected
	rows   []dutyRow
	claims []Claim
	acts   *dutyActs
	days   *dutyDays
	times  []string
}

func (c *dutyCheck) add(d Duty, format string, args ...any) {
	c.f.Add("%s: %s: %s", c.e, d, fmt.Sprintf(format, args...))
}

func (c *dutyCheck) run() {
	open, done := map[int]bool{}, map[int]bool{} // claims that have such a row
	ended := map[string]bool{}                   // by claim and time
	var invented []dutyRow
	for _, d := range c.rows {
		if d.objectKind != c.e.Kind || d.dialogue != c.e.Dialogue || d.set != c.e.Audience.set() {
			c.add(d.Duty, "its kind, dialogue or audience is not that of the object")
		}
		if !ref.Valid(d.ID) {
			c.add(d.Duty, "its address %q is none that this program gives", d.ID)
		}
		i := slices.IndexFunc(c.claims, func(x Claim) bool { return x.Principal == d.Principal && x.Kind == d.Kind && x.Detail == d.Detail })
		switch {
		case i >= 0:
			if d.Done == "" {
				open[i] = true
			} else {
				done[i] = true
				if key := fmt.Sprint(i, " ", d.Done); ended[key] && !followsTexts(d.Kind) {
					c.add(d.Duty, "it stands as done twice at %s", d.Done)
				} else {
					ended[key] = true
				}
			}
			c.row(d.Duty, c.claims[i])
		case d.Done != "" && followsTexts(d.Kind) && c.e.Tombstone == "":
			// A translation that was done is owed no more, or by somebody else by now.
			c.row(d.Duty, Claim{Kind: d.Kind, Asker: d.Asker, Due: c.days.due})
		default:
			invented = append(invented, d)
		}
	}
	for i, x := range c.claims {
		want := Duty{Principal: x.Principal, Kind: x.Kind, Detail: x.Detail}
		switch {
		case x.Open && !open[i] && done[i] && !followsTexts(x.Kind):
			c.add(want, "it is marked as done, and by the log it is open")
		case x.Open && !open[i]:
			at := slices.IndexFunc(invented, func(d dutyRow) bool { return d.Done == "" && d.Kind == x.Kind && d.Detail == x.Detail })
			if at >= 0 {
				c.add(want, "it stands as owed by %s", invented[at].Principal)
				invented = slices.Delete(invented, at, at+1)
				continue
			}
			c.add(want, "the duty is missing")
		case x.Shut && open[i]:
			c.add(want, "it is marked as open, and by the log it was done or fell away")
		case x.Settled && !done[i]:
			c.add(want, "it was done by the log, and the duty is missing")
		}
	}
	for _, d := range invented {
		c.add(d.Duty, "no act made this duty")
	}
}

// row compares one duty with the claim on it.
func (c *dutyCheck) row(d Duty, x Claim) {
	if c.before(d) {
		c.f.exempt++
		if d.Was != "" || d.Reason != "" {
			c.deadline(d, nil, nil)
		}
		return
	}
	if d.Asker != x.Asker {
		c.add(d, "it stands as owed to %s, by the log it is owed to %s", d.Asker, x.Asker)
	}
	at := x.At
	if at == nil {
		at = c.times
	}
	if !c.on(at, d.Since, x.Kind) {
		c.add(d, "it stands as asked on %s, and no act of that day asked it", d.Since)
		return // its deadline follows from that day
	}
	did := at
	if x.Done != nil {
		did = x.Done
	}
	if d.Done != "" && !slices.Contains(did, d.Done) && !(followsTexts(x.Kind) && c.on(did, dayOf(d.Done), x.Kind)) && !slices.Contains(did, "") {
		c.add(d, "it stands as done at %s, and no act of that time did it", d.Done)
	}
	c.deadline(d, x.Due(d.Since, d.Done == ""), x.Due(d.Since, false))
}

// on says whether one of the acts that can have made or ended a duty was done on a day.
func (c *dutyCheck) on(at []string, day when.Date, kind string) bool {
	is := func(stamp string) bool { return stamp == "" || slices.Contains(c.acts.daysOf(stamp), day) }
	if slices.ContainsFunc(at, is) {
		return true
	}
	// Translations follow the languages of the dialogue too, and what a newer program derives, whose
	// entry ends what may have begun the day before.
	began := func(stamp string) bool { return is(stamp) || slices.Contains(c.acts.daysOf(stamp), day.Plus(1)) }
	return followsTexts(kind) && (slices.ContainsFunc(c.acts.derived, began) || slices.ContainsFunc(c.days.languages, is))
}

// deadline compares a deadline with those it can have without an extension, and with the extensions
// that the log has: by the duty where the entry names it, as it does since 0.2.0, else by the object.
// ever are the deadlines that it can have had at any time.
func (c *dutyCheck) deadline(d Duty, dues, ever []when.Date) {
	var own, unnamed []ledger.Entry
	for _, e := range c.acts.extensions[d.Object] {
		switch e.Part {
		case d.ID:
			own = append(own, e)
		case "":
			unnamed = append(unnamed, e)
		}
	}
	if len(own) > 0 { // the last one counts
		from, to, reason := extension(own[len(own)-1])
		// What asks may have got a later day since, or left the same day for another.
		moved := slices.Contains(later(dues, to), d.Due) || slices.Contains(ever, to) && slices.Contains(dues, d.Due)
		if d.Reason != reason {
			c.add(d, "the reason of its extension stands as %q, by the log it is %q", d.Reason, reason)
		}
		if d.Was != from || d.Due != to && !moved {
			c.add(d, "its deadline stands as %s, by the log it was moved from %s to %s", d.Due, from, to)
		}
		return
	}
	if d.Was == "" && d.Reason == "" {
		if len(dues) > 0 && !slices.Contains(dues, d.Due) {
			c.add(d, "its deadline stands as %s, by the log it is %s", d.Due, dues[len(dues)-1])
		}
		return
	}
	var reasons []string
	for _, e := range unnamed {
		from, to, reason := extension(e)
		// Release 0.1.0 gave a call's own day back to whoever said something else in between.
		if d.Was == from && (d.Due == to || slices.Contains(dues, d.Due)) {
			if d.Reason == reason {
				return
			}
			reasons = append(reasons, fmt.Sprintf("%q", reason))
		}
	}
	switch {
	case len(reasons) > 0:
		c.add(d, "the reason of its extension stands as %q, by the log it is %s", d.Reason, strings.Join(reasons, " or "))
		return
	case d.Was == "":
		c.add(d, "it stands as extended for the reason %q, and no act extended it", d.Reason)
		return
	}
	c.add(d, "its deadline stands as moved from %s to %s, and no act moved it", d.Was, d.Due)
}

// later gives those of some days that lie after one.
func later(days []when.Date, day when.Date) (out []when.Date) {
	for _, d := range days {
		if day.Before(d) {
			out = append(out, d)
		}
	}
	return out
}

// extension reads what extended wrote.
func extension(e ledger.Entry) (from, to when.Date, reason string) {
	days, reason, _ := strings.Cut(e.Reason, ": ")
	a, b, _ := strings.Cut(days, " → ")
	return when.Date(a), when.Date(b), reason
}

// compareTally adds the open duties up and compares that with the tally.
func compareTally(ctx context.Context, tx *db.Tx, f *Findings) error {
	const keys = `principal, dialogue, kind, detail, object_kind, asker, aset, due`
	var n int64
	err := tx.QueryRow(ctx, `select count(*) from (select `+keys+`, sum(n) as n from (
			select `+strings.Replace(tallyKeys, "else '' end", "else '' end as detail", 1)+`, 1 as n from duty where done = ''
			union all select `+keys+`, -n from duty_tally) b group by `+keys+` having sum(n) <> 0) d -- access.compareTally`).Scan(&n)
	if err == nil && n > 0 {
		f.Add("duty_tally counts %d sorts of duties otherwise than they stand in duty", n)
	}
	return err
}
