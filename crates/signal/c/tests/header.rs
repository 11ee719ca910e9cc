//! `ttls.h` says what the library does.

use std::path::Path;

/// With `TTLS_WRITE_HEADER` set it is written instead.
#[test]
fn the_header_is_the_one_that_the_source_makes() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(here.join("cbindgen.toml")).unwrap();
    let mut made = Vec::new();
    cbindgen::Builder::new()
        .with_src(here.join("src/lib.rs"))
        .with_config(config)
        .generate()
        .unwrap()
        .write(&mut made);
    let path = here.join("ttls.h");
    if std::env::var_os("TTLS_WRITE_HEADER").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read(&path).unwrap();
    assert!(
        kept == made,
        "ttls.h is stale: run this test once with TTLS_WRITE_HEADER=1"
    );
}
