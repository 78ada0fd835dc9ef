// Package publication holds what the project says to the public: the pages of its site, news,
// and press releases that are written from a meeting's data. What is not published here is not
// public anywhere.
package publication

import (
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// Page is a section of the public site that the project team edits.
type Page struct {
	Title text.Multi `json:"title" shape:"required,label"`
	Lead  text.Multi `json:"lead,omitempty" shape:"long"`
	Body  text.Multi `json:"body,omitempty" shape:"markdown"`
	Menu  Menu       `json:"menu,omitempty"`
	Order int        `json:"order,omitempty"`
}

// Menu says where a page is offered.
type Menu string

// The menus.
const (
	Head   Menu = "head" // the sections at the head
	Foot   Menu = "foot" // the notices at the foot
	NoMenu Menu = "none"
)

// Options lists the menus.
func (Menu) Options() []string { return []string{string(Head), string(Foot), string(NoMenu)} }

// News is a dated piece of news. Quote is the passage offered for quotation.
type News struct {
	Title text.Multi `json:"title" shape:"required,label"`
	Date  when.Date  `json:"date" shape:"required"`
	Lead  text.Multi `json:"lead,omitempty" shape:"long"`
	Body  text.Multi `json:"body,omitempty" shape:"markdown"`
	Quote text.Multi `json:"quote,omitempty" shape:"long"`
}

// Consent says whether the speaker agreed to be quoted.
type Consent string

// The states of consent. Only a quotation with consent, or one that the speaker's institution
// has itself published, goes out.
const (
	Given     Consent = "given"
	Published Consent = "published"
	Asked     Consent = "asked"
	Refused   Consent = "refused"
)

// Options lists the states.
func (Consent) Options() []string {
	return []string{string(Given), string(Published), string(Asked), string(Refused)}
}

// Release is a press release written from a meeting.
type Release struct {
	Title      text.Multi  `json:"title" shape:"required,label"`
	Meeting    ref.Meeting `json:"meeting" shape:"required"`
	Date       when.Date   `json:"date,omitempty"`
	DateNote   text.Multi  `json:"date_note,omitempty"`
	Place      text.Multi  `json:"place,omitempty"`
	Lead       text.Multi  `json:"lead" shape:"required,long"` // who launched what
	Body       text.Multi  `json:"body,omitempty" shape:"markdown"`
	Figures    []Figure    `json:"figures,omitempty"`
	Quotations []Quotation `json:"quotations,omitempty"`
	Contact    text.Multi  `json:"contact,omitempty" shape:"long"`
	Funding    text.Multi  `json:"funding,omitempty" shape:"long"`
}

// Figure is a number with its source, as it goes out.
type Figure struct {
	Text   text.Multi `json:"text" shape:"required"` // "43 participants"
	Source text.Multi `json:"source" shape:"required"`
}

// Quotation is what somebody said, by function, with the consent recorded.
type Quotation struct {
	Function    text.Multi      `json:"function,omitempty"`
	Institution ref.Institution `json:"institution,omitempty"`
	Text        text.Multi      `json:"text" shape:"required,long,said"`
	Indirect    bool            `json:"indirect,omitempty"` // reported, not word for word
	Consent     Consent         `json:"consent" shape:"required"`
	Evidence    text.Multi      `json:"evidence,omitempty"` // how consent is known
}
