//! `IpTimeCondition`.

use super::{Choice, Kind, Param, Place, Statement};

pub(super) static IP_TIME_CONDITION: Statement = Statement {
    keyword: "IpTimeCondition",
    place: Place::FileOrInline,
    scope: None,
    params: &[&[
        Param::new(
            "ConditionTimeRange",
            Kind::DateRange,
            "First and last second; without it no limit.",
        ),
        Param::new("MonthOfYearMask", Kind::Mask(&[12]), "Months, January first.").default("111111111111"),
        Param::new(
            "DayOfMonthMask",
            Kind::Mask(&[31, 62]),
            "Days from the first, then from the last back.",
        )
        .default("1111111111111111111111111111111"),
        Param::new(
            "DayOfWeekMask",
            Kind::Mask(&[7]),
            "Days of the week, Sunday first.",
        )
        .default("1111111"),
        Param::new(
            "TimeOfDayRange",
            Kind::TimeOfDayRange,
            "Time of the day; may pass midnight.",
        )
        .default("00:00-24:00"),
        Param::new("TimeZone", ZONES, "Which clock the other parameters mean.").default("Local"),
    ]],
    extension: false,
    doc: "When a rule is active.",
};

const ZONES: Kind = Kind::Choice(&[Choice::yes("Local"), Choice::yes("UTC")]);
