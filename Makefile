.DEFAULT_GOAL := help
.PHONY: help setup run test failures check schema sqlx freeze bench fuzz attack web screenshots

help: ## Tell what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile

setup: # What the other targets need: cargo, and PostgreSQL's programs
	@sh scripts/setup.sh

run: setup ## Serve on http://127.0.0.1:8000 with demo data
	@sh scripts/web.sh
	cargo run --profile quick -- serve --demo

test: ## Run every test
	@sh scripts/setup.sh tests
	cargo test

failures: setup # The tests in which servers, PostgreSQL and connections fail: killed at any moment, stopped, promoted, full, behind a pooler
	cargo test --test api -- $(FAILURES)

FAILURES = server::backup server::committed server::doctor server::epoch server::failover server::full_disk server::history server::live_failures server::outage \
	server::overload server::pooler server::process server::second_server crm::rule_run_killed_servers crm::import_at_scale crm::copy \
	kernel::embedded kernel::readers kernel::schema kernel::transaction

check: ## What has to hold before a change lands: format, spelling, lints, dependencies, schema, .sqlx, docker
	@sh scripts/setup.sh checks
	cargo fmt --check
	typos
	sh scripts/check-dependencies.sh
	cargo clippy --all-targets -- -D warnings
	cargo run --quiet -- schema | diff schema.graphql - || { echo "schema.graphql is stale: make schema"; exit 1; }
	sh scripts/sqlx.sh --check
	sh scripts/check-docker.sh
	sh scripts/web.sh required && cd web && npm run --silent check

web: ## Build the web console into web/dist
	@sh scripts/web.sh required

screenshots: web ## Every page of the console as a picture in web/screenshots, from the server of `make run`
	cd web && node scripts/screenshots.mjs http://127.0.0.1:8000 screenshots

schema: ## Write schema.graphql anew
	cargo run --quiet -- schema > schema.graphql

sqlx: setup ## Write .sqlx anew: what the compiler knows of the database
	sh scripts/sqlx.sh

freeze: setup ## Freeze the migrations of a release before it is tagged: make freeze VERSION=0.2.0
	sh scripts/dump-release.sh $(VERSION)

fuzz: # Look for inputs that panic, a minute for each target (FUZZ_SECONDS=60)
	@sh scripts/fuzz.sh

attack: # Send 10,000 random requests up to the limits, and measure how others are served meanwhile
	@sh scripts/setup.sh tests
	TIDEPOOL_ATTACK_REQUESTS=10000 cargo test --test api server::attack -- --include-ignored --nocapture --test-threads 1

bench: setup ## Measure reads, claims, figures, rule runs, the live pool and a dashboard, most compared with plain code or another server
	cargo bench
