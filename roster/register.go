package roster

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/when"
)

// The entries of sides, institutions and people are what everybody's words, posts and admissions name. So
// nobody takes one away that something hangs on, and nobody closes one to those who count as it.

// openToDialogue refuses readers of a side or an institution among whom the dialogue is not: its people
// could neither speak nor let anybody in, and what it said would stand under no name. An operator's import
// stays able to.
func openToDialogue[T any](who access.Actor, c access.Proposal[T], f *fault.Fields) {
	is := c.New.Audience.Has(access.Anyone) || c.New.Audience.Has(access.DialogueOf(c.New.Dialogue))
	if is || who.IsOperator() || c.Old != nil && slices.Equal(c.Old.Audience, c.New.Audience) {
		return
	}
	f.Add("audience", "", "fault.register-open")
}

// openToOwn refuses readers of a person's entry among whom an institution is not at which the person has
// a post, or will have: its people could neither name nor shut out whom they work with, nor the person
// act. What stood so before may stay, and an operator's import stays able to.
func openToOwn(who access.Actor, c access.Proposal[Person], today when.Date, f *fault.Fields) {
	if who.IsOperator() {
		return
	}
	var before []ref.Institution
	if c.Old != nil {
		before = closedTo(c.Old, today)
	}
	for _, i := range closedTo(c.New, today) {
		if !slices.Contains(before, i) {
			f.Add("audience", string(i), "fault.person-open")
			return
		}
	}
}

// closedTo gives the institutions at which a person has a post, or will have, and that do not read the entry.
func closedTo(o *access.Object[Person], today when.Date) (out []ref.Institution) {
	if o.Audience.Has(access.Anyone) || o.Audience.Has(access.DialogueOf(o.Dialogue)) {
		return nil
	}
	for _, q := range o.Value.Posts {
		if !q.Over(today) && !o.Audience.Has(access.InstitutionOf(q.Institution)) {
			out = append(out, q.Institution)
		}
	}
	return out
}

// unnamedSide refuses to remove a side that an institution names, or that anything said, let in or kept
// inside names: the whole side would be silent, and nobody could bring it back.
func unnamedSide(ctx context.Context, tx *db.Tx, id ref.ID) error {
	return stays(ctx, tx, "fault.side-named", `select (select count(*) from link l join object o on o.id = l.from_id where l.to_id = $1
		and (o.kind = 'institution' and o.tombstone = '' or o.kind in ('statement', 'admission')))
		+ (select count(*) from object o where o.room = $1) -- roster.unnamedSide`, id)
}

// idleInstitution refuses to remove an institution at which somebody has a post, or will have: its people
// would go on reading and speaking for what nobody finds. And one that said anything, let anybody in or
// owns anything: its name stands there. And one that another succeeds, or that succeeds another: by that
// somebody counts as it, and nobody could see or mend it any more. It is ended, or they are moved, which
// they are told.
func idleInstitution(ctx context.Context, tx *db.Tx, id ref.ID) error {
	today, err := Today(ctx, tx)
	if err != nil {
		return err
	}
	return cmp.Or(stays(ctx, tx, "fault.institution-people", `select count(distinct o.id) from roster_post p join object o on o.id = p.id and o.tombstone = ''
		where p.institution = $1 and (p.until_day = '' or p.until_day >= $2) -- roster.idleInstitution`, id, today),
		stays(ctx, tx, "fault.institution-words", `select (select count(*) from object o where o.owner = $1 and o.id <> $1)
			+ (select count(*) from link l join object o on o.id = l.from_id where l.to_id = $1 and o.owner <> $1 and o.kind in ('statement', 'admission')) -- roster.idleInstitution`, id),
		stays(ctx, tx, "fault.institution-succession", `select count(*) from roster_succession s where s.id = $1 or s.successor = $1 -- roster.idleInstitution`, id))
}

// stays refuses a removal where the query counts anything.
func stays(ctx context.Context, tx *db.Tx, why, query string, args ...any) error {
	var n int
	err := tx.QueryRow(ctx, query, args...).Scan(&n)
	var f fault.Fields
	if n > 0 {
		f.Add("reason", "", why, "n", n)
	}
	return cmp.Or(err, f.Err())
}

// begunAlike refuses two standings that begin on the same day: of these nobody could tell which counts.
func begunAlike(i *Institution, f *fault.Fields) {
	seen := map[string]bool{}
	for n, p := range i.Standings {
		if day := firstDay(p.From); seen[day] {
			f.Add("standings."+strconv.Itoa(n)+".from", string(p.From), "fault.standing-day")
		} else {
			seen[day] = true
		}
	}
}

// later says whether a standing counts before another on a day that both cover: the one that began last,
// and of those that began together, as they once could be entered, the one that SQL takes (standingOrder).
func (p Period) later(q Period) bool {
	return cmp.Or(cmp.Compare(firstDay(p.From), firstDay(q.From)), cmp.Compare(q.As, p.As), cmp.Compare(q.Side, p.Side)) > 0
}

// standingOrder puts the rows of roster_standing that cover a day in the order in which they count.
func standingOrder(t string) string {
	return ` order by ` + t + `.from_day desc, ` + t + `.standing, ` + t + `.side limit 1`
}
