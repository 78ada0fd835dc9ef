package exchange

import (
	"context"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/roster"
)

// CallView is a call as a reader finds it.
type CallView struct {
	access.Object[Call]
	Said  map[ref.Institution]ref.Statement // by whom it was answered, as far as the reader may read that
	Mine  ref.Institution                   // which of those asked the reader answers for, and has not; "" none
	Open  map[ref.Institution]Awaited       // of an open call: those that have not answered
	Knows bool                              // the reader may know why somebody cannot answer: it asked, or is the project team
}

// Awaited is one that was asked and has not answered.
type Awaited struct {
	roster.Respondent
	Why roster.Hindrance // to who may know it
}

// Idle says whether nobody can do what was asked, so that it waits for nobody.
func (a Awaited) Idle() bool { return a.Why == roster.HasEnded || a.Why == roster.Unseen }

// answers gives for each institution that was asked the newest statement that answers the call.
func answers(ctx context.Context, tx *db.Tx, who access.Actor, o access.Object[Call]) (map[ref.Institution]ref.Statement, error) {
	var a db.Args
	list, err := Statements.List(ctx, tx, who, access.Select{
		Args: &a, Where: `t.call = ` + a.Add(o.ID) + ` and t.sort = ` + a.Add(string(o.Value.For)) + ` and o.state not in ('withdrawn', 'contested')`,
		Order: `o.id`, Limit: mostAnswers,
	})
	if err != nil {
		return nil, err
	}
	out := map[ref.Institution]ref.Statement{}
	for _, s := range list {
		is, err := asked(ctx, tx, &o.Value, s.Value.Institution, s.Value.Made)
		if err != nil {
			return nil, err
		}
		for _, i := range is {
			out[i] = ref.Statement(s.ID)
		}
	}
	return out, nil
}

// mostAnswers bounds the statements of one call that are read.
const mostAnswers = 1000

// Call gives one, or NotFound to who may not read it or what it is about.
func (s *Service) Call(ctx context.Context, who access.Actor, id ref.Call) (v CallView, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err := loadCall(ctx, tx, who, id)
		if err != nil {
			return err
		}
		vs, err := callViews(ctx, tx, who, o.Value.Of, o)
		if err == nil {
			v = vs[0]
		}
		return err
	})
	return v, err
}

// callViews gives calls about an object as the reader finds them. Who answers, and why nobody can, is
// found at each reading: the duties stay as the acts made them, and what was narrowed or ended counts
// from that day, and until it is widened again.
func callViews(ctx context.Context, tx *db.Tx, who access.Actor, of ref.ID, list ...access.Object[Call]) (out []CallView, err error) {
	var to []ref.Institution
	var ids []ref.ID
	for _, o := range list {
		if o.Value.State == Open {
			to, ids = append(to, o.Value.To...), append(ids, o.ID)
		}
	}
	r, err := roster.Responding(ctx, tx, to...)
	if err != nil {
		return nil, err
	}
	whole, err := access.Find(ctx, tx, access.Operator("call"), of)
	if err != nil && !fault.Is(err, fault.NotFound) { // of one that was removed who asked keeps the call
		return nil, err
	}
	readers, err := access.Audiences(ctx, tx, who, ids...)
	if err != nil {
		return nil, err
	}
	for _, o := range list {
		v := CallView{Object: o, Open: map[ref.Institution]Awaited{}, Knows: access.May(who, "call.extend", o.Header) == nil}
		if v.Said, err = answers(ctx, tx, who, o); err != nil {
			return nil, err
		}
		by, err := access.MadeBy(ctx, tx, o.ID)
		if err != nil {
			return nil, err
		}
		v.Knows = v.Knows || who.SignedIn() && by.Person == ref.ID(who.Person)
		for _, i := range o.Value.To {
			if v.Said[i] != "" || o.Value.State != Open {
				continue
			}
			if slices.Contains(who.Owing(), access.InstitutionOf(i)) {
				v.Mine = i
			}
			a := Awaited{Respondent: r.For(i)}
			if v.Knows {
				open := []access.Audience{readers[o.ID]}
				if whole.ID != "" {
					open = append(open, whole.Audience)
				}
				if a.Why, err = r.Hindered(ctx, tx, i, open...); err != nil {
					return nil, err
				}
			}
			v.Open[i] = a
		}
		out = append(out, v)
	}
	return out, nil
}

// CallsOn gives the calls about an object that the reader may read, the open ones first, by their
// day, at most limit.
func (s *Service) CallsOn(ctx context.Context, who access.Actor, of ref.ID, limit int) (out []CallView, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := access.Find(ctx, tx, who, of); err != nil {
			return err
		}
		var a db.Args
		list, err := Calls.List(ctx, tx, who, access.Select{
			Args: &a, Where: `t.parent = ` + a.Add(of), Order: `case when o.state = 'open' then 0 else 1 end, t.due, o.id`, Limit: limit,
		})
		if err != nil {
			return err
		}
		out, err = callViews(ctx, tx, who, of, list...)
		return err
	})
	return out, err
}

// Askable gives those among institutions whose people may read an object today: who can be asked
// about it, and on whose behalf something can be entered.
func (s *Service) Askable(ctx context.Context, who access.Actor, of ref.ID, among []ref.Institution) (out map[ref.Institution]bool, err error) {
	out = map[ref.Institution]bool{}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := about(ctx, tx, who, of)
		if err != nil {
			return err
		}
		all := p.Audience.Has(access.Anyone) || p.Audience.Has(access.DialogueOf(p.Dialogue))
		for _, i := range among {
			if all {
				out[i] = true
				continue
			}
			if _, err := sideOfReader(ctx, tx, p, i); err == nil {
				out[i] = true
			} else if !fault.Is(err, fault.Invalid) {
				return err
			}
		}
		return nil
	})
	return out, err
}
