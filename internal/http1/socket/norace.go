// SPDX-License-Identifier: EUPL-1.2

//go:build !race

package socket

const watched = false
