// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

const (
	envPrefix = "SAMENSPEL"
	maxConfig = 1 << 20
)

// LoadConfig reads a configuration file (none if path is empty), lays the
// environment over it, fills in defaults and checks the whole. The error lists
// everything that is wrong.
func LoadConfig(path string, environ []string) (*Config, error) {
	var c Config
	if path != "" {
		b, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
		if err := ParseConfig(b, &c); err != nil {
			return nil, err
		}
	}
	if err := overlay(reflect.ValueOf(&c).Elem(), envPrefix, environ); err != nil {
		return nil, err
	}
	c.setDefaults()
	if path != "" {
		c.makeAbsolute(filepath.Dir(path))
	}
	return &c, c.Validate()
}

// ParseConfig reads YAML strictly into c: unknown and duplicate keys are refused
// with their place in the file.
func ParseConfig(b []byte, c *Config) error {
	if len(b) > maxConfig {
		return fmt.Errorf("configuration is larger than %d bytes", maxConfig)
	}
	if err := decodeYAML(b, c); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	return nil
}

// decodeYAML reads one document; none is as good as an empty one. The library
// panics on some malformed input, such as a tagged word where a list belongs.
func decodeYAML(b []byte, v any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("malformed YAML")
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict(), yaml.CustomUnmarshaler(wholeNumber))
	if err := d.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return placed(err, b)
	}
	var more any
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return errors.New("there is more than one document")
	}
	return nil
}

// overlay sets every field whose variable is in the environment and not empty;
// lists are separated by commas. A variable with the suffix _FILE names a file with the value.
func overlay(v reflect.Value, name string, environ []string) error {
	if v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			key := v.Type().Field(i).Tag.Get("yaml")
			if err := overlay(v.Field(i), name+"_"+strings.ToUpper(key), environ); err != nil {
				return err
			}
		}
		return nil
	}
	text, ok, err := lookup(environ, name)
	if err != nil || !ok || text == "" {
		return err
	}
	if err := set(v, text); err != nil {
		return fmt.Errorf("environment variable %s: %w", name, err)
	}
	return nil
}

func lookup(environ []string, name string) (string, bool, error) {
	for _, e := range environ {
		k, v, _ := strings.Cut(e, "=")
		switch k {
		case name:
			return v, true, nil
		case name + "_FILE":
			b, err := os.ReadFile(v) //nolint:gosec // the operator names the file
			return strings.TrimSpace(string(b)), err == nil, err
		}
	}
	return "", false, nil
}

func set(v reflect.Value, text string) error {
	switch {
	case v.Type() == reflect.TypeFor[time.Duration]():
		d, err := time.ParseDuration(text)
		v.SetInt(int64(d))
		return err
	case v.Kind() == reflect.String:
		v.SetString(text)
	case v.Kind() == reflect.Bool:
		b, err := strconv.ParseBool(text)
		v.SetBool(b)
		return err
	case v.Kind() == reflect.Int:
		n, err := strconv.Atoi(text)
		v.SetInt(int64(n))
		return err
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.String:
		list := reflect.MakeSlice(v.Type(), 0, 1)
		for s := range strings.SplitSeq(text, ",") {
			list = reflect.Append(list, reflect.ValueOf(strings.TrimSpace(s)).Convert(v.Type().Elem()))
		}
		v.Set(list)
	default: // lists of objects are given as YAML
		p := reflect.New(v.Type())
		if err := decodeYAML([]byte(text), p.Interface()); err != nil {
			return err
		}
		v.Set(p.Elem())
	}
	return nil
}

func (c *Config) makeAbsolute(dir string) {
	paths := []*string{&c.DataDir, &c.Internal.CA, &c.Internal.Certificate, &c.Internal.Key, &c.Controller.Theme}
	for i := range c.Controller.SignOn {
		s := &c.Controller.SignOn[i]
		paths = append(paths, &s.ClientSecretFile)
		for j := range s.TrustAnchors {
			paths = append(paths, &s.TrustAnchors[j])
		}
	}
	for _, f := range []*FilesConfig{&c.Keys.Transport, &c.Keys.Contract, &c.Keys.Token, &c.Keys.Inway, &c.Keys.Outway, &c.Outway.TLS, &c.Controller.TLS} {
		paths = append(paths, &f.Certificate, &f.Key)
	}
	for _, p := range []*CallPolicyConfig{&c.Policy.Inway, &c.Policy.Outway} {
		paths = append(paths, &p.Rules, &p.PDP.TokenFile, &p.PDP.Client.Certificate, &p.PDP.Client.Key)
		for i := range p.PDP.TrustAnchors {
			paths = append(paths, &p.PDP.TrustAnchors[i])
		}
	}
	for i := range c.Group.TrustAnchors {
		paths = append(paths, &c.Group.TrustAnchors[i])
	}
	for i := range c.Collective.Events.TrustAnchors {
		paths = append(paths, &c.Collective.Events.TrustAnchors[i])
	}
	for i := range c.Group.Revocation.CRLFiles {
		paths = append(paths, &c.Group.Revocation.CRLFiles[i])
	}
	for _, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}
