//! `DescribeInstances`.

use super::super::{Ec2Request, Fields, Filter, FromFields, Page, Paged, Parameters, Unreadable};
use super::Reservation;

/// `DescribeInstances`.
#[derive(Debug, Clone, Default)]
pub struct DescribeInstances {
    /// Their ids; all if empty.
    pub instance_ids: Vec<String>,
    /// Conditions.
    pub filters: Vec<Filter>,
    /// Where the page begins.
    pub next_token: Option<String>,
}

impl DescribeInstances {
    /// Asks for these.
    #[must_use]
    pub fn of(instance_ids: &[String]) -> Self {
        Self {
            instance_ids: instance_ids.to_vec(),
            ..Self::default()
        }
    }
}

impl Ec2Request for DescribeInstances {
    const ACTION: &'static str = "DescribeInstances";
    const REPEATABLE: bool = true;
    type Response = Page<Reservation>;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("InstanceId", &self.instance_ids);
        parameters.filters(&self.filters);
        parameters.set_some("NextToken", self.next_token.as_ref());
    }
}

impl Paged for DescribeInstances {
    type Item = Reservation;
    const SET: &'static str = "reservationSet";

    fn set_next_token(&mut self, token: String) {
        self.next_token = Some(token);
    }
}

impl FromFields for Page<Reservation> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Self::read(fields, DescribeInstances::SET)
    }
}
