// Package fault names what can go wrong in an act, so that every door (page, command line,
// import) can say it in its own way: a kind, a message key of the interface catalogue with
// its arguments, faults of single fields, and a private cause that is logged and never shown.
package fault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind is what went wrong, in as many words as a door needs to choose a status.
type Kind string

// The kinds of fault.
const (
	NotFound    Kind = "not-found"   // it does not exist, or not for this actor
	Forbidden   Kind = "forbidden"   // the actor may read it, policy does not let the actor do this
	Invalid     Kind = "invalid"     // the input is wrong; Fields says where
	Conflict    Kind = "conflict"    // somebody else changed it since the revision that was read
	TooLarge    Kind = "too-large"   // the input is larger than is taken
	TooMany     Kind = "too-many"    // too many attempts; try later
	Unavailable Kind = "unavailable" // a part of the node does not answer; nothing was changed
)

// Field is the fault of one field: its path ("agenda.2.title.en"), where it stands in a file
// (line 0: not from a file), the value that was given, and the key of the message that says
// what would be right. Args fill the message's placeholders, in pairs of name and value. File
// names the file where several are read together.
type Field struct {
	File  string
	Path  string
	Line  int
	Value string
	Key   string
	Args  []any
}

// Error is a fault as it travels up from an act.
type Error struct {
	Kind   Kind
	Key    string // message key; empty: the kind's own message
	Args   []any  // pairs of placeholder and value
	Fields []Field
	Cause  error // private: for the log, never for a person
}

// Error gives the text for logs.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Kind))
	if e.Key != "" {
		fmt.Fprintf(&b, " %s %v", e.Key, e.Args)
	}
	for _, f := range e.Fields {
		b.WriteString("; ")
		if f.File != "" {
			fmt.Fprintf(&b, "%s ", f.File)
		}
		b.WriteString(f.Path)
		if f.Line > 0 {
			fmt.Fprintf(&b, " (line %d)", f.Line)
		}
		fmt.Fprintf(&b, ": %q %s %v", f.Value, f.Key, f.Args)
	}
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %v", e.Cause)
	}
	return b.String()
}

// Unwrap gives the private cause.
func (e *Error) Unwrap() error { return e.Cause }

// New makes a fault of a kind with a message key and pairs of placeholder and value.
func New(k Kind, key string, args ...any) *Error { return &Error{Kind: k, Key: key, Args: args} }

// Because makes a fault of a kind with a private cause.
func Because(k Kind, cause error) *Error { return &Error{Kind: k, Cause: cause} }

// Of gives the kind of err, or "" when it is nil or not a fault.
func Of(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// Is says whether err is a fault of kind k.
func Is(err error, k Kind) bool { return Of(err) == k }

// Unless gives err, or nil where it is a fault of kind k.
func Unless(err error, k Kind) error {
	if Is(err, k) {
		return nil
	}
	return err
}

// Fields collects the faults of an input. The zero value is ready; Err is nil when none came.
type Fields []Field

// Add notes the fault of one field.
func (f *Fields) Add(path, value, key string, args ...any) {
	*f = append(*f, Field{Path: path, Value: value, Key: key, Args: args})
}

// Err gives an Invalid fault with all fields, in the order of their lines, or nil.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	s := slices.Clone(f)
	slices.SortStableFunc(s, func(a, b Field) int { return a.Line - b.Line })
	return &Error{Kind: Invalid, Fields: s}
}
