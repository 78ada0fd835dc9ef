package account

import (
	"context"
	"database/sql"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"entente/internal/db"
	"entente/internal/fault"
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

// look gives a name by what is seen of it: letters of other scripts as the Latin ones that they look
// like, every dash and every dot as one. A name that looks like another's is given to nobody; to
// sign in, names are still told apart by loginKey. Figures and letters (0 and o) count as different,
// and what only looks alike in some fonts.
func look(login string) string { return alike.Replace(text.Visible(loginKey(login))) }

var alike = func() *strings.Replacer {
	var pairs []string
	for to, from := range map[string]string{
		"a": "аαɑ", "b": "ьβвƅ", "c": "сϲ", "d": "ԁ", "e": "еεєҽ", "f": "ғϝ", "g": "ɡԍ", "h": "һнհ", "i": "іιıɩ", "j": "јϳ", "k": "кκҡ", "l": "ӏ", "m": "мμ", "n": "ηո", "o": "оοσօ", "p": "рρ",
		"q": "ԛզ", "r": "г", "s": "ѕʂ", "t": "тτ", "u": "υս", "v": "νѵ", "w": "ԝωա", "x": "хχҳ", "y": "уγүʏ", "z": "ζᴢ",
		"-": "‐‑‒–—―−﹣－ー一ㅡ⁃", "·": "・•‧∙⋅･", "'": "’‘ʼʻʹ′`´",
	} {
		for _, r := range from {
			pairs = append(pairs, string(r), to)
		}
	}
	return strings.NewReplacer(pairs...)
}()

// free gives the fault of a name that is another person's, or too like one.
func free(ctx context.Context, tx *db.Tx, person ref.Person, login string) error {
	type row struct{ login, shown string }
	taken, err := db.Collect(ctx, tx, func(r *sql.Rows) (x row, err error) {
		err = r.Scan(&x.login, &x.shown)
		return x, err
	},
		`select login, shown from credential where person <> $1 -- account.free`, person)
	if err != nil {
		return err
	}
	key, seen, folded := loginKey(login), look(login), text.Fold(login)
	told := ""
	for _, t := range taken {
		switch {
		case t.login == key:
			told = "fault.login-taken"
		case told == "" && (look(t.login) == seen || t.shown == "" && t.login == folded):
			told = "fault.login-near"
		}
	}
	if told == "" {
		return nil
	}
	var f fault.Fields
	f.Add("login", text.CleanName(login), told)
	return f.Err()
}

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
