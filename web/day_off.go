package web

import (
	"context"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/when"
)

// DayOff is a deadline on which some side does not work, and what to do about it: one press takes
// the last working day before, another keeps the day. The zero DayOff is nothing.
type DayOff struct {
	Words
	Day    string
	Before string // "" where that day has passed
}

// What is told of a day off: where not every side's holidays are entered, the day before is only about
// the last working day.
const (
	faultDayOff      = "fault.day-off"
	faultDayOffAbout = "fault.day-off-about"
)

// takeDay puts the working day that was pressed into the form in place of the day that was typed.
func takeDay(r *Request) {
	if day := r.PostFormValue("take"); day != "" {
		r.PostForm.Set("due", day)
	}
}

// dayOff tells of a deadline that is no working day of all sides, once: who keeps it has seen it.
func (s *Server) dayOff(r *Request, due when.Date) (f fault.Fields, err error) {
	today := s.today(&r.Page)
	if due.Precision() != when.Day || due.Before(today) || r.PostFormValue("keep") == string(due) {
		return nil, nil
	}
	err = s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		days, err := access.Workdays(ctx, tx, r.Page.Dialogue.ID)
		if err != nil || days.Works(due) {
			return err
		}
		before := days.Add(due, -1)
		if years := days.Unannounced(before, due); len(years) > 0 {
			f.Add("due", string(due), faultDayOffAbout, "before", r.Page.Date(before), "day", string(before), "years", r.Page.years(years))
		} else {
			f.Add("due", string(due), faultDayOff, "before", r.Page.Date(before), "day", string(before))
		}
		return nil
	})
	return f, err
}

// offerDay makes what can be pressed of the fault that dayOff found.
func (s *Server) offerDay(r *Request, faults fault.Fields) DayOff {
	i := slices.IndexFunc(faults, func(f fault.Field) bool { return f.Key == faultDayOff || f.Key == faultDayOffAbout })
	if i < 0 {
		return DayOff{}
	}
	out := DayOff{Words: r.Page.Words, Day: faults[i].Value}
	if before := when.Date(faults[i].Args[3].(string)); !before.Before(s.today(&r.Page)) {
		out.Before = string(before)
	}
	return out
}
