package web

import (
	"context"
	"runtime"
	"slices"
	"strings"

	"entente/access"
	"entente/internal/db"
	"entente/ledger"
)

var operationRoutes = []Route{
	get("/operation", Admin, "", (*Server).operationPage),
	post("/operation", Admin, "", (*Server).settingPost),
}

// OperationPage shows the administrator how the node stands. It holds no content.
type OperationPage struct {
	Page
	Node   NodeState
	Second []Option // functions for which a second factor is required
	Off    bool     // it is of none
	Policy []PolicyRow
	Both   string // see inBoth
}

// NodeState is how the node stands.
type NodeState struct {
	Words
	Version    string
	Go         string
	Engine     string
	Schema     int64
	Entries    int64
	Checkpoint []string // the signed head, line by line; empty: none is published yet
	Origin     string
	Size       string // of the tree at the checkpoint
	Demo       bool
}

// PolicyRow is one act with who may do it.
type PolicyRow struct {
	Act  string
	What string
	Who  []string
}

// engineNames are the engines as their makers write them.
var engineNames = map[db.Engine]string{db.SQLite: "SQLite", db.PostgreSQL: "PostgreSQL"}

// node finds how the node stands.
func (s *Server) node(ctx context.Context, w Words) (n NodeState, err error) {
	n = NodeState{Words: w, Version: s.version, Go: runtime.Version(), Engine: engineNames[s.db.Engine()], Demo: s.demo != nil}
	if n.Schema, err = s.db.Version(ctx); err != nil {
		return n, err
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		n.Entries, err = ledger.Size(ctx, tx)
		return err
	})
	if s.published != nil {
		if signed := s.published(); signed != "" {
			n.Checkpoint = strings.Split(strings.TrimSpace(signed), "\n")
		}
	}
	if len(n.Checkpoint) > 1 { // C2SP tlog-checkpoint: origin, size, root
		n.Origin, n.Size = n.Checkpoint[0], n.Checkpoint[1]
	}
	return n, err
}

func (s *Server) operationPage(r *Request) error {
	p := OperationPage{Page: r.Page, Both: inBoth(r)}
	p.Title = p.T("room.operation")
	var err error
	if p.Node, err = s.node(r.Context(), p.Words); err != nil {
		return err
	}
	values, err := s.objects.SettingValues(r.Context(), r.Who)
	if err != nil {
		return err
	}
	required := strings.Split(values[access.SecondFactor], ",")
	p.Off = values[access.SecondFactor] == ""
	for _, f := range access.Function("").Options() {
		p.Second = append(p.Second, Option{f, p.Option("person", "function", f), slices.Contains(required, f)})
	}
	for _, rule := range access.Policy {
		row := PolicyRow{Act: rule.Act, What: p.T("policy." + rule.Act)}
		for _, w := range rule.Who {
			row.Who = append(row.Who, p.T("who."+slug(string(w))))
		}
		p.Policy = append(p.Policy, row)
	}
	return s.ok(r, "operation", p)
}

// settingPost changes a setting. A list comes as several values.
func (s *Server) settingPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	if _, err := s.objects.ChangeSetting(r.Context(), r.Who, r.PostFormValue("name"), strings.Join(r.PostForm["value"], ",")); err != nil {
		return err
	}
	s.notice(r, "operation.setting-changed")
	return r.redirect("/operation")
}

// slug makes part of a message key of the policy's words: "donor's officer" is donors-officer.
func slug(s string) string {
	return strings.NewReplacer(" ", "-", "'", "").Replace(s)
}

// inBoth gives the address of the form in which the reader's own functions are changed, as long as one person
// is administrator and project team: so a node begins, and until it ends whoever operates the node reads
// its content as well. Empty for everybody else.
func inBoth(r *Request) string {
	if !r.Who.Holds(access.Administrator) || !r.Who.Holds(access.ProjectTeam) {
		return ""
	}
	return r.Page.To("/objects/", string(r.Who.Person), "/authority")
}
