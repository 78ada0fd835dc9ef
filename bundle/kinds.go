package bundle

import (
	"entente/access"
	"entente/clearance"
	"entente/dialogue"
	"entente/exchange"
	"entente/internal/db"
	"entente/library"
	"entente/meeting"
	"entente/project"
	"entente/publication"
	"entente/roster"
)

// Objects gathers every kind of object that a node holds, in the order in which a file lists
// them: what others point at stands before what points at it, as far as that can be.
func Objects(d *db.DB) *access.Objects {
	return access.NewObjects(d,
		dialogue.Dialogues,
		roster.Sides, roster.Institutions, roster.People, roster.Admissions, roster.Circles,
		dialogue.Calendars, dialogue.Rounds, dialogue.Roadmaps, dialogue.Milestones,
		project.Projects, project.Phases, project.FocusAreas, project.Results, project.Indicators,
		project.Plans, project.Baselines, project.Activities,
		meeting.Meetings,
		publication.Pages, publication.NewsItems, publication.Releases,
		exchange.Calls, exchange.Statements,
		clearance.Notes, library.Files,
	).Keep(keeping)
}
