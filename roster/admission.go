package roster

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"slices"
	"strings"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/standard/tlp"
)

// Admission is the act by which a side lets a person into its inner room, and speak for the person's
// institution. It says on what facts it was given: where one of them changed, it stands no longer,
// whoever changed it and by whichever door (admittedTo). No act of the project team, of the donor or
// of the node's administrator writes one.
type Admission struct {
	Person      ref.Person        `json:"person" shape:"private,required"`
	Institution ref.Institution   `json:"institution" shape:"private,required"`
	Side        ref.Side          `json:"side" shape:"private,required"`
	Functions   []access.Function `json:"functions" shape:"private"`
	Way         string            `json:"way,omitempty" shape:"private"` // the way of signing in; empty: none, as in a demonstration
	As          Admitter          `json:"as" shape:"private,required"`
	By          ref.Person        `json:"by,omitempty" shape:"private"`
	Command     string            `json:"command,omitempty" shape:"private"` // of the operator
	On          when.Date         `json:"on" shape:"private"`
	Ended       when.Date         `json:"ended,omitempty" shape:"private"`
}

// Admitter is as what somebody admits.
type Admitter string

// Who admits: a focal point of the institution, one of the side's lead, or a command on the node's machine.
const (
	ByFocalPoint Admitter = "focal-point"
	ByLead       Admitter = "lead"
	ByOperator   Admitter = "operator"
)

// Options lists them.
func (Admitter) Options() []string {
	return []string{string(ByFocalPoint), string(ByLead), string(ByOperator)}
}

// Admissions is how they are kept: in the inner room of the side, read by everybody who is inside it
// and by nobody else. So those who write notes see who was let in to read them, whichever institution
// of the side it was.
var Admissions = &access.Kind[Admission]{
	Name: "admission", Table: "roster_admission",
	Columns: []string{"person", "institution", "side", "functions", "way", "ended"},
	Row: func(a *Admission) []any {
		return []any{string(a.Person), string(a.Institution), string(a.Side), inColumn(a.Functions), a.Way, string(a.Ended)}
	},
	Parent: func(a *Admission) ref.ID { return ref.ID(a.Institution) },
	Room:   func(a *Admission) ref.Side { return a.Side },
	Readers: func(o *access.Object[Admission]) (tlp.Label, access.Audience) {
		return tlp.AMBER, access.NewAudience(access.SideOf(o.Value.Side))
	},
	Guard: guardAdmission,
	Part:  true,
	Apart: true,
}

// guardAdmission lets an admission do nothing but end.
func guardAdmission(old, o *access.Object[Admission], _ string) error {
	if old == nil {
		return nil
	}
	a, b := old.Value, o.Value
	b.Ended = a.Ended
	if !a.Ended.IsZero() || !slices.Equal(a.Functions, b.Functions) || a.facts() != b.facts() {
		return fault.New(fault.Forbidden, "fault.unchangeable")
	}
	return nil
}

// facts is all of an admission that never changes, besides the functions.
func (a Admission) facts() [8]string {
	return [8]string{string(a.Person), string(a.Institution), string(a.Side), a.Way, string(a.As), string(a.By), a.Command, string(a.On)}
}

// inColumn writes functions so that SQL finds each among blanks.
func inColumn(fs []access.Function) string {
	var b strings.Builder
	b.WriteByte(' ')
	for _, f := range fs {
		b.WriteString(string(f) + " ")
	}
	return b.String()
}

// onDay says in SQL that a period of a row covers a day.
func onDay(t, day string) string {
	return `(` + t + `.from_day = '' or ` + t + `.from_day <= ` + day + `) and (` + t + `.until_day = '' or ` + t + `.until_day >= ` + day + `)`
}

// wayOf is in SQL the way in which a person signs in today, empty for none.
func wayOf(person string) string {
	return `coalesce((select c.way from credential c where c.person = ` + person + `), '')`
}

// admitted says in SQL that an admission of a person stands who has a post at an institution and is on
// its side on a day: nobody ended it, the person signs in as then, and holds no function that it was
// not given on.
func admitted(person, post, side, day string) string {
	return given(person, post, side, day, `m.way = `+wayOf(person))
}

// given says in SQL that a person has an admission m, not ended, whose way of signing in is as told.
func given(person, post, side, day, way string) string {
	return `exists (select 1 from roster_admission m where m.person = ` + person + ` and m.ended = ''
		and m.institution = ` + post + ` and m.side = ` + side + ` and ` + way + ` and ` + within("m", person, day) + `)`
}

// comesBy says in SQL that the person signs in by the way of the admission t, or will once a code is
// taken that still can be.
func comesBy(t, person, now string) string {
	return `(` + t + `.way = ` + wayOf(person) + ` or ` + t + `.way <> '' and ` + t + `.way in (select w.way from onetime w where w.used = '' and w.expires > ` + now + `))`
}

// Apart is an admission that is not ended, of a person who signs in today otherwise than it was given on.
type Apart struct {
	Admission ref.ID
	Person    ref.Person
}

// WaysApart gives all of them, for verification: an act ended each that has no code, or is to.
func WaysApart(ctx context.Context, tx *db.Tx) ([]Apart, error) {
	return db.Collect(ctx, tx, func(r *sql.Rows) (a Apart, err error) { return a, r.Scan(&a.Admission, &a.Person) },
		`select m.id, m.person from roster_admission m join credential c on c.person = m.person where m.ended = '' and m.way <> c.way order by m.id -- roster.WaysApart`)
}

// within says in SQL that the person holds a function on a day, and that the admission t was given on
// every one that is held.
func within(t, person, day string) string {
	held := `exists (select 1 from roster_function x where x.id = ` + person + ` and ` + onDay("x", day)
	return held + `) and not ` + held + ` and ` + t + `.functions not like '% ' || x.name || ' %')`
}

// areAdmitted says of which of some people of an institution on a side an admission stands, and whether that
// opens the inside of the institution to them (withInside).
func areAdmitted(ctx context.Context, tx *db.Tx, people []ref.Person, i ref.Institution, side ref.Side, day string) (are map[ref.Person]bool, room bool, err error) {
	if len(people) == 0 {
		return nil, false, nil
	}
	var a db.Args
	at := a.Add(string(i))
	are = map[ref.Person]bool{}
	rows, err := tx.Query(ctx, `select p.id, `+oneSide(at)+` from roster_person p
		where `+admitted("p.id", at, a.Add(string(side)), a.Add(day))+` and p.id in `+db.In(&a, people)+` -- roster.areAdmitted`, a.List()...)
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var p ref.Person
		err := r.Scan(&p, &room)
		are[p] = true
		return struct{}{}, err
	})
	return are, room, err
}

// stoodInside gives the side inside which people of an institution that stands on none today were let in
// while it stood there, and which of some people these are: what the institution wrote inside stays with its
// own people, whose facts are the same but for the standing. One that stood on another side too, whenever
// that was, has no inside.
func stoodInside(ctx context.Context, tx *db.Tx, people []ref.Person, i ref.Institution, day string) (ref.Side, map[ref.Person]bool, error) {
	if len(people) == 0 {
		return "", nil, nil
	}
	only, err := InnerRoom(ctx, tx, i)
	if err != nil || only == "" {
		return "", nil, err
	}
	in, _, err := areAdmitted(ctx, tx, people, i, only, day)
	return only, in, err
}

// Facts gives, in one word, what an admission of a person would be given on: whoever lets somebody in
// does it on the facts that they saw, of whom the page named.
func Facts(ctx context.Context, tx *db.Tx, person ref.Person) (string, error) {
	a, err := ActorFor(ctx, tx, person)
	if err != nil {
		return "", err
	}
	var way string
	err = tx.QueryRow(ctx, `select `+wayOf("$1")+` -- roster.Facts`, string(person)).Scan(&way)
	if err != nil {
		return "", err
	}
	p, err := People.Load(ctx, tx, gate, ref.ID(person))
	if err != nil {
		return "", err
	}
	facts := []string{way, string(a.Institution), string(a.Side), inColumn(a.Functions), p.Value.Family, p.Value.Given}
	for _, l := range p.Value.Title.Langs() {
		facts = append(facts, l, p.Value.Title[l].Text)
	}
	h := sha256.Sum256([]byte(strings.Join(facts, "\n")))
	return hex.EncodeToString(h[:16]), nil
}

// Admit lets a person into the inner room of the side and institution where the person stands: the act
// "admission.give". A focal point who is inside admits people of the own institution; one of the
// side's lead the first of another institution; an operator's command anybody. Way is that of a code
// which the same act gave; "": as the person signs in today. Where an admission stands on that already
// nothing is done, and added is false. Faults: NotFound, Forbidden, and Invalid for who works for no side.
func Admit(ctx context.Context, tx *db.Tx, who access.Actor, person ref.Person, way string) (o access.Object[Admission], added bool, err error) {
	p, err := People.Load(ctx, tx, who, ref.ID(person))
	if fault.Is(err, fault.NotFound) {
		p, err = atGate(ctx, tx, who, person)
	}
	if err != nil {
		return o, false, err
	}
	a, err := ActorFor(ctx, tx, person)
	if err != nil {
		return o, false, err
	}
	if !isInside(a) {
		return o, false, fault.New(fault.Invalid, "fault.admission-none")
	}
	as, err := admitter(ctx, tx, who, a)
	if err != nil {
		return o, false, err
	}
	today, err := Today(ctx, tx)
	if err != nil {
		return o, false, err
	}
	o.Value = Admission{Person: person, Institution: a.Institution, Side: a.Side, Functions: a.Functions, Way: way, As: as, By: who.Person, On: today}
	if who.IsOperator() {
		o.Value.Command = who.By().Operator
	}
	if way == "" {
		if a.Admitted {
			return o, false, nil
		}
		if err := tx.QueryRow(ctx, `select `+wayOf("$1")+` -- roster.Admit`, string(person)).Scan(&o.Value.Way); err != nil {
			return o, false, err
		}
	}
	o.Dialogue, o.Owner = p.Dialogue, ref.ID(a.Institution)
	return o, true, Admissions.Save(ctx, tx, who, "admission.give", &o, "")
}

// admitter says as what the actor may admit somebody, or Forbidden.
func admitter(ctx context.Context, tx *db.Tx, who, person access.Actor) (Admitter, error) {
	if err := access.May(who, "admission.give", access.Header{Kind: Admissions.Name, Dialogue: person.Dialogue}); err != nil {
		return "", err
	}
	switch {
	case who.IsOperator():
		return ByOperator, nil
	case !who.Inside() || who.Side != person.Side:
	case who.Institution == person.Institution:
		return ByFocalPoint, nil
	default:
		leads, err := Leads(ctx, tx, person.Side)
		if err != nil {
			return "", err
		}
		if !slices.Contains(leads, who.Institution) {
			break
		}
		inside, err := insiders(ctx, tx, person.Institution, access.FocalPoint)
		if err != nil {
			return "", err
		}
		if len(inside) == 0 {
			return ByLead, nil
		}
	}
	return "", fault.New(fault.Forbidden, "fault.admission-whose")
}

// Leads gives the institutions that lead a side today.
func Leads(ctx context.Context, tx *db.Tx, side ref.Side) (out []ref.Institution, err error) {
	today, err := Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	s, err := Sides.Load(ctx, tx, access.Operator("leads"), ref.ID(side))
	for _, l := range s.Value.Leads {
		if l.leadsOn(today) {
			out = append(out, l.Institution)
		}
	}
	return out, err
}

// insiders gives the people of an institution who are inside today and hold a function; "": any.
func insiders(ctx context.Context, tx *db.Tx, i ref.Institution, f access.Function) (out []ref.Person, err error) {
	people, err := db.Collect(ctx, tx, db.One[ref.Person], `select distinct person from roster_admission where institution = $1 and ended = '' order by person -- roster.insiders`, i)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		a, err := ActorFor(ctx, tx, p)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err == nil && a.Institution == i && a.Admitted && (f == "" || a.Holds(f)) {
			out = append(out, p)
		}
	}
	return out, nil
}

// Insiders gives the people of an institution who are admitted today: whom to tell of another one.
func Insiders(ctx context.Context, tx *db.Tx, i ref.Institution) ([]ref.Person, error) {
	return insiders(ctx, tx, i, "")
}

// FocalPointsInside gives the focal points of an institution who are admitted today: whom to tell of what
// becomes of its notes.
func FocalPointsInside(ctx context.Context, tx *db.Tx, i ref.Institution) ([]ref.Person, error) {
	return insiders(ctx, tx, i, access.FocalPoint)
}

// Doorkeepers gives those who may admit somebody to an institution: its focal points who are inside,
// or where there is none those of the side's lead.
func Doorkeepers(ctx context.Context, tx *db.Tx, i ref.Institution, side ref.Side) (out []ref.Person, err error) {
	if out, err = insiders(ctx, tx, i, access.FocalPoint); err != nil || len(out) > 0 {
		return out, err
	}
	leads, err := Leads(ctx, tx, side)
	if err != nil {
		return nil, err
	}
	for _, l := range leads {
		ps, err := insiders(ctx, tx, l, access.FocalPoint)
		if err != nil {
			return nil, err
		}
		out = append(out, ps...)
	}
	return out, nil
}

// EndAdmission shuts the inner room to a person: the act "admission.end". Who may admit the person may
// end it. NotFound where no admission stands or waits for a code.
func EndAdmission(ctx context.Context, tx *db.Tx, who access.Actor, person ref.Person, reason string) error {
	if strings.TrimSpace(reason) == "" {
		var f fault.Fields
		f.Add("reason", "", "fault.required")
		return f.Err()
	}
	if !who.Inside() {
		return fault.New(fault.Forbidden, "")
	}
	var a db.Args
	list, err := Admissions.List(ctx, tx, who, access.Select{Args: &a, Where: `t.person = ` + a.Add(person) + ` and t.ended = ''`, Order: `o.id`})
	if err != nil {
		return err
	}
	n := 0
	for _, o := range list {
		if who.Institution != o.Value.Institution || who.Person == person {
			return fault.New(fault.Forbidden, "fault.admission-whose")
		}
		if err := end(ctx, tx, who, "admission.end", o, reason); err != nil {
			return err
		}
		n++
	}
	if n == 0 {
		return fault.New(fault.NotFound, "")
	}
	return nil
}

func end(ctx context.Context, tx *db.Tx, who access.Actor, act string, o access.Object[Admission], reason string) error {
	today, err := Today(ctx, tx)
	if err != nil {
		return err
	}
	o.Value.Ended = today
	return Admissions.Save(ctx, tx, who, act, &o, reason)
}

// Lapse ends those admissions of a person that stand no longer, and that no code waits for: the act
// "admission.lapse". What is read compares the facts each time, so that no door that forgets this lets
// anybody in; this keeps one that lapsed from standing again when the facts are put back.
func Lapse(ctx context.Context, tx *db.Tx, person ref.Person) error {
	return lapseOf(ctx, tx, `t.person`, ref.ID(person))
}

// LapseAll does that for everybody. It is done at short intervals, since nothing else follows a day that
// comes: an end that was entered for it ends the admission as one that is entered on it does.
func LapseAll(ctx context.Context, tx *db.Tx) error {
	return lapse(ctx, tx, factsKept, func(*db.Args) string { return `1 = 1` })
}

// lapseOf does that before and after a person or an institution is written: what an end planned for a
// day that has come took away, the act does not give back.
func lapseOf(ctx context.Context, tx *db.Tx, column string, id ref.ID) error {
	return lapse(ctx, tx, factsKept, func(a *db.Args) string { return column + ` = ` + a.Add(id) })
}

// lapseReturned ends the admissions that the standing of an institution has outrun, before an act by which
// it stands on a side today: who was let in reads on what it wrote inside while it stands on none, and
// speaks for it again when the side let the person in anew.
func lapseReturned(ctx context.Context, tx *db.Tx, id ref.ID) error {
	return lapse(ctx, tx, factsOn, func(a *db.Args) string { return `t.institution = ` + a.Add(id) })
}

func lapse(ctx context.Context, tx *db.Tx, holds func(t, day string) string, which func(*db.Args) string) error {
	today, err := Today(ctx, tx)
	if err != nil {
		return err
	}
	var a db.Args
	day, now := a.Add(today), a.Add(db.Stamp(tx.Now()))
	system := access.Operator("admission")
	fallen, err := Admissions.List(ctx, tx, system, access.Select{
		Args: &a, Where: which(&a) + ` and t.ended = '' and not (` + holds("t", day) + ` and ` + comesBy("t", "t.person", now) + `)`, Order: `o.id`,
	})
	if err != nil {
		return err
	}
	for _, o := range fallen {
		if err := end(ctx, tx, system, "admission.lapse", o, ""); err != nil {
			return err
		}
	}
	return nil
}

// lapseAhead does that when a person or an institution was written, and ends also what has a gap ahead:
// where the facts fail today or from a later day on and are back after it, nothing happens on those days
// that could end the admission.
func lapseAhead(ctx context.Context, tx *db.Tx, column string, id ref.ID) error {
	if err := lapseOf(ctx, tx, column, id); err != nil {
		return err
	}
	system := access.Operator("admission")
	var a db.Args
	standing, err := Admissions.List(ctx, tx, system, access.Select{Args: &a, Where: column + ` = ` + a.Add(id) + ` and t.ended = ''`, Order: `o.id`})
	if err != nil || len(standing) == 0 {
		return err
	}
	gaps, err := gapsAhead(ctx, tx, column, id)
	if err != nil {
		return err
	}
	for _, o := range standing {
		if gaps[o.ID] {
			if err := end(ctx, tx, system, "admission.lapse", o, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// gapsAhead gives the admissions of a person or an institution whose facts fail today, or on a day to come,
// and are back on a later one. It asks once for each day on which anything begins or has ended, and not for each
// admission: an institution has many.
func gapsAhead(ctx context.Context, tx *db.Tx, column string, id ref.ID) (map[ref.ID]bool, error) {
	today, err := Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	of := ` from roster_admission t where ` + column + ` = $1 and t.ended = ''`
	days := []string{string(today)}
	rows, err := tx.Query(ctx, `select from_day, until_day from roster_post where id in (select t.person`+of+`)
		union select from_day, until_day from roster_function where id in (select t.person`+of+`)
		union select from_day, until_day from roster_standing where id in (select t.institution`+of+`) -- roster.gapsAhead`, string(id))
	if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var from, until string
		err := r.Scan(&from, &until)
		days = append(days, from, after(until))
		return struct{}{}, err
	}); err != nil {
		return nil, err
	}
	slices.Sort(days)
	failed, gaps := map[ref.ID]bool{}, map[ref.ID]bool{}
	for _, day := range slices.Compact(days) {
		if day < string(today) {
			continue
		}
		rows, err := tx.Query(ctx, `select t.id, `+factsOn("t", "$2")+of+` -- roster.gapsAhead`, string(id), day)
		if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
			var id ref.ID
			var stand bool
			err := r.Scan(&id, &stand)
			gaps[id] = gaps[id] || stand && failed[id]
			failed[id] = failed[id] || !stand
			return struct{}{}, err
		}); err != nil {
			return nil, err
		}
	}
	return gaps, nil
}

// factsOn says in SQL that the post, the side and the functions are on a day those that the admission t was
// given on.
func factsOn(t, day string) string { return facts(t, sideOn(t+".institution", day), day) }

// factsKept says the same, but that an institution which stands on no side on that day is taken for one of
// the only side on which it ever stood (stoodInside).
func factsKept(t, day string) string {
	i := t + ".institution"
	side := sideOn(i, day)
	return facts(t, `(case when coalesce(`+side+`, '') <> '' then `+side+` when `+oneSide(i)+` then `+sideBound("max", i)+` else '' end)`, day)
}

func facts(t, side, day string) string {
	return `coalesce(` + t + `.institution = ` + postOn(t+".person", day) + ` and ` + t + `.side = ` + side + ` and ` + within(t, t+".person", day) + `, 1 = 0)`
}

// postOn is in SQL the institution of the post that a person has on a day, null for none.
func postOn(person, day string) string {
	return `(select p.institution from roster_post p where p.id = ` + person + ` and ` + onDay("p", day) + ` order by p.from_day desc, p.institution limit 1)`
}

// sideOn is in SQL the side on which an institution stands on a day, null or empty for none.
func sideOn(institution, day string) string {
	return `(select case g.standing when 'side' then g.side else '' end from roster_standing g where g.id = ` + institution + ` and ` + onDay("g", day) + standingOrder("g") + `)`
}
