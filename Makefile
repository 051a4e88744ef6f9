# Everything that is done with this tree. `make help` lists it.

CARGO  ?= cargo
PREFIX ?= /usr/local
ROUNDS ?= 1000
MUSL   := x86_64-unknown-linux-musl
NAMES := amikit $(shell sed -n 's/^old //p' tests/journeys/names.txt)
COMPLETIONS := bash-completion/completions zsh/site-functions fish/vendor_completions.d
SCRIPTS := .ci/run $(filter-out %.txt,$(wildcard scripts/*)) benches/compare/make-image examples/publish-in-ci.sh

.DEFAULT_GOAL := help
.PHONY: help demo peers nightly soak test check lint licenses build man install static bench bless clean deps

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

soak: deps ## Kill the small cloud under load ROUNDS times (1000) and compare; SEED=N repeats
	AMIKIT_SOAK_ROUNDS=$(ROUNDS) $(if $(SEED),AMIKIT_SOAK_SEED=$(SEED)) \
	  $(CARGO) test --locked --test all walrus::crash -- --nocapture

check: lint licenses ## Everything that does not run the tests: formats, lints, docs, licences
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --no-deps
	@if command -v cargo-deny > /dev/null; then \
	  cargo deny --locked check bans licenses sources; \
	else \
	  echo 'check: cargo-deny is not installed; scripts/licenses checked the licences'; \
	fi

lint: deps ## Format, clippy with every set of features, shellcheck
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	@set -e; for features in '' cli cloud; do \
	  echo "clippy --no-default-features --features '$$features'"; \
	  $(CARGO) clippy --quiet --locked --no-default-features --features "$$features" -- -D warnings; \
	done
	shellcheck $(SCRIPTS)

licenses: deps ## Check every dependency's licence against the list in deny.toml
	@scripts/licenses

build: ## Build the release binaries
	$(CARGO) build --release --locked

man: build ## Write the manual pages to target/man
	@mkdir -p target/man
	target/release/amikit man target/man

install: man ## Install binaries, manual, completions under PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 0755 target/release/amikit target/release/amikit-cloud $(DESTDIR)$(PREFIX)/bin/
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 0644 target/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/,$(COMPLETIONS))
	@set -e; cd $(DESTDIR)$(PREFIX)/share; for name in $(NAMES); do \
	  ../bin/amikit completions bash $$name > bash-completion/completions/$$name; \
	  ../bin/amikit completions zsh $$name > zsh/site-functions/_$$name; \
	  ../bin/amikit completions fish $$name > fish/vendor_completions.d/$$name.fish; \
	done; \
	../bin/amikit-cloud completions bash > bash-completion/completions/amikit-cloud; \
	../bin/amikit-cloud completions zsh > zsh/site-functions/_amikit-cloud; \
	../bin/amikit-cloud completions fish > fish/vendor_completions.d/amikit-cloud.fish

static: ## Build static binaries for any x86_64 Linux
	@if [ -d "$$(rustc --print sysroot)/lib/rustlib/$(MUSL)" ]; then \
	  $(CARGO) build --release --locked --target $(MUSL) && \
	  ls -l target/$(MUSL)/release/amikit target/$(MUSL)/release/amikit-cloud; \
	else \
	  echo 'static: the target is not installed: rustup target add $(MUSL)' >&2; exit 1; \
	fi

bench: build ## Measure the stages, then race the old pipelines (docs/performance.md)
	@scripts/install-deps --bench
	@scripts/peers --bench
	$(CARGO) bench --locked
	benches/compare/bundle
	benches/compare/upload
	benches/compare/walrus

bless: ## Accept the present output as the golden one; read the diff
	AMIKIT_BLESS=1 $(CARGO) test --locked
	git diff --stat

clean: ## Remove what was built, the demo's files too
	$(CARGO) clean
	rm -rf demo
