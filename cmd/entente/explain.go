package main

import (
	"fmt"
	"net/url"
	"os"
	"strings"

	"entente/internal/db"

	"github.com/alecthomas/kong"
)

// source is a setting of a command as it stands, and where it came from.
type source struct{ name, value, from string }

// sources gives the settings of the command that a line selected, in the order of its help. It
// knows nothing of any of them: a flag that is added shows by itself.
func sources(line *kong.Context) (all []source) {
	given := map[*kong.Flag]bool{}
	for _, p := range line.Path {
		if p.Flag != nil {
			given[p.Flag] = true
		}
	}
	for _, f := range line.Selected().Flags {
		if f.Hidden || f.Name == "help" || f.Name == "explain" {
			continue
		}
		s := source{name: "--" + f.Name, value: shown(f.Name, fmt.Sprint(f.Target.Interface())), from: "default"}
		if given[f] {
			s.from = "command line"
		} else if name := setIn(f.Envs); name != "" {
			s.from = "environment, " + name
		} else if !f.HasDefault && f.Target.IsZero() {
			s.value, s.from = "-", "nothing said"
		}
		all = append(all, s)
	}
	return all
}

// setIn gives the first of the variables that is set, as kong takes it.
func setIn(names []string) string {
	for _, n := range names {
		if _, ok := os.LookupEnv(n); ok {
			return n
		}
	}
	return ""
}

// shown is a value as others may see it: no secret, and no password inside an address.
func shown(name, value string) string {
	if value == "" {
		return "-"
	}
	for _, secret := range []string{"password", "passphrase", "secret", "token"} {
		if strings.Contains(name, secret) && !strings.HasSuffix(name, "-file") {
			return "(hidden)"
		}
	}
	words := strings.Split(value, " ")
	for i, w := range words {
		words[i] = bare(w)
	}
	return strings.Join(words, " ")
}

// bare gives an address without its password, and any other word as it is.
func bare(word string) string {
	if db.IsServer(word) {
		return db.Redact(word)
	}
	scheme, _, ok := strings.Cut(word, "://")
	if !ok || !strings.Contains(word, "@") {
		return word
	}
	u, err := url.Parse(word)
	if err != nil {
		return scheme + "://…"
	}
	return u.Redacted()
}

// explainSettings prints the settings, and what of them the command would refuse.
func explainSettings(c console, line *kong.Context, refused []error) error {
	for _, s := range sources(line) {
		if _, err := fmt.Fprintf(c.out, "%s: %s\n    from: %s\n", s.name, s.value, s.from); err != nil {
			return err
		}
	}
	for _, err := range refused {
		if _, err := fmt.Fprintf(c.out, "refused: %v\n", err); err != nil {
			return err
		}
	}
	return nil
}
