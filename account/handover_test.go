package account_test

import (
	"context"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/roster"
)

// TestHandOver: the focal point hands the own function over and leaves; the project team hands
// over anybody's below it; nobody else does.
func TestHandOver(t *testing.T) {
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	now := start
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now = start
		p := newPeople(t, d)
		ctx, s, team := t.Context(), p.s, p.actor(p.team)
		focal := p.actor(p.invite(team, p.nia, access.FocalPoint, "focal"))
		li := p.actor(p.invite(focal, p.nia, access.Contributor, "li"))
		wang := p.actor(p.invite(team, p.mps, access.Contributor, "wang"))
		now = now.Add(48 * time.Hour)
		today := when.DateOf(now)

		over := account.Handover{From: focal.Person, Function: access.FocalPoint, To: li.Person}
		try := func(who access.Actor, h account.Handover, k fault.Kind) {
			t.Helper()
			_, _, err := s.HandOver(ctx, who, h)
			want(t, err, k)
		}
		try(li, over, fault.Forbidden)
		try(wang, over, fault.Forbidden)
		try(p.actor(p.root), over, fault.NotFound)
		try(access.Visitor, over, fault.NotFound)
		try(focal, account.Handover{From: li.Person, Function: access.Contributor}, fault.Forbidden) // not the own
		try(team, account.Handover{From: p.team, Function: access.ProjectTeam}, fault.Forbidden)
		try(team, account.Handover{From: p.root, Function: access.Administrator}, fault.Forbidden)
		other := over
		other.Function = access.ProjectTeam
		try(focal, other, fault.Invalid)
		other = over
		other.To = wang.Person // of another institution
		try(focal, other, fault.Invalid)
		other.To = focal.Person
		try(focal, other, fault.Invalid)
		other.To = "" // somebody new, without a post in words
		try(focal, other, fault.Invalid)
		other = account.Handover{From: wang.Person, Function: access.Contributor, Stays: true, Newcomer: p.newcomer("", "")}
		try(team, other, fault.Invalid)

		owe := func(who ref.Person, detail string) {
			want(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				return access.Owe(ctx, tx, access.Duty{Object: ref.ID(p.nia), Principal: access.PersonOf(who), Kind: access.DutyAnswer, Detail: detail})
			}), "")
		}
		owe(focal.Person, "one")
		owe(focal.Person, "both")
		owe(li.Person, "both")
		to, code, err := s.HandOver(ctx, focal, over)
		want(t, err, "")
		if to != li.Person || code != "" {
			t.Errorf("handed to %s with the code %q", to, code)
		}
		var before, after int
		want(t, d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.QueryRow(ctx, `select (select count(*) from duty where principal = $1), (select count(*) from duty where principal = $2)`,
				access.PersonOf(focal.Person), access.PersonOf(li.Person)).Scan(&before, &after)
		}), "")
		if before != 0 || after != 2 {
			t.Errorf("%d duties stayed, the successor has %d", before, after)
		}
		_, err = s.SignIn(ctx, "x", "focal", password)
		want(t, err, fault.Invalid)
		_, err = s.SignIn(ctx, "x", "li", password)
		want(t, err, "")
		try(p.actor(focal.Person), over, fault.NotFound) // once: who holds nothing any more reads nobody
		next := p.actor(li.Person)
		if !next.Holds(access.FocalPoint) {
			t.Errorf("the successor acts as %+v", next)
		}
		r := roster.New(d)
		was, err := r.Person(ctx, operator, focal.Person)
		want(t, err, "")
		is, err := r.Person(ctx, operator, li.Person)
		want(t, err, "")
		last := is.Value.Functions[len(is.Value.Functions)-1]
		if was.Value.Functions[0].Until != today || was.Value.Posts[0].Until != today || last.From != today || last.Predecessor != focal.Person || is.Value.Functions[0].Until != today {
			t.Errorf("%+v %+v", was.Value, is.Value)
		}
		heirs, err := r.Successors(ctx, team, focal.Person)
		if err != nil || len(heirs) != 1 || heirs[0].ID != ref.ID(li.Person) {
			t.Errorf("successors %v %v", heirs, err)
		}
		gifts, err := r.Gifts(ctx, team, li.Person, focal.Person, p.team)
		want(t, err, "")
		for i, want := range []ref.Person{focal.Person, focal.Person} {
			if g := gifts[li.Person][i]; ref.Person(g.By.Person) != want || g.When == "" {
				t.Errorf("function %d was given by %+v", i, g)
			}
		}
		if gifts[focal.Person][0].By.Person != ref.ID(p.team) || gifts[p.team][0].By.Operator == "" {
			t.Errorf("%+v", gifts)
		}
		if gifts, err = r.Gifts(ctx, access.Visitor, li.Person); err != nil || len(gifts) != 0 {
			t.Errorf("a visitor is told %v %v", gifts, err)
		}

		// To somebody new; the predecessor stays, without the function from this moment on.
		to, code, err = s.HandOver(ctx, team, account.Handover{From: li.Person, Function: access.FocalPoint, Stays: true, Newcomer: p.newcomer("", "")})
		want(t, err, "")
		if got, err := s.Accept(ctx, "y", code, "newcomer", password); err != nil || got != to {
			t.Errorf("the code lets in %s %v", got, err)
		}
		_, err = s.SignIn(ctx, "x", "li", password)
		want(t, err, "")
		if a := p.actor(li.Person); a.Holds(access.FocalPoint) || !a.Holds(access.Contributor) || a.Institution != p.nia {
			t.Errorf("who stays acts as %+v", a)
		}
		if a := p.actor(to); !a.Holds(access.FocalPoint) || a.Institution != p.nia {
			t.Errorf("the newcomer acts as %+v", a)
		}
	}, db.Options{Clock: func() time.Time { return now }, Volatile: true})
}
