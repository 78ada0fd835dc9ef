package main

import (
	"encoding/base64"
	"fmt"

	"entente/ledger"
)

// acceptFlag is how an operator says that the exceptional entries of a log are known.
type acceptFlag struct {
	Accept string `env:"ENTENTE_ACCEPT" placeholder:"ROOT" help:"Accept the exceptional entries up to the one at whose end the log has this root, as the command prints it: a later one is told again."`
}

// aboutExceptions is a part of the help of the commands that verify.
const aboutExceptions = `Some entries excuse what would otherwise be told: one that says that the node was restored from a
backup, with a new key or without, and one that says that the name of a person was erased. Each
bears a signature by the node's key, which lies outside the database: one without it, or with
another's, differs, and so does anything that is gone and stands in no signed list. Those from
before an older program was upgraded bear none and are named as such. Every exceptional entry is
named, and the command ends with status 3, until you have looked at each and say so with --accept
and the root that is printed. Entries that came after the last checkpoint are signed by nobody
yet, for an hour at most: the command says how many.`

// accepted gives how many of the exceptional entries the operator accepts, and whether the root is
// one of theirs.
func (a acceptFlag) accepted(r ledger.Report) (n int, known bool) {
	for i, x := range r.Exceptions {
		if a.Accept == base64.StdEncoding.EncodeToString(x.Root[:]) {
			return i + 1, true
		}
	}
	return 0, a.Accept == ""
}

// list names the exceptional entries, and says how far the log is signed.
func (a acceptFlag) list(c console, r ledger.Report) {
	accepted, _ := a.accepted(r)
	for i, x := range r.Exceptions {
		what := x.Act
		if x.NewKey {
			what += " with a new key"
		}
		if x.Object != "" {
			what += " of " + x.Object
		}
		if x.Reason != "" {
			what += fmt.Sprintf(" (%q)", x.Reason)
		}
		signed := "signed by the node's key"
		if !x.Signed {
			signed = "from before signatures began"
		}
		if i < accepted {
			signed += ", accepted"
		}
		c.line("exceptional", "entry %d: %s, on %s, by %s; %s", x.Seq, what, x.When, x.By.Name(), signed)
	}
	if r.Begun >= 0 {
		c.line("signed", "every exceptional entry since entry %d", r.Begun)
	} else if r.Entries > 0 {
		c.line("signed", "no exceptional entry yet: signatures begin when this program runs the node")
	}
	if r.Unsigned > 0 {
		verb := "are"
		if r.Unsigned == 1 {
			verb = "is"
		}
		c.line("not signed", "%s since the last published checkpoint %s signed by nobody yet", count(r.Unsigned, "entry", "entries"), verb)
	}
}

// end tells, where nothing else was found, what is to be accepted, and gives the status for it.
func (a acceptFlag) end(c console, r ledger.Report, found error) error {
	if found != nil {
		return found
	}
	accepted, known := a.accepted(r)
	if !known {
		fmt.Fprintln(c.out, "No exceptional entry of this log has the root that was given with --accept.")
	}
	left := len(r.Exceptions) - accepted
	if left > 0 {
		last := r.Exceptions[len(r.Exceptions)-1].Root
		fmt.Fprintf(c.out, "The log holds %s that nobody accepted. When you know of each, say so:\n  --accept %s\n",
			count(int64(left), "exceptional entry", "exceptional entries"), base64.StdEncoding.EncodeToString(last[:]))
	}
	if left > 0 || !known {
		return ended{statusExceptional}
	}
	return nil
}
