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
type Sessions struct{ db *db.DB }

// NewSessions gives the store over a database.
func NewSessions(d *db.DB) *Sessions { return &Sessions{d} }

// What a session holds for its owner to know it by.
const (
	SessionID    = "id"
	SessionAgent = "agent"
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

// FindCtx gives a session that has not expired and was used of late.
func (s *Sessions) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select data from session where token = $1 and expires > $2 and last_use > $3 -- account.FindCtx`,
			token, db.Stamp(tx.Now()), db.Stamp(tx.Now().Add(-Idle))).Scan(&b)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return b, err == nil, err
}

// CommitCtx stores a session. A browser asks for several things at a time, so that several
// requests store the same one.
func (s *Sessions) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	_, values, err := Codec{}.Decode(b)
	if err != nil {
		return err
	}
	person, _ := values["person"].(string)
	agent, _ := values[SessionAgent].(string)
	return s.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := db.Stamp(tx.Now())
		_, err := tx.Exec(ctx, `insert into session (token, data, expires, person, agent, last_use) values ($1, $2, $3, $4, $5, $6)
			on conflict (token) do update set data = excluded.data, expires = excluded.expires, person = excluded.person,
				agent = excluded.agent, last_use = excluded.last_use -- account.CommitCtx`,
			token, b, db.Stamp(expiry), person, agent, now)
		return err
	})
}

// Clean deletes what is good no longer: sessions, one-time links, counts of attempts.
func Clean(ctx context.Context, tx *db.Tx) error {
	for _, q := range []string{
		`delete from session where expires < $1 or last_use < $2`,
		`delete from onetime where expires < $1 and $2 <> ''`,
		`delete from account_attempt where free < $1 and $2 <> ''`,
	} {
		if _, err := tx.Exec(ctx, q+` -- account.Clean`, db.Stamp(tx.Now()), db.Stamp(tx.Now().Add(-Idle))); err != nil {
			return err
		}
	}
	return nil
}

// DeleteCtx ends a session.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	return s.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `delete from session where token = $1 -- account.DeleteCtx`, token)
		return err
	})
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
