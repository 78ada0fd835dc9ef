package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/ledger"
	"entente/meeting"
)

// compared says how the database differs from its log, after something was changed in it by other
// means, which is taken back.
func (s *testSite) compared(tamper ...string) (difference string) {
	s.t.Helper()
	if err := s.db.Together(s.t.Context(), func(ctx context.Context) error {
		return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			for _, q := range tamper {
				r, err := tx.Exec(ctx, q)
				if err != nil {
					return err
				}
				if n, err := r.RowsAffected(); err != nil || n == 0 {
					s.t.Errorf("%s: nothing was changed (%v)", q, err)
				}
			}
			var f access.Findings
			_, err := bundle.Compare(ctx, tx, &f)
			if difference = s.withoutInvented(f.String()); err != nil {
				return err
			}
			return db.ErrRollback
		})
	}); err != nil {
		s.t.Fatal(err)
	}
	return difference
}

// withoutInvented leaves out what a test made without an act, where it says that it does.
func (s *testSite) withoutInvented(difference string) string {
	if !s.invented {
		return difference
	}
	return strings.Join(slices.DeleteFunc(strings.Split(difference, "; "), func(s string) bool { return strings.HasSuffix(s, "no act made this duty") }), "; ")
}

// TestVerifySuccessors: what an institution was asked another has answered only where the register of that
// time said that it succeeded it, whatever the register said at other times.
func TestVerifySuccessors(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		answer := url.Values{"sort": {"nomination"}, "text.zh": {"处长一人。"}}
		form := "/zh/objects/" + s.id(meeting1) + "/statements/new"
		done := func(call string) string {
			return `update duty set done = (select max(d.done) from duty d where d.object = duty.object) where object = '` + call + `' and principal = 'institution:` + s.id("institution/mfa") + `'`
		}
		s.ends("mfa", "2025-06-30", "most") // by mistake, and corrected
		s.ends("mfa", "")
		apart := s.ask(s.id(meeting1), nil)
		s.said(s.post("cn-focal-point", form, plus(answer, url.Values{"call": {apart}})))
		if d := s.compared(done(apart)); !strings.Contains(d, "no act of that time did it") {
			t.Errorf("who succeeded it never did it: %q", d)
		}
		for _, back := range []bool{false, true} { // for a time it was so
			call := s.ask(s.id(meeting1), nil)
			s.ends("mfa", "2025-06-30", "nia")
			said := s.said(s.post("cn-focal-point", form, plus(answer, url.Values{"call": {call}})))
			s.ends("mfa", "")
			if back {
				s.want(s.post("cn-focal-point", "/zh/statements/"+said+"/withdraw", url.Values{"rev": {"1"}}), 303)
			}
			if d := s.compared(); d != "" {
				t.Errorf("taken back %v: %s", back, d)
			}
		}
	})
}

// TestVerifyCalls: what the acts on a call and its answers leave is told clean after each of them, and
// what was changed beside them by name.
func TestVerifyCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
	eachEngine(t, func(t *testing.T, s *testSite) {
		clean := func(after string) {
			t.Helper()
			if d := s.compared(); d != "" {
				t.Errorf("after %s: %s", after, d)
			}
		}
		told := func(want string, tamper ...string) {
			t.Helper()
			if d := s.compared(tamper...); !strings.Contains(d, want) {
				t.Errorf("%v: %q does not say %q", tamper, d, want)
			}
		}
		clean("the example")
		id := s.ask(s.id(meeting1), nil)
		clean("asking")
		nia, mfa := "institution:"+s.id("institution/nia"), "institution:"+s.id("institution/mfa")
		of := func(p string) string { return ` where object = '` + id + `' and principal = '` + p + `'` }
		told(nia+" owes, nominate: the duty is missing", `delete from duty`+of(nia))
		told("its deadline stands as 2031-02-02, by the log it is 2031-01-15", `update duty set due = '2031-02-02'`+of(nia))
		told("it stands as owed to "+mfa, `update duty set asker = '`+mfa+`'`+of(nia))
		told("it is marked as done, and by the log it is open", `update duty set done = '2026-11-01T00:00:00.000Z'`+of(nia))
		told("no act of that time did it", `update duty set done = '2026-11-01T00:00:00.000Z'`+of(nia))
		told("it stands as owed by institution:x", `update duty set principal = 'institution:x'`+of(nia))
		told("no act made this duty", `insert into duty select '0', object, object_kind, dialogue, aset, principal, asker, '', 'report', '', due, '', '', since, '' from duty`+of(nia))

		// One deadline is extended by the act, once and again.
		var duty access.Duty
		if err := s.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			ds, err := access.DutiesOn(ctx, tx, access.Operator("test"), id)
			duty = ds[slices.IndexFunc(ds, func(d access.Duty) bool { return string(d.Principal) == mfa })]
			return err
		}); err != nil {
			t.Fatal(err)
		}
		team := s.actor("project-team")
		if err := bundle.ExtendDuty(t.Context(), s.db, s.objects, team, duty.ID, "2031-01-15", "2031-02-03", "a holiday: long"); err != nil {
			t.Fatal(err)
		}
		clean("an extension")
		told("its deadline stands as 2031-01-15, by the log it was moved from 2031-01-15 to 2031-02-03", `update duty set due = was, was = '', reason = ''`+of(mfa))
		told("the reason of its extension stands as \"x\"", `update duty set reason = 'x'`+of(mfa))
		told("it stands as extended for the reason \"x\", and no act extended it", `update duty set reason = 'x'`+of(nia))
		told("its deadline stands as 2031-03-03", `update duty set due = '2031-03-03'`+of(mfa))
		told("no act moved it", `update duty set was = due, due = '2031-03-03', reason = 'x'`+of(nia))

		// The whole call is, what was answered is done, and contested open again.
		calls := exchange.New(s.db)
		h, _, err := s.objects.Get(t.Context(), team, id)
		if err == nil {
			err = calls.Extend(t.Context(), team, ref.Call(id), h.Rev, "2031-01-20", text.Multi{"en": {Text: "later"}})
		}
		if err != nil {
			t.Fatal(err)
		}
		clean("an extension of the call")
		s.said(s.post("cn-focal-point", "/zh/objects/"+s.id(meeting1)+"/statements/new", url.Values{"sort": {"nomination"}, "text.zh": {"处长一人。"}, "call": {id}}))
		clean("an answer")
		told("it is marked as open, and by the log it was done", `update duty set done = ''`+of(nia))
		told("it was done by the log, and the duty is missing", `delete from duty`+of(nia))
		again := `insert into duty select '0', object, object_kind, dialogue, aset, principal, asker, '', kind, detail, due, was, reason, since, `
		told("it stands as done twice", again+`done from duty`+of(nia))
		told("no act of that time did it", again+`(select o.changed_at from object o where o.id = duty.object) from duty`+of(nia))
		told("no act of that time did it", again+`(select o.changed_at from object o where o.id = duty.object) from duty`+of(mfa))
		told("no act of that time did it", again+`(select max(d.done) from duty d where d.object = duty.object) from duty`+of(mfa))
		told("no act of that time did it", `update duty set done = (select o.changed_at from object o where o.id = duty.object)`+of(nia))
		if err == nil {
			h, _, err = s.objects.Get(t.Context(), team, id)
		}
		if err == nil {
			err = calls.Close(t.Context(), team, ref.Call(id), h.Rev, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		clean("closing")
		told("is none that this program gives", `update duty set id = id || 'x'`+of(nia))
		told("is none that this program gives", `update duty set id = ''`+of(nia))
		told("no act of that day asked it", `update duty set since = '2001-01-01'`+of(nia))

		// As release 0.1.0 noted an extension: the entry names no duty.
		if err := s.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `update duty set was = '2031-01-15', due = '2031-01-20', reason = 'long'`+of(nia))
			if err == nil {
				_, err = ledger.Append(ctx, tx, team.By(), ledger.Act{Name: "duty.extend", Object: ref.ID(id), Reason: "2031-01-15 → 2031-01-20: long"}, nil)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		clean("an extension of release 0.1.0")
		told("the reason of its extension stands as \"x\", by the log it is \"long\"", `update duty set reason = 'x'`+of(nia))
		told("its deadline stands as moved from 2031-01-15 to 2031-03-03, and no act moved it", `update duty set due = '2031-03-03'`+of(nia))
	})
}

// TestVerifyAccounts: what the log knows of passwords, second factors and settings.
func TestVerifyAccounts(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		people := []ref.Person{s.actor("cn-focal-point").Person, s.actor("eu-focal-point").Person, s.actor("cn-contributor").Person}
		for i, p := range people {
			if err := account.New(s.db).SetPassword(t.Context(), access.Operator("admin person password"), p, []string{"one", "two", "three"}[i], "a password of some length"); err != nil {
				t.Fatal(err)
			}
		}
		// Two are inside by their password, the third by a code that is not used yet.
		for _, p := range people[:2] {
			if err := account.New(s.db).Admit(t.Context(), access.Operator("admin person admit"), p, ""); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := account.New(s.db).Reinvite(t.Context(), s.actor("cn-focal-point"), people[2]); err != nil {
			t.Fatal(err)
		}
		if _, err := s.objects.ChangeSetting(t.Context(), access.Operator("admin setting set"), access.SecondFactor, "administrator"); err != nil {
			t.Fatal(err)
		}
		if d := s.compared(); d != "" {
			t.Error(d)
		}
		for want, tamper := range map[string]string{
			"have one salt": `update credential set hash = (select hash from credential where login = 'one') where login = 'two'`,
			// The same bytes, written otherwise; and the salt of one beside a key of its own.
			"have one salt, which is drawn": `update credential set hash = (select substr(hash, 1, length(hash) - 45)
				|| replace(replace(replace(replace(substr(hash, length(hash) - 44, 1), 'A', 'B'), 'Q', 'R'), 'g', 'h'), 'w', 'x')
				|| substr(hash, length(hash) - 43) from credential where login = 'one') where login = 'two'`,
			"the salt of the password of person " + string(people[1]) + " is written": `update credential set hash = (select substr(hash, 1, length(hash) - 45)
				|| replace(replace(replace(replace(substr(hash, length(hash) - 44, 1), 'A', 'B'), 'Q', 'R'), 'g', 'h'), 'w', 'x')
				|| substr(hash, length(hash) - 43) from credential where login = 'two') where login = 'two'`,
			"have one key": `update credential set hash = (select substr(hash, 1, length(hash) - 43) from credential where login = 'two')
				|| (select substr(hash, length(hash) - 42) from credential where login = 'one') where login = 'two'`,
			"a password of person " + string(people[0]) + " is missing":                                                    `delete from credential where login = 'one'`,
			"a password of person " + string(people[1]) + " stands as set at 2001":                                         `update credential set changed = '2001' where login = 'two'`,
			"a password of person x stands as set at":                                                                      `insert into credential (person, login, hash, changed) select 'x', 'x', 'x', changed from credential where login = 'one'`,
			"of person " + string(people[1]) + " stands on another way of signing in":                                      `update credential set way = 'zz' where login = 'two'`,
			"the setting second-factor stands as \"" + access.SecondFactorUsual + "\", by the log it is \"administrator\"": `delete from node where name = 'second-factor'`,
			"the setting second-factor stands as \"x\", by the log it is \"administrator\"":                                `update node set value = 'x' where name = 'second-factor'`,
			"the address of a calendar of person " + string(people[0]) + " stands as set at x":                             `insert into account_feed (person, token, made, used) values ('` + string(people[0]) + `', 'x', 'x', '')`,
		} {
			if d := s.compared(tamper); !strings.Contains(d, want) {
				t.Errorf("%s: %q does not say %q", tamper, d, want)
			}
		}
	})
}

// TestVerifySearch: the index on both engines, by the words of every object, also of a script that an
// engine cuts its own way.
func TestVerifySearch(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		if d := s.compared(); d != "" {
			t.Error(d)
		}
		about := s.id(meeting1)
		for want, tamper := range map[string][]string{
			"its rows in search are missing":              {`delete from search where object = '` + about + `'`},
			"the search finds it by other words":          {`update search set object = '` + about + `' where object = '` + s.id("institution/nia") + `'`},
			"a row of search with id x belongs to no act": {`update search set object = 'x' where object = '` + about + `'`},
		} {
			if d := s.compared(tamper...); !strings.Contains(d, want) {
				t.Errorf("%s: %q does not say %q", tamper, d, want)
			}
		}
		if s.db.Engine() == db.PostgreSQL {
			if d := s.compared(`update search set title = 'x'::tsvector where object = '` + about + `'`); !strings.Contains(d, "by other words") {
				t.Error(d)
			}
		}
		o, v, err := s.objects.Get(t.Context(), access.Operator("test"), about)
		if err != nil {
			t.Fatal(err)
		}
		m := v.(*meeting.Meeting)
		m.Title["en"] = text.Version{Text: "हिन्दी की किताब ʻOkina naïve 𬭎 ΣΊΣΥΦΟΣ İstanbul", Status: text.Original}
		if _, err := s.objects.Edit(t.Context(), access.Operator("test"), o.ID, o.Rev, v, ""); err != nil {
			t.Fatal(err)
		}
		if d := s.compared(); d != "" {
			t.Error(d)
		}
	})
}
