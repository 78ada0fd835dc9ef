package db

import "io/fs"

// WithMigrations gives o with other migrations than the program's, under migrations/.
func WithMigrations(o Options, files fs.FS) Options {
	o.migrations = files
	return o
}
