//! The `amikit` program, and under other names the old tools' programs.

fn main() -> std::process::ExitCode {
    amikit::cli::main()
}
