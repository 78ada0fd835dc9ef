package story

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"entente/internal/db/dbtest"
)

// block is a piece of the guide that is to be typed.
type block struct {
	line    int
	stopped bool // the node is stopped first
	text    string
}

// blocks gives what stands between fences that begin with ```sh.
func blocks(page string) (out []block) {
	in := false
	for n, line := range strings.Split(page, "\n") {
		switch {
		case !in && strings.HasPrefix(line, "```sh"):
			in = true
			out = append(out, block{line: n + 1, stopped: strings.HasSuffix(line, " stopped")})
		case in && line == "```":
			in = false
		case in:
			out[len(out)-1].text += line + "\n"
		}
	}
	return out
}

// TestGuide: an operator types what docs/operate says, from top to bottom, and nothing else.
func TestGuide(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(moduleDir(t), "docs", "operate", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := blocks(string(page))
	if len(all) < 12 {
		t.Fatalf("only %d blocks", len(all))
	}
	server := dbtest.PostgresAddress(t) // the guide is not half a guide
	root := t.TempDir()
	paths := strings.NewReplacer("/var/lib", root+"/lib", "/var/backups", root+"/backups", "/mnt/safe", root+"/safe", "postgres://entente@/entente", "'"+server+"'")
	var node *Node
	for _, b := range all {
		if b.stopped && node != nil {
			node.Stop(t)
			node = nil
		}
		for line := range strings.SplitSeq(strings.TrimSpace(b.text), "\n") {
			if args, ok := strings.CutPrefix(line, "entente serve "); ok {
				var typed []string
				for word := range strings.FieldsSeq(paths.Replace(args)) {
					typed = append(typed, strings.Trim(word, "'"))
				}
				node = Launch{Args: append([]string{"serve"}, typed...), Data: root}.Start(t)
				continue
			}
			typeIn(t, root, b.line, paths.Replace(line))
		}
	}
	if node == nil {
		t.Fatal("no node runs at the end")
	}
	node.Client(t).Get(t, "/en/sign-in").Expect(t, 200)
	// What was there at the beginning is there at the end, after all this.
	c := node.Client(t)
	c.Post(t, "/en/sign-in", url.Values{"login": {"secretary"}, "password": {"wrong"}}).Expect(t, 422)
	out, status := Launch{Args: []string{"export", "--data", filepath.Join(root, "lib", "entente")}, Data: root}.Run(t)
	if status != 0 || !strings.Contains(out, "Dialogue on fisheries") || !strings.Contains(out, "Secretary") {
		t.Errorf("status %d: %s", status, out)
	}
}

// typeIn runs a line in a shell, in which the program is on the path.
func typeIn(t *testing.T, folder string, at int, line string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-euc", line)
	cmd.Dir = folder
	cmd.Env = append(environment(), "PATH="+filepath.Dir(Binary(t))+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil && !Went(strings.Fields(line), cmd.ProcessState.ExitCode()) {
		t.Fatalf("docs/operate/README.md, block at line %d: %s\n%v\n%s", at, line, err, out)
	}
}

// TestUnits: what docs/operate gives to start a node with names settings that there are, and commands as they are typed.
func TestUnits(t *testing.T) {
	folder := filepath.Join(moduleDir(t), "docs", "operate")
	manual, err := os.ReadFile(filepath.Join(folder, "commands.md"))
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for _, name := range []string{"entente.service", "entente-backup.service", "Containerfile"} {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, setting := range regexp.MustCompile(`ENTENTE_\w+`).FindAllString(string(b), -1) {
			if !strings.Contains(string(manual), "($"+setting+")") {
				t.Errorf("%s names %s, which is no setting", name, setting)
			}
		}
		for _, line := range regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/entente (.+)$`).FindAllStringSubmatch(string(b), -1) {
			commands++
			if out, status := (Launch{Args: append(strings.Fields(line[1]), "--help")}).Run(t); status != 0 {
				t.Errorf("%s: %s: %s", name, line[1], out)
			}
		}
	}
	if commands != 2 {
		t.Errorf("%d commands", commands)
	}
}
