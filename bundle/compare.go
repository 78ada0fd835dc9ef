package bundle

import (
	"context"
	"slices"
	"strings"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/ledger"
)

// Coverage says of some tables with what verification compares them, or why it does not.
type Coverage struct {
	Tables []string
	What   string // for an operator: with what; of what is not compared, why
}

// RestoredSetting is the row of node with the id of the last restore (bundle/backup).
const RestoredSetting = "restored"

// kindsTables stands for the tables of all kinds of objects in Compared.
const kindsTables = ""

// Compared are the tables that verification compares, in whole or in the part that is named. Each
// table of the schema stands here or in NotCompared, once.
var Compared = covers([]Coverage{
	{[]string{"entry", "revision", "tlog_hash", "checkpoint", "entry_signature"}, "the log by itself: every entry and revision with its hash, the tree over them, every signed checkpoint, the signature of every exceptional entry. That a checkpoint was taken out is noticed of the published one alone"},
	{[]string{"object", "aset", "aset_member", "label", "link", kindsTables}, "with the newest revision of each object: who may read it, its names, what it points at, its own rows"},
	{[]string{"search", "search_index"}, "what objects are found by, with the words of their newest revisions and how many they are; not where and how often in all SQLite noted them. On PostgreSQL both are one table, search"},
	{[]string{"duty", "duty_tally"}, "with the acts that made, extended, settled and ended duties: to whom, by whom, by when, open or done. Not who drafts, nor what the address of a duty is, as long as it is well formed and none has it twice, nor translations that were done in the past, nor the deadlines of duties older than release 0.2.0"},
	{[]string{"credential", "account_factor", "account_feed"}, "the time at which each was set, with the act that set it, and that no two passwords have one salt or key. That a calendar's address was taken out is not told. That an admission which is not ended stands on the way of signing in that the person has. Not what the password or secret is, nor which name a person signs in with, nor the mark of a way on which no admission stands"},
	{[]string{"node"}, "settings with the acts that changed them; the public key with the one that was given or stands in the node's folder; the restores with the log; that nothing else stands there, and that no upgrade is still to do what it did. Not whether the node is a demonstration, nor which restore was finished, nor up to which day own words were kept"},
})

// NotCompared are the tables that verification leaves out, with the reason.
var NotCompared = []Coverage{
	{[]string{"session", "onetime", "form"}, "no entry says which stand: who is signed in, links that are good once, forms that were sent"},
	{[]string{"account_recovery"}, "kept by a hash, and used up without an entry"},
	{[]string{"account_attempt"}, "counts attempts to sign in, which are no acts"},
	{[]string{"notice", "notice_address"}, "what people were told and where letters go; the acts of which they were told have entries"},
	{[]string{"duty_reminder"}, "which reminders went out, also of duties that fell away since"},
	{[]string{"job"}, "what is still to be done, as letters to be sent; no entry says which stand, and not of all of them what came of it"},
	{[]string{"derivation"}, "by which version rows were derived; the rows themselves are compared"},
	{[]string{"goose_db_version"}, "which migrations ran; what they made is compared"},
}

// covers puts the tables of all kinds where they belong.
func covers(all []Coverage) []Coverage {
	for i, c := range all {
		if at := slices.Index(c.Tables, kindsTables); at >= 0 {
			all[i].Tables = slices.Concat(c.Tables[:at], Objects(nil).Tables(), c.Tables[at+1:])
		}
	}
	return all
}

// Compare compares everything in a database that can be compared with its log, which was verified
// before, and the schema with this program's: Compared and NotCompared say what that is. What needs a
// table that is missing is left out and noted as such, and nothing else is. It gives how many objects
// there are.
func Compare(ctx context.Context, tx *db.Tx, f *access.Findings) (objects int64, err error) {
	if err := CompareSchema(ctx, tx, f); err != nil {
		return 0, err
	}
	return CompareRows(ctx, tx, f)
}

// CompareSchema compares the schema, and as what the values of its columns are stored, and notes which
// tables cannot be asked.
func CompareSchema(ctx context.Context, tx *db.Tx, f *access.Findings) error {
	schema, broken, err := tx.SchemaDiffers(ctx)
	for _, d := range schema {
		f.Add("%s", d)
	}
	f.Broken = broken
	if err != nil {
		return err
	}
	stored, err := tx.StoredOtherwise(ctx)
	for _, d := range stored {
		f.Add("%s", d)
	}
	return err
}

// CompareRows compares what stands in the tables with the log.
func CompareRows(ctx context.Context, tx *db.Tx, f *access.Findings) (objects int64, err error) {
	if objects, err = Objects(nil).Compare(ctx, tx, f); err != nil {
		return objects, err
	}
	if f.Lacks("accounts and settings were", "entry") {
		return objects, nil
	}
	if err := account.Compare(ctx, tx, f); err != nil {
		return objects, err
	}
	if f.Lacks("settings were", "node") {
		return objects, nil
	}
	return objects, compareSettings(ctx, tx, f)
}

// compareSettings compares each setting with the newest act that changed it.
func compareSettings(ctx context.Context, tx *db.Tx, f *access.Findings) error {
	log := map[string]string{}
	for _, s := range access.Settings {
		log[s.Name] = s.Usual
	}
	if err := ledger.Each(ctx, tx, []string{access.SettingAct}, func(e ledger.Entry) error {
		name, value, _ := strings.Cut(e.Reason, ": ")
		log[name] = value
		return nil
	}); err != nil {
		return err
	}
	known := []string{db.PublicKey, db.Demonstration, ledger.EpochsSetting, RestoredSetting, admissionSetting, secondSetting, keptDaySetting}
	for _, s := range access.Settings {
		have, err := access.SettingValue(ctx, tx, s.Name)
		if err != nil {
			return err
		}
		if have != log[s.Name] {
			f.Add("the setting %s stands as %q, by the log it is %q", s.Name, have, log[s.Name])
		}
		known = append(known, s.Name)
	}
	if err := compareUpgrade(ctx, tx, f); err != nil {
		return err
	}
	names, err := db.Collect(ctx, tx, db.One[string], `select name from node order by name -- bundle.compareSettings`)
	for _, name := range names {
		if !slices.Contains(known, name) {
			f.Add("the row %q of node does not belong there", name)
		}
	}
	return err
}

// compareUpgrade looks whether the rows that say what an upgrade owes are such as it leaves: nothing is due
// where the node signs already, for the one is done in the transaction that begins the other.
func compareUpgrade(ctx context.Context, tx *db.Tx, f *access.Findings) error {
	for _, setting := range upgradeSettings {
		v, err := db.Setting(ctx, tx, setting)
		if err != nil {
			return err
		}
		if v == "" || v == settingDone {
			continue
		}
		if f.Lacks("the row "+setting+" was", "entry_signature") {
			return nil
		}
		begun, err := ledger.Begun(ctx, tx)
		if err != nil {
			return err
		}
		if v != settingDue || begun >= 0 {
			f.Add("the row %q of node stands as %q, and no upgrade leaves it so", setting, v)
		}
	}
	return nil
}
