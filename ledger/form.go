package ledger

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"entente/internal/db"
	"entente/internal/ref"
)

// FormLasts is how long a form can be sent after it was given out; what became of it is known
// for longer.
const FormLasts = 7 * 24 * time.Hour

// ErrSent says that the form was sent before and has acted; nothing was done.
var ErrSent = errors.New("ledger: the form was sent before")

// Sent is a form as one request sends it. The first entry that is written with it takes the form,
// in the transaction of its act: whoever sends the form again, at the same instant or on another
// process, finds it taken.
type Sent struct {
	Form    string // the form's own id
	Request string // no two requests have the same
	Digest  string // of what was sent

	tx *db.Tx // in which it is taken
}

// sentKey finds the form that a context carries.
type sentKey struct{}

// With gives a context by which acts take the form.
func (f *Sent) With(ctx context.Context) context.Context { return context.WithValue(ctx, sentKey{}, f) }

// take takes the form of the context for the act that is about to be written.
func take(ctx context.Context, tx *db.Tx, object ref.ID) error {
	f, ok := ctx.Value(sentKey{}).(*Sent)
	if !ok || f.tx == tx {
		return nil
	}
	// A further act of the same request changes nothing and is let through.
	r, err := tx.Exec(ctx, `insert into form (id, request, digest, object, answer, at) values ($1, $2, $3, $4, '', $5)
		on conflict (id) do update set id = excluded.id where form.request = excluded.request -- ledger.take`,
		f.Form, f.Request, f.Digest, object, db.Stamp(tx.Now()))
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return tx.Fail(errors.Join(err, ErrSent))
	}
	f.tx = tx
	return nil
}

// Taken is what became of a form that has acted.
type Taken struct {
	Sent
	Object ref.ID
	Answer string
}

// FormTaken gives what became of a form; ok is false where it has not acted.
func FormTaken(ctx context.Context, tx *db.Tx, form string) (t Taken, ok bool, err error) {
	t.Form = form
	err = tx.QueryRow(ctx, `select request, digest, object, answer from form where id = $1 -- ledger.FormTaken`, form).
		Scan(&t.Request, &t.Digest, &t.Object, &t.Answer)
	if errors.Is(err, sql.ErrNoRows) {
		return t, false, nil
	}
	return t, err == nil, err
}

// Answered notes where the form led. A form that has not acted is not noted.
func (f *Sent) Answered(ctx context.Context, tx *db.Tx, address string) error {
	_, err := tx.Exec(ctx, `update form set answer = $1 where id = $2 and request = $3 -- ledger.Answered`, address, f.Form, f.Request)
	return err
}

// Clean deletes what is known of forms that are too old to be taken.
func Clean(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `delete from form where at < $1 -- ledger.Clean`, db.Stamp(tx.Now().Add(-2*FormLasts)))
	return err
}
