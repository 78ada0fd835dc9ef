package account

import (
	"context"
	"time"
)

// Pausing gives the service with another way to wait for its turn.
func (s *Service) Pausing(pause func(context.Context, time.Duration) error) *Service {
	s.tries.pause = pause
	return s
}
