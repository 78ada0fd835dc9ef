package roster

import (
	"context"
	"slices"
	"strconv"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/when"
)

// never is the day on which nothing passes.
const never = "9999-12-31"

// inheritedFrom gives the day from which a successor counts as the institution: the first after its
// end, and not before it took over. An institution that goes on is inherited by nobody, and neither
// is one by who took over one matter of it: objects do not say of which matter they are.
func (i *Institution) inheritedFrom(s Succession) string {
	_, last := i.end()
	end := lastDay(last)
	if end == "" || !s.Matter.Empty() {
		return never
	}
	day, err := time.Parse(time.DateOnly, end)
	if err != nil {
		return never
	}
	return max(day.AddDate(0, 0, 1).Format(time.DateOnly), firstDay(s.From))
}

// end gives the day of the end of an institution's part in the dialogue: of the institution itself where
// that is known, else of its last standing; and the last day on which it took part, the one before where an
// act ended it at once. Empty: it goes on.
func (i *Institution) end() (day, last when.Date) {
	if !i.Ended.IsZero() {
		return i.Ended, lasts(i.Ended, i.EndedAtOnce)
	}
	var p Period
	for _, q := range i.Standings {
		if p.As == "" || q.later(p) {
			p = q
		}
	}
	return p.Until, p.lasts()
}

// Resumes says whether an institution that had a last day has a later one by a new value, or none: its
// people speak for it again, or for longer.
func Resumes(old, new any) bool {
	was, _ := old.(*Institution)
	is, _ := new.(*Institution)
	if was == nil || is == nil {
		return false
	}
	before, _ := was.end()
	after, _ := is.end()
	return !before.IsZero() && (after.IsZero() || before.Before(after))
}

// endedBy gives the day of the end where it has come; empty otherwise.
func (i *Institution) endedBy(day string) when.Date {
	if end, last := i.end(); !end.IsZero() && lastDay(last) < day {
		return end
	}
	return ""
}

// sides gives the sides that an institution's standings name, each once.
func (i *Institution) sides() (out []ref.Side) {
	for _, p := range i.Standings {
		if p.Side != "" {
			out = append(out, p.Side)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// allowInstitution keeps the sides apart, whoever writes, an import too: no institution of one side
// succeeds one of the other, and the side on which one stood is not written away. Who is no operator
// brings none back on a side on which it once stood: that would open what stands inside.
func allowInstitution(ctx context.Context, tx *db.Tx, who access.Actor, c access.Proposal[Institution]) error {
	if c.New.Tombstone != "" {
		return idleInstitution(ctx, tx, c.New.ID)
	}
	var f fault.Fields
	openToDialogue(who, c, &f)
	today, err := Today(ctx, tx)
	if err != nil {
		return err
	}
	endAtOnce(c, (*Institution).terms, today)
	if boundDays(today, "standings", &c.New.Value, &f); len(f) > 0 {
		return f.Err()
	}
	if c.Old != nil {
		if s, _ := c.New.Value.StandingOn(today.First()); s.Side != "" {
			if err := lapseReturned(ctx, tx, c.Old.ID); err != nil {
				return err
			}
		}
	}
	var known []Succession
	if c.Old == nil {
		if err := followsOwnSide(ctx, tx, c, &f); err != nil {
			return err
		}
	} else {
		known = c.Old.Value.Successors
		if err := keepsSides(ctx, tx, who, c, today, &f); err != nil {
			return err
		}
	}
	if err := ownName(ctx, tx, who, c, &f); err != nil {
		return err
	}
	own := c.New.Value.sides()
	for n, s := range c.New.Value.Successors {
		if slices.ContainsFunc(known, func(k Succession) bool { return k.Institution == s.Institution }) {
			continue
		}
		var there int
		if err := tx.QueryRow(ctx, `select count(*) from roster_institution where id = $1 -- roster.allowInstitution`, s.Institution).Scan(&there); err != nil {
			return err
		}
		if there == 0 { // further down in a file, and compared when it is written
			continue
		}
		theirs, err := sidesHeld(ctx, tx, c.Kind, s.Institution)
		if err != nil {
			return err
		}
		if len(own) > 1 || !slices.Equal(own, theirs) {
			f.Add("successors."+strconv.Itoa(n)+".institution", string(s.Institution), "fault.succession-side")
		}
	}
	return f.Err()
}

// allowSide refuses a lead that does not stand on the side, whoever writes it, an import too: the lead lets in
// the first person of another institution of the side. Who leads today stands there today; who did, or will,
// did so once. What stood so before may stay.
func allowSide(ctx context.Context, tx *db.Tx, who access.Actor, c access.Proposal[Side]) error {
	if c.New.Tombstone != "" {
		return unnamedSide(ctx, tx, c.New.ID)
	}
	today, err := Today(ctx, tx)
	if err != nil {
		return err
	}
	endAtOnce(c, (*Side).terms, today)
	var f fault.Fields
	openToDialogue(who, c, &f)
	if err := ownName(ctx, tx, who, c, &f); err != nil {
		return err
	}
	for n, l := range c.New.Value.Leads {
		if c.Old != nil && slices.ContainsFunc(c.Old.Value.Leads, func(k Lead) bool {
			return k.Institution == l.Institution && k.From == l.From && k.Until == l.Until
		}) {
			continue
		}
		var there, stands, stood bool
		if err := tx.QueryRow(ctx, `select exists (select 1 from roster_institution where id = $1), coalesce(`+sideOn("$1", "$2")+`, '') = $3,
				exists (select 1 from roster_standing b where b.id = $1 and b.side = $3) -- roster.allowSide`,
			string(l.Institution), string(today), string(c.New.ID)).Scan(&there, &stands, &stood); err != nil {
			return err
		}
		if !there { // further down in a file
			continue
		}
		if !stood || !stands && l.leadsOn(today) {
			f.Add("leads."+strconv.Itoa(n)+".institution", string(l.Institution), "fault.lead-side")
		}
	}
	return f.Err()
}

// followsOwnSide compares a new institution with those that name it as their successor already.
func followsOwnSide(ctx context.Context, tx *db.Tx, c access.Proposal[Institution], f *fault.Fields) error {
	before, err := db.Collect(ctx, tx, db.One[ref.Institution], `select distinct id from roster_succession where successor = $1 order by id -- roster.followsOwnSide`, c.New.ID)
	if err != nil {
		return err
	}
	own := c.New.Value.sides()
	for _, i := range before {
		theirs, err := sidesHeld(ctx, tx, c.Kind, i)
		if err != nil {
			return err
		}
		if len(own) > 1 || !slices.Equal(own, theirs) {
			f.Add("standings", "", "fault.succession-side")
			return nil
		}
	}
	return nil
}

// sidesHeld gives the sides that an institution ever named in any revision, each once: what was written
// away since counts too.
func sidesHeld(ctx context.Context, tx *db.Tx, k *access.Kind[Institution], i ref.Institution) (out []ref.Side, err error) {
	all, err := everWritten(ctx, tx, k, i)
	return sidesIn(all), err
}

func sidesIn(all []*Institution) (out []ref.Side) {
	for _, v := range all {
		out = append(out, v.sides()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// everWritten gives an institution as every revision has it, but for those whose contents were erased.
func everWritten(ctx context.Context, tx *db.Tx, k *access.Kind[Institution], i ref.Institution) (out []*Institution, err error) {
	bodies, err := db.Collect(ctx, tx, db.One[[]byte], `select body from revision where object = $1 and body is not null order by rev -- roster.everWritten`, i)
	if err != nil {
		return nil, err
	}
	for _, b := range bodies {
		_, v, err := k.Decode(b)
		if err != nil {
			return nil, err
		}
		out = append(out, v.(*Institution))
	}
	return out, nil
}

// besideSides says whether an institution stood on no side on some of its days: by a standing that says
// so, or, where it names who succeeded it, by none at all.
func (i *Institution) besideSides() bool {
	return len(i.Standings) == 0 && len(i.Successors) > 0 || slices.ContainsFunc(i.Standings, func(p Period) bool { return p.Side == "" })
}

// keepsSides refuses standings that leave out a side on which the institution ever stood, whether or
// not they name another, in however many steps: dates say until when it did, and by them its past
// stays with the old side. Where others succeeded it, a time on no side is kept likewise: what it was let
// read then does not become the side's by a side that is added later. And a second side, on whatever day,
// shuts the institution's inside for good (withInside): where that is in use, no act of who enters people
// does it.
func keepsSides(ctx context.Context, tx *db.Tx, who access.Actor, c access.Proposal[Institution], today when.Date, f *fault.Fields) error {
	all, err := everWritten(ctx, tx, c.Kind, ref.Institution(c.New.ID))
	if err != nil {
		return err
	}
	ever, now := sidesIn(all), c.New.Value.sides()
	for _, s := range ever {
		if !slices.Contains(now, s) {
			f.Add("standings", "", "fault.side-kept")
			return nil
		}
	}
	if len(c.New.Value.Successors) > 0 && len(now) > 0 && !c.New.Value.besideSides() && slices.ContainsFunc(all, (*Institution).besideSides) {
		f.Add("standings", "", "fault.beside-kept")
		return nil
	}
	if who.IsOperator() {
		return nil
	}
	if len(ever) > 0 && len(now) > len(ever) {
		used, err := hasInside(ctx, tx, ref.Institution(c.New.ID))
		if err != nil {
			return err
		}
		if used {
			f.Add("standings", "", "fault.side-second")
			return nil
		}
	}
	for _, day := range days(today, &c.Old.Value, &c.New.Value) {
		was, _ := c.Old.Value.StandingOn(day)
		is, _ := c.New.Value.StandingOn(day)
		if is.Side != was.Side && slices.Contains(ever, is.Side) {
			f.Add("standings", "", "fault.authority-inside")
			return nil
		}
	}
	return nil
}

// hasInside says whether anybody was ever admitted to the inside of an institution, or anything is for it.
func hasInside(ctx context.Context, tx *db.Tx, i ref.Institution) (is bool, err error) {
	err = tx.QueryRow(ctx, `select exists (select 1 from roster_admission where institution = $1) or exists (select 1 from aset_member where principal = $2) -- roster.hasInside`,
		i, string(access.InsideOf(i))).Scan(&is)
	return is, err
}

// allowPerson leaves the function of administrator to administrators and to commands on the node's
// machine: who may enter people must not become more by it, nor end those who operate the node. By a
// change of posts and functions nobody comes into a side's inner room: that is for an invitation, a
// handover or a command. And nobody, whoever writes it, comes to speak for an institution of a side
// who belongs to the project team or the donor.
func allowPerson(ctx context.Context, tx *db.Tx, who access.Actor, c access.Proposal[Person], today when.Date) error {
	if c.New.Tombstone != "" {
		return nil
	}
	var f fault.Fields
	openToOwn(who, c, today, &f)
	if err := ownName(ctx, tx, who, c, &f); err != nil {
		return err
	}
	if boundDays(today, "functions", &c.New.Value, &f); len(f) > 0 {
		return f.Err()
	}
	if err := speaksBeside(ctx, tx, c, today, &f); err != nil {
		return err
	}
	if who.IsOperator() {
		return f.Err()
	}
	var before []Held
	if c.Old != nil {
		before = c.Old.Value.administers()
	}
	if !who.Holds(access.Administrator) && !slices.Equal(before, c.New.Value.administers()) {
		f.Add("functions", string(access.Administrator), "fault.administrator")
	}
	if c.Old == nil || c.Act != access.AuthorityAct("person") {
		return f.Err()
	}
	for _, day := range days(today, &c.Old.Value, &c.New.Value) {
		was, is := c.Old.Value.worksFor(day), c.New.Value.worksFor(day)
		if is == was || is == "" {
			continue
		}
		sides, err := sidesHeld(ctx, tx, Institutions, is)
		if err != nil {
			return err
		}
		if len(sides) > 0 {
			f.Add("functions", "", "fault.authority-inside")
			break
		}
	}
	return f.Err()
}

// speaksBeside refuses that somebody comes to speak for an institution that ever stood on a side while
// holding a function of the project team or the donor.
func speaksBeside(ctx context.Context, tx *db.Tx, c access.Proposal[Person], today when.Date, f *fault.Fields) error {
	old := new(Person)
	if c.Old != nil {
		old = &c.Old.Value
	}
	for _, day := range days(today, old, &c.New.Value) {
		is := c.New.Value.speaksBesideOn(day)
		if is == "" || is == old.speaksBesideOn(day) {
			continue
		}
		sides, err := sidesHeld(ctx, tx, Institutions, is)
		if err != nil {
			return err
		}
		if len(sides) > 0 {
			f.Add("functions", "", "fault.speaks-beside")
			return nil
		}
	}
	return nil
}

// speaksBesideOn gives the institution for which a person speaks on a day beside a function of the
// project team or the donor; "" where there is none.
func (p *Person) speaksBesideOn(day time.Time) ref.Institution {
	a := access.Actor{Functions: p.functionsOn(day)}
	if (a.Holds(access.ProjectTeam) || a.Holds(access.DonorOfficer)) && (a.Holds(access.FocalPoint) || a.Holds(access.Contributor)) {
		return p.postOn(day)
	}
	return ""
}

// worksFor gives the institution in whose inner room a person is on a day where it stands on a side:
// that of the post, where a function lets the person work for it; "" where there is none.
func (p *Person) worksFor(day time.Time) ref.Institution {
	if !isInside(access.Actor{Side: "any", Functions: p.functionsOn(day)}) {
		return ""
	}
	return p.postOn(day)
}

func (p *Person) functionsOn(day time.Time) (fs []access.Function) {
	for _, h := range p.Functions {
		if h.HeldOn(when.DateOf(day)) {
			fs = append(fs, h.Function)
		}
	}
	return fs
}

// postOn gives the institution of the post that counts on a day, as ActorFor does.
func (p *Person) postOn(day time.Time) (i ref.Institution) {
	since := ""
	for _, q := range p.Posts {
		if q.HeldOn(when.DateOf(day)) && (i == "" || firstDay(q.From) > since || firstDay(q.From) == since && q.Institution < i) {
			i, since = q.Institution, firstDay(q.From)
		}
	}
	return i
}
