// Package story tells stories with the real binary: it builds it once for each test process,
// runs it as an operator would, and knocks at its doors as a person would. Stories stand in the
// test files beside it, one file for each behaviour.
//
// The package's tests have
//
//	func TestMain(m *testing.M) { story.Main(m) }
package story

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// How the program is told what a story needs. They stand here alone, so that a change of the
// command line changes one place.
const (
	command   = "entente/cmd/entente"
	envListen = "ENTENTE_LISTEN" // address and port
	envData   = "ENTENTE_DATA"   // the folder with everything the node keeps
	readyPath = "/readyz"
)

// limit ends what would wait for ever. No story depends on how long something takes.
const limit = 2 * time.Minute

// Until waits until something is so.
func Until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// build makes binaries, each once, in one folder that Main removes.
var build struct {
	sync.Mutex
	inMain bool
	dir    string
	done   map[string]built
}

type built struct {
	path string
	err  error
}

// Main runs the tests of a package and then removes the binary.
func Main(m *testing.M) { os.Exit(Around(m.Run)) }

// Around is Main for a package that has more to end than the binary: it gives the exit code.
func Around(run func() int) int {
	build.inMain = true
	code := run()
	if build.dir != "" {
		_ = os.RemoveAll(build.dir)
	}
	return code
}

// Binary is the path of the program, built from this tree as the operator gets it: without cgo.
// As long as there is no command to build, the test is skipped.
func Binary(t testing.TB) string {
	t.Helper()
	if found, _ := filepath.Glob(filepath.Join(moduleDir(t), "cmd", "entente", "*.go")); len(found) == 0 {
		t.Skip("there is no " + command + " yet")
	}
	return binaryOf(t, command)
}

// moduleDir is the top of the tree.
func moduleDir(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(strings.TrimSpace(string(out)))
}

// binaryOf builds a command of the module, once.
func binaryOf(t testing.TB, pkg string) string {
	t.Helper()
	build.Lock()
	defer build.Unlock()
	if !build.inMain {
		t.Fatal("the package's tests need: func TestMain(m *testing.M) { story.Main(m) }")
	}
	if build.dir == "" {
		dir, err := os.MkdirTemp("", "entente-story-")
		if err != nil {
			t.Fatal(err)
		}
		build.dir, build.done = dir, make(map[string]built)
	}
	b, ok := build.done[pkg]
	if !ok {
		b.path = filepath.Join(build.dir, filepath.Base(pkg))
		cmd := exec.Command("go", "build", "-o", b.path, pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if told, err := cmd.CombinedOutput(); err != nil {
			b.err = fmt.Errorf("building %s: %w\n%s", pkg, err, told)
		}
		build.done[pkg] = b
	}
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.path
}

// Launch says how a node is to run; the zero value and Start(t, args...) do for most stories.
type Launch struct {
	Binary string   // empty: the program itself
	Args   []string // "serve", …
	Env    []string // "NAME=value", beside the two that every node gets
	Data   string   // the node's folder; empty: a new one. A story that restarts a node gives the same
}

// Node is a running program.
type Node struct {
	Base string // "http://127.0.0.1:12345"
	Data string // its folder

	cmd    *exec.Cmd
	out    output
	ended  chan struct{} // closed when the process has ended
	result error         // how; read it after ended
	stop   sync.Once
}

// output collects what a process writes, while others read it.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write takes a piece of output.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// String is all output so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// Start runs the program with a new folder on a free port and returns when it is ready. It is
// stopped when the test ends, and must then end well: see Stop.
func Start(t testing.TB, args ...string) *Node {
	t.Helper()
	return Launch{Args: args}.Start(t)
}

// Start runs a node as l says and returns when it is ready.
func (l Launch) Start(t testing.TB) *Node {
	t.Helper()
	if l.Binary == "" {
		l.Binary = Binary(t)
	}
	if l.Data == "" {
		l.Data = t.TempDir()
	}
	address := freeAddress(t)
	n := &Node{Base: "http://" + address, Data: l.Data, ended: make(chan struct{})}
	n.cmd = exec.Command(l.Binary, l.Args...)
	n.cmd.Env = append(environment(), envListen+"="+address, envData+"="+l.Data)
	n.cmd.Env = append(n.cmd.Env, l.Env...)
	n.cmd.Dir = l.Data // nothing that it writes beside its folder lands in the tree
	n.cmd.Stdout, n.cmd.Stderr = &n.out, &n.out
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		n.result = n.cmd.Wait()
		close(n.ended)
	}()
	t.Cleanup(func() {
		n.Stop(t)
		if t.Failed() {
			t.Logf("the node %s said:\n%s", n.Base, n.Output())
		}
	})
	n.awaitReady(t)
	return n
}

// environment is the process's own without what would steer a node from outside the story.
func environment() (kept []string) {
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "ENTENTE_") || strings.HasPrefix(e, "ENTENTE_CHECK_") {
			kept = append(kept, e)
		}
	}
	return kept
}

// freeAddress finds a port that nobody listens on. Another process may take it before the node
// does; the node then says so and the story fails with its words.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// awaitReady asks until the node says that it is ready.
func (n *Node) awaitReady(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for {
		if n.Ready(ctx) {
			return
		}
		select {
		case <-n.ended:
			t.Fatalf("the node ended before it was ready: %v", n.result)
		case <-ctx.Done():
			t.Fatalf("the node was not ready within %v", limit)
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// Ready asks the node once whether it is ready.
func (n *Node) Ready(ctx context.Context) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, n.Base+readyPath, nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// Output is what the node has written so far, to both of its outputs.
func (n *Node) Output() string { return n.out.String() }

// Stop asks the node to end, as an operator's system does, and fails unless it ends by itself
// with status 0. Stopping twice is fine.
func (n *Node) Stop(t testing.TB) {
	t.Helper()
	n.stop.Do(func() {
		select {
		case <-n.ended:
			t.Errorf("the node ended by itself: %v", n.result)
			return
		default:
		}
		if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("asking the node to end: %v", err)
		}
		select {
		case <-n.ended:
			if n.result != nil {
				t.Errorf("the node did not end well: %v", n.result)
			}
		case <-time.After(limit):
			_ = n.cmd.Process.Kill()
			<-n.ended
			t.Errorf("the node did not end within %v of being asked to", limit)
		}
	})
}

// Kill ends the node at once, as a loss of power does. A story that asks what survives begins
// another one with the same Data.
func (n *Node) Kill() {
	n.stop.Do(func() {
		_ = n.cmd.Process.Kill()
		<-n.ended
	})
}

// Run runs the program to its end and returns what it wrote and its exit status.
func Run(t testing.TB, args ...string) (out string, status int) {
	t.Helper()
	return Launch{Args: args}.Run(t)
}

// Went says whether a command did what it was to do. A verification ends with 3 where the log holds
// an exceptional entry, as after a restore or an erasure.
func Went(args []string, status int) bool {
	return status == 0 || status == 3 && slices.Contains(args, "verify")
}

// Run runs a command to its end as l says: the operator's commands on a folder.
func (l Launch) Run(t testing.TB) (out string, status int) {
	t.Helper()
	if l.Binary == "" {
		l.Binary = Binary(t)
	}
	if l.Data == "" {
		l.Data = t.TempDir()
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, l.Binary, l.Args...)
	cmd.Env = append(append(environment(), envData+"="+l.Data), l.Env...)
	cmd.Dir = l.Data
	b, err := cmd.CombinedOutput()
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) && ended.ExitCode() >= 0 {
		return string(b), ended.ExitCode()
	}
	if err != nil {
		t.Fatalf("%v: %v\n%s", l.Args, err, b)
	}
	return string(b), 0
}
