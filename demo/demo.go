// Package demo is the built-in example as data: the EU-China Dialogue on Migration and Mobility and
// its Support Project, from public facts, in English and Chinese. A node that is tried out imports
// it as it would import any other file. It must never hold a name of a person, nor a figure that no
// source states; what is an illustration says so in its own text.
package demo

import (
	"embed"
	"io/fs"
)

//go:embed data/*.yaml
var data embed.FS

// Files gives the example's YAML files. Their names begin with a number and are to be read in that
// order, since a reference may point at what an earlier file holds.
func Files() fs.FS {
	sub, err := fs.Sub(data, "data")
	if err != nil {
		panic(err) // the path is valid: see fs.ValidPath
	}
	return sub
}

// Role is somebody as whom a visitor of the example may sign in.
type Role struct {
	Name   string // "cn-focal-point"
	Person string // key of the person in the files
}

// Roles gives the roles in the order in which the example offers them: those who run the project,
// then each side, then those beside them.
func Roles() []Role {
	var roles []Role
	for _, key := range []string{
		"project-team", "eu-focal-point", "member-state", "cn-focal-point", "cn-contributor", "cn-ministry",
		"donor", "expert", "administrator",
	} {
		roles = append(roles, Role{Name: key, Person: key})
	}
	return roles
}
