// SPDX-License-Identifier: EUPL-1.2

package ocds

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // an image without files knows no time zones
)

//go:embed schema/*.json
var schemaFiles embed.FS

// releaseRef is how the package schema names the release schema.
const releaseRef = "release"

// Standard is OCDS 1.1.5 with the extensions lots, techniques, bid,
// requirements and enquiry, ready for use. It never changes after [Load] and
// serves any number of goroutines.
type Standard struct {
	release *shape
	pack    *shape
	zone    *time.Location
}

// Load reads the facts of the schemas that are built in. An error means that
// this program was built wrong.
func Load() (*Standard, error) {
	base, err := readSchema("release")
	if err != nil {
		return nil, err
	}
	for _, ext := range extensionNames() {
		patch, err := readSchema("ext-" + ext)
		if err != nil {
			return nil, err
		}
		mergePatch(base, patch)
	}
	pack, err := readSchema("package")
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return nil, fmt.Errorf("load time zone: %w", err)
	}
	s := &Standard{zone: zone}
	c := &compiler{definitions: child(base, "definitions"), named: map[string]*shape{}}
	if s.release, err = c.shape(base); err != nil {
		return nil, fmt.Errorf("release schema: %w", err)
	}
	c.named[releaseRef] = s.release
	if s.pack, err = c.shape(pack); err != nil {
		return nil, fmt.Errorf("package schema: %w", err)
	}
	if list := s.pack.field("releases"); list != nil {
		list.sharedIDs = true
	}
	return s, nil
}

// extensionNames are the extensions we write and check, in the order of the
// package's field extensions.
func extensionNames() []string {
	return []string{"lots", "techniques", "bid", "requirements", "enquiry"}
}

func readSchema(name string) (object, error) {
	raw, err := schemaFiles.ReadFile("schema/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	v, err := parse(raw, DefaultLimits())
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	o, ok := v.(object)
	if !ok {
		return nil, fmt.Errorf("schema %s is not an object", name)
	}
	return o, nil
}

// mergePatch applies an extension to the schema (RFC 7396).
func mergePatch(into, patch object) {
	for name, v := range patch {
		from, isObject := v.(object)
		to, hasObject := into[name].(object)
		switch {
		case v == nil:
			delete(into, name)
		case isObject && hasObject:
			mergePatch(to, from)
		default:
			into[name] = v
		}
	}
}

// shape is one schema, with references resolved.
type shape struct {
	types     map[string]bool // nil is any
	fields    map[string]*shape
	patterned []patterned
	items     *shape
	required  []string
	enum      map[string]bool // by canonical text; nil is any
	pattern   *regexp.Regexp
	format    string

	minLength, minItems, minProperties int

	unique    bool
	wholeList bool
	omitted   bool
	sharedIDs bool   // releases of several processes: an id counts within its process only
	foreign   string // name of a definition of an extension that we don't load
}

// patterned is a family of fields, such as the translations of a title.
type patterned struct {
	name  *regexp.Regexp
	shape *shape
}

// compiler turns the JSON of schemas into shapes.
type compiler struct {
	definitions object
	named       map[string]*shape
}

func (c *compiler) shape(o object) (*shape, error) {
	if ref, ok := o["$ref"].(string); ok {
		return c.reference(strings.TrimPrefix(ref, "#/definitions/"))
	}
	s := &shape{}
	return s, c.fill(s, o)
}

// reference compiles a definition once; the name is known before its fields
// are, so that definitions may refer to each other.
func (c *compiler) reference(name string) (*shape, error) {
	if s := c.named[name]; s != nil {
		return s, nil
	}
	s := &shape{}
	c.named[name] = s
	def := child(c.definitions, name)
	if def == nil {
		s.foreign = name
		return s, nil
	}
	if err := c.fill(s, def); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func (c *compiler) fill(s *shape, o object) error {
	for name, v := range o {
		if err := c.keyword(s, name, v); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (c *compiler) keyword(s *shape, name string, v any) (err error) {
	switch name {
	case "type":
		s.types = stringSet(v)
	case "enum":
		s.enum = enumSet(v)
	case "required":
		s.required = slices.Sorted(maps.Keys(stringSet(v)))
	case "properties":
		s.fields, err = c.fields(v)
	case "patternProperties":
		s.patterned, err = c.patterned(v)
	case "items":
		s.items, err = c.part(v)
	case "pattern":
		s.pattern, err = regexp.Compile(fmt.Sprint(v))
	case "format":
		s.format = fmt.Sprint(v)
	case "minLength":
		s.minLength, err = count(v)
	case "minItems":
		s.minItems, err = count(v)
	case "minProperties":
		s.minProperties, err = count(v)
	case "uniqueItems":
		s.unique = v == true
	case "wholeListMerge":
		s.wholeList = v == true
	case "omitWhenMerged":
		s.omitted = v == true
	case "versionId", "definitions": // the first only repeats what follows from arrays, the second is read by reference
	default:
		err = fmt.Errorf("this keyword isn't supported")
	}
	return err
}

func (c *compiler) part(v any) (*shape, error) {
	o, ok := v.(object)
	if !ok {
		return nil, fmt.Errorf("a schema must be an object")
	}
	return c.shape(o)
}

func (c *compiler) fields(v any) (map[string]*shape, error) {
	o, _ := v.(object)
	out := make(map[string]*shape, len(o))
	for name, f := range o {
		s, err := c.part(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = s
	}
	return out, nil
}

func (c *compiler) patterned(v any) ([]patterned, error) {
	o, _ := v.(object)
	out := make([]patterned, 0, len(o))
	for _, expr := range slices.Sorted(maps.Keys(o)) {
		re, err := regexp.Compile(expr)
		if err != nil {
			return nil, err
		}
		s, err := c.part(o[expr])
		if err != nil {
			return nil, err
		}
		out = append(out, patterned{name: re, shape: s})
	}
	return out, nil
}

func stringSet(v any) map[string]bool {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make(map[string]bool, len(list))
	for _, e := range list {
		out[fmt.Sprint(e)] = true
	}
	return out
}

func enumSet(v any) map[string]bool {
	list, _ := v.([]any)
	out := make(map[string]bool, len(list))
	for _, e := range list {
		out[canonical(e)] = true
	}
	return out
}

func count(v any) (int, error) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, fmt.Errorf("want a number")
	}
	i, err := n.Int64()
	return int(i), err
}
