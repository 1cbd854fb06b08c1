# The only commands a person needs. `run` and `test` make everything they need; a second call installs nothing.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Hundreds of processes import the same modules: what the first has compiled, and pytest rewritten, is there for all others.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(BIN)/python
READY := $(VENV)/.ready-$(shell cksum < requirements-dev.txt | cut -d ' ' -f 1)
# The real aws CLI pins its own botocore, so it lives apart.
AWSCLI := .venv-awscli
AWSCLI_READY := $(AWSCLI)/.ready-$(shell cksum < requirements-awscli.txt | cut -d ' ' -f 1)
# So does checkov, which pins another, and is only needed by `check`.
CHECKOV := .venv-checkov
CHECKOV_READY := $(CHECKOV)/.ready-$(shell cksum < requirements-checkov.txt | cut -d ' ' -f 1)
# And what builds the site of the documents, only needed by `docs` and `check`; Mermaid, which draws their diagrams, comes from npm.
MKDOCS := .venv-docs
MKDOCS_READY := $(MKDOCS)/.ready-$(shell cksum < requirements-docs.txt | cut -d ' ' -f 1)
MERMAID := tools/docs_site
MERMAID_READY := $(MERMAID)/node_modules/.ready-$(shell cksum < $(MERMAID)/package-lock.json | cut -d ' ' -f 1)

# The console's packages, exactly those of its lock.
FRONTEND := frontend
FRONTEND_READY := $(FRONTEND)/node_modules/.ready-$(shell cksum < $(FRONTEND)/package-lock.json | cut -d ' ' -f 1)

# Those of the example of CDK, which is synthesised by a test.
CDK := examples/cdk
CDK_READY := $(CDK)/node_modules/.ready-$(shell cksum < $(CDK)/package-lock.json | cut -d ' ' -f 1)

FRONTEND_SOURCES := $(shell find $(FRONTEND)/src $(FRONTEND)/build $(FRONTEND)/public -type f ! -name schema.d.ts) docs/api/openapi.json \
	$(addprefix $(FRONTEND)/,index.html package.json vite.config.ts tsconfig.json)

FUNCTIONS := query-handler data-management-handler execution-handler orchestration-stepfunctions notification-formatter frontend-deployer
PACKAGES := shared query data_management execution orchestration notification_formatter frontend_deployer local tests tools
# What does not need one another is made side by side.
TOGETHER = $(MAKE) --silent --no-print-directory --jobs=2
empty :=
space := $(empty) $(empty)
SOURCE_ROOTS := lambda$(subst $(space),,$(foreach function,$(FUNCTIONS),:lambda/$(function)))
ARGS ?=

ENV ?=
BUCKET ?=
MODE ?=
IS_ONE_STEP = $(findstring --built,$(ARGS))$(findstring --only-check,$(ARGS))
DEPLOY = $(PYTHON) -m tools.deployment deploy --environment "$(ENV)" --bucket "$(BUCKET)" --mode "$(MODE)" $(ARGS)

.PHONY: help run test check bench prove fuzz sweeps contract docs pictures package built deploy destroy wheels format lock clean setup setup-cdk frontend test-frontend test-console
.PHONY: check-format check-lint check-types check-arrows check-templates check-security check-tree check-licences check-contract check-frontend check-docs

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start the whole system here and run the sample drill (ARGS=--attended, --serve, --zips)
	@$(TOGETHER) $(if $(findstring --zips,$(ARGS)),built,setup) $(if $(findstring --serve,$(ARGS)),frontend)
	@$(PYTHON) -m local.demo $(ARGS)

test: ## Run every test: most on all cores, beside them the console's and e2e; with ARGS one run of pytest with them, on one core
	@$(TOGETHER) wheels frontend setup-cdk
	@$(if $(ARGS),$(PYTHON) -m pytest --ignore=tests/bench --cov=lambda --cov-fail-under=0 $(ARGS),tools/test.sh $(PYTHON))

CHECKS := check-format check-lint check-types check-arrows check-templates check-security check-tree check-licences check-contract check-frontend check-docs

check: ## Format, lint, types, arrows, templates, their security, sizes, licences, what is generated, the console, the site
	@$(TOGETHER) --output-sync=target $(CHECKS)

frontend: $(FRONTEND)/dist/index.html ## Build the console into frontend/dist

test-frontend: $(FRONTEND_READY)
	@cd $(FRONTEND) && npm run --silent test

test-console: setup frontend ## Use the console in Chromium against a system that is served (screenshots in frontend/artefacts)
	@cd $(FRONTEND) && npm run --silent e2e -- $(ARGS)

bench: wheels frontend ## Measure what must stay small, print one table, write docs/benchmarks.md
	@compgen -G 'tests/bench/test_*.py' > /dev/null || { echo 'make bench: tests/bench holds no test_*.py to run' >&2; exit 1; }
	@$(PYTHON) -m pytest tests/bench -v --document $(ARGS)

prove: setup ## Play random worlds against the engine's invariants (ARGS="--seed 17 --shrink", ARGS="--seeds 0:1000")
	@PYTHONPATH=.:$(SOURCE_ROOTS) $(PYTHON) -m tests.proof $(ARGS)

fuzz: setup ## Call the API as schemathesis finds it in the published contract (ARGS="--seconds 600 --seed 2")
	@PYTHONPATH=.:$(SOURCE_ROOTS) $(PYTHON) -m tests.fuzz $(ARGS)

sweeps: setup ## Play every case of the many of which `make test` plays about a third
	@$(PYTHON) -m pytest --ignore=tests/bench -m sweep -n auto --dist worksteal $(ARGS)

contract: setup ## Write anew what follows from the declarations of the operations
	@PYTHONPATH=.:$(SOURCE_ROOTS) $(PYTHON) -m tools.contract

docs: setup $(MKDOCS_READY) $(MERMAID_READY) ## Build the site of the documents into build/site; a dead link or a document outside the navigation fails
	@$(PYTHON) -m tools.docs_site build/documents $(MERMAID)/node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js
	@NO_MKDOCS_2_WARNING=1 $(MKDOCS)/bin/python -m mkdocs build --strict

pictures: setup frontend ## Make the pictures of the documents anew: of the architecture, and of a drill in Chromium
	@$(PYTHON) -m tools.diagrams
	@cd $(FRONTEND) && npm run --silent pictures

package: wheels frontend ## Build what is deployed: the console, zips, state machine, templates, bill of materials (ARGS="--prefix FOLDER")
	@$(PYTHON) -m tools.packaging $(ARGS)

# What is wrong with what is said is told before the minutes of a build.
deploy: setup ## Deploy to AWS and show before what changes: ENV=dev BUCKET=NAME, MODE=full|api|external-role, ARGS="Name=value --preview"
	@$(if $(IS_ONE_STEP),,$(DEPLOY) --only-check)
	@$(if $(IS_ONE_STEP),,$(MAKE) --no-print-directory wheels frontend)
	@$(DEPLOY)

destroy: setup ## Delete what was deployed, never production: ENV=dev
	@$(PYTHON) -m tools.deployment destroy --environment "$(ENV)" $(ARGS)

# The same without arguments of its own: those of `make run` are for the system.
built: wheels frontend
	@$(PYTHON) -m tools.packaging

wheels: setup ## Fetch the wheels of what the functions need, for both processors of Lambda
	@$(PYTHON) -m tools.packaging wheels

format: setup ## Rewrite the code in the house format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: ## Write the locks anew from requirements*.in (needs Python 3.11, the oldest that is supported)
	@tools/lock.sh

clean: ## Remove everything that make made
	@rm -rf $(VENV) $(AWSCLI) $(CHECKOV) $(MKDOCS) $(MERMAID)/node_modules $(CDK)/node_modules $(CDK)/build $(CDK)/cdk.out $(FRONTEND)/node_modules $(FRONTEND)/dist $(FRONTEND)/artefacts .local build dist htmlcov .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

check-format: setup
	@$(BIN)/ruff format --check .

check-lint: setup
	@$(BIN)/ruff check .

# One run for all packages; then one for each index.py, because two modules of one name cannot be checked at once.
check-types: setup
	@$(BIN)/mypy $(addprefix -p ,$(PACKAGES))
	@for function in $(FUNCTIONS); do $(BIN)/mypy "lambda/$$function/index.py"; done
	@$(BIN)/mypy examples/python/complete_dr_workflow.py

check-arrows: setup
	@PYTHONPATH=.:$(SOURCE_ROOTS) $(BIN)/lint-imports

check-templates: setup
	@$(BIN)/cfn-lint
	@echo "templates: clean"

check-security: setup $(CHECKOV_READY)
	@$(PYTHON) -m tools.check_security $(CHECKOV)/bin/checkov

check-tree: setup
	@$(PYTHON) -m tools.check_tree

check-licences: setup $(CHECKOV_READY) $(MKDOCS_READY)
	@$(PYTHON) -m tools.check_licences
	@$(PYTHON) -m tools.check_npm_licences $(FRONTEND)/package-lock.json
	@$(PYTHON) -m tools.check_npm_licences $(CDK)/package-lock.json
	@$(PYTHON) -m tools.check_licences $(AWSCLI)/lib/python3.*/site-packages
	@$(PYTHON) -m tools.check_licences $(CHECKOV)/lib/python3.*/site-packages
	@$(PYTHON) -m tools.check_licences $(MKDOCS)/lib/python3.*/site-packages
	@$(PYTHON) -m tools.check_npm_licences $(MERMAID)/package-lock.json

check-docs: docs

check-contract: setup
	@PYTHONPATH=.:$(SOURCE_ROOTS) $(PYTHON) -m tools.contract --check

# Prettier, ESLint without warnings, TypeScript against the published contract, and what a first page loads.
check-frontend: $(FRONTEND_READY)
	@cd $(FRONTEND) && npm run --silent check && npm run --silent check-load

setup: $(READY) $(AWSCLI_READY)

# The stamps carry the content of their lock in their names: a checkout that only touches the file installs nothing.
$(READY):
	@tools/venv.sh $(VENV) requirements-dev.txt $@

$(AWSCLI_READY):
	@tools/venv.sh $(AWSCLI) requirements-awscli.txt $@

setup-cdk: $(CDK_READY)

$(FRONTEND_READY):
	@echo "installing $(FRONTEND)/package-lock.json"
	@cd $(FRONTEND) && npm ci --silent
	@touch $@

$(CDK_READY):
	@echo "installing $(CDK)/package-lock.json"
	@cd $(CDK) && npm ci --silent
	@touch $@

$(FRONTEND)/dist/index.html: $(FRONTEND_READY) $(FRONTEND_SOURCES)
	@cd $(FRONTEND) && npm run --silent build -- --logLevel warn

$(CHECKOV_READY):
	@tools/venv.sh $(CHECKOV) requirements-checkov.txt $@

$(MKDOCS_READY):
	@tools/venv.sh $(MKDOCS) requirements-docs.txt $@

$(MERMAID_READY):
	@echo "installing $(MERMAID)/package-lock.json"
	@cd $(MERMAID) && npm ci --silent
	@touch $@
