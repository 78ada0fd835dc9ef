package bundle

import (
	"context"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/roster"
)

// Create makes an object (access.Objects.Create). Where it lets anybody read or speak, those are told whom
// that concerns (around).
func Create(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, kind string, h access.Header, value any) (made access.Header, err error) {
	err = d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		do := func() (ref.ID, error) {
			made, err = objects.Create(ctx, who, kind, h, value)
			return made.ID, err
		}
		k, ok := objects.Kind(kind)
		if !ok || len(access.Deciding(k, k.New(), value)) == 0 {
			_, err := do()
			return err
		}
		return making(ctx, tx, who, &changed{kind: kind, dialogue: h.Dialogue, new: value}, do)
	})
	return made, err
}

// making is around for an act that makes one object.
func making(ctx context.Context, tx *db.Tx, who access.Actor, c *changed, do func() (ref.ID, error)) error {
	_, err := around(ctx, tx, who, []*changed{c}, func() (bool, error) {
		id, err := do()
		c.id = id
		return true, err
	})
	return err
}

// Invite invites a person (account.Service.Invite), and tells those whom it concerns: whoever takes the
// code reads what is for the institution, but for what stands inside.
func Invite(ctx context.Context, d *db.DB, accounts *account.Service, who access.Actor, n account.Newcomer) (person ref.Person, code string, err error) {
	err = d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		p := &roster.Person{Posts: []roster.Post{{Institution: n.Institution}}, Functions: []roster.Held{{Function: n.Function}}}
		return making(ctx, tx, who, &changed{kind: roster.People.Name, dialogue: who.Dialogue, new: p}, func() (ref.ID, error) {
			person, code, err = accounts.Invite(ctx, who, n)
			return ref.ID(person), err
		})
	})
	return person, code, err
}

// End ends a person's posts, functions and signing in (account.Service.End), and tells those whom it
// concerns: the person, and who goes on at the institution.
func End(ctx context.Context, d *db.DB, accounts *account.Service, who access.Actor, person ref.Person, reason string) error {
	return ofPerson(ctx, d, who, person, "", func(ctx context.Context) error { return accounts.End(ctx, who, person, reason) })
}

// SetPassword gives a person a name and a password (account.Service.SetPassword), and tells the person and
// those whom it concerns: whoever has the password comes in as that person.
func SetPassword(ctx context.Context, d *db.DB, accounts *account.Service, who access.Actor, person ref.Person, login, password string) error {
	return ofPerson(ctx, d, who, person, "password", func(ctx context.Context) error { return accounts.SetPassword(ctx, who, person, login, password) })
}

// ofPerson is around for an act on a person's account.
func ofPerson(ctx context.Context, d *db.DB, who access.Actor, person ref.Person, word string, do func(context.Context) error) error {
	return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err := roster.People.Load(ctx, tx, who, ref.ID(person))
		if err != nil {
			return err
		}
		_, err = around(ctx, tx, who, []*changed{standing(&o, word)}, func() (bool, error) { return true, do(ctx) })
		return err
	})
}

// standing is a person whom an act changes by itself.
func standing(o *access.Object[roster.Person], word string) *changed {
	return &changed{kind: roster.People.Name, dialogue: o.Dialogue, id: o.ID, old: &o.Value, new: &o.Value, word: word}
}
