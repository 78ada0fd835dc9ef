// Package account holds how a person signs in: credentials, one-time links and sessions. It must
// never say whether a name exists, and never keep a secret in clear. What a signed-in person may
// do is decided elsewhere (roster, access).
package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/seal"
	"entente/internal/text"
	"entente/ledger"
	"entente/roster"

	"golang.org/x/crypto/argon2"
)

// Cost of argon2id: 19 MiB, two passes, one lane, as OWASP's password storage guide names for a
// server that also does other things.
const (
	argonMemory = 19 * 1024
	argonTime   = 2
	keySize     = 32
	saltSize    = 16

	// MinPassword is the least number of characters of a password.
	MinPassword = 12
	maxPassword = 200
)

// Service is the door to signing in.
type Service struct {
	db    *db.DB
	gate  chan struct{} // at most two hashes at once: they are meant to be costly
	tries attempts
	used  *touches
	box   *seal.Box // nil: no second factor
	mails bool      // letters are sent

	devices string // as the caller's browser is known (On)
}

// New gives the service over a database.
func New(d *db.DB) *Service {
	return &Service{db: d, gate: make(chan struct{}, 2), tries: newAttempts(d), used: &touches{db: d}}
}

// SetPassword gives a person a name to sign in with and a password: the act "person.password".
// Sessions that the person has elsewhere end, and so do the address of the calendar and open codes. Faults: Invalid for a name that is empty or taken, for a password shorter than MinPassword characters.
func (s *Service) SetPassword(ctx context.Context, who access.Actor, person ref.Person, login, password string) error {
	f := Check(login, password)
	if err := f.Err(); err != nil {
		return err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		h, err := access.Find(ctx, tx, who, ref.ID(person))
		if err != nil {
			return err
		}
		if err := access.May(who, "person.password", h); err != nil {
			return err
		}
		if err := putCredential(ctx, tx, person, login, hash, newWay()); err != nil {
			return err
		}
		if err := dropAddress(ctx, tx, person, ""); err != nil {
			return err
		}
		// That it was set is for the record; what was set is not.
		_, err = ledger.Append(ctx, tx, who.By(), ledger.Act{Name: "person.password", Dialogue: ref.ID(h.Dialogue), Object: h.ID}, nil)
		return err
	})
}

// Check gives the faults of a name and a password by themselves.
func Check(login, password string) (f fault.Fields) {
	login = loginKey(login)
	if text.Fold(login) == "" || len(login) > maxLogin {
		f.Add("login", login, "fault.login")
	}
	if n := utf8.RuneCountInString(password); n < MinPassword || n > maxPassword {
		f.Add("password", "", "fault.password", "least", MinPassword, "most", maxPassword)
	} else if common(login, password) {
		f.Add("password", "", "fault.password-common")
	}
	return f
}

// Logins gives the names that people sign in with, for the node's operator alone.
func (s *Service) Logins(ctx context.Context, who access.Actor) (map[ref.Person]string, error) {
	if !who.IsOperator() {
		return nil, fault.New(fault.Forbidden, "")
	}
	all := map[ref.Person]string{}
	return all, s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.Query(ctx, `select person, case when shown = '' then login else shown end from credential -- account.Logins`)
		_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
			var id ref.Person
			var login string
			err := r.Scan(&id, &login)
			all[id] = login
			return struct{}{}, err
		})
		return err
	})
}

// Proved is what name and password proved.
type Proved struct {
	Person   ref.Person
	Password string // when the password was set; it must be that one still when a code is taken
	Code     bool   // a code of the second factor is owed: until Code has taken it, nobody has signed in
}

// SignIn gives the person who has this name and password, and whether that is enough. From is the
// address of the caller, by which failed attempts are counted besides the name. Faults: Invalid when
// name or password is wrong (it does not say which), TooMany after too many that failed. An unknown
// name costs the same work.
func (s *Service) SignIn(ctx context.Context, from, login, password string) (p Proved, err error) {
	key := text.Fold(login) // names that are alike are counted together
	if key == "" || password == "" || len(key) > maxLogin || len(password) > 4*maxPassword || !utf8.ValidString(password) {
		return p, fault.New(fault.Invalid, "fault.sign-in")
	}
	hash := unknownHash
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		person, err := holder(ctx, tx, login)
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `select c.person, c.hash, c.changed, f.person is not null from credential c
			join object o on o.id = c.person and o.tombstone = ''
			left join account_factor f on f.person = c.person and f.since <> '' where c.person = $1 -- account.SignIn`, person).Scan(&p.Person, &hash, &p.Password, &p.Code)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return Proved{}, err
	}
	counted, err := s.tries.Take(ctx, from, s.counts(from, key, s.device(p.Person))...)
	if err != nil || len(counted) == 0 {
		return Proved{}, throttled(err)
	}
	ok, err := s.matches(ctx, hash, password)
	if err != nil {
		return Proved{}, err
	}
	if ok && p.Person != "" { // who holds no function has no part any more, and is told as a stranger is
		who, err := roster.New(s.db).Actor(ctx, p.Person)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return Proved{}, err
		}
		ok = len(who.Functions) > 0
	}
	if !ok || p.Person == "" {
		return Proved{}, errors.Join(s.wrong(ctx, wrongPasswords, p.Person, key), fault.New(fault.Invalid, "fault.sign-in"))
	}
	if err := errors.Join(s.right(ctx, wrongPasswords, p.Person), s.tries.Forget(ctx, counted[0]), s.tries.Give(ctx, counted[1:]...)); err != nil {
		return Proved{}, err
	}
	return p, nil
}

// unknownHash is compared with when a name is unknown. No password matches it.
var unknownHash = encodeHash(make([]byte, saltSize), make([]byte, keySize))

// drawn reads a salt or a key as encodeHash writes it. Another writing of the same bytes gives them too,
// with an error, so that nobody signs in by it and a comparison finds it.
func drawn(s string) ([]byte, error) {
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err == nil && base64.RawStdEncoding.EncodeToString(b) != s {
		err = errors.New("written in another form than the program's")
	}
	return b, err
}

func encodeHash(salt, key []byte) string {
	e := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, argonMemory, argonTime, e.EncodeToString(salt), e.EncodeToString(key))
}

func (s *Service) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	key, err := s.derive(ctx, password, salt, argonTime, argonMemory)
	return encodeHash(salt, key), err
}

func (s *Service) derive(ctx context.Context, password string, salt []byte, time, memory uint32) ([]byte, error) {
	select {
	case s.gate <- struct{}{}:
		defer func() { <-s.gate }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, time, memory, 1, keySize), nil
}

func (s *Service) matches(ctx context.Context, stored, password string) (bool, error) {
	var version int
	var m, t uint32
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("account: a stored hash of unknown form")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=1", &version, &m, &t); err != nil {
		return false, fmt.Errorf("account: stored hash: %w", err)
	}
	salt, err := drawn(parts[4])
	if err != nil {
		return false, fmt.Errorf("account: stored hash: %w", err)
	}
	want, err := drawn(parts[5])
	if err != nil {
		return false, fmt.Errorf("account: stored hash: %w", err)
	}
	got, err := s.derive(ctx, password, salt, t, m)
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

// NewLink makes a one-time link's token for a purpose, good for a while. Only its hash is kept.
func (s *Service) NewLink(ctx context.Context, purpose, detail string, good time.Duration) (string, error) {
	token := rand.Text()
	return token, s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return putLink(ctx, tx, token, purpose, detail, "", "", good)
	})
}

func putLink(ctx context.Context, tx *db.Tx, token, purpose, detail, way, sent string, good time.Duration) error {
	_, err := tx.Exec(ctx, `insert into onetime (token, purpose, detail, expires, used, way, sent) values ($1, $2, $3, $4, '', $5, $6) -- account.putLink`,
		hashToken(token), purpose, detail, db.Stamp(tx.Now().Add(good)), way, sent)
	return err
}

// Link gives the detail of a link that is good still, or NotFound. With use it is used up.
func (s *Service) Link(ctx context.Context, purpose, token string, use bool) (detail string, err error) {
	way := s.db.Read
	if use {
		way = s.db.Write
	}
	return detail, way(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := tx.QueryRow(ctx, `select detail from onetime where token = $1 and purpose = $2 and used = '' and expires > $3 -- account.Link`,
			hashToken(token), purpose, db.Stamp(tx.Now())).Scan(&detail)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, "fault.link")
		}
		if err != nil || !use {
			return err
		}
		_, err = tx.Exec(ctx, `update onetime set used = $2 where token = $1 -- account.Link`, hashToken(token), db.Stamp(tx.Now()))
		return err
	})
}

func hashToken(t string) string {
	h := sha256.Sum256([]byte(t))
	return hex.EncodeToString(h[:])
}
