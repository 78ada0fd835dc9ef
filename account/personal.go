package account

// Holding is one kind of data that a node holds on a person. Its words stand under "personal.KEY."
// in the messages: what it is, what it is for, and how long it is kept.
type Holding struct {
	Key    string
	Tables []string // where it lies
}

// Personal is everything that a node holds on a person. The page on one's own data shows it, and a
// test holds it against the tables of the database: one that holds data on people and is not named
// here fails it.
var Personal = []Holding{
	{"name", []string{"roster_person", "label", "search"}},
	{"posts", []string{"roster_post", "roster_function"}},
	{"earlier", []string{"revision"}},
	{"acts", []string{"entry", "object"}},
	{"sign-in", []string{"credential"}},
	{"second-factor", []string{"account_factor", "account_recovery"}},
	{"admission", []string{"roster_admission"}},
	{"attempts", []string{"account_attempt"}},
	{"sessions", []string{"session"}},
	{"invitations", []string{"onetime"}},
	{"duties", []string{"duty", "duty_tally"}},
	{"calendar", []string{"account_feed"}},
	{"mail", []string{"notice_address"}},
	{"notices", []string{"notice"}},
	{"jobs", []string{"job"}},
	{"named", []string{"link", "aset_member"}}, // and in the texts of every subject, as its readers see them
}

// Impersonal are the shared tables that hold nothing on a person. The tables of subjects hold what
// their readers see: a person stands there as somebody named by others.
var Impersonal = []string{"aset", "checkpoint", "derivation", "duty_reminder", "entry_signature", "form", "goose_db_version", "language", "node", "search_index", "tlog_hash"}
