package ledger

import (
	"context"
	"errors"

	"entente/internal/db"
	"entente/internal/fault"
)

// ErrUnlike is the refusal of a database that does not contain the log that was published.
var ErrUnlike = errors.New("the database does not contain the log that was published")

// FaultDiffers is the message of an act that is refused because the log is not as it was written.
const FaultDiffers = "fault.log-differs"

// Witnessed gives ErrUnlike where the log in the database is neither that of a published checkpoint
// nor has grown from it: an older copy was put back, it is another node's, or it was changed.
func Witnessed(ctx context.Context, tx *db.Tx, signed, public string) error {
	c, err := ParseCheckpoint(signed, public)
	if err != nil {
		return err
	}
	return c.witnesses(ctx, tx)
}

func (c Checkpoint) witnesses(ctx context.Context, tx *db.Tx) error {
	same, err := Extends(ctx, tx, c)
	if d := (difference{}); errors.As(err, &d) || err == nil && !same {
		return errors.Join(ErrUnlike, err)
	}
	return err
}

// watched refuses to sign anything in a log that is not the one that was published: by the node's own
// signature a change of it would be excused. Nothing more is written then. What is no checkpoint by the
// key says nothing about the log; the node tells of it.
func watched(ctx context.Context, tx *db.Tx, public string, told func()) error {
	for _, signed := range tx.Published() {
		c, err := ParseCheckpoint(signed, public)
		if err != nil {
			continue
		}
		if err = c.witnesses(ctx, tx); errors.Is(err, ErrUnlike) {
			tx.Stop(err)
			if told != nil {
				told()
			}
			return tx.Fail(unlike(err))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func unlike(why error) error {
	f := fault.New(fault.Unavailable, FaultDiffers)
	f.Cause = why
	return f
}
