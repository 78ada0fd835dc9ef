package roster

import (
	"context"
	"database/sql"

	"entente/internal/db"
	"entente/internal/ref"
)

// Successions is who succeeded whom as the register said it at every time: what an institution did in
// its time stays done, though the register was corrected since.
type Successions map[ref.Institution][]registered

// registered is a revision of an institution, from when it stood; nil where it was erased.
type registered struct {
	from  string
	value *Institution
}

// AllSuccessions reads them, of all institutions at once.
func AllSuccessions(ctx context.Context, tx *db.Tx) (Successions, error) {
	out := Successions{}
	rows, err := tx.Query(ctx, `select r.object, r.body from roster_institution i join revision r on r.object = i.id order by r.object, r.rev -- roster.AllSuccessions`)
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id ref.Institution
		var body []byte
		err := r.Scan(&id, &body)
		if err != nil || body == nil {
			out[id] = append(out[id], registered{})
			return struct{}{}, err
		}
		h, v, err := Institutions.Decode(body)
		i, _ := v.(*Institution)
		out[id] = append(out[id], registered{h.ChangedAt, i})
		return struct{}{}, err
	})
	return out, err
}

// Counted says whether by the register of a time one institution may have counted as another for what it
// said on a day: by succession, directly or over others. Sides, which can only end that, are not looked
// at. Without a time it is any; what was erased may have said it.
func (s Successions) Counted(heir, as ref.Institution, at, day string) bool {
	seen := map[ref.Institution]bool{}
	var leads func(i ref.Institution) bool
	leads = func(i ref.Institution) bool {
		if i == heir || seen[i] {
			return i == heir
		}
		seen[i] = true
		for n, rev := range s[i] {
			next := n+1 < len(s[i]) && s[i][n+1].value != nil && s[i][n+1].from < at
			switch {
			case rev.value == nil:
				return true
			case at != "" && (rev.from > at || next): // it stood later, or no longer
				continue
			}
			for _, x := range rev.value.Successors {
				if rev.value.inheritedFrom(x) <= day && leads(x.Institution) {
					return true
				}
			}
		}
		return false
	}
	return leads(as)
}

// InnerRoom gives the side inside which an institution has a room, also where it has ended since: the
// only one on which it ever stood; "" where there is none.
func InnerRoom(ctx context.Context, tx *db.Tx, i ref.Institution) (ref.Side, error) {
	sides, err := sidesEver(ctx, tx, i)
	if err != nil || len(sides) != 1 {
		return "", err
	}
	return sides[0], nil
}

// Heirs gives the successors that the register names for an institution, in one matter or in all, now or
// later.
func Heirs(ctx context.Context, tx *db.Tx, i ref.Institution) ([]ref.Institution, error) {
	return db.Collect(ctx, tx, db.One[ref.Institution], `select distinct successor from roster_succession where id = $1 order by successor -- roster.Heirs`, i)
}
