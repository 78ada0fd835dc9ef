package web

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"entente/internal/db"
	"entente/internal/jobs"
)

// TestJobsPage: the administrator sees what waits and what failed, retries and cancels; the page
// holds nothing but kinds and ids.
func TestJobsPage(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		for _, role := range []string{"project-team", "cn-focal-point", "donor"} {
			s.want(s.get(role, "/en/operation/jobs"), 404)
		}
		s.want(s.get("administrator", "/en/operation"), 200, "/en/operation/jobs")
		s.want(s.get("administrator", "/en/operation/jobs"), 200, "Nothing waits, and nothing was done yet")
		s.want(s.get("administrator", "/zh/operation/jobs"), 200, "暂无后台任务")

		var ids []string
		if err := s.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for i := range jobsShown + 2 {
				id, _, err := jobs.Enqueue(ctx, tx, jobs.New{Kind: "clean", Key: fmt.Sprint("secret-key-", i), Payload: "secret-payload", Person: "secret-person"})
				if err != nil {
					return err
				}
				ids = append(ids, id)
			}
			_, err := tx.Exec(ctx, `update job set state = 'dead', error = 'took-too-long', attempts = 15, done = 3, total = 4 where id = $1`, ids[0])
			return err
		}); err != nil {
			t.Fatal(err)
		}
		a := s.get("administrator", "/en/operation/jobs")
		s.want(a, 200, "Cleaning up", "waiting", "Next try", ids[51], "!"+ids[0], "!secret", "Earlier ones", "Try now", "Cancel this job", "What it has done stays")
		_, rest, _ := strings.Cut(a.Body, `class="pager"`)
		_, rest, _ = strings.Cut(rest, `href="`)
		earlier, _, _ := strings.Cut(rest, `"`)
		s.want(s.get("administrator", strings.ReplaceAll(earlier, "&amp;", "&")), 200, ids[0], ids[1], "!"+ids[51], "!Earlier ones")

		s.want(s.get("administrator", "/en/operation/jobs?state=dead&kind=clean"), 200, ids[0], "!"+ids[1], "It took too long", "took-too-long", "75%", "Given up", "!Cancel this job")
		s.want(s.get("administrator", "/zh/operation/jobs?state=dead"), 200, "已失败", "处理超时", "立即重试")
		s.want(s.get("administrator", "/en/operation/jobs?state=done&kind=%00"), 422)
		s.want(s.get("administrator", "/en/operation/jobs?state=done"), 200, "No job fits")

		b := s.post("administrator", "/en/operation/jobs", url.Values{"do": {"retry"}, "id": {ids[0]}, "here": {"state=dead"}})
		s.want(b, 303)
		if to := b.Header.Get("Location"); to != "/en/operation/jobs?state=dead" {
			t.Errorf("back to %s", to)
		}
		s.want(s.get("administrator", "/en/operation/jobs"), 200, "The job is tried now.")
		s.want(s.post("administrator", "/zh/operation/jobs", url.Values{"do": {"cancel"}, "id": {ids[0]}}), 303)
		s.want(s.get("administrator", "/zh/operation/jobs?state=cancelled"), 200, ids[0], "任务已取消。")
		s.want(s.post("administrator", "/en/operation/jobs", url.Values{"do": {"cancel"}, "id": {ids[0]}}), 409, "no longer stands as it was shown")
		s.want(s.post("administrator", "/en/operation/jobs", url.Values{"do": {"cancel"}, "id": {"x"}}), 404)
		s.want(s.post("project-team", "/en/operation/jobs", url.Values{"do": {"cancel"}, "id": {ids[1]}}), 404)
	})
}
