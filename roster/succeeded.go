package roster

import (
	"context"
	"slices"

	"entente/internal/db"
	"entente/internal/ref"
)

// EverSucceeded says whether any revision of an institution names a successor: what one of them did in
// its time stays done, though the register was corrected since.
func EverSucceeded(ctx context.Context, tx *db.Tx, i ref.Institution) (bool, error) {
	bodies, err := db.Collect(ctx, tx, db.One[[]byte], `select body from revision where object = $1 and body is not null -- roster.EverSucceeded`, i)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(bodies, func(b []byte) bool {
		_, v, err := Institutions.Decode(b)
		o, ok := v.(*Institution)
		return err == nil && ok && len(o.Successors) > 0
	}), nil
}
