package bundle

import (
	"context"

	"entente/access"
	"entente/account"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/ledger"
	"entente/notice"
	"entente/roster"
)

// namingMost is how many objects that name a person an export of own data lists.
const namingMost = 5000

// noticesMost is how many notices it lists; they are kept for half a year.
const noticesMost = 5000

// OwnData is everything that the node holds on one person, for that person alone. It holds no
// secret, nor its hash, and names no object that the person may not read now, but, as it was called
// then, what own words referred to.
type OwnData struct {
	Made        string         `json:"made"`
	ID          ref.Person     `json:"id"`
	Entry       roster.Person  `json:"entry"`
	Audience    []string       `json:"who_may_read_the_entry"`
	Revisions   []OwnRevision  `json:"revisions"`
	SignIn      *OwnSignIn     `json:"sign_in,omitempty"`
	Sessions    []OwnSession   `json:"sessions"`
	Invitation  string         `json:"invitation_open_until,omitempty"`
	Reset       string         `json:"reset_asked_for_until,omitempty"`
	Calendar    string         `json:"calendar_address_made,omitempty"`
	Mail        string         `json:"mail_address,omitempty"`
	Rhythm      string         `json:"mail_rhythm,omitempty"`
	Notices     []OwnNotice    `json:"notices"`
	Acts        []OwnAct       `json:"own_acts"`
	Words       []OwnWords     `json:"own_words"`
	Duties      []OwnDutyEntry `json:"duties"`
	NamedIn     []OwnObject    `json:"named_in"`
	Explanation string         `json:"explanation"` // the page that says what each is for
}

// OwnRevision is one state of the person's entry.
type OwnRevision struct {
	Rev    int64  `json:"rev"`
	When   string `json:"when,omitempty"`
	Act    string `json:"act,omitempty"`
	Erased bool   `json:"erased,omitempty"`
	Entry  any    `json:"entry,omitempty"`
	Former any    `json:"former,omitempty"` // what fields held that the entry has no longer
}

// OwnSignIn is what is kept of a credential that is no secret.
type OwnSignIn struct {
	Login   string `json:"name"`
	Changed string `json:"password_set"`
	Second  string `json:"second_factor_set,omitempty"`
}

// OwnSession is one place where the person is signed in.
type OwnSession struct {
	Device  string `json:"device"`
	LastUse string `json:"last_use"`
}

// OwnNotice is something the person was or is to be told.
type OwnNotice struct {
	Kind  string `json:"kind"`
	Made  string `json:"made"`
	State string `json:"state"`
}

// OwnObject is an object that the person may read now.
type OwnObject struct {
	ID    ref.ID `json:"id"`
	Kind  string `json:"kind"`
	Title string `json:"title,omitempty"`
}

// OwnAct is an entry of the ledger that the person made; Object only where the person may read it
// now.
type OwnAct struct {
	Act    string     `json:"act"`
	When   string     `json:"when"`
	Reason string     `json:"reason,omitempty"`
	Object *OwnObject `json:"object,omitempty"`
}

// OwnWords is what the person said, asked, attached or noted for an institution, as it stands, and
// what it referred to: where the person may not read that any more, as it was called then.
type OwnWords struct {
	OwnObject
	Words    any      `json:"words"`
	About    string   `json:"about,omitempty"`
	Revision int64    `json:"as_of_revision,omitempty"`
	Answered *OwnCall `json:"answered,omitempty"`
}

// OwnCall is the call that own words answered, as it stood then.
type OwnCall struct {
	Title  text.Multi      `json:"title"`
	Text   text.Multi      `json:"text,omitempty"`
	Source text.Multi      `json:"source,omitempty"`
	For    exchange.Wanted `json:"for"`
	Due    when.Date       `json:"due"`
	Asker  ref.ID          `json:"asker,omitempty"`
}

// OwnDutyEntry is a duty that names the person as who owes, asked or drafts.
type OwnDutyEntry struct {
	Kind   string    `json:"kind"`
	Detail string    `json:"detail,omitempty"`
	Due    string    `json:"due,omitempty"`
	Done   string    `json:"done,omitempty"`
	Object OwnObject `json:"object"`
}

// Own gathers what the node holds on the actor, in one snapshot. Forbidden for a visitor.
func Own(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, lang text.Lang) (o OwnData, err error) {
	if !who.SignedIn() {
		return o, fault.New(fault.Forbidden, "")
	}
	accounts := account.New(d)
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		o = OwnData{Made: db.Stamp(tx.Now()), ID: who.Person}
		// The own entry is shown whole, also to who may not read the directory: it is about the actor.
		self := access.Operator("own data")
		p, err := roster.People.Load(ctx, tx, self, ref.ID(who.Person))
		if err != nil {
			return err
		}
		o.Entry = p.Value
		for _, q := range p.Audience {
			o.Audience = append(o.Audience, string(q))
		}
		versions, err := objects.History(ctx, self, p.ID, 0, int(p.Rev))
		if err != nil {
			return err
		}
		for _, v := range versions {
			o.Revisions = append(o.Revisions, OwnRevision{v.Rev, v.When, v.Act, v.Value == nil, v.Value, v.Former})
		}
		own, err := accounts.OwnOf(ctx, who)
		if err != nil {
			return err
		}
		if own.Login != "" {
			o.SignIn = &OwnSignIn{own.Login, own.Changed, own.Second}
		}
		for _, s := range own.Sessions {
			o.Sessions = append(o.Sessions, OwnSession{s.Agent, s.LastUse})
		}
		o.Invitation, o.Reset, o.Calendar = own.Invited, own.Reset, own.Feed
		address, err := notice.AddressOf(ctx, tx, who.Person)
		if err != nil {
			return err
		}
		o.Mail, o.Rhythm = address.Address, string(address.Rhythm)
		told, err := notice.Own(ctx, tx, who, "", noticesMost)
		if err != nil {
			return err
		}
		for _, n := range told {
			o.Notices = append(o.Notices, OwnNotice{string(n.Kind), n.Made, string(n.State)})
		}
		if err := o.around(ctx, tx, who, lang); err != nil {
			return err
		}
		return o.words(ctx, objects, who, lang)
	})
	return o, err
}

// words adds what the actor made that is part of something.
func (o *OwnData) words(ctx context.Context, objects *access.Objects, who access.Actor, lang text.Lang) error {
	for _, e := range o.Acts {
		if e.Object == nil || e.Act != e.Object.Kind+".create" && e.Act != "statement.on-behalf" {
			continue
		}
		k, ok := objects.Kind(e.Object.Kind)
		if !ok || !k.IsWords() {
			continue
		}
		h, v, err := objects.Get(ctx, who, e.Object.ID)
		if err != nil {
			return err
		}
		own := OwnWords{OwnObject: *e.Object, Words: v}
		was, err := objects.Referred(ctx, who, h, h.Parent)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if own.Revision = was.Rev; was.Value != nil {
			own.About, _ = was.Kind.Title(was.Value).In(lang)
		}
		if st, ok := v.(*exchange.Statement); ok && st.Call != "" {
			was, err := objects.Referred(ctx, who, h, ref.ID(st.Call))
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			if c, ok := was.Value.(*exchange.Call); ok {
				own.Answered = &OwnCall{c.Title, c.Text, c.Source, c.For, c.Due, was.Header.Owner}
			}
		}
		o.Words = append(o.Words, own)
	}
	return nil
}

// around adds what the actor did, owes, and is named in.
func (o *OwnData) around(ctx context.Context, tx *db.Tx, who access.Actor, lang text.Lang) error {
	acts, err := ledger.ActsOf(ctx, tx, ref.ID(who.Person))
	if err != nil {
		return err
	}
	duties, err := access.DutiesOf(ctx, tx, who, who.Person)
	if err != nil {
		return err
	}
	naming, err := access.NamingPerson(ctx, tx, who, lang, who.Person, namingMost)
	if err != nil {
		return err
	}
	var ids []ref.ID
	for _, e := range acts {
		ids = append(ids, e.Object)
	}
	for _, y := range duties {
		ids = append(ids, y.Object)
	}
	titles, err := access.Titles(ctx, tx, who, lang, ids...)
	if err != nil {
		return err
	}
	rooms, err := access.InRooms(ctx, tx, ids...)
	if err != nil {
		return err
	}
	object := func(t access.Title) OwnObject { return OwnObject{t.ID, t.Kind, t.Text} }
	for _, e := range acts {
		a := OwnAct{Act: e.Act, When: e.When, Reason: e.Reason}
		t, ok := titles[e.Object]
		if ok {
			x := object(t)
			a.Object = &x
		}
		if !ok && rooms[e.Object] { // whose way in was given by others must not learn what was done inside
			continue
		}
		o.Acts = append(o.Acts, a)
	}
	for _, y := range duties {
		o.Duties = append(o.Duties, OwnDutyEntry{y.Kind, y.Detail, string(y.Due), y.Done, object(titles[y.Object])})
	}
	for _, t := range naming {
		o.NamedIn = append(o.NamedIn, object(t))
	}
	return nil
}
