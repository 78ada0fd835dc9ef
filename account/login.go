package account

import (
	"context"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
)

// maxLogin bounds a name to sign in with, in bytes.
const maxLogin = 120

// loginKey gives the form by which names to sign in with are told apart: in whatever case and width
// somebody types it, a name is the same, and by anything else that is seen it is another.
func loginKey(login string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(text.CleanName(login))))
}

// Names were told apart by text.Fold once, which makes "li-wei" and "li wei" one, and what was typed
// was not kept. Such a row has no name as it was typed ("shown" is empty). Whoever has one signs in
// by whatever folds to it, and nobody else is given a name that does.

// holder gives the person whom a name signs in, "" for nobody.
func holder(ctx context.Context, tx *db.Tx, login string) (ref.Person, error) {
	people, err := db.Collect(ctx, tx, db.One[ref.Person], `select person from credential where login = $1
		or login = $2 and shown = '' order by case when login = $1 then 0 else 1 end -- account.holder`, loginKey(login), text.Fold(login))
	if err != nil || len(people) == 0 {
		return "", err
	}
	return people[0], nil
}

// WhoSignsIn gives the person whom a name signs in, "" for nobody.
func (s *Service) WhoSignsIn(ctx context.Context, login string) (p ref.Person, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err = holder(ctx, tx, login)
		return err
	})
	return p, err
}
