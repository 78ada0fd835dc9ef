package bundle_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
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
	"entente/library"
	"entente/meeting"
	"entente/project"
	"entente/roster"
	"entente/standard/tlp"
)

// elsewhere are the acts that are not tried, each with the reason.
var elsewhere = map[string]string{
	"person.accept":             "every code that another act gives is used there",
	"person.own-password":       "needs the password; the way of signing in is of who knows it (TestAdmissionWay)",
	"person.second-factor":      "as person.own-password",
	"person.second-factor-drop": "as person.own-password",
	"person.recovery-codes":     "as person.own-password",
	"person.feed":               "an address of the own duties, read with the rights of the moment",
	"person.unfeed":             "as person.feed",
	"job.read":                  "numbers and states of what the node does by itself",
	"job.retry":                 "does again what is done with the rights of the moment",
	"job.cancel":                "ends it",
	"policy.read":               "reads a table of the program",
	"person.reset-ask":          "gives nothing: the code comes by person.link, of somebody else",
	"duty.drafter":              "names somebody beside a duty, which gives no right (its page says who)",
}

// mostOfKind bounds how many objects of a kind that says nothing of who somebody is are tried.
const mostOfKind = 3

// driver gives what tries an act of the team or an administrator, nil for one that is not known here.
func (c *canary) driver(act string) func() {
	kind, verb, _ := strings.Cut(act, ".")
	switch act {
	case "person.invite":
		return c.invite
	case "person.link", "person.unlink", "person.end", "person.erase", "person.handover", "person.correct":
		return func() { c.people(act) }
	case "person.authority":
		return c.postsAndFunctions
	case "institution.authority":
		return c.standings
	case "side.authority":
		return func() {
			for _, id := range c.all("side") {
				for _, i := range c.some("institution") {
					c.authority(act, id, func(v any) { v.(*roster.Side).Leads = []roster.Lead{{Institution: ref.Institution(i)}} })
				}
			}
		}
	case "circle.create", "circle.edit", "circle.authority", "circle.remove":
		return func() { c.circles(act) }
	case "meeting.edit":
		return c.participants
	case "meeting.postpone", "meeting.cancel":
		return func() {
			c.each("meeting", act, func(ctx context.Context, id ref.ID, rev int64, _ any) error {
				if verb == "cancel" {
					return meeting.New(c.d).Cancel(ctx, c.team(), ref.Meeting(id), rev, text.Both("x", "x"))
				}
				return meeting.New(c.d).Postpone(ctx, c.team(), ref.Meeting(id), rev, meeting.Move{Starts: "2031-05-06", Ends: "2031-05-07", Reason: text.Both("x", "x")})
			})
		}
	case "plan.endorse":
		return func() {
			c.each("plan", act, func(ctx context.Context, id ref.ID, rev int64, _ any) error {
				p, err := project.New(c.d).Page(ctx, c.team(), ref.Plan(id), project.Filter{})
				if err != nil {
					return err
				}
				var held access.Contents
				if err := c.d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
					held, err = access.ContentsOf(ctx, tx, c.team(), p.Plan.Header)
					return err
				}); err != nil {
					return err
				}
				_, err = project.New(c.d).Endorse(ctx, c.team(), ref.Plan(id), rev, project.Print(p.All), held, when.DateOf(c.d.Now().In(when.Beijing.Location())), text.Both("x", "x"))
				return err
			})
		}
	case "object.pass", "duty.extend", "settings.change":
		return func() { c.others(act) }
	}
	switch kind {
	case "call", "statement":
		return func() { c.said(act) }
	case "file":
		return func() { c.attached(act) }
	}
	switch verb {
	case "create":
		return func() {
			c.each(kind, act, func(ctx context.Context, id ref.ID, _ int64, v any) error {
				h, _, err := c.objects.Get(ctx, c.team(), id)
				if err == nil {
					switch i := v.(type) {
					case *roster.Institution: // nobody enters one under the name of another
						i.Names, i.Short = []roster.Name{{Name: text.Both("Beside "+string(id), "")}}, nil
					case *roster.Side: // likewise, and none that is led by who stands on another
						i.Leads, i.Name, i.Short = nil, text.Both("Beside "+string(id), ""), nil
					}
					_, err = c.objects.Create(ctx, c.team(), kind, access.Header{Dialogue: h.Dialogue, Mark: h.Mark, Audience: h.Audience}, v)
				}
				return err
			})
		}
	case "edit":
		return func() { c.edits(kind, act) }
	case "audience", "publish", "withdraw", "remove":
		if kind == "object" {
			return func() { c.readers(act, verb) }
		}
	}
	return nil
}

// some gives the ids of a kind; of institutions, where what is done stays, those with something inside.
func (c *canary) some(kind string) []ref.ID {
	if c.keep && kind == "institution" {
		return c.near()
	}
	return c.all(kind)
}

func (c *canary) team() access.Actor { return c.as("project-team") }

// bosses are those whose accounts somebody may have taken.
func (c *canary) bosses() []access.Actor { return []access.Actor{c.team(), c.as("administrator")} }

// each tries something on objects of a kind: all that make an actor, some of the others.
func (c *canary) each(kind, act string, do func(ctx context.Context, id ref.ID, rev int64, value any) error) {
	ids := c.all(kind)
	if !slices.Contains([]string{"person", "institution", "circle", "side"}, kind) && len(ids) > mostOfKind {
		ids = ids[:mostOfKind]
	}
	for _, id := range ids {
		c.try(act, func(ctx context.Context) error {
			h, v, err := c.objects.Get(ctx, c.team(), id)
			if err != nil {
				return err
			}
			return do(ctx, id, h.Rev, v)
		})
	}
}

// edits gives each object the texts of another one of its kind.
func (c *canary) edits(kind, act string) {
	c.each(kind, act, func(ctx context.Context, id ref.ID, rev int64, v any) error {
		body, err := json.Marshal(v)
		if err != nil {
			return err
		}
		k, _ := c.objects.Kind(kind)
		other := k.New()
		if err := json.Unmarshal([]byte(strings.Replace(string(body), `"text":"`, `"text":"Changed `, 1)), other); err != nil {
			return err
		}
		_, err = c.objects.Edit(ctx, c.team(), id, rev, other, "")
		return err
	})
	others := c.all(kind)
	if kind == "institution" {
		others = c.near()
	}
	for _, from := range others { // and all that another one says, which an edit may not let decide
		_, v, err := c.objects.Get(c.t.Context(), c.team(), from)
		if err != nil {
			continue
		}
		c.each(kind, act, func(ctx context.Context, id ref.ID, rev int64, _ any) error {
			_, err := c.objects.Edit(ctx, c.team(), id, rev, v, "")
			return err
		})
		if !slices.Contains([]string{"person", "institution", "circle", "side"}, kind) {
			break
		}
	}
}

// authority tries a change of what decides who reads.
func (c *canary) authority(act string, id ref.ID, change func(v any)) {
	c.try(act, func(ctx context.Context) error {
		h, v, err := c.objects.Get(ctx, c.team(), id)
		if err != nil {
			return err
		}
		change(v)
		return bundle.Authority(ctx, c.d, c.objects, c.team(), id, h.Rev, v, "letter")
	})
}

// uses comes in by a code.
func (c *canary) uses(ctx context.Context, code string) error {
	if code == "" {
		return nil
	}
	_, err := c.accounts.Accept(ctx, "192.0.2.1", code, "in-by-"+strings.ToLower(code), canaryPassword)
	return err
}

// near are the institutions at which a code is used each time: those with something inside, and one of
// the other side. That costs a slow hash.
func (c *canary) near() []ref.ID {
	return []ref.ID{c.key("institution", "mfa"), c.key("institution", "nia"), c.key("institution", "pt")}
}

func (c *canary) invite() {
	for _, i := range c.some("institution") {
		for _, f := range account.Invitable(c.team(), ref.Institution(i)) {
			c.try("person.invite", func(ctx context.Context) error {
				_, code, err := c.accounts.Invite(ctx, c.team(), account.Newcomer{Institution: ref.Institution(i), Function: f, Title: text.Both("Somebody", "某人"), Language: "zh"})
				if err != nil || !slices.Contains(c.near(), i) {
					return err
				}
				return c.uses(ctx, code)
			})
		}
	}
}

func (c *canary) people(act string) {
	people := c.everybody()
	for _, id := range people {
		for _, who := range append(c.bosses(), c.actor(id)) {
			if who.Side != "" && act != "person.correct" { // those who are inside are not the team's
				continue
			}
			switch act {
			case "person.link":
				c.try(act, func(ctx context.Context) error {
					code, err := c.resetIn(ctx, who, id)
					return errors.Join(err, c.uses(ctx, code))
				})
			case "person.unlink":
				c.try(act, func(ctx context.Context) error {
					_, err := c.accounts.Reinvite(ctx, who, id)
					return errors.Join(err, c.accounts.Withdraw(ctx, who, id))
				})
			case "person.end":
				if !c.keep { // who has left is of no more use
					c.try(act, func(ctx context.Context) error { return c.accounts.End(ctx, who, id, "letter") })
				}
			case "person.erase":
				if !c.keep {
					c.try(act, func(ctx context.Context) error {
						h, v, err := c.objects.Get(ctx, operator, ref.ID(id))
						if err == nil {
							v.(*roster.Person).Functions = nil
							_, err = c.objects.Edit(ctx, operator, h.ID, h.Rev, v, "")
						}
						if err := errors.Join(err, c.accounts.Erase(ctx, who, id, "asked for")); fault.Of(err) != fault.Unavailable { // the file is rewritten afterwards
							return err
						}
						return nil
					})
				}
			case "person.correct":
				c.try(act, func(ctx context.Context) error {
					h, _, err := c.objects.Get(ctx, who, ref.ID(id))
					return errors.Join(err, c.accounts.Correct(ctx, who, h.Rev, account.Correction{Language: "en"}))
				})
			case "person.handover":
				c.handOver(who, id, people)
			}
		}
	}
}

// handOver passes each function on, to somebody new and to everybody else.
func (c *canary) handOver(who access.Actor, from ref.Person, people []ref.Person) {
	if c.keep {
		people = []ref.Person{c.person("expert"), people[len(people)-1]}
	}
	for _, f := range []access.Function{access.FocalPoint, access.Contributor, access.Expert} {
		for _, stays := range []bool{false, true} {
			for _, to := range append([]ref.Person{""}, people...) {
				c.try("person.handover", func(ctx context.Context) error {
					_, code, _, err := bundle.HandOver(ctx, c.d, c.objects, who, account.Handover{
						From: from, Function: f, To: to, Stays: stays,
						Newcomer: account.Newcomer{Title: text.Both("Somebody", "某人"), Language: "zh"},
					}, nil)
					return errors.Join(err, c.uses(ctx, code))
				})
			}
		}
	}
}

// postsAndFunctions moves every post to every institution and gives everybody every function; all in
// one step and in two.
func (c *canary) postsAndFunctions() {
	const act = "person.authority"
	for _, id := range c.all("person") {
		for _, i := range c.some("institution") {
			c.authority(act, id, func(v any) {
				p := v.(*roster.Person)
				p.Posts = []roster.Post{{Institution: ref.Institution(i)}}
			})
		}
		for _, i := range c.near() {
			for _, f := range access.Function("").Options() {
				functions := []roster.Held{{Function: access.Function(f)}}
				c.authority(act, id, func(v any) { v.(*roster.Person).Functions = functions })
				c.authority(act, id, func(v any) {
					p := v.(*roster.Person)
					p.Posts, p.Functions = []roster.Post{{Institution: ref.Institution(i)}}, append(p.Functions, functions...)
				})
			}
		}
		c.authority(act, id, func(v any) { v.(*roster.Person).Functions = nil })
	}
}

// standings moves every institution to every side, and makes it the successor of those with
// something inside.
func (c *canary) standings() {
	const act = "institution.authority"
	for _, id := range c.some("institution") {
		for _, side := range append(c.all("side"), "") {
			c.authority(act, id, func(v any) {
				p := roster.Period{As: roster.OnSide, Side: ref.Side(side)}
				if side == "" {
					p.As = roster.Observer
				}
				v.(*roster.Institution).Standings = []roster.Period{p}
			})
		}
		// Beside the side, for a day: whoever is invited there meanwhile is not let in either.
		c.authority(act, id, func(v any) {
			o, today := v.(*roster.Institution), when.DateOf(time.Now())
			o.Standings = append(o.Standings, roster.Period{As: roster.Observer, From: today, Until: today})
		})
		for _, of := range c.near() {
			c.authority(act, of, func(v any) {
				p := v.(*roster.Institution)
				p.Ended, p.Successors = "2020", []roster.Succession{{Institution: ref.Institution(id)}}
			})
			c.authority(act, id, func(v any) { v.(*roster.Institution).Parent = ref.Institution(of) })
		}
	}
}

func (c *canary) circles(act string) {
	ids, is := c.all("circle"), c.some("institution")
	members := func(i ref.ID) []ref.Institution {
		return []ref.Institution{ref.Institution(i), ref.Institution(c.near()[0])}
	}
	if act == "circle.create" {
		for _, i := range is {
			c.try(act, func(ctx context.Context) error {
				_, err := c.objects.Create(ctx, c.team(), "circle", access.Header{Dialogue: c.team().Dialogue}, &roster.Circle{Name: text.Both("Circle", ""), Members: members(i)})
				return err
			})
		}
		return
	}
	for _, id := range ids {
		switch act {
		case "circle.edit":
			c.edits("circle", act)
		case "circle.authority":
			for _, i := range is {
				c.authority(act, id, func(v any) { v.(*roster.Circle).Members = members(i) })
			}
		case "circle.remove":
			c.each("circle", act, func(ctx context.Context, id ref.ID, rev int64, _ any) error {
				return c.objects.Remove(ctx, c.team(), id, rev, "x")
			})
		}
	}
}

// participants lets everybody and every institution take part in a meeting.
func (c *canary) participants() {
	id := c.key("meeting", "launch-phase-2")
	edit := func(p meeting.Participation) {
		c.try("meeting.edit", func(ctx context.Context) error {
			h, v, err := c.objects.Get(ctx, c.team(), id)
			if err != nil {
				return err
			}
			v.(*meeting.Meeting).Participants = append(v.(*meeting.Meeting).Participants, p)
			return bundle.Edit(ctx, c.d, c.objects, c.team(), id, h.Rev, v, "")
		})
	}
	for _, i := range c.some("institution") {
		edit(meeting.Participation{Institution: ref.Institution(i), Role: "participant"})
	}
}

// readers gives every object other readers, shows it to all, takes it back and removes it; also what
// stands inside, which the team cannot name but by its id.
func (c *canary) readers(act, verb string) {
	var ids []ref.ID
	c.read(func(ctx context.Context, tx *db.Tx) (err error) {
		ids, err = db.Collect(ctx, tx, db.One[ref.ID], `select id from object where tombstone = '' and (room <> '' or kind in ('meeting', 'news', 'plan')) order by room desc, kind, id limit 40`)
		return err
	})
	for _, id := range ids {
		for _, a := range []access.Audience{
			{access.TeamOf(c.team().Dialogue)},
			{access.InsideOf(c.as("cn-ministry").Institution), access.TeamOf(c.team().Dialogue)},
			{access.PersonOf(c.person("expert")), access.PersonOf(c.team().Person)},
			{access.DialogueOf(c.team().Dialogue)},
		} {
			c.try(act, func(ctx context.Context) error {
				rev := int64(1)
				h, _, err := c.objects.Get(ctx, c.team(), id)
				if err == nil {
					rev = h.Rev
				}
				switch verb {
				case "publish":
					return c.objects.Publish(ctx, c.team(), id, rev)
				case "withdraw":
					err := c.objects.Publish(ctx, c.team(), id, rev)
					if err == nil {
						rev++
					}
					return c.objects.Withdraw(ctx, c.team(), id, rev, "x")
				case "remove":
					if c.keep { // what was removed tells nobody anything
						return nil
					}
					return c.objects.Remove(ctx, c.team(), id, rev, "x")
				}
				return c.objects.SetAudience(ctx, c.team(), id, rev, tlp.AMBERSTRICT, a, "x")
			})
		}
	}
}

// said makes calls and enters what institutions said, and does with it what the team may.
func (c *canary) said(act string) {
	s, x := exchange.New(c.d), text.Both("x", "x")
	at := c.key("meeting", "launch-phase-2")
	for _, i := range c.near() {
		c.try(act, func(ctx context.Context) error {
			who := c.team()
			_, verb, _ := strings.Cut(act, ".")
			if strings.HasPrefix(act, "call.") {
				o, err := s.Ask(ctx, who, at, exchange.Asked{Title: x, Text: x, For: exchange.Wanted("answer"), To: []ref.Institution{ref.Institution(i)}, Due: when.DateOf(c.d.Now().In(when.Beijing.Location()))})
				if err != nil {
					return err
				}
				h, v, err := c.objects.Get(ctx, who, o.ID)
				if err != nil {
					return err
				}
				switch verb {
				case "extend":
					return s.Extend(ctx, who, ref.Call(o.ID), h.Rev, "2031-05-06", x)
				case "close":
					return s.Close(ctx, who, ref.Call(o.ID), h.Rev, x)
				case "audience":
					return c.objects.SetAudience(ctx, who, o.ID, h.Rev, tlp.AMBERSTRICT, access.NewAudience(append(h.Audience, access.InstitutionOf(c.as("expert").Institution))...), "x")
				case "remove":
					return c.objects.Remove(ctx, who, o.ID, h.Rev, "x")
				case "edit":
					v.(*exchange.Call).Title = text.Both("changed", "changed")
					_, err = c.objects.Edit(ctx, who, o.ID, h.Rev, v, "")
				}
				return err
			}
			about, _, err := c.objects.Get(ctx, who, at)
			if err != nil {
				return err
			}
			with, err := c.objects.Contents(ctx, who, about)
			if err != nil {
				return err
			}
			o, err := s.Enter(ctx, who, at, ref.Institution(i), exchange.Said{Sort: exchange.Comment, Seen: about.Rev, With: with, Text: text.Multi{"zh": text.Version{Text: "原文", Status: text.Original}}}, exchange.Entry{Channel: "letter", Number: "1", Date: when.DateOf(c.d.Now().In(when.Beijing.Location()))})
			if err != nil {
				return err
			}
			h, v, err := c.objects.Get(ctx, who, o.ID)
			if err != nil {
				return err
			}
			switch verb {
			case "withdraw":
				return s.Withdraw(ctx, who, ref.Statement(o.ID), h.Rev, text.Both("x", ""))
			case "edit":
				m := v.(*exchange.Statement).Text
				m["en"] = text.Version{Text: "translated", Status: text.Draft}
				_, err = c.objects.Edit(ctx, who, o.ID, h.Rev, v, "")
			}
			return err
		})
	}
}

// attached adds a file to an object and does with it what the team may.
func (c *canary) attached(act string) {
	_, verb, _ := strings.Cut(act, ".")
	var ids []ref.ID
	c.read(func(ctx context.Context, tx *db.Tx) (err error) {
		ids, err = db.Collect(ctx, tx, db.One[ref.ID], `select id from object where tombstone = '' and room <> '' and kind = 'note' order by id`)
		return err
	})
	for _, at := range append(ids, c.key("meeting", "launch-phase-2")) {
		c.try(act, func(ctx context.Context) error {
			who := c.team()
			in, err := c.library.Receive(ctx, library.Upload{Name: "a.txt", Data: strings.NewReader("text")})
			if err != nil {
				return err
			}
			o, err := c.library.Add(ctx, who, at, library.File{Title: text.Both("A", "甲")}, in, "", nil)
			if err != nil {
				return err
			}
			switch verb {
			case "edit":
				f := o.Value
				f.Title = text.Both("B", "乙")
				_, err = c.objects.Edit(ctx, who, o.ID, o.Rev, &f, "")
			case "version":
				next, err := c.library.Receive(ctx, library.Upload{Name: "b.txt", Data: strings.NewReader("another")})
				if err != nil {
					return err
				}
				return c.library.Replace(ctx, who, o.ID, o.Rev, next)
			case "audience":
				return c.objects.SetAudience(ctx, who, o.ID, o.Rev, tlp.AMBERSTRICT, access.Audience{access.TeamOf(who.Dialogue)}, "x")
			case "publish":
				return c.objects.Publish(ctx, who, o.ID, o.Rev)
			case "withdraw":
				if err = c.objects.Publish(ctx, who, o.ID, o.Rev); err == nil {
					return c.objects.Withdraw(ctx, who, o.ID, o.Rev+1, "x")
				}
			case "remove":
				return c.objects.Remove(ctx, who, o.ID, o.Rev, "x")
			}
			return err
		})
	}
}

func (c *canary) others(act string) {
	for _, id := range c.all("person") {
		c.try(act, func(ctx context.Context) error {
			who := c.team()
			switch act {
			case "object.pass": // all that names anybody inside, by its id
				var ids []ref.ID
				c.read(func(ctx context.Context, tx *db.Tx) (err error) {
					ids, err = db.Collect(ctx, tx, db.One[ref.ID], `select id from object where room <> '' and kind = 'note'`)
					return err
				})
				err := c.objects.Pass(ctx, who, ref.ID(c.as("cn-ministry").Institution), access.PersonOf(c.person("cn-ministry")), access.PersonOf(ref.Person(id)), ids)
				if err != nil { // with nothing to pass it is done all the same
					return c.objects.Pass(ctx, who, ref.ID(c.as("cn-ministry").Institution), access.PersonOf(c.person("cn-ministry")), access.PersonOf(ref.Person(id)), nil)
				}
				return err
			case "duty.extend":
				if err := func() error {
					_, err := exchange.New(c.d).Ask(ctx, who, c.key("meeting", "launch-phase-2"), exchange.Asked{Title: text.Both("x", "x"), Text: text.Both("x", "x"), For: "answer", To: []ref.Institution{c.as("cn-ministry").Institution}, Due: when.DateOf(c.d.Now().In(when.Beijing.Location()))})
					return err
				}(); err != nil {
					return err
				}
				l, err := c.objects.Duties(ctx, who, access.DutyQuery{Dialogue: who.Dialogue, Lang: "en", View: access.DutiesAwaited, Today: when.DateOf(c.d.Now().In(when.Beijing.Location())), Limit: 5})
				if err != nil || len(l.List) == 0 {
					return errors.Join(err, errors.New("nothing is owed"))
				}
				return bundle.ExtendDuty(ctx, c.d, c.objects, who, l.List[0].ID, l.List[0].Due, "2031-05-06", "x")
			}
			_, err := c.objects.ChangeSetting(ctx, c.as("administrator"), access.SecondFactor, "expert")
			return err
		})
	}
}
