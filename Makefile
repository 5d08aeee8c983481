# `make run` and `make test` are all that a fresh Debian machine with Swift needs.
SWIFT ?= swift
# One file that runs without Swift on the machine, and needs less memory: the runtime is linked in.
RELEASE = --configuration release --static-swift-stdlib --scratch-path .build-release
GODWIT = .build-release/release/godwit

.PHONY: help run demo build test bench lint format setup settings openapi
.DEFAULT_GOAL := help

help: ## Show the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: ## Install what is missing (system libraries, Python packages for the tests)
	@Scripts/setup

build: setup ## Build the release binary
	$(SWIFT) build $(RELEASE) --product godwit

run: build ## Build, show the demo, then serve in the foreground
	$(GODWIT) demo
	$(GODWIT) serve --dev

demo: build ## Build and show the demo
	$(GODWIT) demo

test: ## Run every test
	@Scripts/setup --tests
	$(SWIFT) build --build-tests --explicit-target-dependency-import-check error
	@SWIFT=$(SWIFT) Scripts/swift-test
	.build/python/bin/python -m pytest Tests/EndToEndTests

bench: build ## Measure this machine: events per second, latency, CPU per event
	$(GODWIT) bench

lint: ## Check format and the rules of the house
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests Examples
	Scripts/check-house

format: ## Format the sources
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests Examples

settings: build ## Write the page of all settings
	$(GODWIT) settings > Docs/settings.md

openapi: ## Put openapi.yaml and the page of the documentation into the sources
	@Scripts/setup
	.build/python/bin/python Scripts/openapi
