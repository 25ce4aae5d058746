# Shorter names for what CONTRIBUTING.md says.

# Lists them.
default:
    @just --list

# All that continuous integration runs.
ci:
    bash .ci/run

# The cases in fixtures/ whose name holds NAME.
case NAME:
    cargo test --test fixtures {{NAME}}

# Formats, lints, and runs the unit tests and fixtures.
quick:
    cargo fmt -- src/rules/*.rs
    cargo clippy --all-targets -- -D warnings
    cargo test --lib --test fixtures

# Looks at the report to hand over in Chromium.
browser:
    cargo build --release --locked
    .ci/browser target/release/authshift

# Runs everything over a folder of real functions, and compares with the last time.
corpus DIR:
    cargo build --release --locked
    python3 benches/corpus.py target/release/authshift {{quote(DIR)}}

# Times whole runs against ripgrep and others.
compare:
    benches/compare.sh

# How time and memory grow with the input.
growth:
    cargo bench --bench growth
