//! The parameters of a request, as the query API spells them.

use std::fmt;

use super::super::service::Secrets;

/// The form of a request, in the making.
#[derive(Clone)]
pub struct Parameters {
    form: Vec<(String, String)>,
    secrets: Vec<String>,
}

/// Without the values: user data and keys are among them.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.form.iter().map(|(name, _)| name);
        f.debug_set().entries(names).finish()
    }
}

/// A condition of a list: the value is one of these, `*` and `?` stand for what is left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// What it is about: `architecture`, `tag:Name`.
    pub name: String,
    /// The values.
    pub values: Vec<String>,
}

impl Parameters {
    /// Those of every request.
    pub(super) fn new(action: &str, version: &str) -> Self {
        let mut parameters = Self {
            form: Vec::new(),
            secrets: Vec::new(),
        };
        parameters.set("Action", action);
        parameters.set("Version", version);
        parameters
    }

    /// A parameter.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.form.push((name.into(), value.into()));
    }

    /// A parameter whose value must not come back in an error.
    pub fn set_secret(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let value = value.into();
        self.secrets.push(value.clone());
        self.form.push((name.into(), value));
    }

    /// A parameter that may be left out.
    pub fn set_some(&mut self, name: impl Into<String>, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.set(name, value.to_string());
        }
    }

    /// A numbered list: `ImageId.1`, `ImageId.2`.
    pub fn list<T: ToString>(&mut self, name: &str, values: &[T]) {
        for (index, value) in values.iter().enumerate() {
            self.set(format!("{name}.{}", index + 1), value.to_string());
        }
    }

    /// The conditions of a list.
    pub fn filters(&mut self, filters: &[Filter]) {
        for (index, filter) in filters.iter().enumerate() {
            let prefix = format!("Filter.{}", index + 1);
            self.set(format!("{prefix}.Name"), filter.name.clone());
            self.list(&format!("{prefix}.Value"), &filter.values);
        }
    }

    pub(super) fn into_form(self) -> Vec<(String, String)> {
        self.form
    }

    pub(super) fn secrets(&self) -> Secrets {
        self.secrets.iter().collect()
    }
}
