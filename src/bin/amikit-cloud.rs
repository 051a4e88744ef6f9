//! The `amikit-cloud` program: the small cloud that comes with amikit.

fn main() -> std::process::ExitCode {
    amikit::cli::cloud_main()
}
