//! Messages survive the way there and back, and no bytes at all do harm.

use proptest::prelude::*;
use ttls_signal::{
    Answer, FrameError, HostStatus, Operations, Options, Reason, Request, SecType, StatConn, StatPolicy,
    Status,
};

fn operations() -> impl Strategy<Value = Operations> {
    (0_u32..256).prop_filter_map("unknown bits", Operations::from_bits)
}

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9._~-]{0,32}"
}

prop_compose! {
    fn request()(
        id in any::<u32>(),
        operations in operations(),
        non_blocking in any::<bool>(),
        peer_closes_first in any::<bool>(),
        certificate_room in any::<u32>(),
        host in proptest::option::of("[a-z0-9.]{1,255}"),
    ) -> Request {
        Request { id, operations, options: Options { non_blocking, peer_closes_first }, certificate_room, host }
    }
}

prop_compose! {
    fn status()(
        policy in 0_u8..6, connection in 0_u8..4, sec_type in 0_u8..7, host in proptest::option::of(0_u8..5),
        numbers in any::<(u8, u16, u16, u16, bool, bool, u64, u32)>(),
        names in [name(), name(), name(), name(), name()],
    ) -> Status {
        let [user_id, rule, group, environment, connection_action] = names;
        let (fips140, protocol, cipher, key_share, resumed, secondary, id, certificate_length) = numbers;
        Status {
            policy: StatPolicy::from_number(policy).unwrap(),
            connection: StatConn::from_number(connection).unwrap(),
            sec_type: SecType::from_number(sec_type).unwrap(),
            host: host.and_then(HostStatus::from_number),
            fips140, protocol, cipher, key_share, resumed, secondary, id, certificate_length,
            user_id, rule, group, environment, connection_action,
        }
    }
}

prop_compose! {
    fn answer()(
        id in any::<u32>(), errno in 0_u32..200, reason in 0_u16..24, valid in any::<bool>(), more in any::<bool>(),
        status in status(), certificate in proptest::collection::vec(any::<u8>(), 0..2000),
    ) -> Answer {
        Answer { id, errno, reason: Reason::from_number(reason).unwrap(), valid, more, status, certificate }
    }
}

proptest! {
    #[test]
    fn a_request_arrives_as_it_was_sent(request in request()) {
        prop_assert_eq!(Request::decode(&request.encode()), Ok(request));
    }

    #[test]
    fn an_answer_arrives_as_it_was_sent(answer in answer()) {
        prop_assert_eq!(Answer::decode(&answer.encode()), Ok(answer));
    }

    #[test]
    fn a_part_of_a_message_is_none(request in request(), answer in answer(), cut in any::<prop::sample::Index>()) {
        let packet = request.encode();
        prop_assert!(Request::decode(&packet[..cut.index(packet.len())]).is_err());
        let packet = answer.encode();
        prop_assert!(Answer::decode(&packet[..cut.index(packet.len())]).is_err());
    }

    #[test]
    fn a_message_with_more_behind_it_is_none(request in request(), more in 1_usize..9) {
        let mut packet = request.encode();
        packet.resize(packet.len() + more, 0);
        prop_assert!(Request::decode(&packet).is_err());
    }

    #[test]
    fn the_number_of_a_request_is_found_in_a_malformed_one(request in request(), noise in any::<[u8; 4]>()) {
        let mut packet = request.encode();
        packet.extend(noise);
        prop_assert_eq!(Request::id_of(&packet), request.id);
    }
}

#[test]
fn another_version_is_told_from_garbage() {
    let mut packet = Request::default().encode();
    packet[4] = 2;
    assert_eq!(Request::decode(&packet), Err(FrameError::UnknownVersion(2)));
    packet[0] = b'X';
    assert_eq!(Request::decode(&packet), Err(FrameError::NotAMessage));
}

/// A small generator, the same on every run: 10 million frames are too many for one that shrinks.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Mutated requests and noise, `TTLS_FUZZ_FRAMES` of them; what decodes must encode to the very same bytes, so that no frame has two readings.
#[test]
fn fuzzed_frames_are_refused_or_have_one_reading() {
    let frames = match std::env::var("TTLS_FUZZ_FRAMES") {
        Ok(frames) => frames.parse().unwrap(),
        Err(_) => 1_000_000,
    };
    let mut noise = Noise(0x7715_7715_7715_7715);
    let seeds: Vec<Vec<u8>> = [None, Some("ftp.example.com".to_owned())]
        .into_iter()
        .map(|host| {
            let request = Request {
                host,
                ..Request::new(Operations::RETURN_CERTIFICATE)
            };
            request.encode()
        })
        .collect();
    let mut packet = Vec::new();
    let mut understood = 0_u64;
    for number in 0..frames {
        packet.clear();
        packet.extend_from_slice(&seeds[(number % 2) as usize]);
        for _ in 0..=noise.next() % 3 {
            let at = (noise.next() % packet.len() as u64) as usize;
            match noise.next() % 4 {
                0 => packet.truncate(at.max(1)),
                1 => packet.push(noise.next() as u8),
                _ => packet[at] = noise.next() as u8,
            }
        }
        if let Ok(request) = Request::decode(&packet) {
            assert_eq!(request.encode(), packet);
            understood += 1;
        }
        if let Ok(answer) = Answer::decode(&packet) {
            assert_eq!(answer.encode(), packet);
        }
        Request::id_of(&packet);
    }
    assert!(
        understood > 0 && understood < frames,
        "both kinds were tried: {understood}"
    );
}
