package access

import (
	"context"
	"database/sql"

	"entente/internal/db"
	"entente/internal/ref"
)

// vacantStage is how it is noted beside a duty's reminders, under no deadline, that who asked knows that
// nobody is entered who could do it.
const vacantStage = "nobody"

// Vacancy is an open duty of an institution that another one asked for, and whether who asked knows that
// nobody is entered who could do it.
type Vacancy struct {
	Duty
	Told bool
}

// Vacancies gives all such duties. Who answers for an institution is for the caller, who knows posts.
func Vacancies(ctx context.Context, tx *db.Tx) ([]Vacancy, error) {
	return db.Collect(ctx, tx, func(r *sql.Rows) (v Vacancy, err error) {
		err = r.Scan(append(v.fields(), &v.Told)...)
		return v, err
	}, `select `+dutyColumns+`, exists (select 1 from duty_reminder m where m.duty = y.id and m.due = '' and m.stage = $1) from duty y
		where y.done = '' and y.principal >= 'institution:' and y.principal < 'institution;' and y.asker <> y.principal order by y.principal, y.asker, y.due, y.id -- access.Vacancies`, vacantStage)
}

// NoteVacant notes of an open duty that who asked knows that nobody could do it.
func NoteVacant(ctx context.Context, tx *db.Tx, d Duty) error {
	today, err := Today(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into duty_reminder (duty, due, stage, day) select y.id, '', $5, $6 from duty y
		where y.object = $1 and y.principal = $2 and y.kind = $3 and y.detail = $4 and y.done = '' on conflict (duty, due, stage) do nothing -- access.NoteVacant`,
		d.Object, d.Principal, d.Kind, d.Detail, vacantStage, today)
	return err
}

// Filled takes the note back: somebody is entered again.
func Filled(ctx context.Context, tx *db.Tx, id ref.ID) error {
	_, err := tx.Exec(ctx, `delete from duty_reminder where duty = $1 and due = '' and stage = $2 -- access.Filled`, id, vacantStage)
	return err
}
