package account

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/ledger"
	"entente/roster"
)

// The acts by which what an account signs in with comes and goes.
var (
	passwordActs = []string{"person.password", "person.own-password", "person.accept"}
	factorActs   = []string{"person.second-factor", "person.second-factor-drop"}
	feedActs     = []string{"person.feed", "person.unfeed"}
	// shutActs end every way in; a handover may.
	shutActs = []string{"person.end", "person.erase", "person.handover"}
	// codeActs may give a code, and admit by it who has not come in by it yet.
	codeActs = []string{"person.invite", "person.link", "person.handover"}
)

// way is what the log says of one person's way of one sort.
type way struct {
	at    string // of the newest act that set it
	taken bool   // it was taken away since
	may   bool   // it may have been
}

// gift is when an admission was given, by the clock and in the order of acts.
type gift struct {
	at  string
	act int
}

// Upgrade is the command in whose name the upgrade admits those who were inside before there were admissions.
const Upgrade = "upgrade"

// admissions is what the log says of those, and of what else bears on by which way somebody is inside.
type admissions struct {
	acts  int                 // how many were read
	given map[ref.ID]gift     // by the admission
	set   map[ref.ID]int      // the newest act that gave a person another way of signing in
	coded map[ref.ID][]string // when a person may have been given a code
	begun bool                // the node signs
	late  []ref.ID            // those that the upgrade is said to have given since: it gives them before
}

func (a *admissions) note(e ledger.Entry) {
	a.acts++
	switch {
	case e.Act == ledger.SignAct || e.Act == ledger.RestoreAct:
		a.begun = true
	case e.Act == "admission.give":
		a.given[e.Object] = gift{e.When, a.acts}
		if a.begun && e.By.Operator == Upgrade {
			a.late = append(a.late, e.Object)
		}
	case e.Act == "person.password" || e.Act == "person.accept":
		a.set[e.Object] = a.acts
	case slices.Contains(codeActs, e.Act):
		a.coded[e.Object] = append(a.coded[e.Object], e.When)
	}
}

// compare looks for admissions that stand although the person signs in otherwise than they were given on:
// the act that changes the way ends them. One that a code gave stands until the code is used.
func (a *admissions) compare(ctx context.Context, tx *db.Tx, f *access.Findings) error {
	for _, id := range a.late {
		f.Add("the admission %s is said to be the upgrade's, which gives them before the node begins to sign, and stands after", id)
	}
	if f.Lacks("the ways on which admissions stand were", "credential", "roster_admission") {
		return nil
	}
	apart, err := roster.WaysApart(ctx, tx)
	for _, x := range apart {
		g, person := a.given[x.Admission], ref.ID(x.Person)
		if g.act > a.set[person] && slices.Contains(a.coded[person], g.at) {
			continue
		}
		f.Add("the admission %s of person %s stands on another way of signing in than the person's, and no act changed it since", x.Admission, person)
	}
	return err
}

// Compare compares the days on which passwords, second factors and addresses of calendars were set
// with the acts that set them, and looks for what cannot be by chance: two accounts with one hash or
// one salt. What a password is, and who has which name, no entry says. It holds a few words for each
// account in memory.
func Compare(ctx context.Context, tx *db.Tx, f *access.Findings) error {
	passwords, factors, feeds := map[ref.ID]way{}, map[ref.ID]way{}, map[ref.ID]way{}
	inside := admissions{given: map[ref.ID]gift{}, set: map[ref.ID]int{}, coded: map[ref.ID][]string{}}
	acts := slices.Concat(passwordActs, factorActs, feedActs, shutActs, codeActs, []string{"admission.give", ledger.SignAct, ledger.RestoreAct})
	slices.Sort(acts)
	err := ledger.Each(ctx, tx, slices.Compact(acts), func(e ledger.Entry) error {
		inside.note(e)
		switch {
		case slices.Contains(passwordActs, e.Act):
			passwords[e.Object] = way{at: e.When}
			if e.Act == "person.own-password" {
				return nil
			}
			feeds[e.Object] = way{at: feeds[e.Object].at, taken: true}
			// A code that is accepted takes the factor away by an entry of its own.
		case e.Act == "person.second-factor":
			factors[e.Object] = way{at: e.When}
		case e.Act == "person.second-factor-drop":
			factors[e.Object] = way{taken: true}
		case e.Act == "person.feed":
			feeds[e.Object] = way{at: e.When}
		case e.Act == "person.unfeed":
			feeds[e.Object] = way{taken: true}
		case slices.Contains(shutActs, e.Act):
			for _, m := range []map[ref.ID]way{passwords, factors, feeds} {
				w := m[e.Object]
				w.may = w.may || e.Act == "person.handover" // who passes one function on may keep another
				w.taken = w.taken || e.Act != "person.handover"
				m[e.Object] = w
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, x := range []waysOf{
		{"a password", "credential", `select person, changed from credential`, passwords, true},
		{"a second factor", "account_factor", `select person, since from account_factor where since <> ''`, factors, true},
		// What ends other ways in ends this one too, and not always with an entry of its own.
		{"the address of a calendar", "account_feed", `select person, made from account_feed`, feeds, false},
	} {
		if f.Lacks("rows of "+x.table+" were", x.table) {
			continue
		}
		if err := x.compare(ctx, tx, f); err != nil {
			return err
		}
	}
	if err := inside.compare(ctx, tx, f); err != nil {
		return err
	}
	if slices.Contains(f.Broken, "credential") { // noted already
		return nil
	}
	return twins(ctx, tx, f)
}

// waysOf is one sort of ways in.
type waysOf struct {
	what  string
	table string
	query string
	log   map[ref.ID]way
	gone  bool // one that the log has and that is not there is told
}

func (x waysOf) compare(ctx context.Context, tx *db.Tx, f *access.Findings) error {
	rows, err := tx.Query(ctx, x.query+` -- account.Compare`)
	type set struct {
		person ref.ID
		at     string
	}
	have, err := db.Rows(rows, err, func(r *sql.Rows) (s set, err error) { err = r.Scan(&s.person, &s.at); return s, err })
	if err != nil {
		return err
	}
	there := map[ref.ID]bool{}
	for _, s := range have {
		there[s.person] = true
		switch w := x.log[s.person]; {
		case w.at == "":
			f.Add("%s of person %s stands as set at %s, and no act set it", x.what, s.person, s.at)
		case w.taken:
			f.Add("%s of person %s stands as set at %s, and the log says that it was taken away", x.what, s.person, s.at)
		case w.at != s.at:
			f.Add("%s of person %s stands as set at %s, by the log it was set at %s", x.what, s.person, s.at, w.at)
		}
	}
	for _, person := range slices.Sorted(maps.Keys(x.log)) {
		if w := x.log[person]; x.gone && w.at != "" && !w.taken && !w.may && !there[person] {
			f.Add("%s of person %s is missing: it was set at %s, and no act took it away", x.what, person, w.at)
		}
	}
	return nil
}

// twins finds accounts with the same hash or the same salt: each is drawn by chance.
func twins(ctx context.Context, tx *db.Tx, f *access.Findings) error {
	rows, err := tx.Query(ctx, `select person, hash from credential order by person -- account.twins`)
	if err != nil {
		return err
	}
	defer rows.Close()
	first := map[string]ref.ID{}
	for rows.Next() {
		var person ref.ID
		var hash string
		if err := rows.Scan(&person, &hash); err != nil {
			return err
		}
		// By what is compared at a sign-in, not by how it is written.
		parts := strings.Split(hash, "$")
		if len(parts) != 6 {
			f.Add("the password of person %s is kept in a form that this program does not write", person)
			continue
		}
		for i, what := range []string{"salt", "key"} {
			bytes, err := drawn(parts[4+i])
			if err != nil {
				f.Add("the %s of the password of person %s is written in a form that this program does not write", what, person)
			}
			if len(bytes) == 0 {
				continue
			}
			if other, ok := first[what+string(bytes)]; ok {
				f.Add("the passwords of persons %s and %s have one %s, which is drawn by chance: one was put in the place of the other", other, person, what)
				continue
			}
			first[what+string(bytes)] = person
		}
	}
	return rows.Err()
}
