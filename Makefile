# Everything that is done with this tree. `make help` lists it.

CARGO  ?= cargo
PREFIX ?= /usr/local
MUSL   := x86_64-unknown-linux-musl
NAMES := amikit $(shell sed -n 's/^old //p' tests/journeys/names.txt)
COMPLETIONS := bash-completion/completions zsh/site-functions fish/vendor_completions.d
SCRIPTS := .ci/run $(filter-out %.txt,$(wildcard scripts/*)) benches/compare/make-image examples/publish-in-ci.sh

.DEFAULT_GOAL := help
.PHONY: help demo peers nightly test check lint licenses build man install static bench bless clean deps

help: ## List these targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

deps: ## Install what building and testing need (Debian; only what is missing)
	@scripts/install-deps

demo: deps ## Bundle a real file system, take it to a bucket and back, and compare
	@scripts/demo

peers: deps ## Install other people's S3 programs for the tests in target/peers
	@scripts/peers

test: deps peers ## Run every test
	$(CARGO) test --locked

nightly: deps peers ## Run the S3 journeys against a Ceph that is started for them
	$(CARGO) build --locked --tests
	scripts/radosgw $(CARGO) test --locked --test all -- --include-ignored s3_elsewhere

check: lint licenses ## Everything that does not run the tests: formats, lints, docs, licences
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --no-deps
	@if command -v cargo-deny > /dev/null; then \
	  cargo deny --locked check bans licenses sources; \
	else \
	  echo 'check: cargo-deny is not installed; scripts/licenses checked the licences'; \
	fi

lint: deps ## Format, clippy with and without the command line, shellcheck
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) clippy --locked --no-default-features -- -D warnings
	shellcheck $(SCRIPTS)

licenses: deps ## Check every dependency's licence against the list in deny.toml
	@scripts/licenses

build: ## Build the release binary
	$(CARGO) build --release --locked

man: build ## Write the manual pages to target/man
	@mkdir -p target/man
	target/release/amikit man target/man

install: man ## Install binary, manual, completions under PREFIX
	install -D -m 0755 target/release/amikit $(DESTDIR)$(PREFIX)/bin/amikit
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 0644 target/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/,$(COMPLETIONS))
	@set -e; cd $(DESTDIR)$(PREFIX)/share; for name in $(NAMES); do \
	  ../bin/amikit completions bash $$name > bash-completion/completions/$$name; \
	  ../bin/amikit completions zsh $$name > zsh/site-functions/_$$name; \
	  ../bin/amikit completions fish $$name > fish/vendor_completions.d/$$name.fish; \
	done

static: ## Build one static binary for any x86_64 Linux
	@if [ -d "$$(rustc --print sysroot)/lib/rustlib/$(MUSL)" ]; then \
	  $(CARGO) build --release --locked --target $(MUSL) && \
	  ls -l target/$(MUSL)/release/amikit; \
	else \
	  echo 'static: the target is not installed: rustup target add $(MUSL)' >&2; exit 1; \
	fi

bench: build ## Measure the stages, then race the old pipelines (docs/performance.md)
	@scripts/install-deps --bench
	@scripts/peers --bench
	$(CARGO) bench --locked
	benches/compare/bundle
	benches/compare/upload

bless: ## Accept the present output as the golden one; read the diff
	AMIKIT_BLESS=1 $(CARGO) test --locked
	git diff --stat

clean: ## Remove what was built, the demo's files too
	$(CARGO) clean
	rm -rf demo
