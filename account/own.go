package account

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/ledger"
)

// Own is what a person sees of the own account.
type Own struct {
	Login    string // "" for somebody who has no password, as in a demonstration
	Changed  string // when the password was set
	Sessions []Session
	Invited  string // until when an invitation is open; "" when none is
	Reset    string // until when a reset that somebody asked for waits for another; "" when none does
	Second   string // when a second factor was set; "" for none
	Feed     string // when an address of the own calendar was made; "" for none
	Half     bool   // a code is awaited somewhere, after the password
}

// Session is one place where a person is signed in.
type Session struct {
	ID      string // "" for a session begun before sessions had one
	Agent   string // as the browser names itself
	LastUse string
}

// OwnOf gives the actor's own account. The session used last comes first.
func (s *Service) OwnOf(ctx context.Context, who access.Actor) (o Own, err error) {
	if !who.SignedIn() {
		return o, fault.New(fault.Forbidden, "")
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := tx.QueryRow(ctx, `select case when shown = '' then login else shown end, changed from credential where person = $1 -- account.OwnOf`, who.Person).Scan(&o.Login, &o.Changed)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err := tx.QueryRow(ctx, `select coalesce((select since from account_factor where person = $1), ''),
			coalesce((select made from account_feed where person = $1), '') -- account.OwnOf`, who.Person).Scan(&o.Second, &o.Feed); err != nil {
			return err
		}
		if _, o.Reset, err = askedFor(ctx, tx, who.Person); err != nil {
			return err
		}
		if o.Invited, _, err = openInvitation(ctx, tx, who.Person); err != nil {
			return err
		}
		half, err := halves(ctx, tx, who.Person)
		if err != nil {
			return err
		}
		o.Half = len(half) > 0
		o.Sessions, err = sessionsOf(ctx, tx, who.Person)
		return err
	})
	return o, err
}

func sessionsOf(ctx context.Context, tx *db.Tx, person ref.Person) ([]Session, error) {
	rows, err := tx.Query(ctx, `select data, last_use from session where person = $1 and expires > $2 and last_use > $3
		order by last_use desc, token -- account.sessionsOf`, person, db.Stamp(tx.Now()), db.Stamp(tx.Now().Add(-Idle)))
	return db.Rows(rows, err, func(r *sql.Rows) (x Session, err error) {
		var data []byte
		if err := r.Scan(&data, &x.LastUse); err != nil {
			return x, err
		}
		_, values, err := Codec{}.Decode(data)
		x.ID, _ = values[SessionID].(string)
		x.Agent, _ = values[SessionAgent].(string)
		return x, err
	})
}

// SessionsOf gives where a person is signed in, for the node's operator alone. The session used
// last comes first.
func (s *Service) SessionsOf(ctx context.Context, who access.Actor, person ref.Person) (all []Session, err error) {
	if !who.IsOperator() {
		return nil, fault.New(fault.Forbidden, "")
	}
	return all, s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		all, err = sessionsOf(ctx, tx, person)
		return err
	})
}

// SignOut ends a person's sessions, the address of the calendar, open codes and what waits for a second
// secret, or the session that is named alone: the act "person.sign-out", of the operator. It gives how
// many sessions ended; where there is nothing to end it is NotFound, and no act.
func (s *Service) SignOut(ctx context.Context, who access.Actor, person ref.Person, id string) (n int, err error) {
	return n, s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		h, err := access.Find(ctx, tx, who, ref.ID(person))
		if err != nil {
			return err
		}
		if err := access.May(who, "person.sign-out", h); err != nil {
			return err
		}
		if err := dropSessions(ctx, tx, person, func(x string) bool {
			if id != "" && x != id {
				return false
			}
			n++
			return true
		}); err != nil {
			return err
		}
		feeds, codes, pending := int64(0), int64(0), int64(0)
		if id == "" {
			if feeds, err = dropFeed(ctx, tx, person); err != nil {
				return err
			}
			if codes, err = dropCodes(ctx, tx, person); err != nil {
				return err
			}
			if pending, err = dropPending(ctx, tx, person); err != nil {
				return err
			}
		}
		if n == 0 && feeds == 0 && codes == 0 && pending == 0 {
			return fault.New(fault.NotFound, "")
		}
		_, err = ledger.Append(ctx, tx, who.By(), ledger.Act{Name: "person.sign-out", Dialogue: ref.ID(h.Dialogue), Object: h.ID}, nil)
		return err
	})
}

// EndSession ends one of the actor's own sessions; one that is gone already is no fault. A session is
// no part of the record, and ending one no entry of the ledger.
func (s *Service) EndSession(ctx context.Context, who access.Actor, id string) error {
	if !who.SignedIn() {
		return fault.New(fault.Forbidden, "")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return dropSessions(ctx, tx, who.Person, func(x string) bool { return id != "" && x == id })
	})
}

// EndOthers ends every other way to what the actor reads: the sessions but the one kept, the address of
// the calendar, a code that is open, what waits for a second secret.
func (s *Service) EndOthers(ctx context.Context, who access.Actor, keep string) error {
	if !who.SignedIn() {
		return fault.New(fault.Forbidden, "")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return dropSiblings(ctx, tx, who, keep) })
}

// dropSiblings ends what whoever knew one secret of the actor's may have made with it: all sessions but
// the one kept, the address of the calendar, codes that let in anew, and what waits for a second secret.
func dropSiblings(ctx context.Context, tx *db.Tx, who access.Actor, keep string) error {
	if err := dropSessions(ctx, tx, who.Person, func(id string) bool { return id != keep }); err != nil {
		return err
	}
	if _, err := dropCodes(ctx, tx, who.Person); err != nil {
		return err
	}
	if _, err := dropPending(ctx, tx, who.Person); err != nil {
		return err
	}
	if n, err := dropFeed(ctx, tx, who.Person); err != nil || n == 0 {
		return err
	}
	return note(ctx, tx, who, "person.unfeed")
}

func dropSessions(ctx context.Context, tx *db.Tx, person ref.Person, meant func(id string) bool) error {
	rows, err := tx.Query(ctx, `select token, data from session where person = $1 -- account.dropSessions`, person)
	tokens, err := db.Rows(rows, err, func(r *sql.Rows) (token string, err error) {
		var data []byte
		if err := r.Scan(&token, &data); err != nil {
			return "", err
		}
		_, values, err := Codec{}.Decode(data)
		if id, _ := values[SessionID].(string); !meant(id) {
			return "", err
		}
		return token, err
	})
	if err != nil {
		return err
	}
	for _, token := range tokens {
		if token == "" {
			continue
		}
		if err := end(ctx, tx, `token = $3`, token); err != nil {
			return err
		}
	}
	return nil
}

// ChangePassword gives the actor a new password, and ends what EndOthers ends: the act
// "person.own-password". Faults: Invalid when the password of until now is wrong or the new one
// is none, TooMany after too many attempts.
func (s *Service) ChangePassword(ctx context.Context, who access.Actor, keep, old, password string) error {
	if err := access.May(who, "person.own-password", self(who)); err != nil {
		return err
	}
	login, ok, err := s.knows(ctx, who, old)
	if err != nil {
		return err
	}
	f := Check(login, password)
	if !ok {
		f.Add("old", "", "fault.old-password")
	}
	if err := f.Err(); err != nil {
		return err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `update credential set hash = $2, changed = $3 where person = $1 -- account.ChangePassword`,
			who.Person, hash, db.Stamp(tx.Now())); err != nil {
			return err
		}
		if err := dropSiblings(ctx, tx, who, keep); err != nil {
			return err
		}
		if err := warn(ctx, tx, who.Person, "password"); err != nil {
			return err
		}
		return note(ctx, tx, who, "person.own-password")
	})
}

// knows says whether the actor has this password, and under which name; TooMany after too many
// that were wrong.
func (s *Service) knows(ctx context.Context, who access.Actor, password string) (login string, ok bool, err error) {
	if len(password) > 4*maxPassword {
		return "", false, throttled(nil)
	}
	count := count{key: "person " + string(who.Person), atOnce: triesAtOnce, every: triesEvery, patience: patience}
	if counted, err := s.tries.Take(ctx, count.key, count); err != nil || len(counted) == 0 {
		return "", false, throttled(err)
	}
	hash := unknownHash
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select login, hash from credential where person = $1 -- account.knows`, who.Person).Scan(&login, &hash)
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", false, err
	}
	if ok, err = s.matches(ctx, hash, password); ok {
		err = errors.Join(s.right(ctx, wrongPasswords, who.Person), s.tries.Forget(ctx, count))
	} else if err == nil {
		err = s.wrong(ctx, wrongPasswords, who.Person, "")
	}
	return login, ok, err
}

// ownPassword gives the fault of a field that does not hold the actor's password.
func (s *Service) ownPassword(ctx context.Context, who access.Actor, field, password string) error {
	_, ok, err := s.knows(ctx, who, password)
	if err != nil || ok {
		return err
	}
	var f fault.Fields
	f.Add(field, "", "fault.old-password")
	return f.Err()
}

// putCredential gives a person a name and a password in place of what was there, and ends the
// person's sessions, the address of the calendar and what waits for a second secret. Way names this way of signing in: who was admitted
// on another is admitted no longer.
func putCredential(ctx context.Context, tx *db.Tx, person ref.Person, login, hash, way string) error {
	key, shown := loginKey(login), text.CleanName(login)
	if err := free(ctx, tx, person, login); err != nil {
		return err
	}
	// Who is given again the name of an older account goes on to sign in by all that fold to it.
	old, err := db.Collect(ctx, tx, db.One[string], `select login from credential where person = $1 and shown = '' -- account.putCredential`, person)
	if err != nil {
		return err
	}
	if slices.Contains(old, key) {
		shown = ""
	}
	if _, err := tx.Exec(ctx, `delete from credential where person = $1 -- account.putCredential`, person); err != nil {
		return err
	}
	if err := end(ctx, tx, `person = $3`, person); err != nil {
		return err
	}
	if _, err := dropFeed(ctx, tx, person); err != nil {
		return err
	}
	if _, err := dropPending(ctx, tx, person); err != nil {
		return err
	}
	if _, err = tx.Exec(ctx, `insert into credential (person, login, shown, hash, changed, way) values ($1, $2, $3, $4, $5, $6) -- account.putCredential`,
		person, key, shown, hash, db.Stamp(tx.Now()), way); err != nil {
		return err
	}
	_, err = dropCodes(ctx, tx, person) // when the new way stands: an admission by the code that made it goes on
	return err
}
