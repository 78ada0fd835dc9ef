package notice

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/mail"
	"entente/internal/ref"
	"entente/internal/seal"
)

// Rhythm is how often a person wants letters.
type Rhythm string

// The rhythms. Letters about the account itself come at once unless a person wants none at all.
const (
	AtOnce Rhythm = "at-once"
	Daily  Rhythm = "daily"
	Never  Rhythm = "never"
)

// Rhythms gives the choices.
func Rhythms() []Rhythm { return []Rhythm{AtOnce, Daily, Never} }

// Address is where and how often a person gets letters.
type Address struct {
	Address   string
	Rhythm    Rhythm
	Confirmed bool
	Way       string // of signing in, under which the person gave it; or that of the code with which it was given
	Asked     bool   // a letter asked to confirm it, and nobody has
}

// confirmLasts is how long the link in the letter that asks is good.
const confirmLasts = 3 * 24 * time.Hour

// AddressOf gives a person's address; the zero Address where there is none.
func AddressOf(ctx context.Context, tx *db.Tx, person ref.Person) (a Address, err error) {
	var confirmed, token string
	err = tx.QueryRow(ctx, `select address, rhythm, confirmed, way, token from notice_address where person = $1 -- notice.AddressOf`, person).
		Scan(&a.Address, &a.Rhythm, &confirmed, &a.Way, &token)
	if errors.Is(err, sql.ErrNoRows) {
		return Address{}, nil
	}
	a.Confirmed, a.Asked = confirmed != "", token != ""
	return a, err
}

// Introduce notes the address at which somebody who is being invited is reached.
func Introduce(ctx context.Context, tx *db.Tx, person ref.Person, address string) error {
	clean, ok := mail.Clean(address)
	if !ok {
		return wrongAddress(address)
	}
	return putAddress(ctx, tx, person, Address{Address: clean, Rhythm: AtOnce}, "")
}

// Vouch notes that whoever lets a person in by a code sent that to the person's address.
func Vouch(ctx context.Context, tx *db.Tx, person ref.Person, way string) error {
	_, err := tx.Exec(ctx, `update notice_address set way = $2 where person = $1 -- notice.Vouch`, person, way)
	return err
}

// Drop forgets a person's address unless it is the one kept, and says whether there was one to forget.
func Drop(ctx context.Context, tx *db.Tx, person ref.Person, keep string) (bool, error) {
	if err := Recall(ctx, tx, person, Confirm); err != nil {
		return false, err
	}
	res, err := tx.Exec(ctx, `delete from notice_address where person = $1 and address <> $2 -- notice.Drop`, person, keep)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

func wrongAddress(address string) error {
	var f fault.Fields
	f.Add("address", address, "fault.mail-address")
	return f.Err()
}

func putAddress(ctx context.Context, tx *db.Tx, person ref.Person, a Address, token string) error {
	now, confirmed := db.Stamp(tx.Now()), ""
	if a.Confirmed {
		confirmed = now
	}
	_, err := tx.Exec(ctx, `insert into notice_address (person, address, rhythm, confirmed, token, asked, way) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (person) do update set address = excluded.address, rhythm = excluded.rhythm,
			confirmed = excluded.confirmed, token = excluded.token, asked = excluded.asked, way = excluded.way -- notice.putAddress`,
		person, a.Address, a.Rhythm, confirmed, token, now, a.Way)
	return err
}

// Service is the door to a person's own address.
type Service struct {
	db  *db.DB
	box *seal.Box
}

// NewService gives the service over a database. The box seals what waits to be sent.
func NewService(d *db.DB, box *seal.Box) *Service { return &Service{d, box} }

// SetAddress notes where and how often the actor gets letters. A new address gets a letter that
// asks for confirmation, and no other until then. An empty one is forgotten. It is no part of the
// record.
func (s *Service) SetAddress(ctx context.Context, who access.Actor, address string, rhythm Rhythm) error {
	if !who.SignedIn() {
		return fault.New(fault.Forbidden, "")
	}
	var f fault.Fields
	if rhythm != AtOnce && rhythm != Daily && rhythm != Never {
		f.Add("rhythm", string(rhythm), "fault.required")
		return f.Err()
	}
	if address == "" {
		return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := Drop(ctx, tx, who.Person, "")
			return errors.Join(err, Recall(ctx, tx, who.Person, Invitation))
		})
	}
	clean, ok := mail.Clean(address)
	if !ok {
		return wrongAddress(address)
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		old, err := AddressOf(ctx, tx, who.Person)
		if err != nil {
			return err
		}
		a := Address{Address: clean, Rhythm: rhythm, Confirmed: old.Confirmed && old.Address == clean}
		if err := tx.QueryRow(ctx, `select coalesce((select way from credential where person = $1), '') -- notice.SetAddress`, string(who.Person)).Scan(&a.Way); err != nil {
			return err
		}
		if err := putAddress(ctx, tx, who.Person, a, ""); err != nil {
			return err
		}
		if old.Address != clean { // a code that waits to be sent is not for this one
			if err := Recall(ctx, tx, who.Person, Invitation); err != nil {
				return err
			}
		}
		return Ask(ctx, tx, s.box, who.Person)
	})
}

// Ask sends the letter that asks for confirmation, to a person with an address that is not
// confirmed. A letter that asked before is good no longer.
func Ask(ctx context.Context, tx *db.Tx, box *seal.Box, person ref.Person) error {
	a, err := AddressOf(ctx, tx, person)
	if err != nil || a.Address == "" || a.Confirmed || box == nil {
		return err
	}
	if err := Recall(ctx, tx, person, Confirm); err != nil {
		return err
	}
	token := rand.Text()
	if err := putAddress(ctx, tx, person, a, hash(token)); err != nil {
		return err
	}
	return Put(ctx, tx, box, New{Person: person, Kind: Confirm, Secret: token, Detail: Detail{Until: db.Stamp(tx.Now().Add(confirmLasts))}})
}

// Asks gives NotFound for a code that is good no longer.
func (s *Service) Asks(ctx context.Context, token string) error {
	return s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var n int
		err := tx.QueryRow(ctx, `select count(*) from notice_address where token = $1 and asked > $2 -- notice.Asks`,
			hash(token), db.Stamp(tx.Now().Add(-confirmLasts))).Scan(&n)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "fault.link")
		}
		return err
	})
}

// ConfirmAddress takes the code of the letter that asked: its address gets letters from now on.
// NotFound for a code that is good no longer.
func (s *Service) ConfirmAddress(ctx context.Context, token string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		res, err := tx.Exec(ctx, `update notice_address set confirmed = $3, token = ''
			where token = $1 and token <> '' and asked > $2 -- notice.ConfirmAddress`,
			hash(token), db.Stamp(tx.Now().Add(-confirmLasts)), db.Stamp(tx.Now()))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.NotFound, "fault.link"))
		}
		return nil
	})
}

// Unask forgets an address that a letter asked to confirm and nobody did, and says how many there were:
// its link is good no longer.
func Unask(ctx context.Context, tx *db.Tx, person ref.Person) (int64, error) {
	if err := Recall(ctx, tx, person, Confirm); err != nil {
		return 0, err
	}
	res, err := tx.Exec(ctx, `delete from notice_address where person = $1 and token <> '' -- notice.Unask`, person)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func hash(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

// Address gives the actor's own address.
func (s *Service) Address(ctx context.Context, who access.Actor) (a Address, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err = AddressOf(ctx, tx, who.Person)
		return err
	})
	return a, err
}
