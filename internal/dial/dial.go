// Package dial is the one way out of the node. Whoever can name an address that the node is to
// call (a peer, a mail server, a single sign-on) could otherwise have it call its own machine, its
// network or the metadata service of its cloud. So every connection is looked at after the name
// was resolved and just before it is made: what is not on the open internet is refused unless the
// operator allowed it. A test of the architecture finds whoever dials by another way.
package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// ErrRefused is in the chain of an error when the address is not one to be called.
var ErrRefused = errors.New("dial: the address is not on the open internet, and the operator has not allowed it")

// timeout bounds the making of one connection, names included.
const timeout = 15 * time.Second

// Dialer makes connections to the open internet and to what was allowed besides. It has the
// method that net/http, crypto/tls and mail libraries ask for.
type Dialer struct {
	networks []netip.Prefix
	hosts    map[string]bool
}

// New makes the dialer. Allowed are networks ("10.1.0.0/16"), addresses ("127.0.0.1") and names
// of hosts ("mail.example.org"): a host that is named so may be wherever its name leads.
func New(allowed ...string) (*Dialer, error) {
	d := &Dialer{hosts: map[string]bool{}}
	for _, s := range allowed {
		s = strings.TrimSpace(s)
		if p, err := netip.ParsePrefix(s); err == nil {
			d.networks = append(d.networks, plainPrefix(p))
			continue
		}
		if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
			a = a.WithZone("").Unmap()
			d.networks = append(d.networks, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		if s == "" || strings.ContainsAny(s, "/:[] \t") || strings.Trim(s, "0123456789.") == "" {
			return nil, fmt.Errorf("dial: %q is no network (10.1.0.0/16), address (127.0.0.1) or name of a host (mail.example.org)", s)
		}
		d.hosts[host(s)] = true
	}
	return d, nil
}

// plainPrefix gives a network of IPv4 addresses written as IPv6 in its own form.
func plainPrefix(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

func host(s string) string { return strings.ToLower(strings.TrimSuffix(s, ".")) }

// DialContext makes a connection over TCP to a host and port.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil, fmt.Errorf("%w: %s %s", ErrRefused, network, address)
	}
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	n := net.Dialer{Timeout: timeout}
	if !d.hosts[host(name)] {
		n.Control = d.control
	}
	return n.DialContext(ctx, network, address)
}

// control is asked by package net for each address that a name led to, when the socket is made and
// before it connects: what is looked at here is what is called.
func (d *Dialer) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrRefused, address)
	}
	if a := to.Addr(); !d.may(a) {
		return fmt.Errorf("%w: %s", ErrRefused, a)
	}
	return nil
}

func (d *Dialer) may(a netip.Addr) bool {
	a = a.WithZone("").Unmap()
	for _, p := range d.networks {
		if p.Contains(a) {
			return true
		}
	}
	return open(a)
}

// open says whether an address is on the open internet. Where one holds another (translation and
// tunnels), the one inside counts too.
func open(a netip.Addr) bool {
	if !a.IsValid() || !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range closed {
		if p.Contains(a) {
			return false
		}
	}
	if !a.Is6() {
		return true
	}
	b := a.As16()
	for p, at := range holding {
		if p.Contains(a) {
			return open(netip.AddrFrom4([4]byte(b[at : at+4])))
		}
	}
	return true
}

// closed are what the registries of special addresses (RFC 6890 and its successors) keep from the
// open internet and package netip does not know by name, and addresses behind which a cloud tells
// its machines their secrets.
var closed = prefixes(
	"0.0.0.0/8",        // this network
	"100.64.0.0/10",    // between a provider and its customers (RFC 6598), and a cloud's metadata
	"192.0.0.0/24",     // protocol assignments, and a cloud's metadata
	"192.0.2.0/24",     // examples
	"192.88.99.0/24",   // relays of 6to4
	"198.18.0.0/15",    // measurements
	"198.51.100.0/24",  // examples
	"203.0.113.0/24",   // examples
	"240.0.0.0/4",      // reserved, and broadcast
	"168.63.129.16/32", // a cloud's services to its machines
	"::/96",            // IPv4 written as IPv6, the old form
	"64:ff9b:1::/48",   // translation inside a network
	"100::/64",         // discarded
	"2001::/23",        // protocol assignments; tunnels
	"2001:db8::/32",    // examples
	"3fff::/20",        // examples
	"5f00::/16",        // segment routing
	"fec0::/10",        // inside a site, the old form
	"::ffff:0:0:0/96",  // translated
)

// holding are networks whose addresses hold one of IPv4, and where.
var holding = map[netip.Prefix]int{
	netip.MustParsePrefix("64:ff9b::/96"): 12, // translation (RFC 6052)
	netip.MustParsePrefix("2002::/16"):    2,  // 6to4 (RFC 3056)
}

func prefixes(list ...string) (ps []netip.Prefix) {
	for _, s := range list {
		ps = append(ps, netip.MustParsePrefix(s))
	}
	return ps
}
