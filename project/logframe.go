package project

import (
	"entente/internal/amount"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// ResultLevel is the level of a result in the logframe (逻辑框架).
type ResultLevel string

// The levels, from the widest.
const (
	Impact  ResultLevel = "impact"
	Outcome ResultLevel = "outcome"
	Output  ResultLevel = "output"
)

// Options lists the levels.
func (ResultLevel) Options() []string {
	return []string{string(Impact), string(Outcome), string(Output)}
}

// Result is what a phase is to bring about.
type Result struct {
	Title       text.Multi    `json:"title" shape:"required,label"`
	Phase       ref.Phase     `json:"phase" shape:"required"`
	Level       ResultLevel   `json:"level" shape:"required"`
	Code        string        `json:"code,omitempty" shape:"code"` // "OC1", "OP1.2"
	Serves      ref.Result    `json:"serves,omitempty"`
	FocusArea   ref.FocusArea `json:"focus_area,omitempty"`
	Assumptions []text.Multi  `json:"assumptions,omitempty"`
	Note        text.Multi    `json:"note,omitempty" shape:"markdown"`
}

// Measure says how an indicator is counted.
type Measure string

// The measures.
const (
	Number     Measure = "number"
	Percentage Measure = "percentage" // numerator and denominator
	Words      Measure = "words"      // qualitative
)

// Options lists the measures.
func (Measure) Options() []string {
	return []string{string(Number), string(Percentage), string(Words)}
}

// Indicator tells whether a result comes about.
type Indicator struct {
	Title      text.Multi  `json:"title" shape:"required,label"`
	Result     ref.Result  `json:"result" shape:"required"`
	Code       string      `json:"code,omitempty" shape:"code"`
	Unit       text.Multi  `json:"unit,omitempty"`
	Measure    Measure     `json:"measure" shape:"required"`
	Baseline   Value       `json:"baseline"`
	Targets    []Value     `json:"targets,omitempty"`
	Values     []Value     `json:"values,omitempty"`
	Dimensions []Dimension `json:"dimensions,omitempty"`
	DataSource text.Multi  `json:"data_source,omitempty"`
	Frequency  text.Multi  `json:"frequency,omitempty"`
	Note       text.Multi  `json:"note,omitempty" shape:"markdown"`
}

// Value is an exact figure on a date: Amount, or Numerator and Denominator of a percentage, or
// words. Parts disaggregate it by the indicator's dimensions.
type Value struct {
	Date        when.Date      `json:"date,omitempty"`
	Amount      amount.Decimal `json:"amount,omitempty"`
	Numerator   amount.Decimal `json:"numerator,omitempty"`
	Denominator amount.Decimal `json:"denominator,omitempty"`
	Words       text.Multi     `json:"words,omitempty"`
	Parts       []Part         `json:"parts,omitempty"`
	Source      text.Multi     `json:"source,omitempty"`
}

// Dimension is a named way of dividing figures ("side", "sex"), with the codes of its parts.
type Dimension struct {
	Code  string     `json:"code" shape:"code,required"`
	Name  text.Multi `json:"name" shape:"required"`
	Parts []Category `json:"parts,omitempty"`
}

// Category is one part of a dimension.
type Category struct {
	Code string     `json:"code" shape:"code,required"`
	Name text.Multi `json:"name" shape:"required"`
}

// Part is the figure of one category of one dimension.
type Part struct {
	Dimension   string         `json:"dimension" shape:"code,required"`
	Category    string         `json:"category" shape:"code,required"`
	Amount      amount.Decimal `json:"amount,omitempty"`
	Numerator   amount.Decimal `json:"numerator,omitempty"`
	Denominator amount.Decimal `json:"denominator,omitempty"`
}
