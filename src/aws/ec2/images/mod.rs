//! Images: what instances are started from.
//!
//! ```text
//! register ─► pending ─► available ─► deregister ─► gone
//!                 └────► failed         (Eucalyptus: deregistered, until it is asked again)
//! ```
//!
//! Only the id of an image is always there: clouds of 2009 say little, and those of today much.
//!
//! Source: Amazon EC2 API Reference, 2016-11-15; Eucalyptus 1.5 to 4.4 by their answers.

mod attributes;
mod block_device;
mod copy;
mod describe;
mod image;
mod register;
#[cfg(test)]
mod tests;

pub use attributes::{
    DescribeImageAttribute, ImageAttribute, ImageAttributeAnswer, ImageChange, LaunchPermission,
    ModifyImageAttribute, ResetImageAttribute,
};
pub use block_device::{BlockDeviceMapping, EbsBlockDevice};
pub use copy::{CopyImage, CreateImage};
pub use describe::DescribeImages;
pub use image::{Image, ProductCode};
pub use register::{DeletedSnapshot, DeregisterImage, Deregistered, NewImage, RegisterImage};
