package shape

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Assemble gives a pointer to an empty value of a struct that has the named fields alone, of the
// types given: "note", or "agenda.note" for a field of what stands under agenda in fields, a group
// or a list of groups. It is how what a value holds no longer is read and compared as the rest is.
// It panics where the place of a name is no group: that is an error of the program.
func Assemble(fields []Field, named map[string]reflect.Type) any {
	return reflect.New(assemble(fields, named)).Interface()
}

func assemble(fields []Field, named map[string]reflect.Type) reflect.Type {
	below := map[string]map[string]reflect.Type{}
	for path, t := range named {
		head, rest, nested := strings.Cut(path, ".")
		if below[head] == nil {
			below[head] = map[string]reflect.Type{}
		}
		if nested {
			below[head][rest] = t
		}
	}
	var out []reflect.StructField
	for i, name := range slices.Sorted(maps.Keys(below)) {
		t := named[name]
		if len(below[name]) > 0 {
			at := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name && f.Control == Group })
			if at < 0 || t != nil {
				panic(fmt.Sprintf("shape: %s is no group of fields: a part of what was renamed is named by today's name of the whole; what was dropped as a whole has its parts in its own type", name))
			}
			t = assemble(fields[at].Fields, below[name])
			if fields[at].List {
				t = reflect.SliceOf(t)
			}
		}
		out = append(out, reflect.StructField{Name: "F" + strconv.Itoa(i), Type: t, Tag: reflect.StructTag(`json:"` + name + `,omitempty"`)})
	}
	return reflect.StructOf(out)
}
