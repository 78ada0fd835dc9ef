package bundle

import (
	"context"
	"strings"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/notice"
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
	translations := map[access.Principal]bool{}
	for _, r := range list {
		n := notice.New{Kind: notice.Reminder, Object: r.Object, Detail: notice.Detail{What: stage(r.Stage), Duty: r.ID, Due: string(r.Due)}}
		if r.Kind == access.DutyTranslate {
			if translations[r.Principal] {
				continue
			}
			translations[r.Principal] = true
			n.Object, n.Detail = "", notice.Detail{What: "translations"}
		}
		if err := notice.Tell(ctx, tx, access.Operator("schedule"), r.Principal, n); err != nil {
			return false, err
		}
	}
	return len(list) == 0, nil
}

// stage is a reminder's stage in the word of a notice.
func stage(s string) string {
	switch before, _, _ := strings.Cut(s, "-"); before {
	case "before", "after":
		return before
	}
	return "at"
}
