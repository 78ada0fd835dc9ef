package web

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"entente/bundle"
	"entente/internal/db"
	"entente/internal/db/dbtest"
)

// TestOwnData: what is held and why, a copy of it, and the name put right by its bearer.
func TestOwnData(t *testing.T) {
	s := newTest(t)
	s.want(s.get(visitor, "/en/account/data"), 303)
	s.want(s.get("cn-focal-point", "/zh/account"), 200, "我的个人信息")
	s.want(s.get("cn-focal-point", "/zh/account/data"), 200, "用途", "保存期限", "系统不记录阅读行为", "下载我的信息", "更正")
	s.want(s.get("project-team", "/en/account/data"), 200, "No reading is tracked", "after two hours without use", "Download my data", "Put right")
	s.want(s.get(visitor, "/account/data.json"), 303)
	s.want(s.get("administrator", "/en/account/data"), 200, "stands outside what your function lets you read")
	s.want(s.post("cn-focal-point", "/zh/account/data", url.Values{"rev": {"9"}, "family": {"欧阳"}}), 409)
	form := url.Values{"rev": {"1"}, "family": {"O'Neill-Ünal <b>"}, "given": {"Wei"}, "language": {"en"}}
	s.want(s.post("cn-focal-point", "/zh/account/data", form), 303)
	s.want(s.get("cn-focal-point", "/zh/account/data"), 200, "信息已更正", "O&#39;Neill-Ünal &lt;b&gt;")
	s.want(s.get("project-team", "/en/people/{person/cn-focal-point}"), 200, "Wei O&#39;Neill-Ünal &lt;b&gt;")
	s.want(s.get("project-team", "/en/objects/{person/cn-focal-point}/history"), 200, "put the own entry right")
	for _, role := range []string{"cn-focal-point", "administrator"} {
		a := s.get(role, "/account/data.json")
		s.want(a, 200)
		if c, d := a.Header.Get("Cache-Control"), a.Header.Get("Content-Disposition"); c != "private, no-store" || !strings.Contains(d, "TLP-RED own-data.json") {
			t.Errorf("%q %q", c, d)
		}
		var o bundle.OwnData
		if err := json.Unmarshal([]byte(a.Body), &o); err != nil || o.ID == "" || len(o.Sessions) != 1 || len(o.Revisions) == 0 || !strings.Contains(o.Explanation, "/account/data") {
			t.Errorf("%v %+v", err, o)
		}
		if strings.Contains(a.Body, "argon") || strings.Contains(a.Body, "token") {
			t.Error("it holds a secret")
		}
	}
}

// TestErasePage: the project team takes the name of somebody who left out for good.
func TestErasePage(t *testing.T) {
	s := newTest(t)
	dbtest.Key(t, s.db)
	const at = "/people/{person/cn-contributor}"
	s.want(s.post("cn-contributor", "/zh/account/data", url.Values{"rev": {"1"}, "family": {"Quendelbach"}, "given": {"Li"}, "language": {"zh"}}), 303)
	s.want(s.get("project-team", "/en/search?q=Quendelbach"), 200, "Contributor, NIA")
	s.want(s.get("project-team", "/en"+at), 200, "Li Quendelbach", "!Erase the name")
	s.want(s.get("project-team", "/en"+at+"/erase"), 403, "still holds a function")
	s.want(s.post("project-team", "/en"+at+"/end", url.Values{"reason": {"left"}}), 303)
	s.want(s.get("project-team", "/en"+at), 200, "Erase the name")
	s.want(s.get("cn-focal-point", "/zh"+at), 200, "!清除姓名")
	s.want(s.get("cn-focal-point", "/zh"+at+"/erase"), 403)
	s.want(s.post("cn-focal-point", "/zh"+at+"/erase", url.Values{"reason": {"x"}}), 403)
	s.want(s.get("project-team", "/zh"+at+"/erase"), 200, "永久清除", "清除后不可恢复", "数据库文件将重写")
	s.want(s.get("project-team", "/en"+at+"/erase"), 200, "Li Quendelbach and everything", "cannot be undone", "backups stay")
	s.want(s.post("project-team", "/en"+at+"/erase", url.Values{"reason": {"of Quendelbach"}}), 422, "without the name")
	s.want(s.post("project-team", "/en"+at+"/erase", url.Values{"reason": {"asked for"}}), 303)
	s.want(s.get("project-team", "/en"+at), 200, "Name erased", "The name is erased", "!Quendelbach")
	s.want(s.get("project-team", "/en/objects/{person/cn-contributor}/history"), 200, "erased the name", "The contents of this revision were erased", "!Quendelbach")
	s.want(s.get("project-team", "/zh/objects/{person/cn-contributor}/history"), 200, "清除姓名", "该版本内容已清除")
	s.want(s.get("project-team", "/en/search?q=Quendelbach"), 200, "!Contributor, NIA")
	for _, path := range []string{"/en/institutions/{institution/nia}", "/en/desk", "/en/objects/{person/cn-contributor}/texts", "/en/objects/{person/cn-contributor}/edit", "/account/data.json"} {
		s.want(s.get("project-team", path), 200, "!Quendelbach")
	}
	if err := s.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, difference, err := s.objects.Verify(ctx, tx)
		if difference != "" {
			t.Error(difference)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestNothingTracksReading: every page asked for as everybody leaves every table as it was but the
// sessions, which are touched while they are in use, and the counts of attempts at secret addresses.
func TestNothingTracksReading(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
	s := newTest(t)
	roles := matrixRoles()
	for _, role := range roles { // signing in writes; reading comes after it
		s.get(role, "/en/")
	}
	before := s.contents()
	for _, role := range roles {
		for _, r := range Routes() {
			if r.Method != http.MethodGet {
				continue
			}
			for _, path := range addresses(t, s, r) {
				s.get(role, path)
			}
		}
	}
	after := s.contents()
	for table := range after {
		if table != "session" && table != "account_attempt" && before[table] != after[table] {
			t.Errorf("reading changed %s", table)
		}
	}
}

// contents gives a hash of every table's rows, in whatever order they lie.
func (s *testSite) contents() map[string][32]byte {
	s.t.Helper()
	out := map[string][32]byte{}
	err := s.db.Read(s.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		tables, err := db.Collect(ctx, tx, db.One[string], `select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name <> 'search_index'`)
		if err != nil {
			return err
		}
		for _, table := range tables {
			rows, err := tx.Query(ctx, `select * from `+table)
			lines, err := db.Rows(rows, err, func(r *sql.Rows) (string, error) {
				columns, err := r.Columns()
				if err != nil {
					return "", err
				}
				vals, ptrs := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
				for i := range vals {
					ptrs[i] = &vals[i]
				}
				err = r.Scan(ptrs...)
				return fmt.Sprintf("%q", vals), err
			})
			if err != nil {
				return err
			}
			slices.Sort(lines)
			out[table] = sha256.Sum256([]byte(strings.Join(lines, "\n")))
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}
