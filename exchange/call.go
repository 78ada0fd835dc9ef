package exchange

import (
	"context"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/internal/when"
	"entente/notice"
	"entente/roster"
)

// Wanted is what a call asks for; a statement of that sort answers it.
type Wanted string

// Options lists what may be asked for.
func (Wanted) Options() []string {
	return []string{string(Answer), string(Confirmation), string(Nomination), string(Report), string(Receipt)}
}

// duty gives the kind of the duty that a call makes.
func (w Wanted) duty() string {
	return map[Sort]string{
		Answer: access.DutyAnswer, Confirmation: access.DutyConfirm, Nomination: access.DutyNominate,
		Report: access.DutyReport, Receipt: access.DutyAcknowledge,
	}[Sort(w)]
}

// CallState says where a call stands.
type CallState string

// The states of a call.
const (
	Open   CallState = "open"
	Closed CallState = "closed" // nothing is owed any more
)

// Options lists the states.
func (CallState) Options() []string { return []string{string(Open), string(Closed)} }

// Call is what institutions are asked about an object, by a day (请办事项). Each of them owes it
// until it said so. All who are asked read who else is.
type Call struct {
	Title  text.Multi        `json:"title" shape:"required,label,said"`
	Text   text.Multi        `json:"text,omitempty" shape:"long,said"`
	Source text.Multi        `json:"source,omitempty" shape:"said"` // by what it was asked: a letter, an agreed step
	For    Wanted            `json:"for" shape:"required,private"`
	To     []ref.Institution `json:"to" shape:"required,private"`
	Due    when.Date         `json:"due" shape:"required,private"`
	Of     string            `json:"of" shape:"private"` // the object it is about
	State  CallState         `json:"state" shape:"required,private"`
	Reason text.Multi        `json:"reason,omitempty" shape:"said"` // of the last extension, or of closing
}

// Calls is how calls are kept.
var Calls = &access.Kind[Call]{
	Name: "call", Table: "exchange_call", Version: 3,
	Columns: []string{"parent", "due"},
	Row:     func(c *Call) []any { return []any{c.Of, string(c.Due)} },
	Parts: []access.Part[Call]{{Table: "exchange_call_asked", Columns: []string{"institution"}, Rows: func(c *Call) (rows [][]any) {
		for _, i := range c.To {
			rows = append(rows, []any{string(i)})
		}
		return rows
	}}},
	Parent: func(c *Call) ref.ID { return c.Of },
	State:  func(c *Call) string { return string(c.State) },
	Sort:   func(c *Call) string { return c.Due.Sort() },
	Fill:   func(c *Call) { slices.Sort(c.To); c.To = slices.Compact(c.To) },
	Check:  checkCall,
	Guard:  guardCall,
	Allow:  allowCall,
	After: func(ctx context.Context, tx *db.Tx, who access.Actor, o *access.Object[Call]) error {
		return access.Within(ctx, tx, who, o.Header, inside)
	},
	Owes:   owed,
	Inside: inside,
	Part:   true,
	Asks: func(c *Call) (asked access.Audience) {
		for _, i := range c.To {
			if c.State == Open {
				asked = append(asked, access.InstitutionOf(i))
			}
		}
		return asked
	},
}

func checkCall(c *Call, faults *fault.Fields) {
	if !ref.Valid(c.Of) {
		faults.Add("of", c.Of, "fault.required")
	}
	if c.Due != "" && (c.Due.Precision() != when.Day || c.Due != c.Due.Bare()) {
		faults.Add("due", string(c.Due), "fault.call-day")
	}
}

// guardCall keeps what was asked of whom: the words may be mended and translated, the day is moved
// and the call closed by acts of their own, which alone say why.
func guardCall(old, new *access.Object[Call], act string) error {
	if old == nil {
		return nil
	}
	was, is := old.Value, new.Value
	switch act {
	case "call.edit", "translation.confirm", "translation.contest":
		if !was.Reason.SameWords(is.Reason) { // it is translated alone
			var f fault.Fields
			f.Add("reason", "", "fault.call-reason")
			return f.Err()
		}
		was.Title, was.Text, was.Source, was.Reason = is.Title, is.Text, is.Source, is.Reason
	case "call.extend":
		if was.State == Closed {
			return fault.New(fault.Conflict, "")
		}
		if !was.Due.Before(is.Due) {
			var f fault.Fields
			f.Add("due", string(is.Due), "fault.call-later", "due", string(was.Due))
			return f.Err()
		}
		was.Due, was.Reason = is.Due, is.Reason
	case "call.follow":
		if was.State == Closed {
			return fault.New(fault.Conflict, "")
		}
		was.Due, was.Reason = is.Due, is.Reason
	case "call.close":
		if was.State == Closed {
			return fault.New(fault.Conflict, "")
		}
		was.State, was.Reason = is.State, is.Reason
	}
	if len(shape.Diff(&was, &is)) > 0 {
		return fault.New(fault.Forbidden, "fault.fixed")
	}
	return nil
}

// allowCall keeps the words that somebody answered, in every language in which they stood, whatever those were
// called: what was said to others would be read as answered. They may be translated into a further language.
func allowCall(ctx context.Context, tx *db.Tx, _ access.Actor, p access.Proposal[Call]) error {
	if p.Old == nil {
		return nil
	}
	was, is := &p.Old.Value, &p.New.Value
	var f fault.Fields
	for _, t := range []struct {
		path     string
		was, now text.Multi
	}{{"title", was.Title, is.Title}, {"text", was.Text, is.Text}, {"source", was.Source, is.Source}, {"reason", was.Reason, is.Reason}} {
		if written := t.path == "reason" && p.Act != "call.edit"; !written && !keepsWords(t.was, t.now) {
			f.Add(t.path, "", "fault.call-answered")
		}
	}
	if len(f) == 0 {
		return nil
	}
	var a db.Args
	said, err := Statements.List(ctx, tx, access.Operator("call"), access.Select{
		Args: &a, Where: `t.call = ` + a.Add(p.Old.ID) + ` and o.state <> 'withdrawn'`, Limit: 1,
	})
	if err != nil || len(said) == 0 {
		return err
	}
	return f.Err()
}

// keepsWords says whether a text has all words in which it was shown, and no further original.
func keepsWords(was, now text.Multi) bool {
	if was.Empty() != now.Empty() || now.OriginalLang() != was.OriginalLang() {
		return false
	}
	for _, l := range was.Langs() {
		if now[l].Text != was[l].Text {
			return false
		}
	}
	for _, l := range now.Langs() {
		if now[l].Status == text.Original && was[l].Status != text.Original {
			return false
		}
	}
	return true
}

// Asked is a call about an object as it is made. With Wide, all read it who read the object;
// without, those who are asked and the project team.
type Asked struct {
	Title, Text, Source text.Multi
	For                 Wanted
	To                  []ref.Institution
	Due                 when.Date
	Wide                bool
}

// Ask asks institutions for something about an object: the act "call.create". Each must be able to
// read the object. It makes a duty for each.
func (s *Service) Ask(ctx context.Context, who access.Actor, of ref.ID, in Asked) (o access.Object[Call], err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := about(ctx, tx, who, of)
		if err != nil {
			return err
		}
		var f fault.Fields
		r, err := roster.Responding(ctx, tx, in.To...)
		if err != nil {
			return err
		}
		for _, i := range in.To {
			if _, err := sideOfReader(ctx, tx, p, i); fault.Is(err, fault.Invalid) {
				f.Add("to", string(i), "fault.statement-unseen")
			} else if err != nil {
				return err
			}
			if err := goesOn(ctx, tx, who, r, "to", i, &f); err != nil {
				return err
			}
		}
		today, err := roster.Today(ctx, tx)
		if err != nil {
			return err
		}
		if in.Due.Precision() == when.Day && in.Due.Before(today) {
			f.Add("due", string(in.Due), "fault.call-past")
		}
		if err := f.Err(); err != nil {
			return err
		}
		o = access.Object[Call]{Header: Readers(p), Value: Call{
			Title: in.Title, Text: in.Text, Source: in.Source, For: in.For, To: in.To, Due: in.Due, Of: p.ID, State: Open,
		}}
		o.Kind = Calls.Name
		if !in.Wide {
			o.Audience = access.NewAudience(access.TeamOf(o.Dialogue))
			for _, i := range in.To {
				o.Audience = access.NewAudience(append(o.Audience, access.InstitutionOf(i))...)
			}
		}
		if err := Calls.Save(ctx, tx, who, "call.create", &o, ""); err != nil {
			return err
		}
		if err := owe(ctx, tx, o, o.Value.To...); err != nil {
			return err
		}
		return tell(ctx, tx, who, notice.Duty, o, o.Value.To...)
	})
	return o, err
}

// goesOn refuses what was to be asked of, or entered for, an institution that has ended, and names who
// answers for it since.
func goesOn(ctx context.Context, tx *db.Tx, who access.Actor, r *roster.Respondents, field string, i ref.Institution, f *fault.Fields) error {
	e, err := r.Since(ctx, tx, who, i)
	if err == nil && e.Day != "" {
		key := "fault.institution-ended"
		if !e.Heir.Empty() {
			key = "fault.institution-succeeded"
		}
		f.Add(field, string(i), key, "date", e.Day, "name", e.Heir)
	}
	return err
}

// tell tells those who act for institutions what became of a call.
func tell(ctx context.Context, tx *db.Tx, who access.Actor, kind notice.Kind, o access.Object[Call], to ...ref.Institution) error {
	for _, i := range to {
		n := notice.New{Kind: kind, Object: o.ID, Detail: notice.Detail{Due: string(o.Value.Due)}}
		if err := notice.Tell(ctx, tx, who, access.InstitutionOf(i), n); err != nil {
			return err
		}
	}
	return nil
}

// owe writes down what institutions owe to a call. Where nobody is entered who could answer, who asks
// knows it: only who comes to be missing later is told.
func owe(ctx context.Context, tx *db.Tx, o access.Object[Call], to ...ref.Institution) error {
	r, err := roster.Responding(ctx, tx, to...)
	if err != nil {
		return err
	}
	for _, i := range to {
		d := access.Duty{Object: o.ID, Principal: access.InstitutionOf(i), Kind: o.Value.For.duty(), Due: o.Value.Due}
		if err := access.Owe(ctx, tx, d); err != nil {
			return err
		}
		if r.For(i).Vacant() {
			if err := access.NoteVacant(ctx, tx, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// Extend gives a call a later day, with a reason: the act "call.extend". It moves the duties that
// are open.
func (s *Service) Extend(ctx context.Context, who access.Actor, id ref.Call, rev int64, due when.Date, reason text.Multi) error {
	return s.changeCall(ctx, who, id, rev, "call.extend", reason, true, func(c *Call) { c.Due = due })
}

// Close ends a call: nothing is owed to it any more: the act "call.close".
func (s *Service) Close(ctx context.Context, who access.Actor, id ref.Call, rev int64, reason text.Multi) error {
	return s.changeCall(ctx, who, id, rev, "call.close", reason, false, func(c *Call) { c.State = Closed })
}

func (s *Service) changeCall(ctx context.Context, who access.Actor, id ref.Call, rev int64, act string, reason text.Multi, why bool, fn func(*Call)) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err := loadCall(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if err := access.May(who, act, o.Header); err != nil {
			return err
		}
		if why && reason.Empty() {
			var f fault.Fields
			f.Add("reason", "", "fault.required")
			return f.Err()
		}
		o.Rev = rev
		fn(&o.Value)
		o.Value.Reason = reason
		if err := Calls.Save(ctx, tx, who, act, &o, ""); err != nil {
			return err
		}
		if o.Value.State == Closed {
			return access.Drop(ctx, tx, o.ID, "", o.Value.For.duty())
		}
		return extend(ctx, tx, who, o, "")
	})
}

// extend moves the duties of a call that are open and end before its day, or on the day it had
// before, to its day: one institution alone may have been given a later one, which it keeps. Who can
// answer no longer is told nothing of it.
func extend(ctx context.Context, tx *db.Tx, who access.Actor, o access.Object[Call], before when.Date) error {
	ds, err := access.DutiesOn(ctx, tx, access.Operator("call"), o.ID)
	if err != nil {
		return err
	}
	r, err := roster.Responding(ctx, tx, o.Value.To...)
	if err != nil {
		return err
	}
	for _, d := range ds {
		if d.Done != "" || d.Kind != o.Value.For.duty() || d.Due != before && !d.Due.Before(o.Value.Due) {
			continue
		}
		to := ref.Institution(d.Principal.ID())
		d.Due = o.Value.Due
		if err := access.Owe(ctx, tx, d); err != nil {
			return err
		}
		why, err := r.Hindered(ctx, tx, to, o.Audience)
		if err != nil {
			return err
		}
		if why != roster.Unhindered {
			continue
		}
		if err := tell(ctx, tx, who, notice.Extended, o, to); err != nil {
			return err
		}
	}
	return nil
}

// loadCall gives a call that the actor may read, with the object it is about: both, or NotFound. Whose
// institution asked keeps it without the object.
func loadCall(ctx context.Context, tx *db.Tx, who access.Actor, id ref.Call) (access.Object[Call], error) {
	o, err := Calls.Load(ctx, tx, who, ref.ID(id))
	if err != nil {
		return o, err
	}
	_, _, err = access.WholeOf(ctx, tx, who, o.Header)
	return o, err
}

// asked gives the institutions of the call for which another one spoke when it said something: itself, and
// those that it had succeeded by the day of that time. One answer is enough for all of them.
func asked(ctx context.Context, tx *db.Tx, c *Call, i ref.Institution, made string) ([]ref.Institution, error) {
	if len(c.To) == 1 && c.To[0] == i {
		return []ref.Institution{i}, nil
	}
	zone, err := access.Zone(ctx, tx)
	if err != nil {
		return nil, err
	}
	line, err := roster.Succeeded(ctx, tx, i, dayIn(zone, made))
	return slices.DeleteFunc(line, func(i ref.Institution) bool { return !slices.Contains(c.To, i) }), err
}

// answer refuses a statement that answers a call which does not ask its institution, or about
// something else, or that is closed, or that stood otherwise when it was read, or held something else. It
// gives those in whose place the institution answers.
func answer(ctx context.Context, tx *db.Tx, who access.Actor, v *Statement, in Said) ([]ref.Institution, error) {
	if v.Call == "" {
		return nil, nil
	}
	o, err := loadCall(ctx, tx, who, v.Call)
	if err != nil {
		return nil, err
	}
	is, err := asked(ctx, tx, &o.Value, v.Institution, v.Made)
	if err != nil {
		return nil, err
	}
	if len(is) == 0 || o.Value.Of != v.Of || o.Value.State == Closed {
		var f fault.Fields
		f.Add("call", string(v.Call), "fault.call-other")
		return nil, f.Err()
	}
	return others(is, v.Institution), stands(ctx, tx, who, o.Header, in.Asked, in.Annexed)
}

// others gives the institutions but for one.
func others(is []ref.Institution, but ref.Institution) []ref.Institution {
	return slices.DeleteFunc(is, func(i ref.Institution) bool { return i == but })
}

// settle makes what is owed to the statement's call agree with what was said: done where a
// statement of the right sort counts, open again where none does any more.
func settle(ctx context.Context, tx *db.Tx, v *Statement) error {
	if v.Call == "" {
		return nil
	}
	node := access.Operator("call")
	o, err := Calls.Load(ctx, tx, node, ref.ID(v.Call))
	if fault.Is(err, fault.NotFound) || err == nil && o.Value.State == Closed {
		return nil
	}
	if err != nil {
		return err
	}
	is, err := asked(ctx, tx, &o.Value, v.Institution, v.Made)
	if err != nil {
		return err
	}
	said, err := answers(ctx, tx, node, o)
	if err != nil {
		return err
	}
	ds, err := access.DutiesOn(ctx, tx, node, o.ID)
	if err != nil {
		return err
	}
	for _, i := range is {
		open := slices.ContainsFunc(ds, func(d access.Duty) bool {
			return d.Done == "" && d.Principal == access.InstitutionOf(i) && d.Kind == o.Value.For.duty()
		})
		switch {
		case said[i] != "":
			err = access.Settle(ctx, tx, o.ID, access.InstitutionOf(i), o.Value.For.duty())
		case !open: // what is open keeps the day that it alone may have been given
			err = owe(ctx, tx, o, i)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
