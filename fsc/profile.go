// SPDX-License-Identifier: EUPL-1.2

package fsc

import (
	"encoding/binary"
	"slices"
)

// Profile is a wire form of contracts with its own way to hash.
type Profile string

// The profiles. ProfileV2 is what new contracts use; ProfileDev is the
// unreleased form between the two, known only so that its vectors can be checked.
const (
	ProfileV2  Profile = "v2"
	ProfileV1  Profile = "v1"
	ProfileDev Profile = "dev"
)

// hashContent fills in the hashes of c and its grants.
func (c *Content) hashContent(grantData [][]byte) error {
	if c.profile == ProfileV1 {
		return c.hashV1()
	}
	body, err := canonical(c.raw)
	if err != nil {
		return err
	}
	c.hash = ContentHash(hashText(HashTypeContract, body))
	for i := range c.Grants {
		data, err := canonical(grantData[i])
		if err != nil {
			return err
		}
		c.Grants[i].Hash = GrantHash(hashText(c.Grants[i].Type.hashType(), []byte(c.hash), data))
	}
	return nil
}

// hashV1 is Core 1.0 to 1.1: fields one after the other without separators;
// integers little-endian, the iv as its 16 octets.
func (c *Content) hashV1() error {
	iv, ok := parseUUID(c.IV)
	if !ok {
		return errIV()
	}
	salt := append([]byte(c.GroupID), iv[:]...)
	hashes := make([]string, 0, len(c.Grants))
	for i := range c.Grants {
		g := &c.Grants[i]
		g.Hash = GrantHash(hashText(g.Type.hashType(), salt, g.bytesV1()))
		hashes = append(hashes, string(g.Hash))
	}
	slices.Sort(hashes)
	b := slices.Clone(salt)
	b = binary.LittleEndian.AppendUint64(b, uint64(c.Validity.NotBefore)) //nolint:gosec // checked to be positive
	b = binary.LittleEndian.AppendUint64(b, uint64(c.Validity.NotAfter))  //nolint:gosec // checked to be positive
	b = binary.LittleEndian.AppendUint64(b, uint64(c.CreatedAt))          //nolint:gosec // checked to be positive
	for _, h := range hashes {
		b = append(b, h...)
	}
	c.hash = ContentHash(hashText(HashTypeContract, b))
	return nil
}

func (g *Grant) bytesV1() []byte {
	b := binary.LittleEndian.AppendUint32(nil, g.Type.numberV1())
	if g.Type.IsPublication() {
		b = append(b, g.Directory...)
		b = append(b, g.Service.PeerID...)
		b = append(b, g.Service.Name...)
		b = append(b, g.Service.Protocol...)
		return append(b, g.Delegator...)
	}
	b = append(b, g.Outway.PeerID...)
	b = append(b, g.Outway.PublicKeyThumbprint...)
	b = binary.LittleEndian.AppendUint32(b, g.Service.Type.numberV1())
	b = append(b, g.Service.PeerID...)
	b = append(b, g.Service.Name...)
	b = append(b, g.Service.Delegator...)
	return append(b, g.Delegator...)
}
