package bundle

import (
	"context"
	"errors"
	"strings"

	"entente/access"
	"entente/account"
	"entente/dialogue"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/roster"
)

// FirstLink is the purpose of the one-time link by which an empty node gets its first
// administrator.
const FirstLink = "first"

// Newcomer is a person who is to sign in with a name and a password.
type Newcomer struct {
	Key      string
	Person   roster.Person
	Login    string
	Password string
}

// Enrol enters a person and sets name and password, both or neither. Besides what the two acts
// return, fault.Invalid names the faults of both at once.
func Enrol(ctx context.Context, d *db.DB, who access.Actor, to ref.Dialogue, n Newcomer) (id ref.Person, err error) {
	err = d.Together(ctx, func(ctx context.Context) error {
		var faults fault.Fields
		if id, err = enrol(ctx, d, who, to, n, &faults); err != nil {
			return err
		}
		return faults.Err()
	})
	return id, err
}

func enrol(ctx context.Context, d *db.DB, who access.Actor, to ref.Dialogue, n Newcomer, faults *fault.Fields) (ref.Person, error) {
	h, err := Create(ctx, d, Objects(d), who, roster.People.Name, access.Header{Dialogue: to, Key: n.Key}, &n.Person)
	if err := collect(faults, err); err != nil {
		return "", err
	}
	if err != nil { // there is no person to set it for
		*faults = append(*faults, account.Check(n.Login, n.Password)...)
		return "", nil
	}
	id := ref.Person(h.ID)
	return id, collect(faults, account.New(d).SetPassword(ctx, who, id, n.Login, n.Password))
}

// Beginning is what an empty node needs.
type Beginning struct {
	Dialogue dialogue.Dialogue
	Public   bool // everybody may read the dialogue's name and description
	Single   bool // nobody has to sign in with a second factor
	Admin    Newcomer
}

// Begin opens the first dialogue of an empty node with its first administrator, who is also its
// first member of the project team, and uses up the one-time link: all or nothing. It returns
// NotFound when the link was used or has expired or the node is no longer empty, Invalid with
// every fault of what was given.
func Begin(ctx context.Context, d *db.DB, token string, b Beginning) (person ref.Person, err error) {
	who := access.Operator("first administrator")
	b.Admin.Person.Functions = []roster.Held{{Function: access.Administrator}, {Function: access.ProjectTeam}}
	err = d.Together(ctx, func(ctx context.Context) error {
		if err := MayBegin(ctx, d, token, true); err != nil {
			return err
		}
		var faults fault.Fields
		if len(b.Dialogue.Languages) == 0 {
			faults.Add("languages", "", "fault.required")
		}
		id, err := dialogue.New(d).Open(ctx, who, keyOf(b.Dialogue.Name.Get("en")), b.Dialogue, b.Public)
		if err := collect(&faults, err); err != nil {
			return err
		}
		if person, err = enrol(ctx, d, who, id, b.Admin, &faults); err != nil {
			return err
		}
		if err := faults.Err(); err != nil || !b.Single {
			return err
		}
		_, err = Objects(d).ChangeSetting(ctx, who, access.SecondFactor, "")
		return err
	})
	return person, err
}

// MayBegin returns NotFound unless the link is good and the node still empty. With use the link
// is used up.
func MayBegin(ctx context.Context, d *db.DB, token string, use bool) error {
	begun, err := dialogue.New(d).Any(ctx) // first, since it takes no lock: strangers may ask
	if err != nil {
		return err
	}
	if begun {
		return fault.New(fault.NotFound, "fault.link")
	}
	_, err = account.New(d).Link(ctx, FirstLink, token, use)
	return err
}

// collect keeps the fields of a fault of input and returns every other error.
func collect(faults *fault.Fields, err error) error {
	var e *fault.Error
	if errors.As(err, &e) && e.Kind == fault.Invalid && len(e.Fields) > 0 {
		*faults = append(*faults, e.Fields...)
		return nil
	}
	return err
}

// keyOf proposes a key for an object by its English name, "" when that gives none.
func keyOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	key := ""
	for _, w := range words {
		if len(key)+1+len(w) > 60 {
			break
		}
		key = strings.TrimPrefix(key+"-"+w, "-")
	}
	if !access.ValidKey(key) {
		return ""
	}
	return key
}
