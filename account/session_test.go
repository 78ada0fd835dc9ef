package account_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/notice"
)

// held is what a request that is under way holds of a session, and stores when it answers.
type held struct {
	token string
	b     []byte
	until time.Time
}

func holding(t *testing.T, token string, person ref.Person, more map[string]any) held {
	t.Helper()
	until := time.Now().Add(12 * time.Hour)
	values := map[string]any{"person": string(person), account.SessionID: token, account.SessionAgent: "a browser"}
	for k, v := range more {
		values[k] = v
	}
	b, err := account.Codec{}.Encode(until, values)
	want(t, err, "")
	return held{token, b, until}
}

func (h held) store(t *testing.T, s *account.Sessions) {
	t.Helper()
	want(t, s.CommitCtx(t.Context(), h.token, h.b, h.until), "")
}

func goesOn(t *testing.T, s *account.Sessions, token string) bool {
	t.Helper()
	_, found, err := s.FindCtx(t.Context(), token)
	want(t, err, "")
	return found
}

// TestEndedSession: however a session is ended, a request that began before stores it in vain, and
// nothing of it stays.
func TestEndedSession(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d)
		s, ctx := account.NewSessions(d), t.Context()
		focal := p.invite(p.actor(p.team), p.nia, access.FocalPoint, "focal")
		who := p.actor(focal)
		for i, end := range []func(token string) error{
			func(token string) error { return s.DeleteCtx(ctx, token) },
			func(token string) error { return p.s.EndSession(ctx, who, token) },
			func(string) error { return p.s.EndOthers(ctx, who, "kept") },
			func(string) error { return p.s.ChangePassword(ctx, who, "kept", password, password+" anew") },
			func(string) error { return p.s.SetPassword(ctx, operator, focal, "focal", password) },
			func(string) error { return p.s.End(ctx, p.actor(p.team), focal, "left") },
		} {
			h, kept := holding(t, fmt.Sprint("t", i), focal, nil), holding(t, "kept", focal, nil)
			h.store(t, s)
			kept.store(t, s)
			want(t, end(h.token), "")
			if goesOn(t, s, h.token) {
				t.Errorf("%d: a session that was ended goes on", i)
			}
			h.store(t, s)
			if goesOn(t, s, h.token) {
				t.Errorf("%d: a request that was under way brings a session back", i)
			}
			if kept.store(t, s); goesOn(t, s, "kept") != (i < 4) {
				t.Errorf("%d: the session kept goes on or not", i)
			}
		}
		var left int
		want(t, d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.QueryRow(ctx, `select count(*) from session where person <> '' or agent <> '' or length(data) > 0`).Scan(&left)
		}), "")
		if left != 0 {
			t.Errorf("%d of what was ended still say whose they were", left)
		}
	})
}

// TestSessionRace: requests store a session over and over while it is ended.
func TestSessionRace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d)
		s, ctx := account.NewSessions(d), t.Context()
		focal := p.invite(p.actor(p.team), p.nia, access.FocalPoint, "focal")
		who := p.actor(focal)
		for i := range 12 {
			h := holding(t, fmt.Sprint("t", i), focal, nil)
			h.store(t, s)
			var requests sync.WaitGroup
			for range 4 {
				requests.Go(func() {
					for range 3 {
						h.store(t, s)
					}
				})
			}
			if i%2 == 0 {
				want(t, p.s.EndOthers(ctx, who, ""), "")
			} else {
				want(t, s.DeleteCtx(ctx, h.token), "")
			}
			requests.Wait()
			if goesOn(t, s, h.token) {
				t.Errorf("round %d: the session came back", i)
			}
		}
	})
}

// TestSignInRace: who signs in with a password while it is changed is signed in no longer, whichever
// comes first.
func TestSignInRace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d)
		s, ctx := account.NewSessions(d), t.Context()
		focal := p.invite(p.actor(p.team), p.nia, access.FocalPoint, "focal")
		who, old := p.actor(focal), password
		for i := range 6 {
			proved, err := p.s.SignIn(ctx, "x", "focal", old)
			want(t, err, "")
			signedIn := map[string]any{account.SessionPassword: proved.Password}
			if before := holding(t, fmt.Sprint("before", i), focal, signedIn); i == 0 {
				if before.store(t, s); !goesOn(t, s, before.token) {
					t.Error("nobody can sign in")
				}
			}
			stop := make(chan struct{})
			var tokens []held
			var browser sync.WaitGroup
			browser.Go(func() {
				for n := 0; ; n++ {
					h := holding(t, fmt.Sprint("t", i, " ", n), focal, signedIn)
					h.store(t, s)
					tokens = append(tokens, h)
					select {
					case <-stop:
						return
					default:
					}
				}
			})
			next := fmt.Sprint(password, " ", i)
			want(t, p.s.ChangePassword(ctx, who, "", old, next), "")
			old = next
			close(stop)
			browser.Wait()
			for _, h := range tokens {
				if goesOn(t, s, h.token) {
					t.Errorf("round %d: %s goes on with the password of before", i, h.token)
				}
			}
		}
	})
}

// TestSiblings: with one secret all others end that whoever knew it may have made with it: the address
// of the calendar, a code that is open, a sign-in whose code is awaited, and a mail address that nobody
// confirmed; and the person sees when each was used last. An address that is confirmed stays.
func TestSiblings(t *testing.T) {
	c := newClock()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newSecond(t, d, c)
		ctx, team := t.Context(), w.actor(w.team)
		factor := func() string { c.step(); return w.code() }
		mails, sessions := notice.NewService(d, box(t, nodeKey)), account.NewSessions(d)
		address := func() string {
			a, err := mails.Address(ctx, w.who)
			want(t, err, "")
			return a.Address
		}
		for i, end := range []func() error{
			func() error { return w.s.EndOthers(ctx, w.who, "kept") },
			func() error { return w.s.ChangePassword(ctx, w.who, "kept", password, password+" anew") },
			func() error { return w.s.DropSecond(ctx, w.who, "kept", password+" anew", factor()) },
			func() error { w.set(password + " anew"); return nil },
			func() error { return w.s.SetPassword(ctx, operator, w.who.Person, "nia", password) },
			func() error { _, err := w.s.SignOut(ctx, operator, w.who.Person, ""); return err },
			func() error {
				code, err := w.reset(team, w.who.Person)
				want(t, err, "")
				_, err = w.s.Accept(ctx, "x", code, "nia", password)
				return err
			},
		} {
			token, err := w.s.MakeFeed(ctx, w.who)
			want(t, err, "")
			code, err := w.reset(team, w.who.Person)
			want(t, err, "")
			_, err = w.s.FeedReader(ctx, token)
			want(t, err, "")
			want(t, mails.SetAddress(ctx, w.who, "other@example.org", notice.AtOnce), "")
			half, stranger := fmt.Sprint("half", i), fmt.Sprint("stranger", i)
			for token, of := range map[string]ref.Person{half: w.who.Person, stranger: w.team} {
				data, err := account.Codec{}.Encode(d.Now().Add(time.Hour), map[string]any{account.SessionPending: string(of)})
				want(t, err, "")
				want(t, sessions.Commit(token, data, d.Now().Add(time.Hour)), "")
			}
			if o, err := w.s.OwnOf(ctx, w.who); err != nil || !o.Half || len(o.Sessions) > 0 {
				t.Errorf("%d: %+v %v", i, o, err)
			}
			want(t, end(), "")
			if goesOn(t, sessions, half) || !goesOn(t, sessions, stranger) {
				t.Errorf("%d: a sign-in that awaits its code goes on, or another's ended", i)
			}
			if a := address(); a != "" {
				t.Errorf("%d: the link that confirms %s is still good", i, a)
			}
			if _, err := w.s.FeedReader(ctx, token); !fault.Is(err, fault.NotFound) {
				t.Errorf("%d: the address of the calendar still answers: %v", i, err)
			}
			if _, err := w.s.Invited(ctx, "x", code); !fault.Is(err, fault.NotFound) {
				t.Errorf("%d: a code still lets in: %v", i, err)
			}
		}
		want(t, mails.SetAddress(ctx, w.who, "own@example.org", notice.AtOnce), "")
		want(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `update notice_address set confirmed = $1, token = '' where token <> ''`, db.Stamp(tx.Now()))
			return err
		}), "")
		want(t, w.s.EndOthers(ctx, w.who, "kept"), "")
		if a := address(); a != "own@example.org" {
			t.Errorf("the confirmed address is %q", a)
		}
	}, db.Options{Clock: c.read, Volatile: true})
}

// TestFeedUse: when an address was used last is noted beside the requests.
func TestFeedUse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d)
		ctx, who := t.Context(), p.actor(p.invite(p.actor(p.team), p.nia, access.FocalPoint, "nia"))
		token, err := p.s.MakeFeed(ctx, who)
		want(t, err, "")
		if _, used, err := p.s.Feed(ctx, who); used != "" || err != nil {
			t.Errorf("used %q before it was: %v", used, err)
		}
		_, err = p.s.FeedReader(ctx, token)
		want(t, err, "")
		for {
			_, used, err := p.s.Feed(ctx, who)
			want(t, err, "")
			if used != "" {
				break
			}
			select { // the test's own time ends it where it is never noted
			case <-time.After(5 * time.Millisecond):
			case <-ctx.Done():
			}
		}
	})
}
