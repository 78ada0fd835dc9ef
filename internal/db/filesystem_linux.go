package db

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// networkFileSystems are the magic numbers of statfs(2) for file systems of the network, whose
// locks and shared memory do not do what SQLite needs.
var networkFileSystems = map[uint32]string{
	0x00006969: "NFS",
	0x0000517b: "SMB",
	0xff534d42: "CIFS",
	0xfe534d42: "SMB2",
	0x01021997: "9P",
	0x00c36400: "Ceph",
	0x5346414f: "AFS",
	0x6b414653: "AFS",
	0x73757245: "Coda",
	0x0bd00bd0: "Lustre",
	0x47504653: "GPFS",
	0x19830326: "BeeGFS",
	0xaad7aaea: "PanFS",
}

const fuse = 0x65735546

// localFuse are file systems in user space that lie on a local disk.
var localFuse = map[string]bool{"fuseblk": true, "fuse.fuse-overlayfs": true, "fuse.gocryptfs": true, "fuse.encfs": true}

// networkFileSystem gives the name of the network file system that folder lies on, or "".
func networkFileSystem(folder string) string {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return "" // opening will say what is wrong
	}
	magic := uint32(s.Type) //nolint:gosec // the numbers are of 32 bits, the field's width varies
	if magic == fuse {
		if t := mountType(folder); !localFuse[t] {
			return strings.TrimSpace("FUSE " + strings.TrimPrefix(t, "fuse."))
		}
	}
	return networkFileSystems[magic]
}

// mountType gives the type of the mount a folder lies on, from mountinfo: of the mounts above
// it the one with the longest path, and of equals the last.
func mountType(folder string) string {
	if p, err := filepath.EvalSymlinks(folder); err == nil {
		folder = p
	}
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	var best, kind string
	for s := bufio.NewScanner(f); s.Scan(); {
		left, right, ok := strings.Cut(s.Text(), " - ")
		l, r := strings.Fields(left), strings.Fields(right)
		if !ok || len(l) < 5 || len(r) < 1 {
			continue
		}
		point := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(l[4])
		inside := point == "/" || folder == point || strings.HasPrefix(folder, point+"/")
		if inside && len(point) >= len(best) {
			best, kind = point, r[0]
		}
	}
	return kind
}
