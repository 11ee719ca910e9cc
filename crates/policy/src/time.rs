//! `IpTimeCondition`: when a rule is active. Time is an argument, never asked for.

mod boundary;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// The times at which a rule is active; all parts hold at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeCondition {
    /// `ConditionTimeRange`: first and last second.
    pub range: Option<(DateTime, DateTime)>,
    /// `MonthOfYearMask`: bit 0 is January.
    pub months: u16,
    /// `DayOfMonthMask`, first half: bit 0 is the first day of the month.
    pub days_from_first: u32,
    /// `DayOfMonthMask`, second half: bit 0 is the last day of the month. One of both halves must hold.
    pub days_from_last: u32,
    /// `DayOfWeekMask`: bit 0 is Sunday.
    pub weekdays: u8,
    /// `TimeOfDayRange`, in minutes from midnight, the second one not included. Where the first one is larger, midnight
    /// lies between them.
    pub minutes: (u16, u16),
    /// `TimeZone`.
    pub zone: Zone,
}

/// `TimeZone`: which clock the other parts of a condition mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// That of the agent: the zone of the instant that is asked about.
    Local,
    /// Universal time.
    Utc,
}

/// Minutes of a day.
pub(crate) const DAY: u16 = 24 * 60;

impl Default for TimeCondition {
    /// Always.
    fn default() -> Self {
        Self {
            range: None,
            months: (1 << 12) - 1,
            days_from_first: (1 << 31) - 1,
            days_from_last: 0,
            weekdays: (1 << 7) - 1,
            minutes: (0, DAY),
            zone: Zone::Local,
        }
    }
}

impl TimeCondition {
    /// It holds at this instant.
    pub fn holds(&self, at: &Zoned) -> bool {
        self.holds_on_clock(self.clock(at).to_datetime(at.timestamp()))
    }

    /// The first instant after this one at which it begins or ceases to hold; `None`: not in the next 400 days.
    pub fn next_boundary(&self, after: &Zoned) -> Option<Timestamp> {
        boundary::next(self, after.timestamp(), &self.clock(after))
    }

    fn clock(&self, at: &Zoned) -> TimeZone {
        match self.zone {
            Zone::Local => at.time_zone().clone(),
            Zone::Utc => TimeZone::UTC,
        }
    }

    /// It holds when the clock shows this.
    fn holds_on_clock(&self, clock: DateTime) -> bool {
        let minute = u16::from(clock.hour().unsigned_abs()) * 60 + u16::from(clock.minute().unsigned_abs());
        let (from, to) = self.minutes;
        let in_day = if from <= to {
            (from..to).contains(&minute)
        } else {
            minute >= from || minute < to
        };
        // jiff counts days and months from 1.
        let day = clock.day().unsigned_abs();
        let from_last = clock.date().days_in_month().unsigned_abs() - day;
        let weekday = clock.weekday().to_sunday_zero_offset().unsigned_abs();
        in_day
            && self.months >> (clock.month() - 1) & 1 == 1
            && (self.days_from_first >> (day - 1) & 1 == 1 || self.days_from_last >> from_last & 1 == 1)
            && self.weekdays >> weekday & 1 == 1
            && self
                .range
                .is_none_or(|(first, last)| (first..=last).contains(&whole_second(clock)))
    }
}

/// The last second of a range counts to its end.
fn whole_second(clock: DateTime) -> DateTime {
    clock.with().subsec_nanosecond(0).build().unwrap_or(clock)
}

/// As a policy would say it, parts that are always left out.
impl std::fmt::Display for TimeCondition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let always = Self::default();
        let digits = |bits: u32, length: u32| -> String {
            let digit = |bit: u32| if bits >> bit & 1 == 1 { '1' } else { '0' };
            (0..length).map(digit).collect()
        };
        let mut parts = Vec::new();
        if let Some((first, last)) = self.range {
            let format = "%Y%m%d%H%M%S";
            parts.push(format!("{}:{}", first.strftime(format), last.strftime(format)));
        }
        if self.months != always.months {
            parts.push(format!("months {}", digits(self.months.into(), 12)));
        }
        if (self.days_from_first, self.days_from_last) != (always.days_from_first, always.days_from_last) {
            let from_last = if self.days_from_last == 0 {
                String::new()
            } else {
                digits(self.days_from_last, 31)
            };
            parts.push(format!("days {}{from_last}", digits(self.days_from_first, 31)));
        }
        if self.weekdays != always.weekdays {
            parts.push(format!("weekdays {}", digits(self.weekdays.into(), 7)));
        }
        if self.minutes != always.minutes {
            let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
            parts.push(format!("{}-{}", time(self.minutes.0), time(self.minutes.1)));
        }
        if parts.is_empty() {
            return f.write_str("always");
        }
        if self.zone == Zone::Utc {
            parts.push("UTC".to_string());
        }
        f.write_str(&parts.join(" "))
    }
}
