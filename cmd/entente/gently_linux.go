package main

import (
	"os"
	"strconv"
	"syscall"
)

// gently lets every other process go first: a backup has time, and those who work have not. On
// Linux a priority is a thread's; those that are made later take it from the one that makes them.
// Where it cannot be had the work goes on as it is.
func gently() {
	const nice = 15
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return
	}
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, nice)
		}
	}
}
