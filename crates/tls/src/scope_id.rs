//! Which session scope a ticket is of.

/// Length of an id, in bytes.
pub(crate) const ID_LENGTH: usize = 16;

/// Random id of a control connection's session scope.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ScopeId(pub(crate) [u8; ID_LENGTH]);

impl ScopeId {
    pub(crate) fn random() -> Self {
        Self(rand::random())
    }
}
