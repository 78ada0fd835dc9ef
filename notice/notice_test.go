package notice_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/jobs"
	"entente/internal/mail"
	"entente/internal/ref"
	"entente/internal/seal"
	"entente/internal/text"
	"entente/internal/when"
	"entente/notice"
	"entente/roster"
)

// post is a mail server that remembers, and the words of letters.
type post struct {
	mu      sync.Mutex
	letters []mail.Letter
	secrets []string
	fails   []error // one for each letter to come
	hidden  ref.ID  // what nobody may read
}

func (p *post) Send(_ context.Context, l mail.Letter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = append(p.letters, l)
	if len(p.fails) > 0 {
		err := p.fails[0]
		p.fails = p.fails[1:]
		return err
	}
	return nil
}

func (p *post) write(_ context.Context, _ access.Actor, list []notice.Notice) (l mail.Letter, told []ref.ID, err error) {
	for _, n := range list {
		if n.Object != "" && n.Object == p.hidden {
			continue
		}
		p.mu.Lock()
		p.secrets = append(p.secrets, n.Secret)
		p.mu.Unlock()
		told = append(told, n.ID)
	}
	return l, told, nil
}

func (p *post) sent() []mail.Letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.letters)
}

// office is a database with an institution, two focal points of it and a member of the team.
type office struct {
	t       *testing.T
	d       *db.DB
	box     *seal.Box
	post    *post
	s       *notice.Service
	nia     ref.Institution
	a, b, c ref.Person
}

func newOffice(t *testing.T, d *db.DB, server bool) *office {
	t.Helper()
	box, err := seal.New("PRIVATE+KEY+entente/abcdefghijklmnop+00000000+AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=")
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, d: d, box: box, post: &post{}, s: notice.NewService(d, box)}
	who := access.Operator("test")
	o.write(func(ctx context.Context, tx *db.Tx) error {
		i := access.Object[roster.Institution]{Value: roster.Institution{Names: []roster.Name{{Name: text.Both("NIA", "国家移民管理局")}}}}
		i.Dialogue = "d"
		if err := roster.Institutions.Save(ctx, tx, who, "institution.create", &i, ""); err != nil {
			return err
		}
		o.nia = ref.Institution(i.ID)
		for to, f := range map[*ref.Person]access.Function{&o.a: access.FocalPoint, &o.b: access.FocalPoint, &o.c: access.Contributor} {
			p := access.Object[roster.Person]{Value: roster.Person{
				Title: text.Both("P", "P"), Posts: []roster.Post{{Institution: o.nia}}, Functions: []roster.Held{{Function: f}},
			}}
			p.Dialogue = "d"
			if err := roster.People.Save(ctx, tx, who, "person.create", &p, ""); err != nil {
				return err
			}
			*to = ref.Person(p.ID)
		}
		return nil
	})
	s := &notice.Sender{DB: d, Box: box, Write: o.post.write}
	if server {
		s.Server = o.post
	}
	kinds := s.Kinds()
	for i := range kinds {
		kinds[i].Retry = func(int) time.Duration { return 0 }
	}
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		jobs.NewRunner(d, jobs.Options{Poll: 5 * time.Millisecond, Grace: 100 * time.Millisecond}, kinds...).Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-over })
	return o
}

func (o *office) write(fn func(context.Context, *db.Tx) error) {
	o.t.Helper()
	if err := o.d.Write(o.t.Context(), fn); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) put(n ...notice.New) {
	o.t.Helper()
	o.write(func(ctx context.Context, tx *db.Tx) error { return notice.Put(ctx, tx, o.box, n...) })
}

func (o *office) actor(p ref.Person) access.Actor { return access.NewActor(access.Actor{Person: p}) }

// becomes waits until the newest notice of all stands so.
func (o *office) becomes(want notice.State) (n notice.Notice) {
	o.t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		var list []notice.Notice
		if err := o.d.Read(o.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
			list, err = notice.Outbox(ctx, tx, "", "", 1)
			return err
		}); err != nil {
			o.t.Fatal(err)
		}
		if n = list[0]; n.State == want {
			return n
		}
	}
	o.t.Fatalf("it is %s (%s), want %s", n.State, n.Error, want)
	return n
}

// address gives a person an address that is confirmed by the code of the letter.
func (o *office) address(p ref.Person, rhythm notice.Rhythm) {
	o.t.Helper()
	if err := o.s.SetAddress(o.t.Context(), o.actor(p), "officer@nia.example", rhythm); err != nil {
		o.t.Fatal(err)
	}
	o.becomes(notice.Sent)
	o.post.mu.Lock()
	code := o.post.secrets[len(o.post.secrets)-1]
	o.post.letters, o.post.secrets = nil, nil
	o.post.mu.Unlock()
	if err := o.s.ConfirmAddress(o.t.Context(), code); err != nil {
		o.t.Fatal(err)
	}
	if err := o.s.ConfirmAddress(o.t.Context(), code); !fault.Is(err, fault.NotFound) {
		o.t.Errorf("the code is good twice: %v", err)
	}
}

func TestSending(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d, true)
		duty := notice.New{Person: o.a, Kind: notice.Duty, Object: "x"}

		o.put(duty) // without an address
		o.becomes(notice.Kept)
		if err := o.s.SetAddress(t.Context(), o.actor(o.a), "officer@nia.example", notice.AtOnce); err != nil {
			t.Fatal(err)
		}
		o.becomes(notice.Sent) // the letter that asks
		o.put(duty)
		o.becomes(notice.Kept) // nobody confirmed it
		if l := o.post.sent(); len(l) != 1 {
			t.Fatalf("%d letters", len(l))
		}
		o.address(o.a, notice.AtOnce)

		o.put(duty)
		n := o.becomes(notice.Sent)
		if l := o.post.sent(); len(l) != 1 || l[0].ID != n.ID || l[0].To != "officer@nia.example" {
			t.Errorf("%+v", l)
		}
		o.post.hidden = "y" // rights are those of the moment of sending
		duty.Object = "y"
		o.put(duty)
		o.becomes(notice.Void)
		duty.Object = "x"

		o.post.fails = []error{jobs.Unfit("smtp-550", errors.New("x"))}
		o.put(duty)
		if n := o.becomes(notice.Refused); n.Error != "smtp-550" {
			t.Errorf("%+v", n)
		}
		before := len(o.post.sent())
		o.post.fails = []error{jobs.Problem("smtp-450", errors.New("x")), jobs.Problem("smtp-450", errors.New("x"))}
		o.put(duty)
		n = o.becomes(notice.Sent)
		if l := o.post.sent()[before:]; len(l) != 3 || l[0].ID != n.ID || l[2].ID != n.ID {
			t.Errorf("the attempts have other names: %+v", l)
		}
		o.post.fails = slices.Repeat([]error{jobs.Problem("mail-server", errors.New("x"))}, 100)
		o.put(duty)
		if n := o.becomes(notice.Failed); n.Error != "mail-server" {
			t.Errorf("%+v", n)
		}
		o.post.fails = nil
		if err := o.s.SetAddress(t.Context(), o.actor(o.a), "officer@nia.example", notice.Never); err != nil {
			t.Fatal(err)
		}
		o.put(duty)
		o.becomes(notice.Kept)
	})
}

func TestDigest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d, true)
		o.address(o.a, notice.Daily)
		for range 3 {
			o.put(notice.New{Person: o.a, Kind: notice.Reminder, Object: "x"})
			o.becomes(notice.Gathered)
		}
		o.put(notice.New{Person: o.a, Kind: notice.Security}) // waits for no digest
		o.becomes(notice.Sent)
		if l := o.post.sent(); len(l) != 1 {
			t.Fatalf("%d letters", len(l))
		}
		o.put(notice.New{Person: o.a, Kind: notice.Reminder, Object: "x"})
		o.becomes(notice.Gathered)
		o.write(func(ctx context.Context, tx *db.Tx) error {
			_, _, err := jobs.Enqueue(ctx, tx, jobs.New{Kind: notice.DigestJob, Key: "today"})
			return err
		})
		o.becomes(notice.Sent)
		if l := o.post.sent(); len(l) != 2 {
			t.Errorf("%d letters", len(l))
		}
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			n, err := notice.Counts(ctx, tx)
			if n[notice.Sent] != 6 || n[notice.Gathered] != 0 {
				t.Errorf("%v", n)
			}
			list, err2 := notice.Own(ctx, tx, o.actor(o.a), "", 9)
			if len(list) != 5 { // without the letter that asked for confirmation
				t.Errorf("%d of one's own", len(list))
			}
			other, err3 := notice.Own(ctx, tx, o.actor(o.b), "", 9)
			if len(other) != 0 {
				t.Errorf("%d of another's", len(other))
			}
			return errors.Join(err, err2, err3)
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// TestNotAfterTheEnd: what waits for somebody, at once or for the digest, is not sent once the last
// function ended; only of coming in is a person told whose function is still to begin.
func TestNotAfterTheEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d, true)
		o.address(o.a, notice.AtOnce)
		o.address(o.b, notice.Daily)
		o.put(notice.New{Person: o.b, Kind: notice.Reminder, Object: "x"})
		o.becomes(notice.Gathered)
		before := len(o.post.sent())
		functions := func(ctx context.Context, tx *db.Tx, p ref.Person, change func(h *roster.Held, today when.Date)) error {
			h, err := roster.People.Load(ctx, tx, access.Operator("test"), ref.ID(p))
			if err != nil {
				return err
			}
			today, err := roster.Today(ctx, tx)
			if err != nil {
				return err
			}
			change(&h.Value.Functions[0], today)
			return roster.People.Save(ctx, tx, access.Operator("test"), "person.edit", &h, "test")
		}
		ended := func(h *roster.Held, today when.Date) { h.End(today) }
		o.write(func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(
				notice.Put(ctx, tx, o.box, notice.New{Person: o.a, Kind: notice.Duty, Object: "x"}),
				functions(ctx, tx, o.a, ended), functions(ctx, tx, o.b, ended))
		})
		o.becomes(notice.Void)
		o.put(notice.New{Person: o.a, Kind: notice.Security})
		o.becomes(notice.Void)
		o.write(func(ctx context.Context, tx *db.Tx) error {
			_, _, err := jobs.Enqueue(ctx, tx, jobs.New{Kind: notice.DigestJob, Key: "today"})
			return err
		})
		for gathered := 1; gathered > 0; time.Sleep(5 * time.Millisecond) {
			if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				n, err := notice.Counts(ctx, tx)
				gathered = n[notice.Gathered]
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if l := o.post.sent(); len(l) != before {
			t.Errorf("sent: %+v", l[before:])
		}
		o.write(func(ctx context.Context, tx *db.Tx) error {
			return functions(ctx, tx, o.a, func(h *roster.Held, today when.Date) { h.From, h.Until = today.Plus(1), "" })
		})
		o.put(notice.New{Person: o.a, Kind: notice.Duty, Object: "x"})
		o.becomes(notice.Void)
		o.put(notice.New{Person: o.a, Kind: notice.Security})
		o.becomes(notice.Sent)
	})
}

// Without a mail server everything is kept to be read.
func TestWithoutServer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d, false)
		o.write(func(ctx context.Context, tx *db.Tx) error {
			if err := notice.Introduce(ctx, tx, o.a, "officer@nia.example"); err != nil {
				return err
			}
			return notice.Put(ctx, tx, o.box, notice.New{Person: o.a, Kind: notice.Invitation, Secret: "CODE"})
		})
		o.becomes(notice.Kept)
	})
}

// What a letter lets in with is sealed while it waits and gone afterwards, and everything is gone
// with the person.
func TestSecrets(t *testing.T) {
	path := t.TempDir() + "/node.db"
	d, err := db.Open(t.Context(), path, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	o := newOffice(t, d, true)
	o.post.fails = []error{jobs.Problem("x", errors.New("x")), jobs.Problem("x", errors.New("x"))}
	o.write(func(ctx context.Context, tx *db.Tx) error {
		if err := notice.Introduce(ctx, tx, o.a, "officer@nia.example"); err != nil {
			return err
		}
		return notice.Put(ctx, tx, o.box, notice.New{Person: o.a, Kind: notice.Invitation, Secret: "WHOEVERKNOWSTHISCOMESIN"})
	})
	o.becomes(notice.Sent)
	if len(o.post.secrets) != 3 || o.post.secrets[2] != "WHOEVERKNOWSTHISCOMESIN" {
		t.Fatalf("%q", o.post.secrets)
	}
	for _, name := range []string{path, path + "-wal"} {
		if b, err := os.ReadFile(name); err == nil && bytes.Contains(b, []byte("WHOEVERKNOWSTHISCOMESIN")) {
			t.Errorf("%s holds it in clear", name)
		}
	}
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		var left int
		if err := tx.QueryRow(ctx, `select count(*) from notice where secret is not null`).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d secrets are left (%v)", left, err)
		}
		if err := notice.Put(ctx, tx, nil, notice.New{Person: o.a, Kind: notice.Confirm, Secret: "x"}); err == nil {
			t.Error("a secret was taken without a key")
		}
		if err := notice.Forget(ctx, tx, o.a); err != nil {
			return err
		}
		n, err := notice.Counts(ctx, tx)
		if len(n) != 0 {
			t.Errorf("left: %v", n)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestTell(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d, false)
		o.write(func(ctx context.Context, tx *db.Tx) error {
			return notice.Tell(ctx, tx, o.actor(o.a), access.InstitutionOf(o.nia), notice.New{Kind: notice.Duty, Object: "x"})
		})
		o.becomes(notice.Kept)
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for who, want := range map[ref.Person]int{o.a: 0, o.b: 1, o.c: 0} { // not who acts, not the contributor
				list, err := notice.Own(ctx, tx, o.actor(who), "", 9)
				if err != nil || len(list) != want {
					t.Errorf("%d notices, want %d (%v)", len(list), want, err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAddresses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d, false)
		for _, wrong := range []string{"x", "a@b", "A <a@b.example>"} {
			if err := o.s.SetAddress(t.Context(), o.actor(o.a), wrong, notice.AtOnce); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		if err := o.s.SetAddress(t.Context(), o.actor(o.a), "a@b.example", "hourly"); !fault.Is(err, fault.Invalid) {
			t.Errorf("got %v", err)
		}
		if err := o.s.SetAddress(t.Context(), access.Visitor, "a@b.example", notice.Daily); !fault.Is(err, fault.Forbidden) {
			t.Errorf("got %v", err)
		}
		if err := o.s.ConfirmAddress(t.Context(), ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v", err)
		}
		if err := o.s.SetAddress(t.Context(), o.actor(o.a), "a@b.example", notice.Daily); err != nil {
			t.Fatal(err)
		}
		a, err := o.s.Address(t.Context(), o.actor(o.a))
		if err != nil || a.Confirmed || a.Rhythm != notice.Daily {
			t.Errorf("%+v, %v", a, err)
		}
		if err := o.s.SetAddress(t.Context(), o.actor(o.a), "", notice.Daily); err != nil {
			t.Fatal(err)
		}
		if a, err := o.s.Address(t.Context(), o.actor(o.a)); err != nil || a.Address != "" {
			t.Errorf("%+v, %v", a, err)
		}
	})
}
