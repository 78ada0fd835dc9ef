package dbtest

import (
	"net/url"

	"github.com/jackc/pgx/v5/pgconn"
)

// Endpoint gives the network and the address, for net.Dial, of the server that a database's address
// leads to: over TCP, or over a socket in a folder.
func Endpoint(address string) (network, at string, err error) {
	c, err := pgconn.ParseConfig(address)
	if err != nil {
		return "", "", err
	}
	network, at = pgconn.NetworkAddress(c.Host, c.Port)
	return network, at, nil
}

// Through gives the address of the same database by another way over TCP: a test's relay.
func Through(address, hostPort string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	u.Host = hostPort
	q := u.Query()
	q.Del("host")
	q.Del("port")
	u.RawQuery = q.Encode()
	return u.String(), nil
}
