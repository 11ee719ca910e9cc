# A plain FTP daemon, wrapped and checked; stays up until Ctrl-C
demo *arguments:
    cargo run --release -p ttls-demo -- {{arguments}}

# Everything that must hold, on real daemons and clients (needs root)
test *arguments:
    tests/run {{arguments}}

# ttls against its peers, in one run: figures and ratios (needs root and a quiet machine)
bench *arguments:
    tests/bench/run {{arguments}}

lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps

fmt:
    cargo fmt --all
