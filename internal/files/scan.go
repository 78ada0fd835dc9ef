package files

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"entente/internal/fault"
)

// scanTime is how long a scanner may look at one file.
const scanTime = 60 * time.Second

// Scanner is a command that looks at a file before it is kept, for malware say. It is given the
// file's path as its last argument and answers with its status: 0 is clean, 1 is refused, and
// anything else, or no answer in time, means that nothing can be taken now. Empty: none.
type Scanner struct{ Command string }

// Scan asks the command.
func (s Scanner) Scan(ctx context.Context, path string) error {
	args := strings.Fields(s.Command)
	if len(args) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, scanTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], append(args[1:], path)...)
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit) && exit.ExitCode() == 1:
		var f fault.Fields
		f.Add("file", "", "fault.file-scan")
		return f.Err()
	}
	return fault.Because(fault.Unavailable, fmt.Errorf("the scanner %s: %w", args[0], err))
}
