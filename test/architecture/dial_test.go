package architecture

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// reaching are the names by which code calls out, by the package they stand in. What is a type
// counts where a value of it is made; asking a *http.Client that was given is no call of one's own.
var reaching = map[string][]string{
	"net":                    {"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "Dialer"},
	"crypto/tls":             {"Dial", "DialWithDialer", "Dialer"},
	"net/http":               {"Get", "Head", "Post", "PostForm", "DefaultClient", "DefaultTransport", "Client", "Transport"},
	"net/smtp":               {"Dial", "SendMail"},
	"net/rpc":                {"Dial", "DialHTTP", "DialHTTPPath"},
	"net/rpc/jsonrpc":        {"Dial"},
	"syscall":                {"Connect"},
	"golang.org/x/net/proxy": {"FromEnvironment", "SOCKS5", "Dial"},
}

// mayReach are the folders that may: the one way out, and what calls the node from outside.
var mayReach = map[string]string{
	"internal/dial":        "the one way out: it refuses what is not on the open internet",
	"internal/browsertest": "it drives a browser for tests",
	"cmd/load":             "it measures a server that it starts itself",
}

// waysOut tells of code that calls out by another way than internal/dial.
func waysOut(f goFile) (faults []string) {
	if f.test() || f.top() == "test" || mayReach[f.pkg()] != "" {
		return nil
	}
	named := map[string][]string{} // what the package's name in this file reaches
	for _, i := range f.ast.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil || reaching[p] == nil {
			continue
		}
		switch {
		case i.Name == nil:
			named[path.Base(p)] = reaching[p]
		case i.Name.Name == ".":
			faults = append(faults, fmt.Sprintf("%s: imports %s without its name, so that nobody sees what reaches out", f.line(i), p))
		default:
			named[i.Name.Name] = reaching[p]
		}
	}
	pointed := map[ast.Node]bool{} // what stands behind a star is a type that somebody else made a value of
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch e := n.(type) {
		case *ast.StarExpr:
			pointed[e.X] = true
		case *ast.SelectorExpr:
			x, ok := e.X.(*ast.Ident)
			if ok && !pointed[e] && slices.Contains(named[x.Name], e.Sel.Name) {
				faults = append(faults, fmt.Sprintf("%s: %s.%s reaches out; use internal/dial", f.line(e), x.Name, e.Sel.Name))
			}
		}
		return true
	})
	return faults
}

func TestOneWayOut(t *testing.T) {
	for _, f := range goFiles(t) {
		report(t, waysOut(f))
	}
	for folder := range mayReach {
		if !slices.ContainsFunc(tree(t), func(name string) bool { return strings.HasPrefix(name, folder+"/") }) {
			t.Errorf("mayReach names %s, which does not exist", folder)
		}
	}
}

func TestOneWayOutCanFail(t *testing.T) {
	const source = `package web

import (
	"net"
	h "net/http"
	"crypto/tls"
	. "net/smtp"
)

type taken struct{ c *h.Client }

func f(given *h.Client) {
	h.Get("https://example.org")
	c := h.Client{}
	t := &h.Transport{}
	n := new(h.Transport)
	h.DefaultClient.Do(nil)
	net.Dial("tcp", "x")
	d := net.Dialer{}
	tls.Dial("tcp", "x", nil)
	given.Do(h.StatusOK, net.IP{}, h.MethodGet)
}
`
	expect(t, waysOut(sample(t, "web/out.go", source)), "imports net/smtp", "out.go:13: h.Get", "h.Client", "out.go:15: h.Transport", "out.go:16: h.Transport",
		"h.DefaultClient", "net.Dial ", "net.Dialer", "tls.Dial")
	expect(t, waysOut(sample(t, "internal/dial/out.go", source)))
	expect(t, waysOut(sample(t, "web/out_test.go", source)))
}
