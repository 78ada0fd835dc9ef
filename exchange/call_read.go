package exchange

import (
	"context"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
)

// CallView is a call as a reader finds it.
type CallView struct {
	access.Object[Call]
	Said map[ref.Institution]ref.Statement // by whom it was answered, as far as the reader may read that
	Mine ref.Institution                   // which of those asked the reader speaks for; "" none
}

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
		i, err := asked(ctx, tx, &o.Value, s.Value.Institution)
		if err != nil {
			return nil, err
		}
		if i != "" {
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
		v, err = callView(ctx, tx, who, o)
		return err
	})
	return v, err
}

func callView(ctx context.Context, tx *db.Tx, who access.Actor, o access.Object[Call]) (v CallView, err error) {
	v.Object = o
	for _, i := range o.Value.To {
		if who.SpeaksFor(ref.ID(i)) {
			v.Mine = i
		}
	}
	v.Said, err = answers(ctx, tx, who, o)
	return v, err
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
		for _, o := range list {
			v, err := callView(ctx, tx, who, o)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
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
