// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"testing"

	"github.com/samenspel/samenspel/internal/store/storetest"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

func TestSQLiteConforms(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Stores {
		t.Helper()
		return sqliteStores(t, empty.Dir(t))
	})
}

func sqliteStores(t *testing.T, dir string) storetest.Stores {
	t.Helper()
	s := openSQLite(t, dir)
	return storetest.Stores{
		Manager: s, Directory: s, History: s, Log: s.Log(), People: s.People(), Collective: s.Collective(), Events: s.Events(),
		Reopen: func() storetest.Stores {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return sqliteStores(t, dir)
		},
	}
}
