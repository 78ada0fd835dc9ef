package account_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/roster"
)

// looksAfter says in one line each whose account the holder of a function may reset or end, written
// down apart from the rule that is tested.
func looksAfter(actor access.Function, sameInstitution bool, held []access.Function) bool {
	switch actor {
	case access.Administrator: // to give a fresh invitation alone
		return !slices.ContainsFunc(held, func(f access.Function) bool { return f != access.Administrator })
	case access.ProjectTeam:
		return !slices.Contains(held, access.Administrator)
	case access.FocalPoint:
		return sameInstitution && !slices.ContainsFunc(held, func(f access.Function) bool { return f != access.Contributor })
	}
	return false
}

// TestNobodyResetsMore: for every function as actor, every function as target, alone and beside
// that of a contributor, in the same institution and in another: nobody resets, ends or erases
// somebody with more rights than their own, and nobody themselves.
func TestNobodyResetsMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d)
		ctx, s := t.Context(), p.s
		enter := func(at ref.Institution, fs ...roster.Held) ref.Person {
			o := access.Object[roster.Person]{Value: roster.Person{Title: text.Both("P", "P"), Posts: []roster.Post{{Institution: at}}, Functions: fs}}
			o.Dialogue = p.dialogue
			// Everybody may read the entry here, so that only the rule about rights refuses.
			o.Mark, o.Audience = "TLP:CLEAR", access.NewAudience(access.Anyone)
			want(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				return roster.People.Save(ctx, tx, operator, "person.create", &o, "")
			}), "")
			return ref.Person(o.ID)
		}
		all := make([]access.Function, 0, 8)
		for _, f := range access.Function("").Options() {
			all = append(all, access.Function(f))
		}
		tomorrow := when.DateOf(time.Now().Add(48 * time.Hour))
		type target struct {
			name string
			id   ref.Person
			same bool
			held []access.Function
		}
		var targets []target
		for _, at := range []ref.Institution{p.nia, p.mps} {
			for _, f := range all {
				targets = append(targets,
					target{fmt.Sprintf("%s at %s", f, at), enter(at, roster.Held{Function: f}), at == p.nia, []access.Function{f}},
					target{fmt.Sprintf("contributor and %s at %s", f, at), enter(at, roster.Held{Function: access.Contributor}, roster.Held{Function: f}), at == p.nia, []access.Function{access.Contributor, f}},
					target{fmt.Sprintf("contributor, %s from tomorrow at %s", f, at), enter(at, roster.Held{Function: access.Contributor}, roster.Held{Function: f, From: tomorrow}), at == p.nia, []access.Function{access.Contributor, f}})
			}
		}
		for _, f := range all {
			who := p.actor(enter(p.nia, roster.Held{Function: f}))
			for _, x := range targets {
				may := looksAfter(f, x.same, x.held)
				st, err := s.StateOf(ctx, who, x.id)
				if err != nil || st.Charge != may {
					t.Errorf("%s looks after %s: %v, want %v (%v)", f, x.name, st.Charge, may, err)
				}
				if may && f != access.Administrator {
					continue
				}
				want(t, s.End(ctx, who, x.id, "x"), fault.Forbidden)
				want(t, s.Erase(ctx, who, x.id, "x"), fault.Forbidden)
				if may {
					continue
				}
				_, err = s.Reinvite(ctx, who, x.id)
				want(t, err, fault.Forbidden)
				want(t, s.Withdraw(ctx, who, x.id), fault.Forbidden)
			}
			want(t, s.SetPassword(ctx, who, targets[0].id, "taken.over", password), fault.Forbidden)
			_, err := s.Reinvite(ctx, who, who.Person)
			want(t, err, fault.Forbidden)
			want(t, s.End(ctx, who, who.Person, "x"), fault.Forbidden)
		}
	})
}

// TestAdministratorIsGivenByNoEdit: the project team enters people, but neither makes nor unmakes
// an administrator that way, least of all of itself.
func TestAdministratorIsGivenByNoEdit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d)
		team := p.actor(p.team)
		set := func(who access.Actor, id ref.Person, fs ...access.Function) error {
			return d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				o, err := roster.People.Load(ctx, tx, operator, ref.ID(id))
				if err != nil {
					return err
				}
				o.Value.Functions = nil
				for _, f := range fs {
					o.Value.Functions = append(o.Value.Functions, roster.Held{Function: f})
				}
				return roster.People.Save(ctx, tx, who, access.AuthorityAct("person"), &o, "")
			})
		}
		want(t, set(team, p.team, access.ProjectTeam, access.Administrator), fault.Invalid)
		want(t, set(team, p.root), fault.Invalid)
		want(t, set(team, p.root, access.Administrator, access.Observer), "")
		want(t, set(operator, p.team, access.ProjectTeam, access.Administrator), "")
		want(t, set(p.actor(p.team), p.root), "")
	})
}
