# SPDX-License-Identifier: EUPL-1.2
# Every target explains itself: run `make` or `make help`.

GO            ?= go
ARGS          ?=
FUZZTIME      ?= 20s
BASE          ?= main
TEST_LIMIT    ?= 20m
PACKAGE_LIMIT ?= 15m

export CGO_ENABLED = 0

# Where make check links test programs and tests keep their databases, if the
# machine has 4 GB of memory to spare for it: on a slow disk the loop only waits.
MEMORY = $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4000000 {print "/dev/shm"}')

TOOL = $(GO) tool -modfile=tools/go.mod

.DEFAULT_GOAL := help

.PHONY: help
help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: assets
assets: ## fetch style sheets, fonts and icons of the web pages by their lock file (installs npm with apt-get)
	@scripts/assets.sh

.PHONY: build
build: assets ## build the program as bin/samenspel
	$(GO) build -trimpath -o bin/samenspel ./cmd/samenspel

.PHONY: fieldlab
fieldlab: assets ## start a federation of several organisations in one process (options in ARGS)
	$(GO) run ./cmd/samenspel fieldlab $(ARGS)

.PHONY: test
test: ## everything a fresh machine with only Go and git can prove, within TEST_LIMIT
	@timeout --kill-after=30s $(TEST_LIMIT) $(MAKE) --no-print-directory test-steps

.PHONY: test-steps
test-steps: assets test-deps fmt-check vet
	$(GO) test -timeout=$(PACKAGE_LIMIT) ./...

.PHONY: check
check: assets test-deps fmt-check vet ## the loop while you work: as test, with fewer looks at pages and without the longest tales
	GOGC=400 $(if $(MEMORY),TMPDIR=$(MEMORY)) $(GO) test -short -vet=off -p=3 -parallel=4 -timeout=$(PACKAGE_LIMIT) ./...

.PHONY: test-deps
test-deps:
	@scripts/test-deps.sh

.PHONY: arch
arch: ## only the executable map: the package table and the laws
	$(GO) test .

.PHONY: bench
bench: assets ## measure the data plane beside nginx and haproxy, write docs/performance.md (installs them with apt-get; half an hour)
	scripts/bench-deps.sh
	$(GO) run ./e2e/bench -out docs/performance.md $(ARGS)

.PHONY: bench-soak
bench-soak: assets ## load two nodes for 10 minutes and watch their memory, write docs/performance-soak.md (needs 15 GB of disk for a while)
	scripts/bench-deps.sh
	$(GO) run ./e2e/bench -soak 10m -out docs/performance-soak.md $(ARGS)

.PHONY: bench-compare
bench-compare: assets ## measure calls and parts beside those of the revision BASE; fails on more allocations or connections, never on times
	scripts/bench-deps.sh
	$(GO) run ./e2e/bench -compare $(BASE) $(ARGS)

.PHONY: pictures
pictures: assets ## make the pictures of the documents anew, with a browser that speaks Dutch
	scripts/test-deps.sh pictures
	SAMENSPEL_PICTURES=$(CURDIR)/docs $(GO) test ./e2e -run '^(TestPictures|TestTheFieldlabHasFaces)$$' -count=1 -timeout=$(PACKAGE_LIMIT)

.PHONY: bench-pages
bench-pages: assets ## measure every page over 10^5 contracts and 10^7 log records, write docs/performance-pages.md (takes 6 minutes and 2 GB)
	$(GO) test -run='^$$' -bench=BenchmarkPages -benchtime=40x -timeout=30m ./internal/controller/web \
		-contracts=100000 -records=10000000 -pages-report=$(CURDIR)/docs/performance-pages.md $(ARGS)

.PHONY: bench-scale
bench-scale: assets ## measure a node with 10^6 grants in 10^5 contracts, write docs/performance-scale.md (takes a quarter of an hour and 4 GB)
	$(GO) test -run='^TestManyGrants$$' -count=1 -timeout=60m ./internal/node \
		-grants-contracts=100000 -scale-report=$(CURDIR)/docs/performance-scale.md $(ARGS)

.PHONY: bench-collective
bench-collective: assets ## measure 342 Peers, 1,000 frameworks and 100,000 call-offs, write docs/performance-collective.md (takes a quarter of an hour and 3 GB)
	$(GO) test -run='^$$' -bench=BenchmarkFederation -benchtime=1x -timeout=60m ./internal/controller \
		-peers=342 -frameworks=1000 -call-offs=100000 -load-report=$(CURDIR)/docs/performance-collective.md $(ARGS)

.PHONY: fuzz
fuzz: assets ## run every fuzz target for FUZZTIME
	scripts/fuzz.sh $(FUZZTIME)

.PHONY: lint
lint: assets ## run the linters; the first run builds them, which takes minutes
	$(TOOL) golangci-lint run ./...

.PHONY: fmt
fmt: ## rewrite Go files in the house's format
	$(TOOL) golangci-lint fmt ./...

.PHONY: fmt-check
fmt-check:
	@diff=$$(gofmt -d .); if [ -n "$$diff" ]; then echo "$$diff"; echo "run gofmt -w on these files"; exit 1; fi

.PHONY: vet
vet:
	$(GO) vet ./...

.PHONY: race
race: assets test-deps ## run the tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -timeout=15m ./...

.PHONY: e2e
e2e: assets test-deps ## build the program and test it over real ports
	$(GO) test -count=1 -timeout=10m ./e2e/...

.PHONY: ci
ci: check lint race e2e fuzz ## everything, as a release needs it

.PHONY: soak
soak: assets test-deps ## the long forms of the fault tests and ten minutes of load, half an hour in all (SAMENSPEL_SOAK_TIME=90s for a trial)
	SAMENSPEL_SOAK=1 $(GO) test -count=1 -v -timeout=60m ./e2e \
		-run '^(TestSlowClientsInGreatNumbers.*|TestAThousandWebSockets.*|TestABodyOfTwoGigabytes.*|TestManagerAwayForTenMinutes|TestTwoNodesUnderLoad.*)$$' $(ARGS)

.PHONY: vuln
vuln: ## look up known vulnerabilities of what we link (needs the network)
	$(TOOL) govulncheck ./...
