package exchange

import (
	"context"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// followLimit bounds how many calls about one object are open.
const followLimit = 500

// OpenOn gives the open calls about some objects that the actor may read, the next due first.
func (s *Service) OpenOn(ctx context.Context, who access.Actor, of ...ref.ID) (out []access.Object[Call], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		out, err = openOn(ctx, tx, who, of...)
		return err
	})
	return out, err
}

func openOn(ctx context.Context, tx *db.Tx, who access.Actor, of ...ref.ID) ([]access.Object[Call], error) {
	var a db.Args
	return Calls.List(ctx, tx, who, access.Select{
		Args: &a, Where: `t.parent in ` + db.In(&a, of) + ` and o.state = 'open'`, Order: `t.due, o.id`, Limit: followLimit * len(of),
	})
}

// Follow gives the open calls about an object that was moved the days that move says, with the
// reason: the act "call.follow". What move leaves as it is stays. The duties that are open move
// along, and who owes them is told. It gives how many calls moved.
func (s *Service) Follow(ctx context.Context, who access.Actor, of ref.ID, move func(when.Date) when.Date, reason text.Multi) (n int, err error) {
	return n, s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err := openOn(ctx, tx, who, of)
		if err != nil {
			return err
		}
		for _, o := range list {
			before := o.Value.Due
			to := move(before)
			if to == before {
				continue
			}
			o.Value.Due, o.Value.Reason = to, reason
			if err := Calls.Save(ctx, tx, who, "call.follow", &o, ""); err != nil {
				return err
			}
			if err := extend(ctx, tx, who, o, before); err != nil {
				return err
			}
			n++
		}
		return nil
	})
}
