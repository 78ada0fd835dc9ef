package account

import (
	"context"
	"database/sql"

	"entente/internal/db"
	"entente/internal/ref"
	"entente/notice"
)

// What was begun with a secret waits for another, and is no session: a sign-in whose code is awaited, and
// a change of the address for letters that nobody has confirmed. Whoever ends what was made with a
// secret ends these too: the address would get letters in the person's place.

// dropPending ends them, and says how many there were.
func dropPending(ctx context.Context, tx *db.Tx, person ref.Person) (int64, error) {
	tokens, err := halves(ctx, tx, person)
	if err != nil {
		return 0, err
	}
	for _, token := range tokens {
		if err := end(ctx, tx, `token = $3`, token); err != nil {
			return 0, err
		}
	}
	n, err := notice.Unask(ctx, tx, person)
	return n + int64(len(tokens)), err
}

// halves gives the tokens of the sessions in which a code of the person's is awaited. They are nobody's
// until it comes.
func halves(ctx context.Context, tx *db.Tx, person ref.Person) ([]string, error) {
	rows, err := tx.Query(ctx, `select token, data from session where person = '' and length(data) > 0 and last_use > $1 -- account.halves`,
		db.Stamp(tx.Now().Add(-PendingLasts)))
	all, err := db.Rows(rows, err, func(r *sql.Rows) (token string, err error) {
		var data []byte
		if err := r.Scan(&token, &data); err != nil {
			return "", err
		}
		_, values, err := Codec{}.Decode(data)
		if of, _ := values[SessionPending].(string); of != string(person) {
			return "", err
		}
		return token, err
	})
	var tokens []string
	for _, t := range all {
		if t != "" {
			tokens = append(tokens, t)
		}
	}
	return tokens, err
}
