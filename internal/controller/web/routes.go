// SPDX-License-Identifier: EUPL-1.2

package web

// routes registers every area's pages.
func (s *server) routes() {
	s.registerAssets()
	s.registerLogin()
	s.registerHandover()
	s.registerAccount()
	s.registerPeople()
	s.registerOwnPassword()
	s.registerSecondFactor()
	s.registerRequests()
	s.registerPreferences()

	s.registerOverview()
	s.registerDirectory()
	s.registerContracts()
	s.registerPolicy()
	s.registerServices()
	s.registerApplications()
	s.registerPeers()
	s.registerCollective()
	s.registerTogether()
	s.registerUsage()
	s.registerLog()
	s.registerAudit()
	s.registerCertificates()
	s.registerSettings()
	s.registerEvents()
	s.registerCalendar()
	s.registerExplain()
	s.registerPublic()
	s.registerNotFound()
}
