package dialogue

import (
	"context"
	"database/sql"
	"errors"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/standard/tlp"
)

// Service is the door to the subject's own acts and lists; editing is the same as for every kind
// (access.Objects).
type Service struct{ db *db.DB }

// New gives the service over a database.
func New(d *db.DB) *Service { return &Service{d} }

// Open makes a dialogue on the node. What takes part in it is entered afterwards. A dialogue
// belongs to itself, so that its audience can be "everybody who takes part".
func (s *Service) Open(ctx context.Context, who access.Actor, key string, value Dialogue, public bool) (ref.Dialogue, error) {
	id := ref.New()
	o := &access.Object[Dialogue]{Value: value}
	o.ID, o.Key, o.Dialogue = id, key, ref.Dialogue(id)
	if public {
		o.Mark = tlp.CLEAR
		o.Audience = access.NewAudience(access.Anyone, access.DialogueOf(o.Dialogue), access.TeamOf(o.Dialogue))
	}
	return o.Dialogue, s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return Dialogues.Save(ctx, tx, who, "dialogue.create", o, "")
	})
}

// First gives the node's first dialogue that the actor may read, or NotFound. A node usually
// hosts one.
func (s *Service) First(ctx context.Context, who access.Actor) (d access.Object[Dialogue], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err := Dialogues.List(ctx, tx, who, access.Select{Order: `o.id`, Limit: 1})
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fault.New(fault.NotFound, "")
		}
		d = list[0]
		return nil
	})
	return d, err
}

// Any says whether the node has a dialogue at all, whoever may read it: before there is one, the
// first administrator has to sign in.
func (s *Service) Any(ctx context.Context) (any bool, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var id string
		err := tx.QueryRow(ctx, `select id from dialogue limit 1 -- dialogue.Any`).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		any = err == nil
		return err
	})
	return any, err
}

// Rounds gives the rounds of a dialogue, the newest first.
func (s *Service) Rounds(ctx context.Context, who access.Actor, d ref.Dialogue) (out []access.Object[Round], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		out, err = Rounds.List(ctx, tx, who, access.Select{
			Args: &a, Where: `o.dialogue = ` + a.Add(d), Order: `o.sort_time desc, o.id`, Limit: 200,
		})
		return err
	})
	return out, err
}

// RoadmapPage is the dialogue's newest roadmap with its milestones.
type RoadmapPage struct {
	Roadmap    access.Object[Roadmap]
	Milestones []access.Object[Milestone]
}

// Roadmap gives the newest roadmap that the actor may read, or NotFound. Milestones without a
// date come last.
func (s *Service) Roadmap(ctx context.Context, who access.Actor, d ref.Dialogue) (p RoadmapPage, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		maps, err := Roadmaps.List(ctx, tx, who, access.Select{
			Args: &a, Where: `o.dialogue = ` + a.Add(d), Order: `o.sort_time desc, o.id`, Limit: 1,
		})
		if err != nil {
			return err
		}
		if len(maps) == 0 {
			return fault.New(fault.NotFound, "")
		}
		p.Roadmap = maps[0]
		var b db.Args
		p.Milestones, err = Milestones.List(ctx, tx, who, access.Select{
			Args: &b, Where: `t.roadmap = ` + b.Add(p.Roadmap.ID),
			Order: `case when o.sort_time = '' then 1 else 0 end, o.sort_time, o.id`, Limit: 500,
		})
		return err
	})
	return p, err
}

// Calendars gives the calendars of working days of a dialogue's sides that the actor may read.
func (s *Service) Calendars(ctx context.Context, who access.Actor, d ref.Dialogue) (out []access.Object[Calendar], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		out, err = Calendars.List(ctx, tx, who, access.Select{Args: &a, Where: `o.dialogue = ` + a.Add(d), Order: `o.id`, Limit: 50})
		return err
	})
	return out, err
}
