package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// How long a browser may take. A form of two megabytes on a slow line fits.
const (
	headerTime = 10 * time.Second
	readTime   = 60 * time.Second
	writeTime  = 60 * time.Second
	idleTime   = 2 * time.Minute
	finishTime = 10 * time.Second // for requests under way when the program is asked to end
	headerSize = 64 << 10
)

// listen opens the address, or says in one sentence what else could be done. command is how the
// program was called.
func listen(address, command string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		if free := freeBeside(address); free != "" {
			return nil, fmt.Errorf("%s is taken by another program; this one is free: %s --listen %s", address, command, free)
		}
		return nil, fmt.Errorf("%s is taken by another program; name another with --listen", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this user may not listen on %s; name a port above 1023 with --listen", address)
	}
	return nil, fmt.Errorf("cannot listen on %q (%w); --listen takes an address of this machine with a port, like 127.0.0.1:8080", address, err)
}

// freeBeside gives the next address with a free port.
func freeBeside(address string) string {
	host, port, err := net.SplitHostPort(address)
	n, err2 := strconv.Atoi(port)
	if err != nil || err2 != nil {
		return ""
	}
	for p := n + 1; p < n+100 && p < 1<<16; p++ {
		other := net.JoinHostPort(host, strconv.Itoa(p))
		if l, err := net.Listen("tcp", other); err == nil {
			_ = l.Close()
			return other
		}
	}
	return ""
}

// site gives the address at which a browser on this machine reaches a listener.
func site(l net.Listener, secure bool) string {
	host, port, _ := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(host, port)}
	if secure {
		u.Scheme = "https"
	}
	return u.String()
}

// certificate loads what the node speaks TLS with; nil without files.
func certificate(cert, key string) (*tls.Config, error) {
	if cert == "" {
		return nil, nil
	}
	c, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("the certificate (--tls-cert, --tls-key): %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{c}}, nil
}

// forwarded takes the reader's address from the server in front, by which attempts to sign in
// are throttled: the last that X-Forwarded-For names is the one that this server has seen.
func forwarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		list := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
		last := strings.TrimSpace(list[strings.LastIndexByte(list, ',')+1:])
		if ip, err := netip.ParseAddr(last); err == nil {
			r.RemoteAddr = netip.AddrPortFrom(ip, 0).String()
		}
		next.ServeHTTP(w, r)
	})
}

// serve answers requests until ctx ends, then finishes those under way.
func serve(ctx context.Context, l net.Listener, h http.Handler, secure *tls.Config, log *slog.Logger) error {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: headerSize, TLSConfig: secure,
		// Strangers can make net/http complain at any rate they like.
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() {
		if secure != nil {
			failed <- s.ServeTLS(l, "", "")
		} else {
			failed <- s.Serve(l)
		}
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	if err := s.Shutdown(end); err != nil {
		log.Warn("some requests were not finished in time and were cut off", "error", err)
		_ = s.Close()
	}
	return nil
}
