package access

import (
	"context"
	"slices"
	"strings"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/ledger"
)

// SecondFactor is the setting that names the functions whose holders sign in with a second factor.
const SecondFactor = "second-factor"

// SecondFactorUsual are the functions that it names as long as nobody said otherwise: those who can commit
// an institution, or look after accounts.
const SecondFactorUsual = string(Administrator) + "," + string(ProjectTeam) + "," + string(FocalPoint)

// SettingAct is the act by which a setting changes; its entry says "NAME: VALUE".
const SettingAct = "settings.change"

// Setting is something that the administrator of a node decides while it runs. How a node is
// reached and where its things lie is said to the command that serves it.
type Setting struct {
	Name string
	What string // for a person at a terminal; pages have "setting.NAME"
	Form string // how its value is written
	// Usual is its value as long as nobody set it.
	Usual string
	// Clean gives a value in the form that is kept, or the key and arguments of the message that
	// says what is wrong with it.
	Clean func(value string) (clean, wrong string, args []any)
}

// Settings are all of them. What is not listed here cannot be changed by this door.
var Settings = []Setting{
	{
		SecondFactor, "functions whose holders must sign in with a second factor; nobody who holds one and has none does anything else until it is set up",
		"functions with a comma between, or nothing for none", SecondFactorUsual, functionList,
	},
}

// functionList cleans a list of functions.
func functionList(value string) (clean, wrong string, args []any) {
	all := Function("").Options()
	given := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" ,，、;", r) })
	for _, f := range given {
		if !slices.Contains(all, f) {
			return "", "fault.option", []any{"options", strings.Join(all, ", ")}
		}
	}
	kept := slices.DeleteFunc(all, func(f string) bool { return !slices.Contains(given, f) })
	return strings.Join(kept, ","), "", nil
}

// SettingValue gives how a setting stands: as it was set, also to nothing, or else as is usual.
func SettingValue(ctx context.Context, tx *db.Tx, name string) (string, error) {
	value, made, err := db.SettingMade(ctx, tx, name)
	if i := slices.IndexFunc(Settings, func(x Setting) bool { return x.Name == name }); !made && i >= 0 {
		value = Settings[i].Usual
	}
	return value, err
}

// SettingValues gives the values of all settings by their names. The actor must be one who may change
// them.
func (s *Objects) SettingValues(ctx context.Context, who Actor) (map[string]string, error) {
	if err := May(who, SettingAct, Header{}); err != nil {
		return nil, err
	}
	values := map[string]string{}
	return values, s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		for _, x := range Settings {
			if values[x.Name], err = SettingValue(ctx, tx, x.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

// ChangeSetting sets one: the act "settings.change", whose entry names the setting and its value. A
// value that stands already is no act. Faults: Forbidden, Invalid for a name or a value that there
// is not.
func (s *Objects) ChangeSetting(ctx context.Context, who Actor, name, value string) (clean string, err error) {
	if err := May(who, SettingAct, Header{}); err != nil {
		return "", err
	}
	var f fault.Fields
	i := slices.IndexFunc(Settings, func(x Setting) bool { return x.Name == name })
	if i < 0 {
		var names []string
		for _, x := range Settings {
			names = append(names, x.Name)
		}
		f.Add("name", name, "fault.option", "options", strings.Join(names, ", "))
		return "", f.Err()
	}
	clean, wrong, args := Settings[i].Clean(value)
	if wrong != "" {
		f.Add("value", value, wrong, args...)
		return "", f.Err()
	}
	return clean, s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		was, err := SettingValue(ctx, tx, name)
		if err != nil || was == clean {
			return err
		}
		if err := db.Set(ctx, tx, name, clean); err != nil {
			return err
		}
		_, err = ledger.Append(ctx, tx, who.By(), ledger.Act{Name: SettingAct, Reason: name + ": " + clean}, nil)
		return err
	})
}
