package web

import (
	"net/http"
	"slices"
)

// Routes is every address of the program, with who may enter. A test walks all of them as every
// role; a route without an example fails it. Each room lists its own beside its handlers, so that
// a file shows both.
func Routes() []Route {
	return slices.Concat(
		doorRoutes,
		accountRoutes,
		ownCalendarRoutes,
		secondRoutes,
		noticeRoutes,
		invitationRoutes,
		handoverRoutes,
		personalRoutes,
		firstRoutes,
		objectRoutes,
		fileRoutes,
		statementRoutes, ownWordsRoutes, judgeRoutes,
		callRoutes,
		meetingRoutes,
		releaseRoutes,
		dialogueRoutes,
		projectRoutes,
		planRoutes,
		partnerRoutes,
		circleRoutes,
		insideRoutes,
		admissionRoutes,
		insideHandoverRoutes,
		publicRoutes,
		searchRoutes,
		deskRoutes,
		dutyRoutes,
		briefRoutes,
		readersRoutes,
		translationRoutes,
		publicationRoutes,
		operationRoutes,
		jobRoutes,
		downloadRoutes,
	)
}

// known says whether a spoken GET route would serve the path, so that an address without its
// language leads somewhere or nowhere at once.
func (s *Server) known(path string) bool {
	r, err := http.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		return false
	}
	_, pattern := s.mux.Handler(r)
	return pattern != "/" && pattern != ""
}
