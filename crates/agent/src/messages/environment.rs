//! What becomes of environments. No connection is concerned, which CONNID 00000000 says, until one is linked to it.

use ttls_policy::ActionSet;

use super::words::{Actions, Ids, OrNone};
use super::{ERROR_JOBLOG, ERROR_SYSLOG, EVENT, FLOW, say};

const CREATE: &str = "Environment Create";

/// An environment serves from now on. `trace`: the bits of all that is mapped to it.
pub(crate) fn created(actions: &ActionSet, trace: u8) {
    if trace & (EVENT | FLOW) == 0 {
        return;
    }
    let ids = Ids::without_connection(actions);
    say::debug(
        actions.facility.value,
        format_args!("EZD1282I TTLS Start {ids} {CREATE} ACTIONS: {}", Actions(actions)),
    );
    call(actions, trace, 0, "success");
    event(actions, trace, 0, CREATE);
}

/// An environment cannot be built; the policy that asks for it is not installed.
pub(crate) fn failed(actions: &ActionSet, code: u32) {
    let trace = actions.trace.value;
    let (ids, rule, none) = (Ids::without_connection(actions), &actions.rule, OrNone(None));
    call(actions, trace, code, "failed");
    if trace & ERROR_SYSLOG != 0 {
        say::error(
            actions.facility.value,
            format_args!(
                "EZD1286I TTLS Error {ids} LOCAL: {none} REMOTE: {none} JOBNAME: {none} USERID: {none} RULE: {rule} \
                 RC: {code} {CREATE}"
            ),
        );
    }
    if trace & ERROR_JOBLOG != 0 {
        say::error(
            actions.facility.value,
            format_args!(
                "EZD1287I TTLS Error RC: {code} {CREATE} LOCAL: {none} REMOTE: {none} JOBNAME: {none} RULE: {rule} \
                 USERID: {none} {ids}"
            ),
        );
    }
    event(actions, trace, code, CREATE);
}

/// An environment is gone, with the last connection that had it.
pub(crate) fn closed(actions: &ActionSet, trace: u8) {
    event(actions, trace, 0, "Environment Close");
}

fn call(actions: &ActionSet, trace: u8, code: u32, data: &str) {
    if trace & FLOW != 0 {
        let ids = Ids::without_connection(actions);
        say::debug(
            actions.facility.value,
            format_args!("EZD1284I TTLS Flow  {ids} RC: {code} Call GSK_ENVIRONMENT_INIT - {data}"),
        );
    }
}

fn event(actions: &ActionSet, trace: u8, code: u32, what: &str) {
    if trace & (EVENT | FLOW) != 0 {
        let ids = Ids::without_connection(actions);
        say::debug(
            actions.facility.value,
            format_args!("EZD1283I TTLS Event {ids} RC: {code} {what}"),
        );
    }
}
