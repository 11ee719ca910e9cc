//! Values that know where they were coded.

/// A value of an action set together with the statement that it came from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sourced<T> {
    /// The effective value.
    pub value: T,
    /// Where it was coded, or that it is a default.
    pub origin: Origin,
}

/// Where a value of an action set was coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// `TTLSGroupAction`.
    Group,
    /// `TTLSEnvironmentAction`.
    Environment,
    /// `TTLSConnectionAction`.
    Connection,
    /// Nowhere: the documented default of this engine.
    Default,
}
