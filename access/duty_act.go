package access

import (
	"context"
	"strings"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/ledger"
)

// ExtendDuty moves the deadline of an open duty further, with a reason: the act "duty.extend", of
// those to whom the duty is owed. from is the deadline that was seen; Conflict when it is another
// by now. NotFound, Forbidden and Invalid with fields as everywhere.
func (s *Objects) ExtendDuty(ctx context.Context, who Actor, id ref.ID, from, to when.Date, reason string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		d, h, err := dutyFor(ctx, tx, who, id, extendAct)
		if err != nil {
			return err
		}
		if !who.IsOperator() && !d.OwedTo(who) {
			return fault.New(fault.Forbidden, "fault.duty-asker")
		}
		if d.Due != from {
			return fault.New(fault.Conflict, "")
		}
		today, err := Today(ctx, tx)
		if err != nil {
			return err
		}
		var f fault.Fields
		reason = strings.TrimSpace(reason)
		if reason == "" {
			f.Add("reason", "", "fault.required")
		}
		switch {
		case to == "":
			f.Add("due", "", "fault.required")
		case to.Precision() != when.Day || to != to.Bare():
			f.Add("due", string(to), "fault.day")
		case !d.Due.Before(to) || to.Before(today):
			f.Add("due", string(to), "fault.duty-later", "due", string(d.Due))
		}
		if err := f.Err(); err != nil {
			return err
		}
		if err := tallied(ctx, tx, d.Object, func() error {
			_, err := tx.Exec(ctx, `update duty set due = $2, was = $3, reason = $4 where id = $1 -- access.ExtendDuty`, id, to, d.Due, reason)
			return err
		}); err != nil {
			return err
		}
		return noteDuty(ctx, tx, who.inPlaceOfParty(d.Asker), h, d, extendAct, extended(d.Due, to, reason))
	})
}

// SetDrafter says which person of those who owe a duty works on it, or nobody when p is empty:
// the act "duty.drafter", of those who owe it. Whether the person belongs to them is for the
// caller, who knows posts.
func SetDrafter(ctx context.Context, tx *db.Tx, who Actor, id ref.ID, p ref.Person) error {
	d, h, err := dutyFor(ctx, tx, who, id, "duty.drafter")
	if err != nil {
		return err
	}
	if !d.OwedBy(who) {
		return fault.New(fault.Forbidden, "")
	}
	if d.Drafter == p {
		return nil
	}
	if _, err := tx.Exec(ctx, `update duty set drafter = $2 where id = $1 -- access.SetDrafter`, id, p); err != nil {
		return err
	}
	return noteDuty(ctx, tx, who.inPlaceOfParty(d.Principal), h, d, "duty.drafter", "")
}

// dutyFor finds an open duty for an act, and the header of its object.
func dutyFor(ctx context.Context, tx *db.Tx, who Actor, id ref.ID, act string) (d Duty, h Header, err error) {
	if d, err = FindDuty(ctx, tx, who, id); err != nil {
		return d, h, err
	}
	if h, err = Find(ctx, tx, who, d.Object); err != nil {
		return d, h, err
	}
	if err = May(who, act, h); err == nil && d.Done != "" {
		err = fault.New(fault.Conflict, "fault.duty-done")
	}
	return d, h, err
}

// inPlaceOfParty gives the actor as it acts for one who owes a duty or to whom it is owed: for one that
// the own institution succeeded, the ledger says so.
func (a Actor) inPlaceOfParty(p Principal) Actor {
	if i := ref.Institution(p.ID()); p.Kind() == "institution" && i != a.Institution && a.SpeaksFor(p.ID()) {
		return a.InPlaceOf(i)
	}
	return a
}

// extendAct is the act by which one deadline moves.
const extendAct = "duty.extend"

// extended is what its entry says.
func extended(from, to when.Date, reason string) string {
	return string(from) + " → " + string(to) + ": " + reason
}

func noteDuty(ctx context.Context, tx *db.Tx, who Actor, h Header, d Duty, act, reason string) error {
	_, err := ledger.Append(ctx, tx, who.By(), ledger.Act{Name: act, Dialogue: ref.ID(h.Dialogue), Object: h.ID, Part: d.ID, Reason: reason}, nil)
	return err
}
