package account

import (
	"context"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/notice"
	"entente/roster"
)

// Handover is a function that passes from one person to another of the same institution.
type Handover struct {
	From     ref.Person
	Function access.Function
	To       ref.Person // "": somebody who is invited in the same step
	Newcomer Newcomer   // without institution and function, which are those of the predecessor
	Stays    bool       // the predecessor goes on as a contributor; else posts, functions and signing in end
}

// Passing is what a handover by the actor may be made of.
type Passing struct {
	Person      access.Object[roster.Person]
	Institution ref.Institution                // whose function it is
	Functions   []access.Function              // that may be handed over
	MayLeave    bool                           // what else the person holds may end with it
	Candidates  []access.Object[roster.Person] // who may take over, among the people of the institution
	Waits       []ref.Person                   // those of them who sign in and are not inside the side, told to who is
	Coded       []ref.Person                   // those without an account, whom the code lets in that the actor gets
}

// stayable says whether somebody who gives the function up can go on as a contributor.
func stayable(f access.Function) bool { return f != access.Contributor }

// mayPass gives the functions of a person that the actor may hand over: a focal point the own, the
// project team those that it may invite people to.
func mayPass(who access.Actor, person ref.Person, p *roster.Person, at ref.Institution, today when.Date) (fs []access.Function) {
	held := held(p, today)
	if person == who.Person {
		if who.Holds(access.FocalPoint) && at == who.Institution && slices.Contains(held, access.FocalPoint) {
			return []access.Function{access.FocalPoint}
		}
		return nil
	}
	if !who.Holds(access.ProjectTeam) || !below(who, person, p, today) {
		return nil
	}
	for _, f := range Invitable(who, at) {
		if slices.Contains(held, f) {
			fs = append(fs, f)
		}
	}
	return fs
}

// held gives the functions that a person holds on a day and that do not end with it.
func held(p *roster.Person, today when.Date) (fs []access.Function) {
	for _, h := range p.Functions {
		if h.HeldOn(today) && (h.Until.IsZero() || today.Before(h.Until)) {
			fs = append(fs, h.Function)
		}
	}
	return fs
}

// at gives the institution of a person's post on a day, the one begun last, as for the actor that
// is made of the person; "" where the post ends that day.
func at(p *roster.Person, today when.Date) (i ref.Institution) {
	var since when.Date
	for _, q := range p.Posts {
		if q.HeldOn(today) && (q.Until.IsZero() || today.Before(q.Until)) && (i == "" || since.Before(q.From)) {
			i, since = q.Institution, q.From
		}
	}
	return i
}

// Passing gives what the actor may hand over of a person's functions, and to whom. NotFound for a
// person whom the actor may not read, Forbidden where there is nothing to hand over.
func (s *Service) Passing(ctx context.Context, who access.Actor, from ref.Person) (p Passing, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err = s.passing(ctx, tx, who, from)
		return err
	})
	return p, err
}

func (s *Service) passing(ctx context.Context, tx *db.Tx, who access.Actor, from ref.Person) (p Passing, err error) {
	today, err := roster.Today(ctx, tx)
	if err != nil {
		return p, err
	}
	if p.Person, err = roster.People.Load(ctx, tx, who, ref.ID(from)); err != nil {
		return p, err
	}
	if err := access.May(who, "person.handover", p.Person.Header); err != nil {
		return p, err
	}
	v := &p.Person.Value
	p.Institution = at(v, today)
	if p.Institution != "" {
		p.Functions = mayPass(who, from, v, p.Institution, today)
	}
	if len(p.Functions) == 0 {
		return p, fault.New(fault.Forbidden, "")
	}
	p.MayLeave = !slices.ContainsFunc(open(v, today), func(f access.Function) bool { return f == access.Administrator || f == access.ProjectTeam })
	people, err := roster.New(s.db).People(ctx, who, p.Person.Dialogue, p.Institution, "")
	for _, o := range people {
		if id := ref.Person(o.ID); id != from && at(&o.Value, today) == p.Institution && below(who, id, &o.Value, today) {
			p.Candidates = append(p.Candidates, o)
			if !who.Inside() {
				continue
			}
			a, err := roster.ActorFor(ctx, tx, id)
			if err != nil {
				return p, err
			}
			signs, err := signsIn(ctx, tx, id)
			if err != nil {
				return p, err
			}
			switch {
			case !signs && admitsOwn(who, a):
				p.Coded = append(p.Coded, id)
			case signs && a.Waits && who.Side == a.Side:
				p.Waits = append(p.Waits, id)
			}
		}
	}
	return p, err
}

// HandOver passes a function on: the act "person.handover" on both people. The predecessor's
// function ends with the act and the successor's begins; what the predecessor owes by name passes to the
// successor. Who leaves can no longer sign in. It gives the successor, and a code where the
// successor has no account. By it stays inside who was; who waits goes on waiting, since the account may
// be somebody else's by now (Admit asks for what was seen); whom the code lets in that a focal point gets,
// is for that one to say. Faults: NotFound, Forbidden, and Invalid with the fields function, to,
// stays, and those of the newcomer.
func (s *Service) HandOver(ctx context.Context, who access.Actor, h Handover) (to ref.Person, code string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := s.passing(ctx, tx, who, h.From)
		if err != nil {
			return err
		}
		var f fault.Fields
		if !slices.Contains(p.Functions, h.Function) {
			f.Add("function", string(h.Function), "fault.required")
		}
		if h.Stays && !stayable(h.Function) || !h.Stays && !p.MayLeave {
			f.Add("stays", "", "fault.required")
		}
		next := access.Object[roster.Person]{}
		if h.To != "" {
			i := slices.IndexFunc(p.Candidates, func(o access.Object[roster.Person]) bool { return ref.Person(o.ID) == h.To })
			if i < 0 {
				f.Add("to", string(h.To), "fault.ref", "kind", "person")
			} else {
				next = p.Candidates[i]
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		today, err := roster.Today(ctx, tx)
		if err != nil {
			return err
		}
		goesOn, err := insiders(ctx, tx, who, h)
		if err != nil {
			return err
		}
		v := &p.Person.Value
		if h.Stays {
			giveUp(v, h.Function, today)
			if len(held(v, today)) == 0 {
				v.Functions = append(v.Functions, roster.Held{Function: access.Contributor, From: today})
			}
		} else {
			leave(v, today)
		}
		if err := roster.People.Save(ctx, tx, who, "person.handover", &p.Person, ""); err != nil {
			return err
		}
		if h.To == "" {
			next.Dialogue, next.Owner = p.Person.Dialogue, ref.ID(p.Institution)
			next.Value = h.Newcomer.person(p.Institution, today)
		} else if h.Function == access.FocalPoint {
			giveUp(&next.Value, access.Contributor, today)
		}
		next.Value.Functions = append(next.Value.Functions, roster.Held{Function: h.Function, From: today, Predecessor: h.From})
		if err := roster.People.Save(ctx, tx, who, "person.handover", &next, ""); err != nil {
			return err
		}
		to = ref.Person(next.ID)
		if err := access.PassDuties(ctx, tx, h.From, to, !h.Stays); err != nil {
			return err
		}
		if h.Stays {
			_, err = dropCodes(ctx, tx, h.From) // of more than the person holds now
		} else {
			err = shut(ctx, tx, h.From)
		}
		if err != nil {
			return err
		}
		if err := notice.Put(ctx, tx, nil, notice.New{Person: to, Kind: notice.Handover}); err != nil {
			return err
		}
		signs, err := signsIn(ctx, tx, to)
		if err != nil {
			return err
		}
		if !signs {
			if code, err = s.newCode(ctx, tx, who, to, &next.Value, false); err != nil {
				return err
			}
		}
		for _, p := range goesOn {
			if p == to && !signs { // by the code
				continue
			}
			if err := admit(ctx, tx, who, p, ""); err != nil {
				return err
			}
		}
		return notice.TellVacant(ctx, tx, who) // who was let in by this act can answer
	})
	return to, code, err
}

// signsIn says whether a person has a name and a password.
func signsIn(ctx context.Context, tx *db.Tx, person ref.Person) (is bool, err error) {
	err = tx.QueryRow(ctx, `select count(*) > 0 from credential where person = $1 -- account.signsIn`, person).Scan(&is)
	return is, err
}

// insiders gives those of the two people of a handover who go on after it and are inside before, where the
// actor lets in by handing over.
func insiders(ctx context.Context, tx *db.Tx, who access.Actor, h Handover) (out []ref.Person, err error) {
	both := []ref.Person{h.To}
	if h.Stays {
		both = append(both, h.From)
	}
	for _, id := range both {
		if id == "" {
			continue
		}
		a, err := roster.ActorFor(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if a.Admitted && admitsOwn(who, a) {
			out = append(out, id)
		}
	}
	return out, nil
}

// giveUp ends a function at once.
func giveUp(p *roster.Person, f access.Function, today when.Date) {
	for i := range p.Functions {
		if p.Functions[i].Function == f && !today.Before(p.Functions[i].From) {
			p.Functions[i].End(today)
		}
	}
}

// leave ends everything at once; what was to begin later never does.
func leave(p *roster.Person, today when.Date) {
	p.Posts = slices.DeleteFunc(p.Posts, func(q roster.Post) bool { return today.Before(q.From) })
	p.Functions = slices.DeleteFunc(p.Functions, func(h roster.Held) bool { return today.Before(h.From) })
	for i := range p.Posts {
		p.Posts[i].End(today)
	}
	for i := range p.Functions {
		p.Functions[i].End(today)
	}
}
