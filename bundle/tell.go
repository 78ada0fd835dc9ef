package bundle

import (
	"context"
	"strings"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/notice"
	"entente/roster"
)

// ExtendDuty moves a deadline and tells those who owe the duty: access.Objects.ExtendDuty and a
// notice, in one transaction.
func ExtendDuty(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, from, to when.Date, reason string) error {
	return d.Together(ctx, func(ctx context.Context) error {
		if err := objects.ExtendDuty(ctx, who, id, from, to, reason); err != nil {
			return err
		}
		return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			y, err := access.FindDuty(ctx, tx, who, id)
			if err != nil {
				return err
			}
			return notice.Tell(ctx, tx, who, y.Principal, notice.New{
				Kind: notice.Extended, Object: y.Object, Detail: notice.Detail{Duty: y.ID, Due: string(y.Due)},
			})
		})
	})
}

// Remind puts down a notice for everybody who is to be reminded of a duty on a day, each stage
// once. The translations that somebody owes are one notice a day, however many there are. It gives
// false when there may be more: whoever calls goes on in another transaction.
func Remind(ctx context.Context, tx *db.Tx, day when.Date) (all bool, err error) {
	list, err := access.Reminders(ctx, tx, day)
	if err != nil {
		return false, err
	}
	node := access.Operator("schedule")
	if err := notice.TellVacant(ctx, tx, node); err != nil {
		return false, err
	}
	at, readers, wholes, err := answering(ctx, tx, node, list)
	if err != nil {
		return false, err
	}
	once := map[string]bool{}
	translations := map[access.Principal]bool{}
	for _, r := range list {
		if r.Principal.Kind() == "institution" {
			i := ref.Institution(r.Principal.ID())
			open := []access.Audience{readers[r.Object]}
			if whole, ok := wholes[r.Object]; ok && r.Kind != access.DutyTranslate {
				open = append(open, whole)
			}
			why, err := at.Hindered(ctx, tx, i, open...)
			if err != nil {
				return false, err
			}
			// What an institution owes for itself and for one that it succeeded, it is reminded of once.
			key := strings.Join([]string{string(at.For(i).Institution), r.Object, r.Kind, r.Detail}, " ")
			if why == roster.HasEnded || why == roster.Unseen || once[key] {
				continue
			}
			once[key] = true
		}
		n := notice.New{Kind: notice.Reminder, Object: r.Object, Detail: notice.Detail{What: stage(r.Stage), Duty: r.ID, Due: string(r.Due)}}
		if r.Kind == access.DutyTranslate {
			if translations[r.Principal] {
				continue
			}
			translations[r.Principal] = true
			n.Object, n.Detail = "", notice.Detail{What: "translations"}
		}
		if err := notice.Tell(ctx, tx, node, r.Principal, n); err != nil {
			return false, err
		}
	}
	return len(list) == 0, nil
}

// answering finds who answers for those who are to be reminded, and who reads what they owe and what
// that is part of.
func answering(ctx context.Context, tx *db.Tx, node access.Actor, list []access.Reminder) (at *roster.Respondents, readers, wholes map[ref.ID]access.Audience, err error) {
	var to []ref.Institution
	var about []ref.ID
	for _, r := range list {
		if r.Principal.Kind() == "institution" {
			to, about = append(to, ref.Institution(r.Principal.ID())), append(about, r.Object)
		}
	}
	if at, err = roster.Responding(ctx, tx, to...); err != nil {
		return nil, nil, nil, err
	}
	if readers, err = access.Audiences(ctx, tx, node, about...); err != nil {
		return nil, nil, nil, err
	}
	wholes, err = access.Wholes(ctx, tx, node, about...)
	return at, readers, wholes, err
}

// stage is a reminder's stage in the word of a notice.
func stage(s string) string {
	switch before, _, _ := strings.Cut(s, "-"); before {
	case "before", "after":
		return before
	}
	return "at"
}
