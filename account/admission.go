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
		until, err := openInvitation(ctx, tx, person)
		if err != nil {
			return err
		}
		if until != "" {
			return fault.New(fault.Invalid, "fault.admission-code")
		}
		return admit(ctx, tx, who, person, "")
	})
}

// EndAdmission shuts the inner room to a person (roster.EndAdmission), who is told.
func (s *Service) EndAdmission(ctx context.Context, who access.Actor, person ref.Person, reason string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := roster.EndAdmission(ctx, tx, who, person, reason); err != nil {
			return err
		}
		if err := notice.TellVacant(ctx, tx, who); err != nil {
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
	if err := notice.Put(ctx, tx, nil, notice.New{Person: person, Kind: notice.Admission, Detail: notice.Detail{What: "own"}}); err != nil {
		return err
	}
	inside, err := roster.Insiders(ctx, tx, o.Value.Institution)
	if err != nil {
		return err
	}
	return tellOf(ctx, tx, who, person, "given", inside)
}

// admitOwn admits, as part of another act, somebody of the institution for which the actor is a focal
// point inside the side; by anybody else it does nothing.
func admitOwn(ctx context.Context, tx *db.Tx, who access.Actor, person ref.Person, way string) error {
	if !who.Inside() || !who.Holds(access.FocalPoint) {
		return nil
	}
	p, err := roster.ActorFor(ctx, tx, person)
	if err != nil || p.Institution != who.Institution {
		return err
	}
	if err := admit(ctx, tx, who, person, way); !fault.Is(err, fault.Invalid) { // who works for no side is not let in
		return err
	}
	return nil
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
