# make help lists the targets.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
FUZZTIME ?= 10s
# benchstat wants several runs of each benchmark to tell a change from noise.
COUNT    ?= 6
BENCH    ?= .
PACKAGES ?= ./...

# The same source and the same Go give the same bytes, in any folder.
GOBUILD   = CGO_ENABLED=0 go build -trimpath -buildvcs=false \
            -ldflags "-s -w -buildid= -X main.version=$(VERSION)"
TOOL      = go tool -modfile=tools.mod
PLATFORMS = linux/amd64 linux/arm64 darwin/arm64 windows/amd64

# The packages whose tests rewrite their golden files when told -update.
GOLDEN = $(shell grep -rlE --include='*_test.go' 'flag\.Bool."update"' . | xargs -r -n1 dirname | sort -u)

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  \1\t\2/p' Makefile | expand -t 12

.PHONY: build
build: ## build bin/synfire
	$(GOBUILD) -o bin/synfire ./cmd/synfire

.PHONY: test
test: ## run all tests
	go test $(PACKAGES)

.PHONY: race
race: ## run all tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race $(PACKAGES)

.PHONY: lint
lint: ## go vet, staticcheck, gofumpt and the rules in internal/lint
	go vet ./...
	$(TOOL) staticcheck ./...
	@files=$$($(TOOL) gofumpt -l .); [[ -z $$files ]] || { echo "not formatted:" $$files; exit 1; }
	go test ./internal/lint

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (10s)
	@grep -rHoE --include='*_test.go' '^func Fuzz\w+' . | sed 's/:func /:/' | sort | \
	while IFS=: read -r file target; do \
		echo "$$file $$target"; \
		go test -run='^$$' -fuzz="^$$target\$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime 20x "$$(dirname "$$file")" </dev/null; \
	done

.PHONY: bench
bench: ## run the benchmarks COUNT (6) times; compared with bench/old.txt if there
	@mkdir -p bench
	go test -run='^$$' -bench='$(BENCH)' -benchmem -count=$(COUNT) $(PACKAGES) | tee bench/new.txt
	$(TOOL) benchstat $$([[ ! -f bench/old.txt ]] || echo bench/old.txt) bench/new.txt

.PHONY: golden
golden: ## rewrite the golden files; read the diff before you commit it
	$(if $(GOLDEN),go test $(GOLDEN) -update,@echo "no package takes -update")

.PHONY: dist
dist: ## build dist/ for all platforms, with checksums
	@rm -rf dist && mkdir -p dist
	@for platform in $(PLATFORMS); do \
		os=$${platform%/*} arch=$${platform#*/} suffix=; \
		[[ $$os != windows ]] || suffix=.exe; \
		echo "$$platform"; \
		GOOS=$$os GOARCH=$$arch $(GOBUILD) -o "dist/synfire_$(VERSION)_$${os}_$$arch$$suffix" ./cmd/synfire; \
	done
	cd dist && sha256sum synfire_* >SHA256SUMS && cat SHA256SUMS

.PHONY: clean
clean: ## remove what the other targets built
	rm -rf bin dist bench
