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
	all, err := everWritten(ctx, tx, Institutions, i)
	return slices.ContainsFunc(all, func(o *Institution) bool { return len(o.Successors) > 0 }), err
}
