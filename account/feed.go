package account

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/ledger"
	"entente/roster"
)

// A person's calendar has an address of its own that opens without signing in, for the programs
// that keep calendars. The token in it is a secret: only its hash is kept, and it is shown once.

// Feed says when the address of the person's own calendar was made, "" when there is none, and when
// it was used last, "" when it was not.
func (s *Service) Feed(ctx context.Context, who access.Actor) (made, used string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := tx.QueryRow(ctx, `select made, used from account_feed where person = $1 -- account.Feed`, who.Person).Scan(&made, &used)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return made, used, err
}

// MakeFeed makes the address of the person's own calendar and gives its token, which is not shown
// again: the act "person.feed". An address from before ends at once.
func (s *Service) MakeFeed(ctx context.Context, who access.Actor) (token string, err error) {
	token = rand.Text()
	return token, s.feedAct(ctx, who, "person.feed", func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `insert into account_feed (person, token, made) values ($1, $2, $3) -- account.MakeFeed`,
			who.Person, hashToken(token), db.Stamp(tx.Now()))
		return err
	})
}

// EndFeed ends the address of the person's own calendar at once: the act "person.unfeed".
func (s *Service) EndFeed(ctx context.Context, who access.Actor) error {
	return s.feedAct(ctx, who, "person.unfeed", func(context.Context, *db.Tx) error { return nil })
}

func (s *Service) feedAct(ctx context.Context, who access.Actor, act string, then func(context.Context, *db.Tx) error) error {
	self := access.Header{ID: ref.ID(who.Person), Kind: "person", Dialogue: who.Dialogue}
	if err := access.May(who, act, self); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := dropFeed(ctx, tx, who.Person); err != nil {
			return err
		}
		if err := then(ctx, tx); err != nil {
			return err
		}
		_, err := ledger.Append(ctx, tx, who.By(), ledger.Act{Name: act, Dialogue: ref.ID(who.Dialogue), Object: self.ID}, nil)
		return err
	})
}

// dropFeed ends the address of a person's calendar, and says how many there were.
func dropFeed(ctx context.Context, tx *db.Tx, person ref.Person) (int64, error) {
	return changed(tx.Exec(ctx, `delete from account_feed where person = $1 -- account.dropFeed`, person))
}

// FeedReader gives the person whose calendar has the address with this token, as membership stands
// now. NotFound for a token that is not, or no longer, one; and for a person who was removed or
// holds no function any more.
func (s *Service) FeedReader(ctx context.Context, token string) (rd roster.Reader, err error) {
	var person ref.Person
	var last string
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select person, used from account_feed where token = $1 -- account.FeedReader`, hashToken(token)).Scan(&person, &last)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return rd, fault.New(fault.NotFound, "")
	}
	if err != nil {
		return rd, err
	}
	rd, err = roster.New(s.db).Reader(ctx, person)
	if err == nil && len(rd.Actor.Functions) == 0 {
		return roster.Reader{}, fault.New(fault.NotFound, "")
	}
	if err == nil && stale(last, s.db.Now()) {
		s.used.add(`update account_feed set used = $2 where token = $1 -- account.FeedReader`, hashToken(token))
	}
	return rd, err
}
