//! EC2 from the command line, with somebody else's server (moto) at the other end.

mod addresses;
mod certificate;
mod ci_example;
mod doctor;
mod faults;
mod hostile;
mod images;
mod instances;
mod key_pairs;
mod places;
mod security_groups;
mod stopping;
mod volumes;
