package access_test

import (
	"context"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/ledger"
)

func TestSettings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, o := t.Context(), access.NewObjects(d)
		admin := access.NewActor(access.Actor{Person: "a", Functions: []access.Function{access.Administrator}})
		set := func(who access.Actor, name, value string, k fault.Kind, clean string) {
			t.Helper()
			got, err := o.ChangeSetting(ctx, who, name, value)
			if fault.Of(err) != k || k == "" && err != nil || got != clean {
				t.Errorf("%s=%s: %q %v, want %q %q", name, value, got, err, clean, k)
			}
		}
		set(admin, access.SecondFactor, "project-team, administrator", "", "administrator,project-team")
		set(admin, access.SecondFactor, "administrator project-team", "", "administrator,project-team") // as it stands
		set(admin, access.SecondFactor, "minister", fault.Invalid, "")
		set(admin, db.PublicKey, "x", fault.Invalid, "")
		set(admin, "", "x", fault.Invalid, "")
		for _, who := range []access.Actor{access.Visitor, access.NewActor(access.Actor{Person: "b", Functions: []access.Function{access.ProjectTeam}})} {
			set(who, access.SecondFactor, "", fault.Forbidden, "")
			if _, err := o.SettingValues(ctx, who); !fault.Is(err, fault.Forbidden) {
				t.Errorf("anybody sees the settings: %v", err)
			}
		}
		values, err := o.SettingValues(ctx, admin)
		if err != nil || values[access.SecondFactor] != "administrator,project-team" || len(values) != len(access.Settings) {
			t.Errorf("%v %v", values, err)
		}
		set(access.Operator("test"), access.SecondFactor, "", "", "")
		if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			n, err := ledger.Size(ctx, tx)
			if n != 2 {
				t.Errorf("%d entries", n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
