package exchange

import (
	"context"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/notice"
	"entente/roster"
	"entente/standard/tlp"
)

// Service is the door to statements and calls.
type Service struct{ db *db.DB }

// New gives the service over a database.
func New(d *db.DB) *Service { return &Service{d} }

// Said is what an institution says. Seen is the revision of the object that lay before whoever says
// it, With what the object held then, Asked the revision of the call and Annexed what the call held:
// what is said is not filed on another one. With Own, only the institution and the project team read
// it, where those may read the object.
type Said struct {
	Sort     Sort
	Text     text.Multi
	Seen     int64
	With     access.Contents
	Call     ref.Call
	Asked    int64
	Annexed  access.Contents
	Replaces ref.Statement
	Own      bool
}

// silent are the kinds about which nothing is stated: parts speak through what they are part of,
// and nobody states anything about a person.
var silent = []string{"person", "file", "statement", "call", "note", "circle", "admission"}

// About says whether institutions state anything about objects of a kind.
func About(kind string) bool { return !slices.Contains(silent, kind) }

// about loads the object that a statement is to be about.
func about(ctx context.Context, tx *db.Tx, who access.Actor, of ref.ID) (access.Header, error) {
	p, err := access.Find(ctx, tx, who, of)
	if err == nil && !About(p.Kind) {
		err = fault.New(fault.NotFound, "")
	}
	if p.Kind == "dialogue" {
		p.Dialogue = ref.Dialogue(p.ID)
	}
	return p, err
}

// State says something for the actor's own institution: the act "statement.create".
func (s *Service) State(ctx context.Context, who access.Actor, of ref.ID, in Said) (o access.Object[Statement], err error) {
	return s.put(ctx, who, "statement.create", of, in, Statement{Institution: who.Institution, Side: who.Side, State: Stands})
}

// Enter says what an institution said by letter or telephone: the act "statement.on-behalf". The
// institution must be able to read the object, or it could not contest what stands in its name.
func (s *Service) Enter(ctx context.Context, who access.Actor, of ref.ID, on ref.Institution, in Said, how Entry) (o access.Object[Statement], err error) {
	how.By = ByColleague
	if who.Holds(access.ProjectTeam) {
		how.By = ByTeam
	}
	return s.put(ctx, who.For(on), "statement.on-behalf", of, in, Statement{Institution: on, Entered: how, State: Entered})
}

// Acknowledge notes that the actor's institution has the object before it, as of the revision that
// the actor read (签收): the act "statement.create". It is done once for a revision; a second time
// changes nothing, unless it answers a call. Conflict when the object or the call has moved on.
func (s *Service) Acknowledge(ctx context.Context, who access.Actor, of ref.ID, in Said) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := about(ctx, tx, who, of)
		if err != nil {
			return err
		}
		if err := stands(ctx, tx, who, p, in.Seen, in.With); err != nil {
			return err
		}
		done, err := acknowledged(ctx, tx, who, p)
		if err != nil || done && in.Call == "" {
			return err
		}
		in.Sort = Receipt
		_, err = s.State(ctx, who, of, in)
		return err
	})
}

// stands refuses to file on an object what somebody says who saw another revision of it, or of what it
// holds.
func stands(ctx context.Context, tx *db.Tx, who access.Actor, h access.Header, rev int64, with access.Contents) error {
	same, err := with.Hold(ctx, tx, who, h)
	if err == nil && (!same || h.Rev != rev) {
		err = fault.New(fault.Conflict, "")
	}
	return err
}

func (s *Service) put(ctx context.Context, who access.Actor, act string, of ref.ID, in Said, v Statement) (o access.Object[Statement], err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := about(ctx, tx, who, of)
		if err != nil {
			return err
		}
		if err := stands(ctx, tx, who, p, in.Seen, in.With); err != nil {
			return err
		}
		if v.OnBehalf() {
			if v.Side, err = sideOfReader(ctx, tx, p, v.Institution); err != nil {
				return err
			}
		}
		v.Sort, v.Text, v.Call, v.Replaces = in.Sort, in.Text, in.Call, in.Replaces
		v.Of, v.Revision, v.Made = p.ID, p.Rev, db.Stamp(tx.Now())
		if err := replaceable(ctx, tx, who, &v); err != nil {
			return err
		}
		o = access.Object[Statement]{Header: Readers(p), Value: v}
		o.Owner = ref.ID(v.Institution)
		if in.Own {
			o.Audience = Own(p.Dialogue, v.Institution)
		}
		before, err := answer(ctx, tx, who, &v, in)
		if err != nil {
			return err
		}
		var ended bool
		if v.OnBehalf() {
			if ended, err = inItsTime(ctx, tx, who, &v); err != nil {
				return err
			}
		}
		if err := Statements.Save(ctx, tx, who.InPlaceOf(before...), act, &o, ""); err != nil {
			return err
		}
		if v.OnBehalf() {
			n := notice.New{Kind: notice.OnBehalf, Object: o.ID}
			if ended { // those who are told succeeded it, and do nothing in its name
				n.Detail.By = ref.ID(v.Institution)
			}
			if err := notice.Tell(ctx, tx, who, access.InstitutionOf(v.Institution), n); err != nil {
				return err
			}
		}
		return settle(ctx, tx, &o.Value)
	})
	return o, err
}

// Readers gives the header of a statement about an object, with mark and audience of the object. Of
// what is public, only those of the dialogue read what institutions said.
func Readers(p access.Header) access.Header {
	h := access.Header{Kind: Statements.Name, Dialogue: p.Dialogue, Mark: p.Mark, Audience: p.Audience}
	if p.Kind == "dialogue" {
		h.Dialogue = ref.Dialogue(p.ID)
	}
	if p.Audience.Has(access.Anyone) {
		h.Mark, h.Audience = tlp.Strictest(p.Mark, tlp.GREEN), access.NewAudience(access.DialogueOf(h.Dialogue), access.TeamOf(h.Dialogue))
	}
	return h
}

// Own is the audience of what an institution says to the project team alone.
func Own(d ref.Dialogue, i ref.Institution) access.Audience {
	return access.NewAudience(access.InstitutionOf(i), access.TeamOf(d))
}

// sideOfReader gives the side of an institution whose people may read the object today, or a fault.
func sideOfReader(ctx context.Context, tx *db.Tx, p access.Header, i ref.Institution) (ref.Side, error) {
	var f fault.Fields
	if i == "" {
		f.Add("institution", "", "fault.required")
		return "", f.Err()
	}
	as, side, err := roster.CountsAs(ctx, tx, i)
	if err != nil {
		return "", err
	}
	as = append(as, access.Anyone, access.DialogueOf(p.Dialogue))
	if !slices.ContainsFunc(as, p.Audience.Has) {
		f.Add("institution", string(i), "fault.statement-unseen")
	}
	return side, f.Err()
}

// inItsTime refuses an entry whose letter or call is of a time in which it cannot have been said: before
// the day on which what it answers was asked, or after the end of the institution. It says whether that
// has ended.
func inItsTime(ctx context.Context, tx *db.Tx, who access.Actor, v *Statement) (ended bool, err error) {
	var f fault.Fields
	asked, err := askedOn(ctx, tx, v.Call)
	if err != nil {
		return false, err
	}
	date := v.Entered.Date
	if asked != "" && !date.IsZero() && date.Last().Before(asked.First()) {
		f.Add("entered.date", string(date), "fault.entry-before-call", "asked", asked, "date", date)
		return false, f.Err()
	}
	r, err := roster.Responding(ctx, tx, v.Institution)
	if err != nil {
		return false, err
	}
	end := r.For(v.Institution).Ended
	switch {
	case end == "":
		return false, nil
	case date.IsZero(), date.First().After(end.Last()), asked != "" && asked.First().After(end.Last()):
		if err := goesOn(ctx, tx, who, r, "institution", v.Institution, &f); err != nil {
			return true, err
		}
	}
	return true, f.Err()
}

// askedOn gives the day on which a call was asked, empty where there is none or nobody knows it: an
// import brings calls that were asked long before.
func askedOn(ctx context.Context, tx *db.Tx, call ref.Call) (when.Date, error) {
	if call == "" {
		return "", nil
	}
	e, err := access.Making(ctx, tx, ref.ID(call))
	if err != nil || e.When == "" || e.By.Operator != "" {
		return "", err
	}
	return when.ParseDate(day(e.When))
}

// replaceable refuses to replace what is not an earlier statement of the same institution about
// the same object, or is not the actor's to replace, or was replaced or taken back before.
func replaceable(ctx context.Context, tx *db.Tx, who access.Actor, v *Statement) error {
	if v.Replaces == "" {
		return nil
	}
	old, err := Statements.Load(ctx, tx, who, ref.ID(v.Replaces))
	if err != nil {
		return err
	}
	if old.Value.Of != v.Of || old.Value.Institution != v.Institution || old.Value.Sort == Receipt {
		return fault.New(fault.NotFound, "")
	}
	newer, err := newer(ctx, tx, who, old.ID)
	if err != nil {
		return err
	}
	if newer[old.ID] != "" || !old.Value.yields(v.OnBehalf()) {
		return fault.New(fault.Conflict, "")
	}
	return nil
}

// yields says whether a newer statement of the institution may take the place of this one. What is
// entered on its behalf never takes the place of its own words, of what it confirmed, or of what it
// contested: only of another entry on which it has not said anything yet.
func (s *Statement) yields(toEntry bool) bool {
	if toEntry {
		return s.State == Entered
	}
	return s.State != Withdrawn
}

// Saw is what lay before whoever accepts or contests an entry: its revision and what is attached to it, and
// so of the object that it is about and of the call that it answers, as Said has them.
type Saw struct {
	Rev            int64
	With           access.Contents
	Seen, Asked    int64
	Holds, Annexed access.Contents
}

// Accept confirms for the institution that an entry is right, with what is attached to it: the act
// "statement.accept". Conflict where the entry, what it is about or what it answers is another by now.
func (s *Service) Accept(ctx context.Context, who access.Actor, id ref.Statement, saw Saw) error {
	return s.change(ctx, who, id, saw, "statement.accept", func(v *Statement) { v.State = Accepted })
}

// Contest says for the institution that what was entered on its behalf is not right, and why: the
// act "statement.contest". It stays to be read, as contested.
func (s *Service) Contest(ctx context.Context, who access.Actor, id ref.Statement, saw Saw, reason text.Multi) error {
	return s.change(ctx, who, id, saw, "statement.contest", func(v *Statement) { v.State, v.Contested = Contested, reason })
}

// Withdraw takes a statement back; it stays to be read, as withdrawn: the act "statement.withdraw".
// The project team may so take back an entry of its own, as long as the institution has neither
// accepted nor contested it; the institution is told.
func (s *Service) Withdraw(ctx context.Context, who access.Actor, id ref.Statement, rev int64, reason text.Multi) error {
	return s.change(ctx, who, id, Saw{Rev: rev}, "statement.withdraw", func(v *Statement) {
		v.State, v.Withdrawn = Withdrawn, reason
		if !speaks(who, v.Institution) {
			v.WithdrawnBy = ByTeam
		}
	})
}

func (s *Service) change(ctx context.Context, who access.Actor, id ref.Statement, saw Saw, act string, fn func(*Statement)) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err := load(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if err := may(ctx, tx, who, act, o); err != nil {
			return err
		}
		if act != "statement.withdraw" { // the others are a word on what the entry says, of what, and to what
			if err := saw.stands(ctx, tx, who, o); err != nil {
				return err
			}
		}
		o.Rev = saw.Rev
		fn(&o.Value)
		if err := Statements.Save(ctx, tx, who, act, &o, ""); err != nil {
			return err
		}
		if o.Value.State == Contested { // whoever entered it has to ask again
			by, err := access.MadeBy(ctx, tx, o.ID)
			if err != nil {
				return err
			}
			n := notice.New{Kind: notice.Contested, Object: o.ID}
			if err := notice.Tell(ctx, tx, who, access.PersonOf(ref.Person(by.Person)), n); err != nil {
				return err
			}
		}
		if o.Value.WithdrawnBy != "" {
			n := notice.New{Kind: notice.OnBehalf, Object: o.ID, Detail: notice.Detail{What: "withdrawn"}}
			if err := notice.Tell(ctx, tx, who, access.InstitutionOf(o.Value.Institution), n); err != nil {
				return err
			}
		}
		return settle(ctx, tx, &o.Value)
	})
}

// stands refuses a word on an entry of somebody who saw another one, or saw it beside another object or call.
// What the actor may read no more is on no page.
func (saw Saw) stands(ctx context.Context, tx *db.Tx, who access.Actor, o access.Object[Statement]) error {
	if err := stands(ctx, tx, who, o.Header, saw.Rev, saw.With); err != nil {
		return err
	}
	whole, kept, err := access.WholeOf(ctx, tx, who, o.Header)
	if err != nil {
		return err
	}
	if !kept {
		if err := stands(ctx, tx, who, whole, saw.Seen, saw.Holds); err != nil {
			return err
		}
	}
	if o.Value.Call == "" {
		return nil
	}
	call, err := loadCall(ctx, tx, who, o.Value.Call)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return stands(ctx, tx, who, call.Header, saw.Asked, saw.Annexed)
}

// speaks says whether the actor takes back what an institution said as the institution itself.
func speaks(who access.Actor, i ref.Institution) bool {
	return i == who.Institution && (who.Holds(access.FocalPoint) || who.Holds(access.Contributor))
}

// may says whether the actor may do the act on the statement as it stands. Beside the policy: an
// entry is accepted or contested by somebody else than who entered it, and the project team takes
// back its own entries alone.
func may(ctx context.Context, tx *db.Tx, who access.Actor, act string, o access.Object[Statement]) error {
	if err := access.May(who, act, o.Header); err != nil {
		return err
	}
	if !slices.Contains(leads[act].from, o.Value.State) {
		return fault.New(fault.Conflict, "")
	}
	if act == "statement.withdraw" {
		own := speaks(who, o.Value.Institution)
		entry := who.Holds(access.ProjectTeam) && o.Value.Entered.By == ByTeam && o.Value.State == Entered
		if own || entry {
			return nil
		}
		return fault.New(fault.Forbidden, "")
	}
	by, err := access.MadeBy(ctx, tx, o.ID)
	if err == nil && by.Person == ref.ID(who.Person) {
		err = fault.New(fault.Forbidden, "fault.statement-own-entry")
	}
	return err
}
