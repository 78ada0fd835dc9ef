package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestHostIsNotBelieved: the name that a request gives stands in no address that a page, a feed or a
// card holds, unless it is this machine's own.
func TestHostIsNotBelieved(t *testing.T) {
	s := newTest(t)
	srv := httptest.NewServer(s.handler)
	defer srv.Close()
	own := srv.Listener.Addr().String()
	_, port, _ := net.SplitHostPort(own)
	for host, want := range map[string]string{
		own:                        own,
		"localhost:" + port:        "localhost:" + port,
		"LOCALHOST":                "LOCALHOST", // reached through a tunnel
		"evil.example":             own,
		"10.0.0.1":                 own,
		"127.0.0.1.evil.example:1": own,
		"[::1]:" + port:            own,
		"localhost.evil.example":   own,
	} {
		for _, path := range []string{"/en/feed.atom", "/sitemap.xml", "/en/"} {
			conn, err := net.Dial("tcp", own)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, host)
			a, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(a.Body)
			conn.Close()
			if a.StatusCode != 200 || !strings.Contains(string(body), "http://"+want+"/") || strings.Contains(strings.ToLower(string(body)), "evil") {
				t.Errorf("%s asked by the name %s: %d, want addresses of %s", path, host, a.StatusCode, want)
			}
		}
	}
}
