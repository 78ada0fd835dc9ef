package account

import (
	"context"
	"time"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
)

// Whoever guesses at somebody's password or codes is slow (attempts), and the person is told: once for
// each series, which ends when what is right is given, or when nobody has tried for hours.
const (
	wrongPasswords = "passwords"
	wrongCodes     = "codes"
)

// guessed gives the count by which a series of guesses at a key is told from a slip.
func guessed(what, key string) count {
	c := count{key: "guessed " + what + " " + key, atOnce: 10, every: 4 * time.Hour}
	if what == wrongCodes {
		c.atOnce, c.every = codesAtOnce, 7*time.Hour
	}
	return c
}

// wrong counts what was wrong, and tells the person where it makes a series. For a name that is nobody's
// it counts all the same, under that name.
func (s *Service) wrong(ctx context.Context, what string, person ref.Person, name string) error {
	c := guessed(what, "name "+name)
	if person != "" {
		c = guessed(what, string(person))
	}
	series, err := s.tries.Series(ctx, c)
	if err != nil || !series || person == "" {
		return err
	}
	if what == wrongCodes {
		return s.tellGuessed(ctx, what, person, c)
	}
	// Beside the answer, which must not take longer for a name that is somebody's.
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
		defer cancel()
		_ = s.tellGuessed(ctx, what, person, c)
	}()
	return nil
}

// tellGuessed puts the notice down. Where it cannot, the next guess makes the series.
func (s *Service) tellGuessed(ctx context.Context, what string, person ref.Person, c count) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return warn(ctx, tx, person, what) })
	if err != nil {
		_ = s.tries.Give(ctx, c)
	}
	return err
}

// right ends a series: what is right was given.
func (s *Service) right(ctx context.Context, what string, person ref.Person) error {
	c := guessed(what, string(person))
	if free, _, err := s.tries.free(ctx, c); err != nil || free == "" {
		return err
	}
	return s.tries.Forget(ctx, c)
}

// guessedAt counts a code by what became of it, and gives that.
func (s *Service) guessedAt(ctx context.Context, person ref.Person, err error) error {
	switch {
	case err == nil:
		return s.right(ctx, wrongCodes, person)
	case fault.Is(err, fault.Invalid):
		if counting := s.wrong(ctx, wrongCodes, person, ""); counting != nil {
			return counting
		}
	}
	return err
}
