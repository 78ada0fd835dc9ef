package dial

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func dialer(t *testing.T, allowed ...string) *Dialer {
	t.Helper()
	d, err := New(allowed...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestMay(t *testing.T) {
	d := dialer(t)
	for _, s := range []string{
		"127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "0.1.2.3", "::", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fd00:ec2::254", "fec0::1",
		"100.64.0.1", "100.100.100.200", "100.127.255.255", "192.0.0.192", "168.63.129.16",
		"224.0.0.1", "239.255.255.250", "ff02::1", "255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.2.1", "203.0.113.9", "2001:db8::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::10.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::1", "2001::1",
	} {
		if d.may(netip.MustParseAddr(s)) {
			t.Errorf("%s may be called", s)
		}
	}
	for _, s := range []string{
		"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "169.253.255.255",
		"223.255.255.255", "2606:4700:4700::1111", "2a00::1", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1",
	} {
		if !d.may(netip.MustParseAddr(s)) {
			t.Errorf("%s may not be called", s)
		}
	}
	if d.may(netip.Addr{}) {
		t.Error("no address may be called")
	}
}

func TestAllowed(t *testing.T) {
	d := dialer(t, "10.1.0.0/16", " 127.0.0.1 ", "[::1]", "fd00::/8", "::ffff:192.168.7.0/120", "mail.example.org")
	for s, want := range map[string]bool{
		"10.1.2.3": true, "10.2.0.1": false, "127.0.0.1": true, "::ffff:127.0.0.1": true, "127.0.0.2": false, "::1": true, "fd00::7": true,
		"192.168.7.9": true, "192.168.8.9": false, "169.254.169.254": false,
	} {
		if d.may(netip.MustParseAddr(s)) != want {
			t.Errorf("%s: %v", s, !want)
		}
	}
	for _, wrong := range []string{"", "10.1.0.0/99", "127.0.0.256", "mail.example.org:25", "https://mail.example.org", "a b"} {
		if _, err := New(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

// TestDial: what is refused is refused after the name was resolved, before anything is sent.
func TestDial(t *testing.T) {
	called := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called++ }))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	get := func(d *Dialer, address string) error {
		c := &http.Client{Transport: &http.Transport{DialContext: d.DialContext, DisableKeepAlives: true}}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(address, port)+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := c.Do(r)
		if err == nil {
			answer.Body.Close()
		}
		return err
	}
	for _, address := range []string{"127.0.0.1", "localhost", "::ffff:127.0.0.1", "0.0.0.0"} {
		if err := get(dialer(t), address); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if called > 0 {
		t.Error("something was sent")
	}
	for _, allowed := range []string{"127.0.0.0/8", "127.0.0.1"} {
		for _, address := range []string{"127.0.0.1", "localhost"} {
			if err := get(dialer(t, allowed), address); err != nil {
				t.Errorf("%s, with %s allowed: %v", address, allowed, err)
			}
		}
	}
	byName := dialer(t, "LocalHost")
	if err := get(byName, "localhost"); err != nil {
		t.Errorf("a host that is allowed: %v", err)
	}
	if err := get(byName, "127.0.0.1"); !errors.Is(err, ErrRefused) {
		t.Errorf("its address, which is not: %v", err)
	}
	for _, network := range []string{"unix", "udp", "ip"} {
		if _, err := byName.DialContext(ctx, network, "localhost:1"); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", network, err)
		}
	}
	if _, err := byName.DialContext(ctx, "tcp", "localhost"); err == nil || !strings.Contains(err.Error(), "port") {
		t.Errorf("without a port: %v", err)
	}
}
