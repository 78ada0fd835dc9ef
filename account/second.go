package account

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/seal"
	"entente/ledger"
	"entente/standard/totp"

	"golang.org/x/text/width"
)

// RecoveryCodes is how many codes for a lost second factor a person is given at a time.
const RecoveryCodes = 10

const (
	// PendingLasts is how long after the password a code is taken, and how long a second factor
	// that is being set up waits for its first one.
	PendingLasts = 10 * time.Minute

	// recoveryLength is the number of letters of a recovery code. At five bits a letter it is not
	// found by trying even by whoever has its hash, so the hash need not be slow.
	recoveryLength = 16

	factorPurpose = "second factor" // for which the secret is sealed
)

// Codes are wrong six times at once and then every five minutes: somebody who has the password
// hits one of the codes of the moment once in a few years.
const (
	codesAtOnce = 6
	codesEvery  = 5 * time.Minute
)

// Sealing gives the service the box in which secrets are kept. Without one there is no second
// factor.
func (s *Service) Sealing(box *seal.Box) *Service {
	s.box = box
	return s
}

// Mailing tells the service whether the node sends letters.
func (s *Service) Mailing(mails bool) *Service {
	s.mails = mails
	return s
}

// Second is a person's second factor as that person sees it.
type Second struct {
	Password bool   // there is a password to which it could be the second
	Since    string // when it was set; "" for none
	Used     string // when a code of it was used last
	Left     int    // recovery codes
	Secret   []byte // the one being set up; nil for none
}

// SecondOf gives the actor's own second factor.
func (s *Service) SecondOf(ctx context.Context, who access.Actor) (f Second, err error) {
	if !who.SignedIn() {
		return f, fault.New(fault.Forbidden, "")
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := tx.QueryRow(ctx, `select (select count(*) from credential where person = $1) > 0, (select count(*) from account_recovery where person = $1)
			-- account.SecondOf`, who.Person).Scan(&f.Password, &f.Left); err != nil {
			return err
		}
		x, err := factorOf(ctx, tx, who.Person)
		if x.step > 0 {
			f.Used = db.Stamp(totp.Time(x.step))
		}
		if f.Since = x.since; err != nil || x.begun == "" || x.since != "" || x.begun < db.Stamp(tx.Now().Add(-PendingLasts)) {
			return err
		}
		f.Secret, err = s.open(who.Person, x.sealed)
		return err
	})
	return f, err
}

// factor is the row of a second factor.
type factor struct {
	sealed       []byte
	begun, since string
	step         int64
}

// factorOf gives a person's; one without begun where there is none.
func factorOf(ctx context.Context, tx *db.Tx, person ref.Person) (x factor, err error) {
	err = tx.QueryRow(ctx, `select secret, begun, since, step from account_factor where person = $1 -- account.factorOf`, person).
		Scan(&x.sealed, &x.begun, &x.since, &x.step)
	if errors.Is(err, sql.ErrNoRows) {
		return factor{}, nil
	}
	return x, err
}

// open reads a secret. Where it cannot, as after the node was given a new key, the log says why, and
// the person which ways are left.
func (s *Service) open(person ref.Person, sealed []byte) ([]byte, error) {
	if s.box == nil {
		return nil, fault.Because(fault.Unavailable, errors.New("account: no box for secrets"))
	}
	secret, err := s.box.Open(factorPurpose, string(person), sealed)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Unavailable, Key: "fault.sealed", Cause: fmt.Errorf("account: the second factor of %s: %w", person, err)}
	}
	return secret, nil
}

// self is the header of whom an act on the own account is about.
func self(who access.Actor) access.Header {
	return access.Header{ID: ref.ID(who.Person), Dialogue: who.Dialogue}
}

// BeginSecond makes a secret for the actor's second factor and keeps it for a while until SetSecond
// has seen a first code of it. Faults: Conflict where one is set already, Invalid for a wrong
// password, TooMany.
func (s *Service) BeginSecond(ctx context.Context, who access.Actor, password string) error {
	if err := access.May(who, "person.second-factor", self(who)); err != nil {
		return err
	}
	if s.box == nil {
		return fault.Because(fault.Unavailable, errors.New("account: no box for secrets"))
	}
	if err := s.ownPassword(ctx, who, "password", password); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		x, err := factorOf(ctx, tx, who.Person)
		if err != nil {
			return err
		}
		if x.since != "" {
			return fault.New(fault.Conflict, "")
		}
		if _, err := tx.Exec(ctx, `delete from account_factor where person = $1 -- account.BeginSecond`, who.Person); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into account_factor (person, secret, begun, since, step) values ($1, $2, $3, '', 0) -- account.BeginSecond`,
			who.Person, s.box.Seal(factorPurpose, string(who.Person), totp.NewSecret()), db.Stamp(tx.Now()))
		return err
	})
}

// SetSecond sets the second factor that was begun, once its program gives a right code, ends the
// actor's other sessions, and gives the recovery codes: the act "person.second-factor". Faults:
// NotFound where none was begun or that was too long ago, Invalid for a wrong code, TooMany.
func (s *Service) SetSecond(ctx context.Context, who access.Actor, keep, code string) (codes []string, err error) {
	if err := access.May(who, "person.second-factor", self(who)); err != nil {
		return nil, err
	}
	if err := s.mayTry(ctx, s.codesOf(who.Person, true), code); err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		x, err := factorOf(ctx, tx, who.Person)
		if err != nil {
			return err
		}
		if x.begun < db.Stamp(tx.Now().Add(-PendingLasts)) || x.since != "" {
			return fault.New(fault.NotFound, "")
		}
		if err := s.useStep(ctx, tx, who.Person, x, code); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update account_factor set since = $2 where person = $1 -- account.SetSecond`, who.Person, db.Stamp(tx.Now())); err != nil {
			return err
		}
		if codes, err = newRecovery(ctx, tx, who.Person); err != nil {
			return err
		}
		if err := dropSiblings(ctx, tx, who, keep); err != nil {
			return err
		}
		return note(ctx, tx, who, "person.second-factor")
	})
	if err == nil {
		err = s.tries.Forget(ctx, s.codesOf(who.Person, true))
	}
	return codes, err
}

// DropSecond takes the actor's second factor and recovery codes away and ends the other sessions:
// the act "person.second-factor-drop". Code is one of the program, or a recovery code. Faults:
// NotFound where there is none, Invalid for a wrong password or code, TooMany.
func (s *Service) DropSecond(ctx context.Context, who access.Actor, keep, password, code string) error {
	return s.withBoth(ctx, who, "person.second-factor-drop", password, code, func(ctx context.Context, tx *db.Tx) error {
		if _, err := dropFactor(ctx, tx, who.Person); err != nil {
			return err
		}
		if err := warn(ctx, tx, who.Person, "second-factor-drop"); err != nil {
			return err
		}
		return dropSiblings(ctx, tx, who, keep)
	})
}

// RenewRecovery gives the actor new recovery codes in place of those there were: the act
// "person.recovery-codes". Faults as for DropSecond.
func (s *Service) RenewRecovery(ctx context.Context, who access.Actor, password, code string) (codes []string, err error) {
	err = s.withBoth(ctx, who, "person.recovery-codes", password, code, func(ctx context.Context, tx *db.Tx) (err error) {
		codes, err = newRecovery(ctx, tx, who.Person)
		return err
	})
	return codes, err
}

// withBoth does an act on the own second factor for somebody who has given both factors anew: a
// session left open at a desk must not be enough.
func (s *Service) withBoth(ctx context.Context, who access.Actor, act, password, code string, do func(context.Context, *db.Tx) error) error {
	if err := access.May(who, act, self(who)); err != nil {
		return err
	}
	if err := s.ownPassword(ctx, who, "password", password); err != nil {
		return err
	}
	if err := s.mayTry(ctx, s.codesOf(who.Person, true), code); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.useCode(ctx, tx, who.Person, code); err != nil {
			return err
		}
		if err := do(ctx, tx); err != nil {
			return err
		}
		return note(ctx, tx, who, act)
	})
	if err = s.guessedAt(ctx, who.Person, err); err == nil {
		err = s.tries.Forget(ctx, s.codesOf(who.Person, true))
	}
	return err
}

// note writes the entry of an act on the own account.
func note(ctx context.Context, tx *db.Tx, who access.Actor, act string) error {
	_, err := ledger.Append(ctx, tx, who.By(), ledger.Act{Name: act, Dialogue: ref.ID(who.Dialogue), Object: ref.ID(who.Person)}, nil)
	return err
}

// Code is the second step of signing in, after SignIn said that a code is owed: a code of the
// program or a recovery code, which is used up. Faults: Invalid for a wrong code, TooMany, NotFound
// where the password or the second factor was changed in between, so that signing in begins anew.
func (s *Service) Code(ctx context.Context, from string, p Proved, code string) (recovered bool, err error) {
	address, codes := fromAddress("second", from), s.codesOf(p.Person, false)
	if counted, err := s.tries.Take(ctx, from, address); err != nil || len(counted) == 0 {
		return false, throttled(err)
	}
	if err := s.mayTry(ctx, codes, code); err != nil {
		return false, err
	}
	within, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	err = s.db.Write(within, func(ctx context.Context, tx *db.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `select count(*) from credential where person = $1 and changed = $2 -- account.Code`, p.Person, p.Password).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "")
		}
		recovered, err = s.useCode(ctx, tx, p.Person, code)
		return err
	})
	if err = s.guessedAt(ctx, p.Person, err); err == nil {
		err = errors.Join(s.tries.Forget(ctx, codes), s.tries.Give(ctx, address))
	}
	return recovered, err
}

// mayTry counts a try. Recovery codes are too long to be guessed, so that whoever knows the
// password and guesses codes keeps nobody from coming in by one.
func (s *Service) mayTry(ctx context.Context, codes count, code string) error {
	figures, short := ofProgram(code)
	if !short || figures == "" {
		return nil
	}
	counted, err := s.tries.Take(ctx, "", codes)
	if err == nil && len(counted) == 0 {
		err = fault.New(fault.TooMany, "fault.throttled-code")
	}
	return err
}

// codesOf counts tries at a person's second factor: of somebody who has signed in, of a device that the
// person is known to use, and of the rest of the world, each apart, so that a stranger who has the
// password keeps its owner neither from coming in where that is usual nor from changing it.
func (s *Service) codesOf(p ref.Person, signedIn bool) count {
	key := "factor " + string(p)
	if signedIn {
		key = "own " + key
	} else if id := s.device(p); id != "" {
		key += " on " + id
	}
	return count{key: key, atOnce: codesAtOnce, every: codesEvery}
}

// ofProgram gives the figures of a code as programs make them, in whatever width and groups it was
// typed, or says that it is none.
func ofProgram(typed string) (string, bool) {
	if len(typed) > 200 {
		return "", false
	}
	s := strings.NewReplacer(" ", "", "-", "", "\u3000", "").Replace(width.Narrow.String(typed))
	for _, r := range s {
		if r < '0' || r > '9' {
			return "", false
		}
	}
	return s, len(s) <= 8
}

// useCode takes a code of either kind once: Invalid for one that is not good, NotFound where the
// person has no second factor.
func (s *Service) useCode(ctx context.Context, tx *db.Tx, person ref.Person, code string) (recovered bool, err error) {
	x, err := factorOf(ctx, tx, person)
	if err != nil {
		return false, err
	}
	if x.since == "" {
		return false, fault.New(fault.NotFound, "")
	}
	if _, short := ofProgram(code); short {
		return false, s.useStep(ctx, tx, person, x, code)
	}
	res, err := tx.Exec(ctx, `delete from account_recovery where token = $1 and person = $2 -- account.useCode`, hashToken(CleanCode(code)), person)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return false, errors.Join(err, wrongCode("fault.recovery-code"))
	}
	return true, nil
}

// useStep takes a code of the program; its step is used from then on.
func (s *Service) useStep(ctx context.Context, tx *db.Tx, person ref.Person, x factor, code string) error {
	secret, err := s.open(person, x.sealed)
	if err != nil {
		return err
	}
	figures, _ := ofProgram(code)
	step, ok := totp.Check(secret, figures, tx.Now(), x.step)
	if !ok {
		return wrongCode("fault.second-code")
	}
	_, err = tx.Exec(ctx, `update account_factor set step = $2 where person = $1 -- account.useStep`, person, step)
	return err
}

func wrongCode(key string) error {
	var f fault.Fields
	f.Add("code", "", key)
	return f.Err()
}

// newRecovery makes a person's recovery codes; those of before are good no longer.
func newRecovery(ctx context.Context, tx *db.Tx, person ref.Person) (codes []string, err error) {
	if _, err := tx.Exec(ctx, `delete from account_recovery where person = $1 -- account.newRecovery`, person); err != nil {
		return nil, err
	}
	for range RecoveryCodes {
		code := rand.Text()[:recoveryLength]
		if _, err := tx.Exec(ctx, `insert into account_recovery (token, person) values ($1, $2) -- account.newRecovery`, hashToken(code), person); err != nil {
			return nil, err
		}
		codes = append(codes, code)
	}
	return codes, nil
}

// dropFactor takes a second factor and its recovery codes away, and says whether one was set.
func dropFactor(ctx context.Context, tx *db.Tx, person ref.Person) (was bool, err error) {
	x, err := factorOf(ctx, tx, person)
	if err != nil {
		return false, err
	}
	for _, q := range []string{`delete from account_factor where person = $1`, `delete from account_recovery where person = $1`} {
		if _, err := tx.Exec(ctx, q+` -- account.dropFactor`, person); err != nil {
			return false, err
		}
	}
	return x.since != "", nil
}

// Owes says whether the actor holds a function for which the administrator requires a second
// factor, and has none.
func (s *Service) Owes(ctx context.Context, who access.Actor) (owes bool, err error) {
	if !who.SignedIn() || len(who.Functions) == 0 {
		return false, nil
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		functions, err := access.SettingValue(ctx, tx, access.SecondFactor)
		if err != nil || !anyNamed(who.Functions, functions) {
			return err
		}
		x, err := factorOf(ctx, tx, who.Person)
		owes = x.since == ""
		return err
	})
	return owes, err
}

// anyNamed says whether one of some functions stands in a list as the setting has it.
func anyNamed(held []access.Function, list string) bool {
	names := strings.Split(list, ",")
	return slices.ContainsFunc(held, func(f access.Function) bool { return slices.Contains(names, string(f)) })
}
