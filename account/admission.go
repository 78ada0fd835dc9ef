package account

import (
	"context"
	"crypto/rand"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/notice"
	"entente/roster"
)

// newWay names a way of signing in. It is no secret: an admission says which one it was given on.
func newWay() string { return rand.Text() }

// Admit lets a person into the inner room of the side (roster.Admit), and tells the person and those who
// are in already. Who cannot sign in yet is not admitted: whoever holds the code would come in by it.
// Seen is on what facts the actor does it (roster.Facts); a command does it on those of the moment.
// Faults: as there, Invalid, and Conflict where the facts are others by now.
func (s *Service) Admit(ctx context.Context, who access.Actor, person ref.Person, seen string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		facts, err := roster.Facts(ctx, tx, person)
		if err != nil {
			return err
		}
		if seen != facts && !who.IsOperator() {
			return fault.New(fault.Conflict, "")
		}
		until, _, err := openInvitation(ctx, tx, person)
		if err != nil {
			return err
		}
		if until != "" {
			return fault.New(fault.Invalid, "fault.admission-code")
		}
		return admit(ctx, tx, who, person, "")
	})
}

// EndAdmission shuts the inner room to a person (roster.EndAdmission). The person is told, and those of the
// institution who are inside.
func (s *Service) EndAdmission(ctx context.Context, who access.Actor, person ref.Person, reason string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := roster.EndAdmission(ctx, tx, who, person, reason); err != nil {
			return err
		}
		if err := notice.TellVacant(ctx, tx, who); err != nil {
			return err
		}
		inside, err := roster.Insiders(ctx, tx, who.Institution)
		if err != nil {
			return err
		}
		if err := tellOf(ctx, tx, who, person, "ended-other", inside); err != nil {
			return err
		}
		return notice.Put(ctx, tx, nil, notice.New{Person: person, Kind: notice.Admission, Detail: notice.Detail{What: "ended"}})
	})
}

func admit(ctx context.Context, tx *db.Tx, who access.Actor, person ref.Person, way string) error {
	o, added, err := roster.Admit(ctx, tx, who, person, way)
	if err != nil || !added {
		return err
	}
	inside, err := roster.Insiders(ctx, tx, o.Value.Institution)
	if err != nil {
		return err
	}
	return tellAdmitted(ctx, tx, who, person, inside)
}

// tellAdmitted tells a person, and those who are inside, of the person's admission.
func tellAdmitted(ctx context.Context, tx *db.Tx, who access.Actor, person ref.Person, inside []ref.Person) error {
	if err := notice.Put(ctx, tx, nil, notice.New{Person: person, Kind: notice.Admission, Detail: notice.Detail{What: "own"}}); err != nil {
		return err
	}
	return tellOf(ctx, tx, who, person, "given", inside)
}

// admitsOwn says whether the actor, by giving a person a code or the own function, lets that one in: a
// focal point who is inside does, somebody who works for the same institution.
func admitsOwn(who, person access.Actor) bool {
	return who.Inside() && who.Holds(access.FocalPoint) && person.Institution == who.Institution && (person.Admitted || person.Waits)
}

// tellWaits tells those who may admit a person that the person waits.
func tellWaits(ctx context.Context, tx *db.Tx, person ref.Person) error {
	p, err := roster.ActorFor(ctx, tx, person)
	if err != nil || !p.Waits {
		return err
	}
	doors, err := roster.Doorkeepers(ctx, tx, p.Institution, p.Side)
	if err != nil {
		return err
	}
	return tellOf(ctx, tx, p, person, "waits", doors)
}

// tellOf tells some people of a person's admission, but whoever acts and the person.
func tellOf(ctx context.Context, tx *db.Tx, who access.Actor, person ref.Person, what string, people []ref.Person) error {
	for _, p := range people {
		if p == who.Person || p == person {
			continue
		}
		if err := notice.Put(ctx, tx, nil, notice.New{Person: p, Kind: notice.Admission, Object: ref.ID(person), Detail: notice.Detail{What: what}}); err != nil {
			return err
		}
	}
	return nil
}

// AdmitAll admits all people who work for a side, or those of them who are named, as an operator's
// command does: where there were no admissions yet, and where an import is told to. It gives how many.
// Who was inside the institution before the command is told of each; where nobody was, nobody is.
func AdmitAll(ctx context.Context, tx *db.Tx, who access.Actor, people ...ref.Person) (n int, err error) {
	if people == nil {
		if people, err = db.Collect(ctx, tx, db.One[ref.Person], `select id from object where kind = 'person' and tombstone = '' order by id -- account.AdmitAll`); err != nil {
			return 0, err
		}
	}
	before := map[ref.Institution][]ref.Person{}
	for _, p := range people {
		a, err := roster.ActorFor(ctx, tx, p)
		if fault.Is(err, fault.NotFound) || err == nil && !a.Waits {
			continue
		}
		if err != nil {
			return n, err
		}
		if _, known := before[a.Institution]; !known {
			if before[a.Institution], err = roster.Insiders(ctx, tx, a.Institution); err != nil {
				return n, err
			}
		}
		if _, _, err := roster.Admit(ctx, tx, who, p, ""); err != nil {
			return n, err
		}
		n++
		if inside := before[a.Institution]; len(inside) > 0 {
			if err := tellAdmitted(ctx, tx, who, p, inside); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}
