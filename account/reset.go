package account

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/ledger"
	"entente/notice"
	"entente/roster"
)

// ResetLasts is how long a reset that was asked for waits for a second person.
const ResetLasts = 7 * 24 * time.Hour

// resetAsked is the purpose of the row among the one-time links that says of an account that somebody asked
// for its reset, who, and what its person held then. It goes with the codes of that person; its token is
// nobody's.
const resetAsked = "reset"

// Reset is how an account stands with the second person without whom it gets no code that is shown.
type Reset struct {
	Needed bool       // a fresh code needs a second person
	By     ref.Person // who asked for it; "" where nobody did
	Until  string     // how long that waits for somebody else
	Alone  bool       // nobody but the actor could confirm or ask; of StateOf
}

// weighty says whether somebody of these functions can commit an institution or looks after accounts.
func weighty(held []access.Function) bool {
	return anyNamed(held, access.SecondFactorUsual)
}

// AskReset asks for a fresh code of an account for which that needs a second person: the act
// "person.reset-ask". Whoever else may give one is told, and the account's own person, whose next password
// or signing out elsewhere ends it. Faults: Forbidden where no second person is needed or there is none,
// Conflict where somebody else asked already.
func (s *Service) AskReset(ctx context.Context, who access.Actor, person ref.Person) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err := charge(ctx, tx, who, "person.reset-ask", person)
		if err != nil {
			return err
		}
		today, err := roster.Today(ctx, tx)
		if err != nil {
			return err
		}
		r, err := s.resetOf(ctx, tx, who, &o)
		switch {
		case err != nil:
			return err
		case !r.Needed || ended(&o.Value, today):
			return fault.New(fault.Forbidden, "")
		case r.By != "" && r.By != who.Person:
			return fault.New(fault.Conflict, "")
		}
		others, err := confirming(ctx, tx, who, &o)
		if err != nil {
			return err
		}
		if len(others) == 0 {
			return fault.New(fault.Forbidden, "fault.reset-alone")
		}
		if _, err := tx.Exec(ctx, `delete from onetime where purpose = $1 and detail like $2 -- account.AskReset`, resetAsked, string(person)+" %"); err != nil {
			return err
		}
		detail := strings.Join([]string{string(person), string(who.Person), heldOn(&o.Value, today)}, " ")
		if err := putLink(ctx, tx, rand.Text(), resetAsked, detail, "", "", ResetLasts); err != nil {
			return err
		}
		for _, q := range others {
			n := notice.New{Person: q, Kind: notice.Authority, Object: o.ID, Detail: notice.Detail{What: "reset-asked"}}
			if err := notice.Put(ctx, tx, nil, n); err != nil {
				return err
			}
		}
		if err := warn(ctx, tx, person, "reset-asked"); err != nil {
			return err
		}
		_, err = ledger.Append(ctx, tx, who.By(), ledger.Act{Name: "person.reset-ask", Dialogue: ref.ID(o.Dialogue), Object: o.ID}, nil)
		return err
	})
}

// resetOf gives how a person's account stands with its second person, for an actor who looks after it. None
// is needed by the operator's command, for who never came in, nor where the code goes by mail to an address
// that the person confirmed, so that nobody sees it.
func (s *Service) resetOf(ctx context.Context, tx *db.Tx, who access.Actor, o *access.Object[roster.Person]) (r Reset, err error) {
	person := ref.Person(o.ID)
	today, err := roster.Today(ctx, tx)
	if err != nil || who.IsOperator() || !weighty(open(&o.Value, today)) {
		return r, err
	}
	if signs, err := signsIn(ctx, tx, person); err != nil || !signs {
		return r, err
	}
	a, err := roster.ActorFor(ctx, tx, person)
	if err != nil {
		return r, err
	}
	letter, err := s.letterTo(ctx, tx, a, false, admitsOwn(who, a))
	if err != nil || letter != "" && s.mails {
		return r, err
	}
	r.Needed = true
	asked, until, err := askedFor(ctx, tx, person)
	if err != nil {
		return r, err
	}
	// What was asked for holds as long as its asker may ask, and the person holds the same.
	if by, held, _ := strings.Cut(asked, " "); asked != "" && held == heldOn(&o.Value, today) {
		may, err := looksAfter(ctx, tx, ref.Person(by), o)
		if err != nil {
			return r, err
		}
		if may {
			r.By, r.Until = ref.Person(by), until
		}
	}
	return r, nil
}

// askedFor gives by whom the reset of an account was asked for, with what its person held then, and until
// when that waits; "" where it was not.
func askedFor(ctx context.Context, tx *db.Tx, person ref.Person) (asked, until string, err error) {
	err = tx.QueryRow(ctx, `select detail, expires from onetime where purpose = $1 and detail like $2 and used = '' and expires > $3 -- account.askedFor`,
		resetAsked, string(person)+" %", db.Stamp(tx.Now())).Scan(&asked, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return strings.TrimPrefix(asked, string(person)+" "), until, err
}

// looksAfter says whether somebody may give a person a fresh code.
func looksAfter(ctx context.Context, tx *db.Tx, by ref.Person, o *access.Object[roster.Person]) (bool, error) {
	who, err := roster.ActorFor(ctx, tx, by)
	if err == nil {
		_, err = charge(ctx, tx, who, "person.link", ref.Person(o.ID))
	}
	if fault.Is(err, fault.Forbidden) || fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// confirming gives who but the actor may give a person a fresh code, and can sign in to do it.
func confirming(ctx context.Context, tx *db.Tx, who access.Actor, o *access.Object[roster.Person]) (out []ref.Person, err error) {
	operating, err := roster.Operating(ctx, tx, o.Dialogue)
	if err != nil {
		return nil, err
	}
	for _, q := range operating {
		if q == who.Person {
			continue
		}
		may, err := looksAfter(ctx, tx, q, o)
		if err != nil {
			return nil, err
		}
		signs, err := signsIn(ctx, tx, q)
		if err != nil {
			return nil, err
		}
		if may && signs {
			out = append(out, q)
		}
	}
	return out, nil
}
