package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"entente/internal/db"
)

// Sessions keeps sessions as rows; it is a store for alexedwards/scs, which hands it hashed
// tokens. Touching a session is no act: it bypasses the node's lock and the ledger.
//
// A session that was ended never comes back. A request that began before the end may store its
// session after it; so the row stays, empty and nobody's, and takes nothing any more. It is
// cleaned away when it was unused for longer than any request lasts.
type Sessions struct {
	db    *db.DB
	used  touches
	ended endings
}

// NewSessions gives the store over a database.
func NewSessions(d *db.DB) *Sessions {
	return &Sessions{db: d, used: touches{db: d}, ended: endings{db: d}}
}

// What a session holds for its owner to know it by.
const (
	SessionID       = "id"
	SessionAgent    = "agent"
	SessionPassword = "password" // when the password was set with which the session began
	SessionPending  = "pending"  // whose code is awaited: of a session that is nobody's yet
)

// Codec writes a session as JSON, so that the store can read whose it is.
type Codec struct{}

type stored struct {
	Deadline time.Time      `json:"deadline"`
	Values   map[string]any `json:"values"`
}

// Encode writes a session.
func (Codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(stored{deadline, values})
}

// Decode reads a session.
func (Codec) Decode(b []byte) (time.Time, map[string]any, error) {
	var s stored
	err := json.Unmarshal(b, &s)
	return s.Deadline, s.Values, err
}

// Idle is how long a session lasts without being used. Use is written down every few minutes
// only, so that it can end that much earlier.
const Idle = 2 * time.Hour

// storeTime is how long the store waits for the database: it is asked before the time that a request
// has begins to count.
const storeTime = 10 * time.Second

// FindCtx gives a session that was not ended, has not expired and was used of late. That it is in use
// is written down now and then, and nobody waits for that.
func (s *Sessions) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	if s.ended.has(token) {
		return nil, false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	var last string
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select data, last_use from session where token = $1 and expires > $2 and last_use > $3 and length(data) > 0 -- account.FindCtx`,
			token, db.Stamp(tx.Now()), db.Stamp(tx.Now().Add(-Idle))).Scan(&b, &last)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err == nil && stale(last, s.db.Now()) {
		s.used.add(`update session set last_use = $2 where token = $1 and length(data) > 0 -- account.FindCtx`, token)
	}
	return b, err == nil, err
}

// CommitCtx stores a session, unless it was ended meanwhile. A browser asks for several things at
// a time, so that several requests store the same one. One that begins with a password is stored
// only while that is the password still: a change of it ends what it finds, and finds only what is
// stored.
func (s *Sessions) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	if s.ended.has(token) {
		return nil
	}
	_, values, err := Codec{}.Decode(b)
	if err != nil {
		return err
	}
	person, _ := values["person"].(string)
	agent, _ := values[SessionAgent].(string)
	password, _ := values[SessionPassword].(string)
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	return s.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error {
		row := []any{token, b, db.Stamp(expiry), person, agent, db.Stamp(tx.Now())}
		if n, err := changed(tx.Exec(ctx, `update session set data = $2, expires = $3, person = $4, agent = $5, last_use = $6
			where token = $1 and length(data) > 0 -- account.CommitCtx`, row...)); err != nil || n > 0 {
			return err
		}
		if password != "" {
			// Nothing changes but the row is held: a change of the password that is under way is
			// waited for, and one that comes later waits and then finds the session.
			if n, err := changed(tx.Exec(ctx, `update credential set changed = changed where person = $1 and changed = $2 -- account.CommitCtx`,
				person, password)); err != nil || n == 0 {
				return err
			}
		}
		_, err := tx.Exec(ctx, `insert into session (token, data, expires, person, agent, last_use) values ($1, $2, $3, $4, $5, $6)
			on conflict (token) do update set data = excluded.data, expires = excluded.expires, person = excluded.person,
				agent = excluded.agent, last_use = excluded.last_use where length(session.data) > 0 -- account.CommitCtx`, row...)
		return err
	})
}

func changed(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// end ends the sessions that match a condition with the arguments from $3 on. Of each no more stays
// than that it was ended.
func end(ctx context.Context, tx *db.Tx, where string, args ...any) error {
	_, err := tx.Exec(ctx, `update session set data = $1, person = '', agent = '', last_use = $2 where `+where+` and length(data) > 0 -- account.end`,
		append([]any{[]byte{}, db.Stamp(tx.Now())}, args...)...)
	return err
}

// Clean deletes what is good no longer: sessions, one-time links, counts of attempts. A count that lies
// days ahead was written by a clock that did.
func Clean(ctx context.Context, tx *db.Tx) error {
	for _, q := range []string{
		`delete from session where (expires < $1 or last_use < $2) and $3 <> ''`,
		`delete from onetime where expires < $1 and $2 <> '' and $3 <> ''`,
		`delete from account_attempt where (free < $1 or free > $3) and $2 <> ''`,
	} {
		if _, err := tx.Exec(ctx, q+` -- account.Clean`, db.Stamp(tx.Now()), db.Stamp(tx.Now().Add(-Idle)), db.Stamp(tx.Now().Add(48*time.Hour))); err != nil {
			return err
		}
	}
	return nil
}

// DeleteCtx ends a session: at once for this process, and in the database as soon as that can be written.
// Whoever signs out does not wait for those who write.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	if s.ended.add(token) {
		return nil
	}
	return s.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error { return end(ctx, tx, `token = $3`, token) })
}

// Find is FindCtx for callers without a context; scs never calls it when FindCtx is there.
func (s *Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx for callers without a context.
func (s *Sessions) Commit(token string, b []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expiry)
}

// Delete is DeleteCtx for callers without a context.
func (s *Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
