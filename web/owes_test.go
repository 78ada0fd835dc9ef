package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/ledger"
	"entente/meeting"
	"entente/notice"
	"entente/publication"
	"entente/roster"
	"entente/standard/tlp"
)

// register changes an institution, as a command of the operator.
func (s *testSite) register(key string, change func(*roster.Institution)) {
	s.t.Helper()
	op := access.Operator("test")
	h, v, err := s.objects.Get(s.t.Context(), op, s.id("institution/"+key))
	if err == nil {
		change(v.(*roster.Institution))
		_, err = s.objects.Edit(s.t.Context(), op, h.ID, h.Rev, v, "test")
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// madeBy gives who made an object, as the ledger says.
func (s *testSite) madeBy(id ref.ID) (by ledger.By) {
	s.t.Helper()
	if err := s.db.Read(s.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		by, err = access.MadeBy(ctx, tx, id)
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return by
}

// ends gives an institution a last day and those who succeed it from the next on.
func (s *testSite) ends(key string, last when.Date, heirs ...string) {
	s.t.Helper()
	s.register(key, func(i *roster.Institution) {
		i.Ended, i.Successors = last, nil
		for _, h := range heirs {
			i.Successors = append(i.Successors, roster.Succession{Institution: ref.Institution(s.id("institution/" + h))})
		}
	})
}

// owes gives the titles of what a role owes or awaits in a view, but for translations, and how many
// such duties are counted there.
func (s *testSite) owes(role string, view access.DutyView) (out []string, counted int) {
	s.t.Helper()
	who := s.actor(role)
	debts, err := roster.New(s.db).Debts(s.t.Context(), who, who.Dialogue)
	if err != nil {
		s.t.Fatal(err)
	}
	today := when.DateOf(s.db.Now().In(when.Beijing.Location()))
	got, err := s.objects.Duties(s.t.Context(), who, access.DutyQuery{Dialogue: who.Dialogue, Lang: "en", View: view, Debts: debts, Others: true, Today: today, Limit: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range got.List {
		out = append(out, d.About.Text)
	}
	c, err := s.objects.CountDuties(s.t.Context(), who, who.Dialogue, today, debts)
	if err != nil {
		s.t.Fatal(err)
	}
	counted = map[access.DutyView]int{
		access.DutiesInstitution: c.Institution, access.DutiesAwaited: c.Awaited, access.DutiesIdle: c.Idle,
	}[view]
	return out, counted
}

// owesOnly wants a view to hold so many duties, in the list and in the count.
func (s *testSite) owesOnly(role string, view access.DutyView, want int) {
	s.t.Helper()
	if list, n := s.owes(role, view); len(list) != want || n != want {
		s.t.Errorf("%s of %s: %q and counted %d, want %d", view, role, list, n, want)
	}
}

func (s *testSite) vacancies(role string) int { return s.told(role, string(notice.Vacant)) }

// remind does what the node does once a day.
func (s *testSite) remind() {
	s.t.Helper()
	for all := false; !all; {
		if err := s.db.Write(s.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
			all, err = bundle.Remind(ctx, tx, when.DateOf(tx.Now().In(when.Beijing.Location())))
			return err
		}); err != nil {
			s.t.Fatal(err)
		}
	}
}

// TestOwedUnseen: after a narrowing a call waits no longer for who cannot read it, which the project team
// is told and nobody else; it comes back with the reading.
func TestOwedUnseen(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		whole := s.id(meeting1)
		id := s.ask(whole, func(f url.Values) { f.Set("due", string(when.DateOf(s.db.Now().In(when.Beijing.Location())))) })
		before, _, err := s.objects.Get(t.Context(), s.actor("project-team"), whole)
		if err != nil {
			t.Fatal(err)
		}
		s.owesOnly("project-team", access.DutiesAwaited, 2)
		team, mfa := access.TeamOf(before.Dialogue), access.InstitutionOf(ref.Institution(s.id("institution/mfa")))
		s.narrow(whole, tlp.AMBERSTRICT, team, mfa)
		s.owesOnly("project-team", access.DutiesAwaited, 1)
		s.owesOnly("project-team", access.DutiesIdle, 1)
		s.owesOnly("cn-focal-point", access.DutiesInstitution, 0)
		s.want(s.get("project-team", "/en/calls/"+id), 200, "can no longer read this", "Nobody can answer", "Waiting")
		s.want(s.get("project-team", "/zh/calls/"+id), 200, "已无权查阅本条内容", "无人可办")
		s.want(s.get("project-team", "/en/meetings/{"+meeting1+"}"), 200, "NIA: can no longer read this", "!MFA: can no longer")
		s.want(s.get("project-team", "/en/duties?view=idle"), 200, "Nominate participants", "can no longer read this", "!working days late")
		s.want(s.get("project-team", "/zh/duties?view=idle"), 200, "无人可办", "已无权查阅本条内容")
		s.want(s.get("project-team", "/en/duties?view=awaited"), 200, "Nominate participants", "!can no longer read this")
		s.want(s.get("cn-ministry", "/en/calls/"+id), 200, "Waiting", "!can no longer read", "!Nobody can answer")
		s.want(s.get("cn-ministry", "/en/meetings/{"+meeting1+"}"), 200, "!can no longer read")
		for _, at := range []string{"/en/calls/" + id, "/en/meetings/{" + meeting1 + "}"} {
			s.want(s.get("cn-focal-point", at), 404)
		}
		s.remind()
		if nia, mfa := s.told("cn-focal-point", "reminder"), s.told("cn-ministry", "reminder"); nia != 0 || mfa != 1 {
			t.Errorf("who can no longer read what it was asked is reminded of it %d times, and the other %d", nia, mfa)
		}
		// Widened for somebody else it stays as it is; widened again it is owed again.
		s.narrow(whole, tlp.AMBERSTRICT, team, mfa, access.InstitutionOf(s.actor("eu-focal-point").Institution))
		s.owesOnly("project-team", access.DutiesIdle, 1)
		s.want(s.get("eu-focal-point", "/en/calls/"+id), 404)
		s.narrow(whole, before.Mark, before.Audience...)
		s.owesOnly("project-team", access.DutiesAwaited, 2)
		s.owesOnly("project-team", access.DutiesIdle, 0)
		s.owesOnly("cn-focal-point", access.DutiesInstitution, 1)
		s.want(s.get("cn-focal-point", "/zh/calls/"+id), 200, canary, "办理")
		s.want(s.get("project-team", "/en/calls/"+id), 200, "!can no longer read this")
		s.want(s.get("eu-focal-point", "/en/calls/"+id), 404)
		// Who was taken from a call by an act of its own stays so, whatever is widened beside it.
		s.narrow(id, tlp.AMBERSTRICT, team, mfa)
		s.narrow(whole, tlp.GREEN, access.DialogueOf(before.Dialogue), team)
		s.want(s.get("cn-focal-point", "/zh/calls/"+id), 404)
		s.owesOnly("project-team", access.DutiesIdle, 1)
	})
}

// TestOwedOfClosedWhole: a call about a meeting that is for a circle waits no longer for the institution
// that the circle leaves out: it finds neither the duty nor what it was asked, the project team is told.
func TestOwedOfClosedWhole(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		team, op := s.actor("project-team"), access.Operator("test")
		nia, mfa := ref.Institution(s.id("institution/nia")), ref.Institution(s.id("institution/mfa"))
		circle := s.create("circle", access.Header{Dialogue: team.Dialogue}, &roster.Circle{Name: text.Both("C", "组"), Members: []ref.Institution{nia, mfa}})
		whole := s.create("meeting", access.Header{Dialogue: team.Dialogue, Mark: tlp.AMBERSTRICT, Audience: access.NewAudience(access.CircleOf(ref.Circle(circle.ID)), access.TeamOf(team.Dialogue))},
			&meeting.Meeting{Title: text.Both("Closed", "封闭"), Type: "seminar", State: meeting.Planned})
		id := s.ask(whole.ID, func(f url.Values) { f.Set("due", string(when.DateOf(s.db.Now().In(when.Beijing.Location())))) })
		idle, _ := s.owes("project-team", access.DutiesIdle)
		await, _ := s.owes("project-team", access.DutiesAwaited)
		own, _ := s.owes("cn-focal-point", access.DutiesInstitution)
		duty := ""
		if err := s.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			ds, err := access.DutiesOn(ctx, tx, s.actor("cn-focal-point"), id)
			if err == nil && len(ds) > 0 {
				duty = ds[0].ID
			}
			return err
		}); err != nil || duty == "" {
			t.Fatal("it owes nothing", err)
		}
		s.want(s.get("cn-focal-point", "/en/duties/"+duty), 200, canary)
		members := func(ms ...ref.Institution) {
			h, v, err := s.objects.Get(t.Context(), op, circle.ID)
			if err != nil {
				t.Fatal(err)
			}
			v.(*roster.Circle).Members = ms
			if err := bundle.Edit(t.Context(), s.db, s.objects, op, h.ID, h.Rev, v, ""); err != nil {
				t.Fatal(err)
			}
		}
		members(mfa)
		s.owesOnly("cn-focal-point", access.DutiesInstitution, len(own)-1)
		s.owesOnly("project-team", access.DutiesAwaited, len(await)-1)
		s.owesOnly("project-team", access.DutiesIdle, len(idle)+1)
		for _, at := range []string{"", "/brief"} {
			s.want(s.get("cn-focal-point", "/en/duties/"+duty+at), 404)
		}
		s.want(s.get("cn-focal-point", "/en/duties"), 200, "!"+canary)
		s.want(s.get("cn-focal-point", "/en/duties?view=done"), 200, "!"+canary)
		s.want(s.get("cn-focal-point", "/en/desk"), 200, "!"+duty, "!"+id, "!"+canary)
		s.want(s.get("cn-focal-point", "/en/search?q="+canary), 200, "!"+id, "!/calls/")
		for _, at := range []string{"/history", "/files"} {
			s.want(s.get("cn-focal-point", "/en/objects/"+id+at), 404)
		}
		s.want(s.get("cn-focal-point", "/account/data.json"), 200, "!"+id)
		s.want(s.get("cn-ministry", "/en/desk"), 200, id)
		s.want(s.get("project-team", "/en/duties/"+duty), 200, "can no longer read this")
		s.want(s.get("project-team", "/en/duties?view=idle"), 200, "can no longer read this")
		s.remind()
		if nia, mfa := s.told("cn-focal-point", "reminder"), s.told("cn-ministry", "reminder"); nia != 0 || mfa != 1 {
			t.Errorf("who can no longer read what it was asked is reminded of it %d times, and the other %d", nia, mfa)
		}
		members(nia, mfa)
		s.owesOnly("cn-focal-point", access.DutiesInstitution, len(own))
		s.owesOnly("project-team", access.DutiesAwaited, len(await))
		s.owesOnly("project-team", access.DutiesIdle, len(idle))
	})
}

// TestOwedBySuccessor: what an institution that ended was asked is owed once, by who succeeded it; its
// own people read on and say nothing new.
func TestOwedBySuccessor(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		whole := s.id(meeting1)
		form := "/zh/objects/" + whole + "/statements/new"
		id := s.ask(whole, nil)
		own := s.ask(whole, func(f url.Values) { f["to"] = []string{s.id("institution/mfa")} })
		comment := s.said(s.post("cn-ministry", form, url.Values{"sort": {"comment"}, "text.zh": {"收到。"}}))
		s.ends("mfa", "2025-06-30", "nia")
		s.owesOnly("cn-focal-point", access.DutiesInstitution, 2)
		s.owesOnly("cn-ministry", access.DutiesInstitution, 0)
		s.owesOnly("project-team", access.DutiesAwaited, 2)
		s.want(s.get("cn-ministry", "/zh/duties"), 200, "!"+canary)
		s.want(s.get("cn-ministry", "/zh/calls/"+own), 200, canary, "!/statements/new")
		s.want(s.get("cn-focal-point", "/zh/calls/"+own), 200, "/statements/new", "作为外交部职能的承接单位")
		s.want(s.get("project-team", "/en/calls/"+own), 200, "ended on 30 June 2025, succeeded by National Immigration Administration")
		s.want(s.get("project-team", "/en/meetings/{"+meeting1+"}"), 200, "MFA: ended on 30 June 2025, succeeded by")
		s.want(s.get("project-team", "/en/duties?view=awaited"), 200, "NIA, successor of MFA")
		s.want(s.get("cn-focal-point", "/en/duties"), 200, "as successor of MFA")

		// The people of what has ended say nothing new; the refusal names the day and the successor.
		says := url.Values{"sort": {"nomination"}, "text.zh": {"处长一人。"}, "call": {own}}
		s.want(s.post("cn-ministry", form, says), 403, "已于2025年6月30日终止", "国家移民管理局")
		s.want(s.post("cn-ministry", "/en/objects/"+whole+"/statements/new", says), 403, "ended on 30 June 2025", "National Immigration Administration", "succeeded it")
		s.want(s.post("cn-ministry", "/en/objects/"+whole+"/receipt", url.Values{"rev": {s.rev(whole)}}), 403)
		s.want(s.post("cn-ministry", "/en/statements/"+comment+"/withdraw", url.Values{"rev": {"1"}, "reason.en": {"x"}}), 403)
		s.want(s.get("cn-ministry", "/zh/meetings/{"+meeting1+"}"), 200, "收到。", "!/statements/new")
		for _, act := range []string{"statement.create", "statement.on-behalf", "statement.accept", "note.create", "note.edit", "file.create", "circle.create", "person.invite", "duty.extend"} {
			if err := access.May(s.actor("cn-ministry"), act, access.Header{Dialogue: s.actor("cn-ministry").Dialogue, Owner: s.id("institution/mfa")}); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s for an institution that has ended: %v", act, err)
			}
		}
		// Nor does its successor speak in its name, nor anybody for it but by a letter of its own time.
		s.want(s.post("cn-focal-point", "/en/statements/"+comment+"/withdraw", url.Values{"rev": {"1"}, "reason.en": {"x"}}), 403, "in the name of an institution that yours succeeded")
		s.want(s.post("cn-focal-point", form, url.Values{"sort": {"comment"}, "text.zh": {"收回。"}, "replaces": {comment}}), 404)
		s.want(s.get("cn-focal-point", "/en/statements/"+comment), 200, "收到。", "!/withdraw", "!/translate", "!replaces=")
		letter := s.letter()
		letter["institution"], letter["sort"], letter["entered.date"] = s.id("institution/mfa"), "nomination", "2025-07-01"
		s.want(s.send("project-team", "/en/objects/"+whole+"/statements/behalf", "", "", letter), 422, "It ended on 30 June 2025", "National Immigration Administration")
		if _, err := exchange.New(s.db).Ask(t.Context(), s.actor("project-team"), whole, exchange.Asked{
			Title: text.Both("New", ""), For: "answer", Due: "2031-01-15", To: []ref.Institution{ref.Institution(s.id("institution/mfa"))},
		}); !fault.Is(err, fault.Invalid) {
			t.Errorf("what has ended is asked: %v", err)
		}

		// One answer settles both; it stands in the own name.
		said := s.said(s.post("cn-focal-point", form, url.Values{"sort": {"nomination"}, "text.zh": {"处长一人。"}, "call": {id}}))
		s.owed(id, "institution/mfa nominate 2031-01-15 done", "institution/nia nominate 2031-01-15 done")
		s.want(s.get("project-team", "/en/calls/"+id), 200, "2 of 2 answered", "NIA, successor of")
		s.want(s.get("project-team", "/en/statements/"+said), 200, "NIA", "as successor of Ministry of Foreign Affairs")
		s.want(s.get("project-team", "/en/objects/"+said+"/history"), 200, ", as successor of MFA")
		s.want(s.get("project-team", "/zh/objects/"+said+"/history"), 200, "（作为外交部职能的承接单位）")
		s.want(s.get("project-team", "/en/objects/"+comment+"/history"), 200, "!as successor of")
		s.want(s.get("eu-focal-point", "/en/objects/"+said+"/history"), 200, "!as successor of")
		if by := s.madeBy(said); !slices.Equal(by.SuccessorOf, []ref.ID{s.id("institution/mfa")}) {
			t.Errorf("the entry names those in whose place it was said: %q", by.SuccessorOf)
		}
		s.owesOnly("project-team", access.DutiesAwaited, 1)
		s.want(s.post("cn-focal-point", "/zh/statements/"+said+"/withdraw", url.Values{"rev": {"1"}, "reason.zh": {"有误。"}}), 303)
		s.owesOnly("project-team", access.DutiesAwaited, 2)
		s.owesOnly("cn-focal-point", access.DutiesInstitution, 2)

		// A chain: nobody owes it where the last one ended without a successor, and one who has nobody.
		s.ends("nia", "2025-09-30", "most")
		s.owesOnly("cn-focal-point", access.DutiesInstitution, 0)
		s.owesOnly("project-team", access.DutiesAwaited, 2)
		s.want(s.get("project-team", "/en/calls/"+own), 200, "succeeded by Ministry of Science and Technology", "nobody is entered who could answer")
		s.ends("most", "2025-10-31", "mohrss")
		s.want(s.get("project-team", "/zh/calls/"+own), 200, "由人力资源和社会保障部承接职能", "未登记可代表其办复的人员")
		s.ends("mohrss", "2025-11-30")
		s.owesOnly("project-team", access.DutiesAwaited, 0)
		s.owesOnly("project-team", access.DutiesIdle, 3)
		s.want(s.get("project-team", "/en/calls/"+own), 200, "ended on 30 June 2025", "Nobody can answer", "!succeeded by")
		s.want(s.post("cn-focal-point", form, url.Values{"sort": {"comment"}, "text.zh": {"x"}}), 403, "贵单位已于2025年9月30日终止", "不再以其名义")
		// Corrected, all is as it was: nothing of it was stored.
		s.ends("nia", "")
		s.ends("mfa", "")
		s.owesOnly("cn-focal-point", access.DutiesInstitution, 1)
		s.owesOnly("cn-ministry", access.DutiesInstitution, 2)
	})
}

// TestOwedOfEachKind: every kind of duty follows, a receipt and a translation too, and the brief for the
// leader stands under the successor's own name.
func TestOwedOfEachKind(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		whole, mfa := s.id(meeting1), access.InstitutionOf(ref.Institution(s.id("institution/mfa")))
		calls := map[exchange.Sort]ref.ID{}
		for _, sort := range exchange.Wanted("").Options() {
			calls[exchange.Sort(sort)] = s.ask(whole, func(f url.Values) { f["to"] = []string{s.id("institution/mfa")}; f.Set("for", sort) })
		}
		if err := s.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			s.invented = true
			return access.Owe(ctx, tx, access.Duty{Object: whole, Principal: mfa, Asker: mfa, Kind: access.DutyTranslate, Detail: "zh missing"})
		}); err != nil {
			t.Fatal(err)
		}
		translations := func(role string) int {
			who := s.actor(role)
			got, err := s.objects.Translations(t.Context(), who, access.TranslationQuery{Dialogue: who.Dialogue, Lang: "en"})
			if err != nil {
				t.Fatal(err)
			}
			return got.Total
		}
		if _, n := s.owes("cn-ministry", access.DutiesInstitution); n != 6 {
			t.Errorf("it owes %d", n)
		}
		s.ends("mfa", "2025-06-30", "nia")
		if a, b := translations("cn-ministry"), translations("cn-focal-point"); a != 0 || b != 1 {
			t.Errorf("the translation is owed by the one that ended %d times, by its successor %d times", a, b)
		}
		if _, n := s.owes("cn-focal-point", access.DutiesInstitution); n != 6 {
			t.Errorf("the successor owes %d", n)
		}
		if _, n := s.owes("cn-ministry", access.DutiesInstitution); n != 0 {
			t.Errorf("the one that ended owes %d", n)
		}
		for sort, id := range calls {
			var duty access.Duty
			if err := s.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				ds, err := access.DutiesOn(ctx, tx, s.actor("cn-focal-point"), id)
				duty = ds[0]
				return err
			}); err != nil {
				t.Fatal(err)
			}
			s.want(s.get("cn-focal-point", "/en/duties/"+duty.ID+"/brief"), 200, `<p class="letterhead"><span>National Immigration Administration`, "Asked was, before you succeeded it", "Ministry of Foreign Affairs")
			s.want(s.get("cn-ministry", "/en/duties/"+duty.ID+"/brief"), 404)
			s.want(s.get("project-team", "/en/duties/"+duty.ID), 200, "National Immigration Administration, successor of Ministry of Foreign Affairs")
			if sort == exchange.Receipt {
				s.want(s.post("cn-focal-point", "/zh/objects/"+whole+"/receipt", url.Values{"rev": {s.rev(whole)}, "call": {id}}), 303)
			} else {
				s.said(s.post("cn-focal-point", "/zh/objects/"+whole+"/statements/new", url.Values{"sort": {string(sort)}, "text.zh": {"已办。"}, "call": {id}}))
			}
			s.owed(id, "institution/mfa "+duty.Kind+" 2031-01-15 done")
		}
	})
}

// TestOwedOnce: of two successors one owes, and an end in the future counts from its day on.
func TestOwedOnce(t *testing.T) {
	now := time.Now()
	s := newTestAt(t, func() time.Time { return now })
	id := s.ask(s.id(meeting1), func(f url.Values) { f["to"] = []string{s.id("institution/mfa")}; f.Set("due", "2040-01-16") })
	s.ends("mfa", "2039", "nia", "most")
	s.owesOnly("cn-ministry", access.DutiesInstitution, 1)
	s.owesOnly("cn-focal-point", access.DutiesInstitution, 0)
	s.want(s.get("project-team", "/en/calls/"+id), 200, "!ended on")
	now = time.Date(2039, 12, 31, 12, 0, 0, 0, time.UTC)
	s.owesOnly("cn-ministry", access.DutiesInstitution, 1)
	now = time.Date(2040, 1, 1, 12, 0, 0, 0, time.UTC)
	s.owesOnly("cn-ministry", access.DutiesInstitution, 0)
	if v, err := exchange.New(s.db).Call(t.Context(), s.actor("project-team"), ref.Call(id)); err != nil || v.Open[ref.Institution(s.id("institution/mfa"))].Ended != "2039" {
		t.Errorf("the call does not say when it ended: %+v, %v", v.Open, err)
	}
	if err := access.May(s.actor("cn-ministry"), "statement.create", access.Header{Dialogue: s.actor("cn-ministry").Dialogue, Owner: s.id("institution/mfa")}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("it speaks on: %v", err)
	}
	// Of NIA and MOST, which both succeeded it, one owes it.
	var owe []string
	if err := s.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		r, err := roster.Responding(ctx, tx, ref.Institution(s.id("institution/mfa")))
		for _, key := range []string{"nia", "most"} {
			if string(r.For(ref.Institution(s.id("institution/mfa"))).Institution) == s.id("institution/"+key) {
				owe = append(owe, key)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, n := s.owes("cn-focal-point", access.DutiesInstitution); len(owe) != 1 || (owe[0] == "nia") != (n == 1) {
		t.Errorf("owed by %q, and by NIA %d", owe, n)
	}
}

// TestOwedByNobody: who asked is told once that nobody is entered any more, and the page of ending a person
// says so before; of what the reader may not know, it gives no number.
func TestOwedByNobody(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		op, accounts := access.Operator("test"), account.New(s.db)
		mfa := ref.Institution(s.id("institution/mfa"))
		whole := s.id(meeting1)
		id := s.ask(whole, nil)
		s.ask(whole, func(f url.Values) { f["to"] = []string{string(mfa), s.id("institution/most")} })
		s.remind()
		if n := s.vacancies("project-team"); n != 0 {
			t.Errorf("who asked an institution without people is told %d times what it knew", n)
		}
		s.want(s.get("project-team", "/en/people/{person/cn-ministry}"), 200, "2 open duties of Ministry of Foreign Affairs will have nobody")
		s.want(s.get("project-team", "/zh/people/{person/cn-ministry}"), 200, "外交部尚有2项未办结事项")
		s.want(s.get("project-team", "/en/people/{person/cn-contributor}"), 200, "!will have nobody", "!Nobody else")
		s.want(s.get("cn-focal-point", "/en/people/{person/cn-ministry}"), 200, "!will have nobody", "!Nobody else")
		want := func(n int) {
			t.Helper()
			if got := s.vacancies("project-team"); got != n {
				t.Errorf("the project team was told %d times, want %d", got, n)
			}
			for _, role := range []string{"cn-focal-point", "eu-focal-point", "donor", "administrator"} {
				if got := s.vacancies(role); got != 0 {
					t.Errorf("%s was told %d times", role, got)
				}
			}
		}
		if err := accounts.End(t.Context(), op, ref.Person(s.id("person/cn-ministry")), "left"); err != nil {
			t.Fatal(err)
		}
		want(1)
		s.remind()
		want(1)
		s.want(s.get("project-team", "/en/notices"), 200, "Nobody is entered any more who could answer for Ministry of Foreign Affairs", "and more")
		s.want(s.get("project-team", "/zh/notices"), 200, "外交部已无可办复的登记人员")
		s.want(s.get("project-team", "/en/calls/"+id), 200, "nobody is entered who could answer")
		s.owesOnly("project-team", access.DutiesAwaited, 4) // a letter still can come
		s.want(s.get("project-team", "/en/duties?view=awaited"), 200, "nobody is entered who could answer")

		// Somebody is entered, and ends by another act.
		next, _, err := accounts.Invite(t.Context(), s.actor("project-team"), account.Newcomer{Institution: mfa, Function: access.FocalPoint, Title: text.Both("Next", "新任"), Language: "zh"})
		if err != nil {
			t.Fatal(err)
		}
		s.remind()
		s.want(s.get("project-team", "/en/calls/"+id), 200, "nobody is entered who could answer") // whom the side has not let in does not speak
		if err := s.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, _, err := roster.Admit(ctx, tx, op, ref.Person(next), "")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		s.remind()
		want(1)
		s.want(s.get("project-team", "/en/calls/"+id), 200, "!nobody is entered who could answer")
		s.narrow(whole, tlp.RED, access.PersonOf(s.actor("project-team").Person))
		h, v, err := s.objects.Get(t.Context(), op, ref.ID(next))
		if err != nil {
			t.Fatal(err)
		}
		v.(*roster.Person).Functions = nil
		if err := bundle.Authority(t.Context(), s.db, s.objects, op, ref.ID(next), h.Rev, v, "test"); err != nil {
			t.Fatal(err)
		}
		want(2)
	})
}

// TestLeavingIsSaid: every page by which the last person of an institution goes, and that by which the
// institution ends, says what will have nobody; a removal is told at once, and an institution at which
// somebody has a post is not removed.
func TestLeavingIsSaid(t *testing.T) {
	s := newTest(t)
	s.ask(s.id(meeting1), nil)
	s.secondTeam()
	person, institution := "/en/objects/{person/cn-ministry}", "/en/objects/{institution/mfa}"
	said := "1 open duty of Ministry of Foreign Affairs"
	s.want(s.post("project-team", person+"/authority", url.Values{"rev": {"1"}, "reason": {"left"}, "posts.0.institution": {"{institution/mfa}"}, "posts.0.until": {"2025"}, "functions.0.function": {"focal-point"}}), 200, "Who gains and who loses", said)
	s.want(s.post("project-team", institution+"/authority", url.Values{"rev": {"1"}, "reason": {"ended"}, "standings.0.as": {"side"}, "standings.0.side": {"{side/cn}"}, "ended": {"2025-06-30"}}), 200, "Who gains and who loses", said)
	s.want(s.post("project-team", institution+"/remove", url.Values{"rev": {"1"}, "reason": {"twice"}}), 422, "post at this institution")
	if n := s.vacancies("expert"); n != 0 {
		t.Errorf("a page that does nothing told %d times", n)
	}
	s.want(s.get("project-team", person+"/remove"), 200, said)
	s.want(s.post("project-team", person+"/remove", url.Values{"rev": {"1"}, "reason": {"twice"}}), 303)
	if n := s.vacancies("expert"); n != 1 {
		t.Errorf("after the removal who asked was told %d times", n)
	}
	s.want(s.post("project-team", institution+"/remove", url.Values{"rev": {"1"}, "reason": {"twice"}}), 422, "said something, let somebody in")
}

// TestLeavingTellsNoNumber: whoever may not read what is owed learns no more than that there is nobody else.
func TestLeavingTellsNoNumber(t *testing.T) {
	s := newTest(t)
	whole, mfa, eu := s.id(meeting1), s.actor("cn-ministry"), s.actor("eu-focal-point")
	if err := s.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		s.invented = true
		return access.Owe(ctx, tx, access.Duty{Object: whole, Principal: access.InstitutionOf(mfa.Institution), Asker: access.InstitutionOf(eu.Institution), Kind: access.DutyAnswer})
	}); err != nil {
		t.Fatal(err)
	}
	s.want(s.get("project-team", "/en/people/{person/cn-ministry}"), 200, "1 open duty of Ministry of Foreign Affairs")
	h, _, err := s.objects.Get(t.Context(), access.Operator("test"), whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.objects.SetAudience(t.Context(), access.Operator("test"), whole, h.Rev, tlp.AMBERSTRICT, access.NewAudience(access.InstitutionOf(mfa.Institution)), "test"); err != nil {
		t.Fatal(err)
	}
	s.owesOnly("cn-ministry", access.DutiesInstitution, 1)
	s.want(s.get("project-team", "/en/people/{person/cn-ministry}"), 200, "Nobody else of Ministry of Foreign Affairs is entered", "!open dut")
	if err := account.New(s.db).End(t.Context(), access.Operator("test"), mfa.Person, "left"); err != nil {
		t.Fatal(err)
	}
	s.remind()
	for _, role := range []string{"project-team", "eu-focal-point"} {
		if n := s.vacancies(role); n != 0 {
			t.Errorf("%s was told %d times of what it may not read", role, n)
		}
	}
}

// TestRespondentReads: whether who answers may read is found for many at once as CountsAs finds it for
// one: by side, succession, circle and meeting.
func TestRespondentReads(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		s.ends("mfa", "2025-06-30", "nia")
		d := s.actor("project-team").Dialogue
		circle := s.create("circle", access.Header{}, &roster.Circle{Name: text.Both("Circle", "单位组"), Members: []ref.Institution{ref.Institution(s.id("institution/mfa")), ref.Institution(s.id("institution/eud"))}})
		s.create("news", access.Header{Mark: tlp.AMBER, Audience: access.NewAudience(access.TeamOf(d), access.ParticipantsOf(ref.Meeting(s.id(meeting1))))}, &publication.News{Title: text.Both("News", "新闻"), Date: "2026-11-01"})
		// A side's own circle, of whom one leaves the side.
		eu := s.actor("eu-focal-point")
		of, err := s.objects.Create(t.Context(), eu, "circle", access.Header{Dialogue: d}, &roster.Circle{Name: text.Both("Own circle", "单位组"), Members: []ref.Institution{eu.Institution, ref.Institution(s.id("institution/eeas"))}})
		if err != nil {
			t.Fatal(err)
		}
		s.register("eeas", func(i *roster.Institution) {
			i.Standings[len(i.Standings)-1].Until = "2024"
			i.Standings = append(i.Standings, roster.Period{As: roster.Observer, From: "2025"})
		})
		var all []ref.Institution
		for k, id := range s.ids {
			if strings.HasPrefix(k, "institution/") {
				all = append(all, ref.Institution(id))
			}
		}
		audiences := []access.Principal{
			access.Anyone, access.DialogueOf(d), access.TeamOf(d), access.CircleOf(ref.Circle(circle.ID)), access.CircleOf(ref.Circle(of.ID)), access.ParticipantsOf(ref.Meeting(s.id(meeting1))),
			access.SideOf(s.actor("cn-focal-point").Side), access.SideOf(s.actor("eu-focal-point").Side),
			access.InstitutionOf(ref.Institution(s.id("institution/mfa"))), access.InstitutionOf(ref.Institution(s.id("institution/beea"))), access.InstitutionOf(ref.Institution(s.id("institution/eud"))),
		}
		if err := s.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			r, err := roster.Responding(ctx, tx, all...)
			if err != nil {
				return err
			}
			for _, i := range all {
				at := r.For(i).Institution
				if at == "" {
					continue
				}
				as, _, err := roster.CountsAs(ctx, tx, at)
				if err != nil {
					return err
				}
				as = append(as, access.Anyone, access.DialogueOf(d))
				for _, p := range audiences {
					why, err := r.Hindered(ctx, tx, i, access.Audience{p})
					if err != nil {
						return err
					}
					if want := slices.Contains(as, p); (why != roster.Unseen) != want {
						t.Errorf("%s for %s: %q, and it counts as it: %v", p, i, why, want)
					}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
