// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// registerCertificates registers the page of key pairs.
func (s *server) registerCertificates() {
	s.handle("GET /certificates", operator.PermissionRead, s.certificatesPage)
}

// certificatesData is what templates/certificates.html shows.
type certificatesData struct {
	*controller.CertificatesView
	// Ending are those that need a person: 60 days or less are left.
	Ending []controller.CertificateView
}

func (s *server) certificatesPage(q *request) error {
	v, err := s.cfg.Controller.CertificatesOf(q.Ctx, q.Actor)
	if err != nil {
		return err
	}
	if q.wants("csv") {
		return q.csv("certificates", []string{"uses", "subject", "issuer", "serial_number", "not_before", "not_after", "days_left", "thumbprint", "public_key_thumbprint", "grants", "file"},
			certificateRows(append(v.Own, v.Anchors...)))
	}
	d := certificatesData{CertificatesView: v}
	for _, c := range v.Own {
		if c.Urgency != controller.UrgencyNone {
			d.Ending = append(d.Ending, c)
		}
	}
	return q.render("certificates", q.t("nav.certificates"), d)
}

func certificateRows(list []controller.CertificateView) func(func([]string, error) bool) {
	return func(yield func([]string, error) bool) {
		for _, c := range list {
			row := []string{
				strings.Join(c.Uses, " "), c.Subject, c.Issuer, c.SerialNumber, c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339),
				strconv.Itoa(c.DaysLeft), c.Thumbprint, c.PublicKeyThumbprint, strconv.Itoa(len(c.Grants)), c.File,
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}
