package access

import (
	"context"
	"slices"
	"strings"

	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
)

// AuthorityAct is the act by which those facts of a kind are changed that decide who reads anything
// or who speaks for whom (Kind.Decides).
func AuthorityAct(kind string) string { return kind + ".authority" }

// Authority changes those fields of an object that decide who reads and who speaks for whom, with a
// reason: the act "KIND.authority". Faults as for Edit, and Invalid where another field changed or
// the reason is missing.
func (s *Objects) Authority(ctx context.Context, who Actor, id ref.ID, rev int64, value any, reason string) (Header, error) {
	if strings.TrimSpace(reason) == "" {
		var f fault.Fields
		f.Add("reason", "", "fault.required")
		return Header{}, f.Err()
	}
	return s.edit(ctx, who, id, rev, value, reason, AuthorityAct)
}

// Deciding gives those of a kind's fields that decide and differ between two values of it.
func Deciding(k AnyKind, old, new any) (fields []string) {
	for _, f := range changed(old, new) {
		if slices.Contains(k.Deciding(), f) {
			fields = append(fields, f)
		}
	}
	return fields
}

// Deciding gives the fields of the kind that decide who reads and who speaks for whom.
func (k *Kind[T]) Deciding() []string { return k.Decides }

// changed gives the fields in which two values differ, each once.
func changed(old, new any) (fields []string) {
	for _, c := range shape.Diff(old, new) {
		f, _, _ := strings.Cut(c.Path, ".")
		fields = append(fields, f)
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

// apartFrom keeps apart what describes an object and what decides by it: an edit of the one never
// changes the other, so that nobody gains or loses by what looks like a correction.
func (k *Kind[T]) apartFrom(act string, old, new *T, faults *fault.Fields) {
	alone := act == AuthorityAct(k.Name)
	if !alone && act != k.Name+".edit" {
		return
	}
	for _, f := range changed(old, new) {
		switch decides := slices.Contains(k.Decides, f); {
		case decides && !alone:
			faults.Add(f, "", "fault.authority")
		case !decides && alone:
			faults.Add(f, "", "fault.authority-alone")
		}
	}
}
